"""Bills of institutions, whose self-paid part is all that wallets are charged (R22)."""

import asyncio
from collections import Counter

import pytest

from tests.clients import Server

BILL = {"number": "B1", "total": "100.00", "fundPaid": "70.00", "selfPaid": "30.00"}


async def test_a_self_paid_part_is_paid_in_several_payments_and_not_a_fen_more(server: Server) -> None:
    """R22."""
    father = server.person("P0001")
    for amount in ("10.00", "19.99", "0.01"):
        assert (await father.pay("H37010000001", amount, idempotencyKey=amount))["errors"] == []
    refused = await father.pay("H37010000001", "0.01", idempotencyKey="more")
    assert (refused["payment"], refused["wallet"]) == (None, None)
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [("OVER_SELF_PAID", ["input", "amount"])]
    assert (await father.balances())["wallet"] == "170.00"


async def test_the_part_the_fund_pays_is_never_charged(server: Server) -> None:
    """R22."""
    father = server.person("P0001")
    refused = await father.pay("H37010000001", "30.01")
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [("OVER_SELF_PAID", ["input", "amount"])]
    assert "30.00" in refused["errors"][0]["message"]
    wholly = {"number": "B2", "total": "100.00", "fundPaid": "100.00", "selfPaid": "0.00"}
    refused = await father.pay("H37010000001", "0.01", bill=wholly)
    assert [error["code"] for error in refused["errors"]] == ["OVER_SELF_PAID"]
    assert (await father.balances())["wallet"] == "200.00"


async def test_what_was_refused_is_not_charged_to_the_bill(server: Server) -> None:
    """R22: neither for want of money nor of the right password."""
    mother = server.person("P0002")
    bill = {"number": "B1", "total": "60.00", "fundPaid": "0.00", "selfPaid": "60.00"}
    short = await mother.pay("H37010000001", "50.01", bill=bill, idempotencyKey="short")
    wrong = await mother.pay(
        "H37010000001", "50.00", bill=bill, idempotencyKey="wrong", verification={"password": "000000"}
    )
    assert [e["code"] for e in (*short["errors"], *wrong["errors"])] == ["INSUFFICIENT_BALANCE", "VERIFICATION_FAILED"]
    assert (await server.person("P0001").pay("H37010000001", "60.00", bill=bill))["errors"] == []


async def test_two_persons_pay_one_bill_up_to_its_self_paid_part(server: Server) -> None:
    """R22."""
    assert (await server.person("P0001").pay("H37010000001", "20.00"))["errors"] == []
    refused = await server.person("P0002").pay("H37010000001", "10.01")
    assert [error["code"] for error in refused["errors"]] == ["OVER_SELF_PAID"]
    assert (await server.person("P0002").pay("H37010000001", "10.00"))["errors"] == []


@pytest.mark.parametrize(
    "figures",
    [
        {"total": "101.00", "fundPaid": "71.00"},
        {"total": "101.00", "selfPaid": "31.00"},
        {"fundPaid": "69.00", "selfPaid": "31.00"},
    ],
)
async def test_a_bill_number_with_other_figures_is_a_conflict(server: Server, figures: dict[str, str]) -> None:
    """R22: whoever pays."""
    assert (await server.person("P0001").pay("H37010000001", "10.00"))["errors"] == []
    for person_no in ("P0001", "P0002"):
        refused = await server.person(person_no).pay("H37010000001", "1.00", bill=BILL | figures)
        assert [(e["code"], e["path"]) for e in refused["errors"]] == [("CONFLICT", ["input", "bill", "number"])]


async def test_a_bill_number_belongs_to_its_institution(server: Server) -> None:
    """R22: the same number at another institution is another bill."""
    father = server.person("P0001")
    other = {"number": "B1", "total": "8.00", "fundPaid": "0.00", "selfPaid": "8.00"}
    assert (await father.pay("H37010000001", "30.00"))["errors"] == []
    paid = await father.pay("P37010000001", "8.00", bill=other)
    assert paid["errors"] == []
    assert (paid["payment"]["bill"], paid["wallet"]) == (other, {"balance": "162.00"})


async def test_payments_towards_one_bill_at_once_stay_within_its_self_paid_part(server: Server) -> None:
    """R20, R22."""
    father = server.person("P0001")
    answers = await asyncio.gather(*(father.pay("H37010000001", "10.00", idempotencyKey=f"k{n}") for n in range(10)))
    codes = Counter(answer["errors"][0]["code"] if answer["errors"] else "PAID" for answer in answers)
    assert codes == {"PAID": 3, "OVER_SELF_PAID": 7}
    assert (await father.balances())["wallet"] == "170.00"


async def test_one_bill_number_at_once_with_different_figures_is_one_bill(server: Server) -> None:
    """R20, R22."""
    other = {"number": "B1", "total": "40.00", "fundPaid": "0.00", "selfPaid": "40.00"}
    answers = await asyncio.gather(
        server.person("P0001").pay("H37010000001", "10.00"),
        server.person("P0002").pay("H37010000001", "10.00", bill=other),
    )
    assert sorted([error["code"] for error in answer["errors"]] for answer in answers) == [[], ["CONFLICT"]]


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"number": ""}, "INVALID_INPUT", ["input", "bill", "number"]),
        ({"number": "B 1"}, "INVALID_INPUT", ["input", "bill", "number"]),
        ({"number": "单1"}, "INVALID_INPUT", ["input", "bill", "number"]),
        ({"number": "B" * 65}, "INVALID_INPUT", ["input", "bill", "number"]),
        (
            {"total": "0.00", "fundPaid": "0.00", "selfPaid": "0.00"},
            "INVALID_AMOUNT",
            ["input", "bill", "total"],
        ),
        ({"selfPaid": "30.01"}, "INVALID_INPUT", ["input", "bill"]),
        ({"fundPaid": "0.00"}, "INVALID_INPUT", ["input", "bill"]),
    ],
)
async def test_a_bill_that_does_not_add_up_is_refused(
    shared_server: Server, change: dict[str, str], code: str, path: list[str]
) -> None:
    """R22."""
    refused = await shared_server.person("P0001").pay("H37010000001", "10.00", bill=BILL | change)
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [(code, path)]


@pytest.mark.parametrize("field", ["total", "fundPaid", "selfPaid"])
async def test_the_figures_of_a_bill_are_amounts(shared_server: Server, field: str) -> None:
    """R19, R22."""
    query = "mutation($input: PayMedicalExpenseInput!) { payMedicalExpense(input: $input) { errors { code } } }"
    arguments = {
        "institutionCode": "H37010000001",
        "bill": BILL | {field: "-1.00"},
        "amount": "1.00",
        "verification": {"password": "246810"},
        "idempotencyKey": "k",
    }
    fault = await shared_server.person("P0001").fault(query, input=arguments)
    assert fault["extensions"]["code"] == "INVALID_AMOUNT"
