"""Designated hospitals and pharmacies: searched for by anyone, recorded by the agency (R24)."""

import asyncio
from typing import Any

import pytest

from tests.clients import PAYMENT, Server

SEARCH = "query($f: InstitutionFilter) { institutions(filter: $f, first: 100) { totalCount nodes { code } } }"
WITHIN = (
    "query($c: String!, $f: InstitutionFilter) "
    "{ region(code: $c) { institutions(filter: $f) { totalCount nodes { code } } } }"
)
INSTITUTION = "institution { id code name kind walletService area { code } }"
HOSPITALS = ["H13010000001", "H34010000001", "H37010000001", "H54010000001"]
JINAN = ["H37010000001", "P37010000001", "P37010000002"]
NEW = {"code": "P50010500001", "name": "重庆长寿路药房", "areaCode": "500105", "walletService": "OPEN_IDLE"}


async def found(server: Server, **filters: object) -> list[str]:
    """Search without signing in, and give the codes."""
    page = (await server.anonymous.ask(SEARCH, f=filters))["institutions"]
    codes = [node["code"] for node in page["nodes"]]
    assert page["totalCount"] == len(codes)
    return codes


async def within(server: Server, code: str, filters: dict[str, object] | None = None) -> list[str]:
    """Search in a region, and give the codes."""
    page = (await server.anonymous.ask(WITHIN, c=code, f=filters))["region"]["institutions"]
    codes = [node["code"] for node in page["nodes"]]
    assert page["totalCount"] == len(codes)
    return codes


# ---- searching ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("济南市示范医院", ["H37010000001"]),
        ("示范", HOSPITALS),
        ("泉城便民", ["P37010000002"]),
        ("济南 市示范", ["H37010000001"]),
        ("jinan", JINAN),
        ("JiNan", JINAN),
        ("ｊｉｎａｎ", JINAN),
        ("shifanyiyuan", HOSPITALS),
        ("sfyy", HOSPITALS),
        ("jnak", ["P37010000001"]),
        ("qcbm", ["P37010000002"]),
        ("H3701", ["H37010000001"]),
        ("p370100", ["P37010000001", "P37010000002"]),
        ("上海", []),
    ],
)
async def test_institutions_are_found_by_any_part_of_their_names_in_characters_and_letters(
    shared_server: Server, text: str, codes: list[str]
) -> None:
    """R24."""
    assert await found(shared_server, search=text) == codes


@pytest.mark.parametrize("text", [".*", "^", "$", "%", "济.市", "\\", "[济]"])
async def test_a_search_for_institutions_is_no_pattern(shared_server: Server, text: str) -> None:
    """R24."""
    assert await found(shared_server, search=text) == []


@pytest.mark.parametrize(
    ("filters", "codes"),
    [
        ({"kind": "HOSPITAL"}, HOSPITALS),
        ({"areaCode": "370100"}, JINAN),
        ({"areaCode": "370000"}, JINAN),
        ({"areaCode": "370200"}, []),
        ({"areaCode": "999999"}, []),
        ({"acceptsWallet": False}, ["P37010000002"]),
        ({"acceptsWallet": True, "areaCode": "370000"}, ["H37010000001", "P37010000001"]),
        ({"kind": "PHARMACY", "areaCode": "370000", "search": "jn"}, ["P37010000001", "P37010000002"]),
        ({"kind": "PHARMACY", "areaCode": "370000", "search": "jn", "acceptsWallet": True}, ["P37010000001"]),
        ({"kind": "HOSPITAL", "search": "ankang"}, []),
        ({"search": None, "kind": None, "areaCode": "540100", "acceptsWallet": None}, ["H54010000001", "P54010000001"]),
    ],
)
async def test_conditions_on_institutions_all_hold_together(
    shared_server: Server, filters: dict[str, object], codes: list[str]
) -> None:
    """R24: a province includes the areas below it."""
    assert await found(shared_server, **filters) == codes


