"""The residents' yearly contribution: published by the agency, paid by oneself once (R23)."""

import asyncio

import pytest

from tests.clients import Caller, Server

PREMIUM = "premium { id year amount opensOn closesOn area { code } }"
ALL_YEAR = {"year": 2025, "amount": "20.00", "opensOn": "2025-01-01", "closesOn": "2025-12-31"}
ASKED = (
    "query($a: String!, $y: Int!) { premium(areaCode: $a, year: $y) { id year amount opensOn closesOn area { code } } }"
)


async def publish(server: Server, area_code: str, **changes: object) -> None:
    """Publish a premium of 20.00 for 2025, payable all year unless changed."""
    arguments: dict[str, object] = {"areaCode": area_code} | ALL_YEAR | changes
    assert await server.agency.codes("publishPremium", "premium { id }", **arguments) == []


async def codes(caller: Caller, area_code: str, **changes: object) -> list[str]:
    """Pay a premium and give the codes of the refusals."""
    return [error["code"] for error in (await caller.pay_premium(area_code, **changes))["errors"]]


# ---- publishing ---------------------------------------------------------------------------------------------------


async def test_what_the_agency_publishes_is_seen_by_anybody(server: Server) -> None:
    """R23."""
    published = await server.agency.do("publishPremium", PREMIUM, areaCode="130100", **ALL_YEAR)
    premium = published["premium"]
    assert published["errors"] == []
    assert premium | {"id": ""} == ALL_YEAR | {"id": "", "area": {"code": "130100"}}
    assert (await server.anonymous.ask(ASKED, a="130100", y=2025))["premium"] == premium
    node = f"query($id: ID!) {{ node(id: $id) {{ ... on Premium {PREMIUM.removeprefix('premium ')} }} }}"
    assert (await server.anonymous.ask(node, id=premium["id"]))["node"] == premium


@pytest.mark.parametrize(("area", "year"), [("130100", 2025), ("370100", 2024), ("370000", 2025), ("999999", 2025)])
async def test_a_premium_that_is_not_published_is_null(shared_server: Server, area: str, year: int) -> None:
    """R23."""
    assert (await shared_server.anonymous.ask(ASKED, a=area, y=year))["premium"] is None


async def test_publishing_again_corrects(server: Server) -> None:
    """R23: what was paid stays paid."""
    mother = server.person("P0002")
    before = (await server.anonymous.ask(ASKED, a="370100", y=2025))["premium"]
    await publish(server, "370100")
    paid = await mother.pay_premium("370100")
    await publish(server, "370100", amount="25.00", closesOn="2025-06-30")
    after = (await server.anonymous.ask(ASKED, a="370100", y=2025))["premium"]
    assert (after["id"], after["amount"], after["closesOn"]) == (before["id"], "25.00", "2025-06-30")
    assert paid["wallet"] == {"balance": "30.00"}
    assert await codes(mother, "370100", idempotencyKey="again") == ["PREMIUM_ALREADY_PAID"]
    assert (await mother.balances())["wallet"] == "30.00"


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"year": 1999}, "INVALID_INPUT", ["input", "year"]),
        ({"year": 2101}, "INVALID_INPUT", ["input", "year"]),
        ({"amount": "0.00"}, "INVALID_AMOUNT", ["input", "amount"]),
        ({"opensOn": "2025-07-01", "closesOn": "2025-06-30"}, "INVALID_INPUT", ["input", "closesOn"]),
        ({"areaCode": "999999"}, "NOT_FOUND", ["input", "areaCode"]),
        ({"areaCode": "370000"}, "NOT_FOUND", ["input", "areaCode"]),
    ],
)
async def test_a_premium_that_makes_no_sense_is_refused(
    shared_server: Server, change: dict[str, object], code: str, path: list[str]
) -> None:
    """R23."""
    arguments: dict[str, object] = {"areaCode": "130100"} | ALL_YEAR | change
    refused = await shared_server.agency.do("publishPremium", PREMIUM, **arguments)
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [(code, path)]
    assert refused["premium"] is None


async def test_only_the_agency_publishes_premiums(shared_server: Server) -> None:
    """R27."""
    for caller, code in (
        (shared_server.anonymous, "UNAUTHENTICATED"),
        (shared_server.person("P0001"), "FORBIDDEN"),
        (shared_server.hospital, "FORBIDDEN"),
    ):
        assert await caller.codes("publishPremium", "premium { id }", areaCode="130100", **ALL_YEAR) == [code]


