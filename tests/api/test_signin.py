"""Signing in, and what each caller may see (R27, R28)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from graphql import build_schema as parsed

from api.keys import development_key
from api.settings import Misconfigured
from api.tokens import ALGORITHM, AUDIENCE, ISSUER, issue_token
from domain.actors import Actor
from schema.build import printed_schema
from schema.nodes import global_id
from tests.clients import Caller, Server

VIEWER = "{ viewer { roles person { personNo } } }"


async def test_without_a_token_one_is_anonymous(shared_server: Server) -> None:
    assert await shared_server.anonymous.ask(VIEWER) == {"viewer": None}


async def test_a_token_names_its_person(shared_server: Server) -> None:
    viewer = (await shared_server.person("P0001").ask(VIEWER))["viewer"]
    assert viewer == {"roles": ["INSURED"], "person": {"personNo": "P0001"}}


async def test_a_token_may_name_several_roles(shared_server: Server) -> None:
    both = shared_server.caller(Actor(person_no="P0001", agency="test"))
    assert (await both.ask(VIEWER))["viewer"]["roles"] == ["INSURED", "AGENCY"]


async def test_a_token_of_an_institution_names_it(shared_server: Server) -> None:
    hospital = shared_server.caller(Actor(institution_code="H37010000001"))
    assert (await hospital.ask(VIEWER))["viewer"] == {"roles": ["INSTITUTION"], "person": None}


def signed(keys: Path, **changes: object) -> str:
    """Sign a token whose claims differ from a good one's."""
    now = datetime.now(UTC)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "person:P0001",
        "person": "P0001",
        "iat": now,
        "exp": now + timedelta(hours=1),
    }
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(claims, development_key(keys), algorithm=ALGORITHM)


PAST = datetime.now(UTC) - timedelta(hours=1)


@pytest.mark.parametrize(
    "change",
    [
        {"exp": PAST},
        {"exp": None},
        {"iss": "somebody else"},
        {"aud": "something else"},
        {"person": None},
        {"person": ""},
        {"person": 7},
        {"nbf": datetime.now(UTC) + timedelta(hours=1)},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_a_bad_token_is_answered_401(shared_server: Server, change: dict[str, object]) -> None:
    token = signed(shared_server.keys, **change)
    answer = await Caller(shared_server.http, {"Authorization": f"Bearer {token}"}).post(VIEWER)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "invalid_token" in answer.headers["www-authenticate"]


@pytest.mark.parametrize("header", ["Bearer", "Basic abc", "Bearer not.a.token", "x"])
async def test_a_header_that_is_no_bearer_token_is_answered_401(shared_server: Server, header: str) -> None:
    answer = await Caller(shared_server.http, {"Authorization": header}).post(VIEWER)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"]


async def test_a_token_of_another_key_is_answered_401(shared_server: Server, tmp_path: Path) -> None:
    token = issue_token(development_key(tmp_path), Actor(person_no="P0001"), datetime.now(UTC))
    answer = await Caller(shared_server.http, {"Authorization": f"Bearer {token}"}).post(VIEWER)
    assert answer.status_code == 401


@pytest.mark.parametrize("forged", [{"alg": "none"}, {"alg": "HS256"}], ids=["none", "HMAC"])
async def test_a_token_without_a_real_signature_is_answered_401(shared_server: Server, forged: dict[str, str]) -> None:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "person": "P0001", "iat": 1, "exp": 9_999_999_999}
    key = "" if forged["alg"] == "none" else "a secret that is long enough for HMAC, and no secret at all"
    token = jwt.encode(claims, key, algorithm=forged["alg"])
    answer = await Caller(shared_server.http, {"Authorization": f"Bearer {token}"}).post(VIEWER)
    assert answer.status_code == 401


def test_the_development_key_is_its_owners_alone(tmp_path: Path) -> None:
    development_key(tmp_path)
    assert (tmp_path / "development-key.pem").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damaged", [False, True])
def test_a_key_file_that_is_none_is_refused_with_what_to_do(tmp_path: Path, *, damaged: bool) -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "development-key.pem").write_bytes(pem[:40] if damaged else pem)
    with pytest.raises(Misconfigured, match="delete it"):
        development_key(tmp_path)


# ---- what may be seen ---------------------------------------------------------------------------------------------

NODE = "query($id: ID!) { node(id: $id) { __typename id } }"


@pytest.mark.parametrize("type_name", ["Person", "Wallet", "PersonalAccount"])
async def test_what_belongs_to_another_does_not_exist_by_id(shared_server: Server, type_name: str) -> None:
    own, missing = global_id(type_name, "P0001"), global_id(type_name, "P7777")
    father, stranger = shared_server.person("P0001"), shared_server.person("P0008")
    assert (await father.ask(NODE, id=own))["node"] == {"__typename": type_name, "id": own}
    assert (await shared_server.agency.ask(NODE, id=own))["node"]["id"] == own
    for caller in (stranger, shared_server.anonymous):
        assert await caller.ask(NODE, id=own) == await caller.ask(NODE, id=missing) == {"node": None}