@pytest.mark.parametrize(
    ("code", "filters", "codes"),
    [
        ("370100", None, JINAN),
        ("370000", None, JINAN),
        ("370200", None, []),
        ("370000", {"kind": "HOSPITAL"}, ["H37010000001"]),
        ("370000", {"areaCode": "370100", "acceptsWallet": False}, ["P37010000002"]),
        ("370100", {"areaCode": "370000"}, JINAN),
        ("370100", {"areaCode": "340100"}, []),
        ("370000", {"areaCode": "340000"}, []),
    ],
)
async def test_a_region_shows_the_institutions_within_it_and_no_others(
    shared_server: Server, code: str, filters: dict[str, object] | None, codes: list[str]
) -> None:
    """R24."""
    assert await within(shared_server, code, filters) == codes


@pytest.mark.parametrize("backwards", [False, True])
async def test_a_walk_in_pages_gives_every_institution_once(shared_server: Server, *, backwards: bool) -> None:
    """R24."""
    codes: list[str] = []
    cursor, more = None, True
    arguments = "last: 2, before: $c" if backwards else "first: 2, after: $c"
    query = (
        f"query($c: String) {{ institutions({arguments}) {{ totalCount nodes {{ code }} "
        "pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
    )
    while more:
        page: dict[str, Any] = (await shared_server.anonymous.ask(query, c=cursor))["institutions"]
        here = [node["code"] for node in page["nodes"]]
        codes = [*here, *codes] if backwards else [*codes, *here]
        info = page["pageInfo"]
        more = info["hasPreviousPage"] if backwards else info["hasNextPage"]
        cursor = info["startCursor"] if backwards else info["endCursor"]
        assert page["totalCount"] == 9
    assert codes == await found(shared_server)
    assert codes == sorted(codes)


async def test_a_search_longer_than_any_institutions_name_is_a_fault(shared_server: Server) -> None:
    """R24."""
    fault = await shared_server.anonymous.fault(SEARCH, f={"search": "药" * 101})
    assert fault["extensions"]["code"] == "INVALID_INPUT"


async def test_an_institution_is_found_by_its_code_and_by_its_id(shared_server: Server) -> None:
    """R24: by anybody."""
    selection = INSTITUTION.removeprefix("institution ")
    by_code = await shared_server.anonymous.ask(f'{{ institution(code: "H54010000001") {selection} }}')
    institution = by_code["institution"]
    assert institution | {"id": ""} == {
        "id": "",
        "code": "H54010000001",
        "name": "拉萨市示范医院",
        "kind": "HOSPITAL",
        "walletService": "NORMAL",
        "area": {"code": "540100"},
    }
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on Institution {selection} }} }}"
    assert (await shared_server.anonymous.ask(query, id=institution["id"]))["node"] == institution
    unknown = '{ institution(code: "H54010000009") { code } }'
    assert (await shared_server.anonymous.ask(unknown))["institution"] is None


# ---- recording ----------------------------------------------------------------------------------------------------


async def test_the_agency_registers_an_institution_that_is_found_at_once(server: Server) -> None:
    """R24: its kind is its code's, and its name is read as it is spoken."""
    registered = await server.agency.do("registerInstitution", INSTITUTION, **NEW)
    assert registered["errors"] == []
    assert registered["institution"] | {"id": ""} == {
        "id": "",
        "code": "P50010500001",
        "name": "重庆长寿路药房",
        "kind": "PHARMACY",
        "walletService": "OPEN_IDLE",
        "area": {"code": "500105"},
    }
    for text in ("chongqing", "changshou", "cqcslyf", "长寿"):
        assert await found(server, search=text) == ["P50010500001"]
    assert await within(server, "500000", {"acceptsWallet": True}) == ["P50010500001"]


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"code": "X50010500001"}, "INVALID_INPUT", ["input", "code"]),
        ({"code": "p50010500001"}, "INVALID_INPUT", ["input", "code"]),
        ({"code": "P5001050000"}, "INVALID_INPUT", ["input", "code"]),
        ({"code": "P500105000012"}, "INVALID_INPUT", ["input", "code"]),
        ({"code": "P5001050000１"}, "INVALID_INPUT", ["input", "code"]),
        ({"code": "P50010500001\n"}, "INVALID_INPUT", ["input", "code"]),
        ({"name": " "}, "INVALID_INPUT", ["input", "name"]),
        ({"name": "药" * 101}, "INVALID_INPUT", ["input", "name"]),
        ({"name": "药\u200b店"}, "INVALID_INPUT", ["input", "name"]),
        ({"areaCode": "999999"}, "NOT_FOUND", ["input", "areaCode"]),
        ({"areaCode": "500000"}, "NOT_FOUND", ["input", "areaCode"]),
        ({"code": "H37010000001"}, "CONFLICT", ["input", "code"]),
    ],
)
async def test_an_institution_that_cannot_be_registered_says_why(
    shared_server: Server, change: dict[str, str], code: str, path: list[str]
) -> None:
    """R24."""
    refused = await shared_server.agency.do("registerInstitution", INSTITUTION, **(NEW | change))
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [(code, path)]
    assert refused["institution"] is None


