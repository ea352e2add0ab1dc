"""Where a wallet is used, and moving it to another area (R11)."""

import asyncio

import pytest

from tests.clients import Server

CHANGED = "wallet { balance useArea { code } usePlaceChanges { at from { code } to { code } } }"
SUPPORTED = "query($c: String!, $on: Date) { region(code: $c) { usePlaceChangeSupported(on: $on) } }"


async def change(server: Server, person_no: str, area_code: str) -> list[tuple[str, list[str] | None]]:
    """Change the use place, and give code and path of the refusals."""
    answer = await server.person(person_no).do("changeUsePlace", "wallet { id }", areaCode=area_code)
    assert (answer["wallet"] is None) is bool(answer["errors"])
    return [(error["code"], error["path"]) for error in answer["errors"]]


async def set_support(server: Server, province_code: str, on: str, *, supported: bool) -> None:
    """Record whether a province supports changing the use place."""
    arguments = {"provinceCode": province_code, "supported": supported, "on": on}
    assert await server.agency.codes("setUsePlaceChange", "region { code }", **arguments) == []


async def supported(server: Server, code: str, on: str | None = None) -> bool:
    """Ask whether a region supports changing the use place."""
    answer: bool = (await server.anonymous.ask(SUPPORTED, c=code, on=on))["region"]["usePlaceChangeSupported"]
    return answer


# ---- moving -------------------------------------------------------------------------------------------------------


async def test_a_wallet_moves_from_hefei_to_shijiazhuang_and_pays_there_only(server: Server) -> None:
    """R11, R22: balance and history stay, and the change is recorded."""
    son = server.person("P0003")
    await server.person("P0001").give("P0003", "CHILD", "50.00")
    assert (await son.pay("H34010000001", "10.00"))["errors"] == []
    before = await son.statement()
    moved = await son.do("changeUsePlace", CHANGED, areaCode="130100")
    assert moved == {
        "wallet": {
            "balance": "40.00",
            "useArea": {"code": "130100"},
            "usePlaceChanges": [
                {"at": "2025-06-02T12:00:00.000+08:00", "from": {"code": "340100"}, "to": {"code": "130100"}}
            ],
        },
        "errors": [],
    }
    assert await son.statement() == before
    there = await son.pay("H34010000001", "10.00", idempotencyKey="there")
    assert [error["code"] for error in there["errors"]] == ["NOT_IN_USE_PLACE"]
    assert (await son.pay("H13010000001", "10.00"))["errors"] == []
    assert (await son.balances())["wallet"] == "30.00"


async def test_a_wallet_moves_back_and_every_change_is_recorded(server: Server) -> None:
    """R11."""
    assert await change(server, "P0003", "130100") == []
    server.clock.advance(minutes=1)
    back = await server.person("P0003").do("changeUsePlace", CHANGED, areaCode="340100")
    assert [(c["from"]["code"], c["to"]["code"]) for c in back["wallet"]["usePlaceChanges"]] == [
        ("340100", "130100"),
        ("130100", "340100"),
    ]


async def test_what_was_paid_before_a_move_is_refunded_after_it(server: Server) -> None:
    """R11, R25."""
    await server.person("P0001").give("P0003", "CHILD", "50.00")
    payment = (await server.person("P0003").pay("H34010000001", "10.00"))["payment"]
    assert await change(server, "P0003", "130100") == []
    assert (await server.institution("H34010000001").refund(payment["id"], "10.00"))["errors"] == []
    assert (await server.person("P0003").balances())["wallet"] == "50.00"


async def test_the_relatives_see_where_a_wallet_is_used_now(server: Server) -> None:
    """R11, R17."""
    await change(server, "P0003", "130100")
    transfer = await server.person("P0001").give("P0003", "CHILD", "1.00")
    assert transfer["payee"]["area"] == {"name": "石家庄市"}


async def test_moving_twice_at_once_moves_once(server: Server) -> None:
    """R11, R20."""
    answers = await asyncio.gather(*(change(server, "P0003", "130100") for _ in "abcd"))
    assert sorted(answers) == [[], *[[("USE_PLACE_UNCHANGED", ["input", "areaCode"])]] * 3]