async def test_a_premium_published_many_times_at_once_is_one(server: Server) -> None:
    """R20, R23."""
    await asyncio.gather(*(publish(server, "130100", amount=f"{n}.00") for n in range(1, 9)))
    amount = (await server.anonymous.ask(ASKED, a="130100", y=2025))["premium"]["amount"]
    assert amount in {f"{n}.00" for n in range(1, 9)}


# ---- paying -------------------------------------------------------------------------------------------------------


async def test_a_resident_pays_the_published_amount(server: Server) -> None:
    """R23."""
    await server.person("P0001").give("P0002", "SPOUSE", "400.00")
    paid = await server.person("P0002").pay_premium("370100")
    assert paid["errors"] == []
    assert paid["wallet"] == {"balance": "30.00"}
    payment = paid["payment"]
    assert (payment["kind"], payment["amount"], payment["status"]) == ("PREMIUM", "420.00", "COMPLETED")
    assert payment["premium"] == {"year": 2025, "amount": "420.00", "area": {"code": "370100"}}
    assert (payment["institution"], payment["bill"]) == (None, None)


async def test_a_premium_is_paid_in_an_area_that_is_not_the_use_place(server: Server) -> None:
    """R23: the wallet is used in Hefei, the resident enrolment is in Shijiazhuang."""
    await publish(server, "130100")
    await server.person("P0001").give("P0003", "CHILD", "20.00")
    assert await codes(server.person("P0003"), "130100") == []
    assert await server.person("P0003").balances() == {"wallet": "0.00", "personalAccount": "3000.00"}


async def test_a_premium_is_paid_once_for_each_year(server: Server) -> None:
    """R23."""
    mother = server.person("P0002")
    await publish(server, "370100")
    await publish(server, "370100", year=2026)
    assert await codes(mother, "370100") == []
    assert await codes(mother, "370100", idempotencyKey="again") == ["PREMIUM_ALREADY_PAID"]
    assert await codes(mother, "370100", idempotencyKey="next", year=2026) == []
    assert (await mother.balances())["wallet"] == "10.00"


async def test_the_same_key_pays_a_premium_once(server: Server) -> None:
    """R20."""
    mother = server.person("P0002")
    await publish(server, "370100")
    answers = await asyncio.gather(*(mother.pay_premium("370100") for _ in range(10)))
    assert {answer["payment"]["id"] for answer in answers} == {answers[0]["payment"]["id"]}
    assert (await mother.balances())["wallet"] == "30.00"


async def test_a_premium_paid_twice_at_once_under_two_keys_is_paid_once(server: Server) -> None:
    """R20, R23."""
    mother = server.person("P0002")
    await publish(server, "370100")
    answers = await asyncio.gather(*(codes(mother, "370100", idempotencyKey=key) for key in ("one", "two")))
    assert sorted(answers) == [[], ["PREMIUM_ALREADY_PAID"]]
    assert (await mother.balances())["wallet"] == "30.00"


async def test_a_premium_is_paid_again_only_after_a_full_refund(server: Server) -> None:
    """R23, R25."""
    mother = server.person("P0002")
    await publish(server, "370100")
    paid = (await mother.pay_premium("370100"))["payment"]
    await server.agency.refund(paid["id"], "19.99")
    assert await codes(mother, "370100", idempotencyKey="partly") == ["PREMIUM_ALREADY_PAID"]
    await server.agency.refund(paid["id"], "0.01")
    assert await codes(mother, "370100", idempotencyKey="fully") == []
    assert await codes(mother, "370100", idempotencyKey="third") == ["PREMIUM_ALREADY_PAID"]
    assert (await mother.balances())["wallet"] == "30.00"


async def test_a_window_opens_and_closes_at_midnight_in_shanghai(server: Server) -> None:
    """R23: both of its days are included."""
    mother = server.person("P0002")
    await publish(server, "370100", opensOn="2025-06-03", closesOn="2025-06-03")
    await publish(server, "370100", opensOn="2025-06-03", closesOn="2025-06-03", year=2026)
    server.clock.advance(hours=12, seconds=-1)
    refused = (await mother.pay_premium("370100", idempotencyKey="early"))["errors"][0]
    assert (refused["code"], refused["path"]) == ("PREMIUM_WINDOW_CLOSED", None)
    assert "2025-06-03" in refused["message"]
    server.clock.advance(seconds=1)
    assert await codes(mother, "370100", idempotencyKey="first") == []
    server.clock.advance(hours=24, seconds=-1)
    assert await codes(mother, "370100", idempotencyKey="last", year=2026) == []
    server.clock.advance(seconds=1)
    assert await codes(mother, "370100", idempotencyKey="late") == ["PREMIUM_WINDOW_CLOSED"]