async def test_one_registration_of_an_institution_wins_of_many_at_once(server: Server) -> None:
    """R24, R20."""
    answers = await asyncio.gather(
        *(server.agency.codes("registerInstitution", "institution { code }", **NEW) for _ in "abcd")
    )
    assert sorted(answers) == [[], ["CONFLICT"], ["CONFLICT"], ["CONFLICT"]]


@pytest.mark.parametrize(("status", "accepts"), [("NORMAL", True), ("OPEN_IDLE", True), ("NOT_OPEN", False)])
async def test_whether_an_institution_accepts_the_wallet_is_its_service_status(
    server: Server, status: str, *, accepts: bool
) -> None:
    """R24."""
    changed = await server.agency.do(
        "setWalletService", "institution { code walletService }", code="P54010000001", status=status
    )
    assert changed == {"institution": {"code": "P54010000001", "walletService": status}, "errors": []}
    assert ("P54010000001" in await found(server, acceptsWallet=True)) is accepts
    assert ("P54010000001" in await found(server, acceptsWallet=False)) is not accepts


@pytest.mark.parametrize(("number", "code"), [("H5", "INVALID_INPUT"), ("H54010000009", "NOT_FOUND")])
async def test_the_service_of_no_institution_cannot_be_set(shared_server: Server, number: str, code: str) -> None:
    """R24."""
    refused = await shared_server.agency.do("setWalletService", "institution { code }", code=number, status="NORMAL")
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [(code, ["input", "code"])]


async def test_only_the_agency_records_institutions(shared_server: Server) -> None:
    """R27: an institution cannot even set its own service."""
    for mutation, arguments in (
        ("registerInstitution", NEW),
        ("setWalletService", {"code": "H37010000001", "status": "NOT_OPEN"}),
    ):
        selection = "institution { code }"
        assert await shared_server.anonymous.codes(mutation, selection, **arguments) == ["UNAUTHENTICATED"]
        assert await shared_server.person("P0001").codes(mutation, selection, **arguments) == ["FORBIDDEN"]
        assert await shared_server.hospital.codes(mutation, selection, **arguments) == ["FORBIDDEN"]


# ---- what an institution sees -------------------------------------------------------------------------------------


async def test_an_institution_that_is_signed_in_sees_itself(shared_server: Server) -> None:
    """R27."""
    query = "{ viewer { roles person { personNo } institution { code name } } }"
    assert (await shared_server.hospital.ask(query))["viewer"] == {
        "roles": ["INSTITUTION"],
        "person": None,
        "institution": {"code": "H37010000001", "name": "济南市示范医院"},
    }
    assert (await shared_server.person("P0001").ask(query))["viewer"]["institution"] is None


async def test_what_an_institution_was_paid_is_seen_by_itself_and_the_agency_only(server: Server) -> None:
    """R27: whoever paid sees his or her own in the wallet."""
    paid = []
    for person_no, amount in (("P0001", "10.00"), ("P0002", "20.00")):
        paid.append((await server.person(person_no).pay("H37010000001", amount))["payment"])
        server.clock.advance(seconds=1)
    query = (
        '{ institution(code: "H37010000001") '
        f"{{ payments {{ totalCount nodes {{ {PAYMENT} }} pageInfo {{ hasNextPage startCursor endCursor }} }} }} }}"
    )
    for caller in (server.hospital, server.agency):
        payments = (await caller.ask(query))["institution"]["payments"]
        assert payments["nodes"] == paid[::-1]
        assert payments["totalCount"] == 2
    nothing = {"hasNextPage": False, "startCursor": None, "endCursor": None}
    for caller in (server.anonymous, server.person("P0001"), server.institution("P37010000001")):
        payments = (await caller.ask(query))["institution"]["payments"]
        assert payments == {"totalCount": 0, "nodes": [], "pageInfo": nothing}