async def test_paying_and_moving_at_once_happen_one_after_the_other(server: Server) -> None:
    """R11, R20, R22: in whichever order."""
    son = server.person("P0003")
    await server.person("P0001").give("P0003", "CHILD", "50.00")
    paid, moved = await asyncio.gather(son.pay("H34010000001", "10.00"), change(server, "P0003", "130100"))
    assert moved == []
    assert [error["code"] for error in paid["errors"]] in ([], ["NOT_IN_USE_PLACE"])
    assert (await son.balances())["wallet"] == ("50.00" if paid["errors"] else "40.00")


# ---- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person_no", "area", "code", "path"),
    [
        ("P0003", "999999", "NOT_FOUND", ["input", "areaCode"]),
        ("P7777", "999999", "NOT_FOUND", ["input", "areaCode"]),
        ("P7777", "340100", "NOT_ENROLLED", None),
        ("P0003", "370100", "NOT_ENROLLED_IN_AREA", ["input", "areaCode"]),
        ("P0003", "440100", "NOT_ENROLLED_IN_AREA", ["input", "areaCode"]),
        ("P0009", "440100", "REGION_NOT_OPEN", ["input", "areaCode"]),
        ("P0010", "210100", "REGION_STATUS_UNKNOWN", ["input", "areaCode"]),
        ("P0003", "340100", "USE_PLACE_UNCHANGED", ["input", "areaCode"]),
        ("P0001", "370100", "USE_PLACE_CHANGE_UNSUPPORTED", None),
        ("P0008", "420100", "WALLET_NOT_ACTIVATED", None),
    ],
)
async def test_a_use_place_that_cannot_be_changed_says_why(
    shared_server: Server, person_no: str, area: str, code: str, path: list[str] | None
) -> None:
    """R11: error precedence."""
    assert await change(shared_server, person_no, area) == [(code, path)]


async def test_only_the_holder_changes_the_use_place(shared_server: Server) -> None:
    """R27."""
    for caller, code in (
        (shared_server.anonymous, "UNAUTHENTICATED"),
        (shared_server.agency, "FORBIDDEN"),
        (shared_server.hospital, "FORBIDDEN"),
    ):
        assert await caller.codes("changeUsePlace", "wallet { id }", areaCode="130100") == [code]


async def test_a_wallet_does_not_move_to_an_area_that_was_closed(server: Server) -> None:
    """R4, R11."""
    await server.agency.do("closeRegion", "region { code }", code="130100", on="2025-06-01")
    refused = await server.person("P0003").do("changeUsePlace", CHANGED, areaCode="130100")
    assert [(e["code"], e["region"]) for e in refused["errors"]] == [("REGION_NOT_OPEN", {"code": "130100"})]


async def test_a_wallet_moves_out_of_an_area_that_was_closed(server: Server) -> None:
    """R4, R11: the new place is to be open."""
    await server.agency.do("closeRegion", "region { code }", code="340100", on="2025-06-01")
    assert await change(server, "P0003", "130100") == []


async def test_a_pending_transfer_keeps_the_payers_wallet_where_it_is(server: Server) -> None:
    """R11: until it is cancelled."""
    son = server.person("P0003")
    transfer = (await son.apply("P0001", "PARENT", "1.00"))["transfer"]
    assert await change(server, "P0003", "130100") == [("PENDING_ELSEWHERE", None)]
    await son.do("cancelTransfer", "transfer { id }", transferId=transfer["id"])
    assert await change(server, "P0003", "130100") == []


async def test_a_pending_transfer_keeps_the_payees_wallet_where_it_is(server: Server) -> None:
    """R11: until it is verified."""
    father = server.person("P0001")
    transfer = (await father.apply("P0003", "CHILD", "1.00"))["transfer"]
    assert await change(server, "P0003", "130100") == [("PENDING_ELSEWHERE", None)]
    await father.verify(transfer["id"])
    assert await change(server, "P0003", "130100") == []


async def test_what_is_pending_comes_before_enrolment(server: Server) -> None:
    """R11: error precedence."""
    await server.person("P0003").apply("P0001", "PARENT", "1.00")
    assert await change(server, "P0003", "370100") == [("PENDING_ELSEWHERE", None)]
    assert await change(server, "P0003", "999999") == [("NOT_FOUND", ["input", "areaCode"])]