# ---- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person_no", "area", "change", "code", "path"),
    [
        ("P0002", "370100", {"year": 1999}, "INVALID_INPUT", ["input", "year"]),
        ("P0002", "370100", {"idempotencyKey": "a b"}, "INVALID_INPUT", ["input", "idempotencyKey"]),
        (
            "P0002",
            "370100",
            {"verification": {"password": "1"}},
            "INVALID_INPUT",
            ["input", "verification", "password"],
        ),
        ("P0002", "999999", {}, "NOT_FOUND", ["input", "areaCode"]),
        ("P0002", "370000", {}, "NOT_FOUND", ["input", "areaCode"]),
        ("P7777", "370100", {}, "NOT_ENROLLED", None),
        ("P0001", "370100", {}, "NOT_RESIDENT_INSURED", ["input", "areaCode"]),
        ("P0003", "340100", {}, "NOT_RESIDENT_INSURED", ["input", "areaCode"]),
        ("P0002", "540100", {}, "NOT_ENROLLED_IN_AREA", ["input", "areaCode"]),
        ("P0010", "210100", {}, "REGION_STATUS_UNKNOWN", ["input", "areaCode"]),
        ("P0005", "130100", {}, "PREMIUM_NOT_PUBLISHED", ["input", "areaCode"]),
        ("P0002", "370100", {"year": 2026}, "PREMIUM_NOT_PUBLISHED", ["input", "areaCode"]),
        ("P0002", "370100", {}, "INSUFFICIENT_BALANCE", None),
        (
            "P0002",
            "370100",
            {"verification": {"password": "000000"}, "idempotencyKey": "wrong"},
            "INSUFFICIENT_BALANCE",
            None,
        ),
    ],
)
async def test_a_premium_that_cannot_be_paid_says_why_and_where(
    shared_server: Server, person_no: str, area: str, change: dict[str, object], code: str, path: list[str] | None
) -> None:
    """R23: error precedence."""
    refused = await shared_server.person(person_no).pay_premium(area, **({"idempotencyKey": f"{area}-{code}"} | change))
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [(code, path)]
    assert (refused["payment"], refused["wallet"]) == (None, None)


async def test_only_an_insured_person_pays_a_premium(shared_server: Server) -> None:
    """R27."""
    assert await codes(shared_server.anonymous, "370100") == ["UNAUTHENTICATED"]
    assert await codes(shared_server.agency, "370100") == ["FORBIDDEN"]
    assert await codes(shared_server.hospital, "370100") == ["FORBIDDEN"]


async def test_without_a_wallet_no_premium_is_paid(server: Server) -> None:
    """R23: what is published is judged first."""
    assert await server.agency.codes("openRegion", "region { code }", code="210100", on="2025-06-01") == []
    brother = server.person("P0010")
    assert await codes(brother, "210100", idempotencyKey="unpublished") == ["PREMIUM_NOT_PUBLISHED"]
    await publish(server, "210100")
    assert await codes(brother, "210100", idempotencyKey="published") == ["WALLET_NOT_ACTIVATED"]


async def test_a_window_that_is_closed_is_told_before_that_it_was_paid(server: Server) -> None:
    """R23: error precedence."""
    mother = server.person("P0002")
    await publish(server, "370100")
    assert await codes(mother, "370100") == []
    await publish(server, "370100", closesOn="2025-06-01")
    assert await codes(mother, "370100", idempotencyKey="again") == ["PREMIUM_WINDOW_CLOSED"]


async def test_a_premium_needs_the_right_password(server: Server) -> None:
    """R18, R23."""
    mother = server.person("P0002")
    await publish(server, "370100")
    refused = await mother.pay_premium("370100", verification={"password": "000000"}, idempotencyKey="wrong")
    error = refused["errors"][0]
    assert (error["code"], error["path"], error["attemptsLeft"]) == (
        "VERIFICATION_FAILED",
        ["input", "verification"],
        4,
    )
    assert await codes(mother, "370100", idempotencyKey="wrong") == ["VERIFICATION_FAILED"]
    assert await codes(mother, "370100", idempotencyKey="right") == []