async def test_a_statement_entry_is_its_owners_alone(shared_server: Server) -> None:
    query = "{ viewer { person { wallet { entries { nodes { id } } } } } }"
    entry = (await shared_server.person("P0001").ask(query))["viewer"]["person"]["wallet"]["entries"]["nodes"][0]["id"]
    assert (await shared_server.person("P0001").ask(NODE, id=entry))["node"]["__typename"] == "LedgerEntry"
    assert await shared_server.person("P0003").ask(NODE, id=entry) == {"node": None}
    assert (await shared_server.agency.ask(NODE, id=entry))["node"]["__typename"] == "LedgerEntry"


async def test_entries_of_the_allotment_source_are_nobodys(shared_server: Server) -> None:
    sources = await shared_server.storage.read().entries.find({"account_id": "allotment:370100"}, 1)
    outside = global_id("LedgerEntry", sources[0].id)
    assert await shared_server.agency.ask(NODE, id=outside) == {"node": None}


async def test_a_tie_is_seen_from_ones_own_side_only(shared_server: Server) -> None:
    query = "{ viewer { person { kinships { nodes { id } } } } }"
    nodes = (await shared_server.person("P0004").ask(query))["viewer"]["person"]["kinships"]["nodes"]
    own = nodes[0]["id"]
    assert (await shared_server.person("P0004").ask(NODE, id=own))["node"]["__typename"] == "Kinship"
    for person_no in ("P0001", "P0008"):
        assert await shared_server.person(person_no).ask(NODE, id=own) == {"node": None}
        codes = await shared_server.person(person_no).codes("revokeKinship", "kinship { id }", kinshipId=own)
        assert codes == ["NOT_FOUND"]
    for caller, code in ((shared_server.anonymous, "UNAUTHENTICATED"), (shared_server.hospital, "FORBIDDEN")):
        assert await caller.codes("revokeKinship", "kinship { id }", kinshipId=own) == [code]


async def test_another_person_does_not_exist(shared_server: Server) -> None:
    query = "query($n: String!) { person(personNo: $n) { name } }"
    assert await shared_server.person("P0001").ask(query, n="P0001") == {"person": {"name": "李建国"}}
    assert await shared_server.agency.ask(query, n="P0002") == {"person": {"name": "王秀英"}}
    for caller in (shared_server.person("P0001"), shared_server.anonymous):
        assert await caller.ask(query, n="P0002") == await caller.ask(query, n="none") == {"person": None}


async def test_a_transfer_is_seen_by_its_parties_and_the_agency_only(server: Server) -> None:
    transfer = await server.person("P0001").give("P0004", "CHILD", "1.00")
    query = "query($n: String!) { transfer(number: $n) { status } }"
    for caller in (server.person("P0001"), server.person("P0004"), server.agency):
        assert (await caller.ask(query, n=transfer["number"]))["transfer"] == {"status": "COMPLETED"}
        assert (await caller.ask(NODE, id=transfer["id"]))["node"]["id"] == transfer["id"]
    for caller in (server.person("P0002"), server.anonymous):
        assert await caller.ask(query, n=transfer["number"]) == {"transfer": None}
        assert await caller.ask(NODE, id=transfer["id"]) == {"node": None}


@pytest.mark.parametrize("node_id", ["", "x", "!!!", "UGVyc29u", "Tm90aGluZzoxMjM", "UGVyc29uOg", "济南"])
async def test_an_id_that_is_none_finds_nothing(shared_server: Server, node_id: str) -> None:
    assert await shared_server.agency.ask(NODE, id=node_id) == {"node": None}


async def test_nodes_come_in_the_order_asked_for(shared_server: Server) -> None:
    ids = [global_id("Region", "370100"), "nothing", global_id("Region", "110000"), global_id("Person", "P0001")]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Region { name } } }"
    nodes = (await shared_server.anonymous.ask(query, ids=ids))["nodes"]
    assert [node and node["name"] for node in nodes] == ["济南市", None, "北京市", None]
    fault = await shared_server.anonymous.fault(query, ids=["x"] * 101)
    assert fault["extensions"]["code"] == "INVALID_INPUT"


IDENTITY = {"name": "李芳", "idNumber": "370102199309183320"}
MUTATIONS: dict[str, dict[str, object]] = {
    "declareKinship": {
        "relativeName": "李芳",
        "relativeIdNumber": "370102199309183320",
        "relation": "CHILD",
        "commitmentAccepted": True,
    },
    "applyTransfer": {
        "source": "WALLET",
        "payee": {"identity": IDENTITY},
        "relation": "CHILD",
        "amount": "1.00",
        "idempotencyKey": "k",
    },
    "setPassword": {"newPassword": "135790"},
    "activateWallet": {"useAreaCode": "370100", "phone": "13800000001"},
    "verifyTransfer": {"transferId": "x", "verification": {"password": "246810"}},
    "cancelTransfer": {"transferId": "x"},
    "acceptTransfer": {"transferId": "x"},
    "declineTransfer": {"transferId": "x"},
    "changeUsePlace": {"areaCode": "370100"},
    "payMedicalExpense": {
        "institutionCode": "H37010000001",
        "bill": {"number": "B1", "total": "1.00", "fundPaid": "0.00", "selfPaid": "1.00"},
        "amount": "1.00",
        "verification": {"password": "246810"},
        "idempotencyKey": "k",
    },
    "payPremium": {
        "areaCode": "370100",
        "year": 2025,
        "verification": {"password": "246810"},
        "idempotencyKey": "k",
    },
}


