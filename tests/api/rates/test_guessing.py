"""Nobody gets to try ID numbers or passwords one after another, by whatever operations (R15, R18)."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from api.faces import issue_assertion
from api.keys import FACE_KEY, development_key
from seeds.demo import PASSWORD
from tests.api.rates.limited import identity, is_too_often, limited
from tests.clients import Caller, Server

PREVIEW = "query($input: TransferPreviewInput!) { transferPreview(input: $input) { eligible } }"
DECLARE = "mutation($input: DeclareKinshipInput!) { declareKinship(input: $input) { errors { code } } }"
APPLY = "mutation($input: ApplyTransferInput!) { applyTransfer(input: $input) { errors { code } } }"
VERIFY = "mutation($input: VerifyTransferInput!) { verifyTransfer(input: $input) { errors { code } } }"
PAY = "mutation($input: PayMedicalExpenseInput!) { payMedicalExpense(input: $input) { errors { code } } }"
PAY_PREMIUM = "mutation($input: PayPremiumInput!) { payPremium(input: $input) { errors { code } } }"
SET = "mutation($input: SetPasswordInput!) { setPassword(input: $input) { errors { code } } }"
UNKNOWN = {"relativeName": "李芳", "relativeIdNumber": "370102199309183339"}


@pytest.fixture
async def careful(tmp_path: Path) -> AsyncIterator[Server]:
    """Give a server where each person looks up three ID numbers and verifies three times an hour."""
    async with limited(tmp_path, rate_id_lookups="3/hour", rate_verifications="3/hour") as server:
        yield server


async def outcome(caller: Caller, query: str, **arguments: object) -> dict[str, Any]:
    """Send an operation and give its answer."""
    answer: dict[str, Any] = (await caller.post(query, input=arguments)).json()
    return answer


def was_too_often(answer: dict[str, Any]) -> bool:
    """Tell whether one operation was refused for being too often."""
    return len(answer.get("errors", [])) == 1 and is_too_often(answer["errors"][0])


def transfer(payee: Mapping[str, object], **more: object) -> dict[str, object]:
    """State a transfer of one yuan to a daughter."""
    return {"source": "PERSONAL_ACCOUNT", "payee": payee, "relation": "CHILD", "amount": "1.00", **more}


def declaration(**who: object) -> dict[str, object]:
    """State a daughter."""
    return {"relation": "CHILD", "commitmentAccepted": True, **UNKNOWN, **who}


# ---- ID numbers ---------------------------------------------------------------------------------------------------


async def test_looking_up_by_id_number_is_counted_whichever_way_it_is_done(careful: Server) -> None:
    """R15."""
    father, daughter = careful.person("P0001"), {"identity": identity("P0004")}
    assert "errors" not in await outcome(father, PREVIEW, **transfer(daughter))
    assert "errors" not in await outcome(father, APPLY, **transfer(daughter, idempotencyKey="a"))
    assert (await outcome(father, DECLARE, **declaration()))["data"]["declareKinship"]["errors"]
    assert was_too_often(await outcome(father, PREVIEW, **transfer(daughter)))
    assert was_too_often(await outcome(father, APPLY, **transfer(daughter, idempotencyKey="b")))
    assert was_too_often(await outcome(father, DECLARE, **declaration()))


async def test_nothing_is_declared_or_applied_for_in_a_look_up_too_many(careful: Server) -> None:
    father = careful.person("P0001")
    for _ in range(3):
        await outcome(father, DECLARE, **declaration())
    ties = await careful.storage.read().kinships.count({"members": "P0001"})
    other = identity("P0008")
    right = declaration(relativeName=other["name"], relativeIdNumber=other["idNumber"], relation="SIBLING")
    refused = await outcome(father, DECLARE, **right)
    assert was_too_often(refused)
    assert refused["data"] == {"declareKinship": None}
    assert await careful.storage.read().kinships.count({"members": "P0001"}) == ties
    assert was_too_often(
        await outcome(father, APPLY, **transfer({"identity": identity("P0004")}, idempotencyKey="later"))
    )
    assert (await father.ask('{ outcome(idempotencyKey: "later") { status } }'))["outcome"] is None


async def test_each_alias_of_a_document_is_a_look_up(careful: Server) -> None:
    tries = " ".join(f"t{n}: transferPreview(input: $input) {{ eligible }}" for n in range(5))
    query = f"query($input: TransferPreviewInput!) {{ {tries} }}"
    answer = await outcome(careful.person("P0001"), query, **transfer({"identity": identity("P0004")}))
    assert answer["data"] is None
    assert is_too_often(answer["errors"][0])
    tries = " ".join(f"t{n}: declareKinship(input: $input) {{ errors {{ code }} }}" for n in range(5))
    query = f"mutation($input: DeclareKinshipInput!) {{ {tries} }}"
    answer = await outcome(careful.person("P0002"), query, **declaration())
    assert [bool(answer["data"][f"t{n}"]) for n in range(5)] == [True, True, True, False, False]
    assert [is_too_often(error) for error in answer["errors"]] == [True, True]


async def test_a_payee_by_declared_tie_is_no_look_up(careful: Server) -> None:
    father = careful.person("P0001")
    ties = await father.ask("{ viewer { person { kinships { nodes { id } } } } }")
    payee = {"kinshipId": ties["viewer"]["person"]["kinships"]["nodes"][0]["id"]}
    for _ in range(5):
        assert "errors" not in await outcome(father, PREVIEW, **transfer(payee))


async def test_the_agencys_registering_is_no_look_up_and_nobody_looks_anything_up(careful: Server) -> None:
    register = (
        'mutation { registerPerson(input: { personNo: "P0001", name: "李芳", idNumber: "370102199309183320",'
        ' enrolments: [{ scheme: RESIDENT, areaCode: "370100", since: "2020-01-01" }] }) { errors { code } } }'
    )
    for _ in range(5):
        assert (await careful.agency.ask(register))["registerPerson"]["errors"]
        refused = await outcome(careful.anonymous, DECLARE, **declaration())
        assert refused["data"]["declareKinship"]["errors"] == [{"code": "UNAUTHENTICATED"}]


async def test_who_has_looked_up_too_often_does_everything_else(careful: Server) -> None:
    father = careful.person("P0001")
    answers = [await outcome(father, DECLARE, **declaration()) for _ in range(4)]
    assert was_too_often(answers[-1])
    assert (await father.balances())["wallet"] == "200.00"
    assert "errors" not in await outcome(careful.person("P0002"), DECLARE, **declaration())


async def test_an_address_looks_up_so_many_id_numbers_whoever_is_signed_in_there(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_id_lookups_per_address="2/hour", trusted_proxies="127.0.0.1") as server:
        for person_no in ("P0001", "P0002"):
            assert "errors" not in await outcome(server.person(person_no), DECLARE, **declaration())
        assert was_too_often(await outcome(server.person("P0003"), DECLARE, **declaration()))
        elsewhere = server.person("P0003", **{"X-Forwarded-For": "203.0.113.7"})
        assert "errors" not in await outcome(elsewhere, DECLARE, **declaration())


# ---- passwords ----------------------------------------------------------------------------------------------------


def bill(password: str, key: str) -> dict[str, object]:
    """State a bill to pay."""
    return {
        "institutionCode": "H37010000001",
        "bill": {"number": "B1", "total": "100.00", "fundPaid": "70.00", "selfPaid": "30.00"},
        "amount": "1.00",
        "verification": {"password": password},
        "idempotencyKey": key,
    }


async def failures(server: Server, person_no: str) -> int:
    """Tell how many tries were counted."""
    credential = await server.storage.read().credentials.get(person_no)
    assert credential is not None
    return credential.failures


async def test_a_password_is_tried_so_often_whichever_way_and_no_more_tries_are_counted(careful: Server) -> None:
    """R18."""
    father = careful.person("P0001")
    applied = await father.apply("P0004", "CHILD", "1.00")
    guess = {"transferId": applied["transfer"]["id"], "verification": {"password": "135790"}}
    premium = {"areaCode": "370100", "year": 2025, "verification": {"password": "135790"}, "idempotencyKey": "p"}
    new = {"newPassword": "975310", "currentPassword": "135790"}
    await outcome(father, VERIFY, **guess)
    await outcome(father, PAY, **bill("135790", "1"))
    await outcome(father, SET, **new)
    tried = await failures(careful, "P0001")
    assert tried >= 2
    assert was_too_often(await outcome(father, VERIFY, **guess))
    assert was_too_often(await outcome(father, PAY, **bill(PASSWORD, "2")))
    assert was_too_often(await outcome(father, PAY_PREMIUM, **premium))
    assert was_too_often(await outcome(father, SET, **new))
    assert await failures(careful, "P0001") == tried
    assert (await father.balances())["wallet"] == "200.00"


async def test_who_has_given_passwords_too_often_is_verified_by_face(careful: Server) -> None:
    """R18: one suffices, and nobody guesses a signature."""
    father = careful.person("P0001")
    answers = [await outcome(father, PAY, **bill("135790", f"k{n}")) for n in range(4)]
    assert was_too_often(answers[-1])
    key = development_key(careful.keys, FACE_KEY)
    for number in range(5):
        assertion = issue_assertion(key, "P0001", "bill:H37010000001:B1:1.00", careful.clock.now)
        paid = bill("", f"f{number}") | {"verification": {"faceAssertion": assertion}}
        assert (await outcome(father, PAY, **paid))["data"]["payMedicalExpense"]["errors"] == []


async def test_each_alias_of_a_document_is_a_verification(careful: Server) -> None:
    tries = " ".join(f"t{n}: setPassword(input: $input) {{ errors {{ code }} }}" for n in range(5))
    answer = await outcome(
        careful.person("P0001"),
        f"mutation($input: SetPasswordInput!) {{ {tries} }}",
        newPassword="975310",
        currentPassword="135790",
    )
    assert [bool(answer["data"][f"t{n}"]) for n in range(5)] == [True, True, True, False, False]
    assert await failures(careful, "P0001") == 3


async def test_a_fault_for_being_too_often_is_said_in_the_callers_language(careful: Server) -> None:
    for language, said in {"zh": "请求过于频繁", "en": "Too many requests"}.items():
        caller = careful.person("P0001", **{"Accept-Language": language})
        answers = [await outcome(caller, DECLARE, **declaration()) for _ in range(4)]
        assert answers[-1]["errors"][0]["message"].startswith(said)


async def test_another_person_at_the_same_address_verifies_on(careful: Server) -> None:
    answers = [await outcome(careful.person("P0001"), PAY, **bill("135790", f"k{n}")) for n in range(4)]
    assert was_too_often(answers[-1])
    assert "errors" not in await outcome(careful.person("P0002"), PAY, **bill("135790", "k"))


async def test_an_address_verifies_so_often_whoever_is_signed_in_there(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_verifications_per_address="2/hour") as server:
        for person_no in ("P0001", "P0002"):
            assert "errors" not in await outcome(server.person(person_no), PAY, **bill("135790", "k"))
        assert was_too_often(await outcome(server.person("P0003"), PAY, **bill("135790", "k")))
        assert await failures(server, "P0003") == 0