async def test_an_application_that_expired_keeps_no_wallet_where_it_is(server: Server) -> None:
    """R11, R18."""
    await server.person("P0001").apply("P0003", "CHILD", "1.00")
    server.clock.advance(minutes=30)
    assert await change(server, "P0003", "130100") == []


async def test_a_transfer_that_waits_for_acceptance_keeps_both_wallets_where_they_are(national: Server) -> None:
    """R11, R21."""
    son, father = national.person("P0003"), national.person("P0001")
    await set_support(national, "370000", "2025-06-01", supported=True)
    waiting = await son.give("P0001", "PARENT", "1.00")
    assert waiting["status"] == "PENDING_ACCEPTANCE"
    assert await change(national, "P0003", "130100") == [("PENDING_ELSEWHERE", None)]
    assert await change(national, "P0001", "370100") == [("PENDING_ELSEWHERE", None)]
    await father.do("declineTransfer", "transfer { id }", transferId=waiting["id"])
    assert await change(national, "P0003", "130100") == []


# ---- where it is supported ----------------------------------------------------------------------------------------


async def test_the_province_of_the_present_use_place_decides(server: Server) -> None:
    """R11: not the one of the new place."""
    await set_support(server, "130000", "2025-06-01", supported=False)
    assert await change(server, "P0003", "130100") == []
    assert await change(server, "P0003", "340100") == [("USE_PLACE_CHANGE_UNSUPPORTED", None)]


async def test_support_begins_and_ends_on_its_day_in_shanghai(server: Server) -> None:
    """R11, R4."""
    await set_support(server, "340000", "2025-06-03", supported=False)
    assert [await supported(server, "340100", on) for on in ("2025-06-02", "2025-06-03")] == [True, False]
    server.clock.advance(hours=12)
    assert await change(server, "P0003", "130100") == [("USE_PLACE_CHANGE_UNSUPPORTED", None)]
    await set_support(server, "340000", "2025-06-04", supported=True)
    server.clock.advance(hours=24)
    assert await change(server, "P0003", "130100") == []


async def test_a_province_that_supports_it_is_listed(server: Server) -> None:
    """R2, R11."""
    await set_support(server, "370000", "2025-06-01", supported=True)
    await set_support(server, "130000", "2025-06-02", supported=False)
    provinces = (await server.anonymous.ask("{ coverage { usePlaceChange { name } } }"))["coverage"]["usePlaceChange"]
    names = [province["name"] for province in provinces]
    assert ("山东省" in names, "河北省" in names) == (True, False)
    assert await supported(server, "370100") is True


async def test_what_the_agency_said_of_a_later_day_holds_then(server: Server) -> None:
    """R4, R11: even if it was true already when it was said."""
    await set_support(server, "340000", "2025-06-10", supported=True)
    await set_support(server, "340000", "2025-06-05", supported=False)
    days = ("2025-06-04", "2025-06-05", "2025-06-09", "2025-06-10")
    assert [await supported(server, "340000", on) for on in days] == [True, False, False, True]


@pytest.mark.parametrize("code", ["999999", "340100"])
async def test_only_a_province_supports_changing_the_use_place(shared_server: Server, code: str) -> None:
    """R11."""
    arguments = {"provinceCode": code, "supported": True, "on": "2025-06-01"}
    refused = await shared_server.agency.do("setUsePlaceChange", "region { code }", **arguments)
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [("NOT_FOUND", ["input", "provinceCode"])]


async def test_only_the_agency_sets_where_the_use_place_can_be_changed(shared_server: Server) -> None:
    """R27."""
    arguments = {"provinceCode": "370000", "supported": True, "on": "2025-06-01"}
    for caller, code in (
        (shared_server.anonymous, "UNAUTHENTICATED"),
        (shared_server.person("P0001"), "FORBIDDEN"),
        (shared_server.hospital, "FORBIDDEN"),
    ):
        assert await caller.codes("setUsePlaceChange", "region { code }", **arguments) == [code]