AGENCY_MUTATIONS: dict[str, dict[str, object]] = {
    "registerPerson": {
        "personNo": "P0200",
        **IDENTITY,
        "enrolments": [{"scheme": "RESIDENT", "areaCode": "370100", "since": "2024-01-01"}],
    },
    "setEnrolment": {
        "personNo": "P0001",
        "scheme": "RESIDENT",
        "areaCode": "370100",
        "status": "ACTIVE",
        "since": "2024-01-01",
    },
    "creditPersonalAccount": {"personNo": "P0001", "amount": "1.00", "period": "2025-06", "idempotencyKey": "k"},
    "openRegion": {"code": "370100", "on": "2025-06-01"},
    "closeRegion": {"code": "370100", "on": "2025-06-01"},
    "setUsePlaceChange": {"provinceCode": "370000", "supported": True, "on": "2025-06-01"},
    "registerInstitution": {
        "code": "H37010000009",
        "name": "新医院",
        "areaCode": "370100",
        "walletService": "NORMAL",
    },
    "setWalletService": {"code": "H37010000001", "status": "NOT_OPEN"},
    "publishPremium": {
        "areaCode": "370100",
        "year": 2026,
        "amount": "400.00",
        "opensOn": "2026-01-01",
        "closesOn": "2026-12-31",
    },
    "freezeWallet": {"personNo": "P0001", "reason": "核查"},
    "unfreezeWallet": {"personNo": "P0001", "reason": "核查完毕"},
}
REFUND: dict[str, object] = {"paymentId": "x", "amount": "1.00", "reason": "退药", "idempotencyKey": "k"}


@pytest.mark.parametrize("mutation", AGENCY_MUTATIONS)
async def test_what_the_agency_does_is_for_the_agency(shared_server: Server, mutation: str) -> None:
    arguments = AGENCY_MUTATIONS[mutation]
    assert await shared_server.anonymous.codes(mutation, "__typename", **arguments) == ["UNAUTHENTICATED"]
    for caller in (shared_server.person("P0001"), shared_server.hospital):
        assert await caller.codes(mutation, "__typename", **arguments) == ["FORBIDDEN"]


def test_every_mutation_has_its_role_tested() -> None:
    mutations = parsed(printed_schema()).mutation_type
    assert mutations is not None
    assert mutations.fields.keys() == {*MUTATIONS, *AGENCY_MUTATIONS, "revokeKinship", "refundPayment"}


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_what_an_insured_person_does_is_for_insured_persons(shared_server: Server, mutation: str) -> None:
    arguments = MUTATIONS[mutation]
    assert await shared_server.anonymous.codes(mutation, "__typename", **arguments) == ["UNAUTHENTICATED"]
    assert await shared_server.agency.codes(mutation, "__typename", **arguments) == ["FORBIDDEN"]


async def test_refunds_are_for_institutions_and_the_agency(shared_server: Server) -> None:
    """R25, R27."""
    assert await shared_server.anonymous.codes("refundPayment", "__typename", **REFUND) == ["UNAUTHENTICATED"]
    assert await shared_server.person("P0001").codes("refundPayment", "__typename", **REFUND) == ["FORBIDDEN"]
    for caller in (shared_server.hospital, shared_server.agency):
        assert await caller.codes("refundPayment", "__typename", **REFUND) == ["NOT_FOUND"]


async def test_a_preview_needs_a_signed_in_person(shared_server: Server) -> None:
    query = "query($input: TransferPreviewInput!) { transferPreview(input: $input) { eligible } }"
    arguments = {
        "source": "WALLET",
        "payee": {"identity": {"name": "李芳", "idNumber": "370102199309183320"}},
        "relation": "CHILD",
        "amount": "1.00",
    }
    anonymous = await shared_server.anonymous.fault(query, input=arguments)
    agency = await shared_server.agency.fault(query, input=arguments)
    assert [fault["extensions"]["code"] for fault in (anonymous, agency)] == ["UNAUTHENTICATED", "FORBIDDEN"]


@pytest.mark.parametrize("kind", ["application/json", "application/graphql-response+json"])
async def test_a_bad_token_is_answered_in_the_kind_its_sender_likes(shared_server: Server, kind: str) -> None:
    """R27: clients read errors out of an answer of the kind they asked for, and take any other for a broken one."""
    headers = {"Authorization": "Bearer x.y.z", "Accept": kind}
    answer = await shared_server.http.post("/graphql", json={"query": "{ viewer { roles } }"}, headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, f"{kind}; charset=utf-8")
