"""What was paid and goes back to the wallet that paid (R25)."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.clients import PAYMENT, Caller, Server

REFUNDS = (
    f"query($n: String!, $c: String) {{ payment(number: $n) {{ {PAYMENT} refunds(first: 1, after: $c) "
    "{ totalCount nodes { amount reason at } pageInfo { hasNextPage endCursor } } } }"
)


async def paid(server: Server, amount: str = "30.00") -> dict[str, Any]:
    """Let the father pay at the hospital, and give the payment."""
    answer = await server.person("P0001").pay("H37010000001", amount)
    payment: dict[str, Any] = answer["payment"]
    return payment


async def codes(caller: Caller, payment_id: str, amount: str, **changes: object) -> list[str]:
    """Refund, and give the codes of the refusals."""
    return [error["code"] for error in (await caller.refund(payment_id, amount, **changes))["errors"]]


# ---- how much -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["hospital", "agency"])
async def test_a_payment_is_refunded_by_whom_was_paid_or_the_agency(server: Server, by: str) -> None:
    """R25."""
    payment = await paid(server)
    refunded = await {"hospital": server.hospital, "agency": server.agency}[by].refund(payment["id"], "30.00")
    assert refunded == {"payment": payment | {"refundedAmount": "30.00", "status": "REFUNDED"}, "errors": []}
    assert await server.person("P0001").balances() == {"wallet": "200.00", "personalAccount": "5000.00"}


async def test_a_payment_is_refunded_in_parts_and_not_a_fen_more(server: Server) -> None:
    """R25: by one or the other."""
    payment = await paid(server)
    first = await server.hospital.refund(payment["id"], "10.00")
    assert (first["payment"]["refundedAmount"], first["payment"]["status"]) == ("10.00", "PARTLY_REFUNDED")
    over = await server.agency.refund(payment["id"], "20.01")
    assert (over["payment"], [(e["code"], e["path"]) for e in over["errors"]]) == (
        None,
        [("OVER_REFUND", ["input", "amount"])],
    )
    assert "20.00" in over["errors"][0]["message"]
    last = await server.agency.refund(payment["id"], "20.00")
    assert (last["payment"]["refundedAmount"], last["payment"]["status"]) == ("30.00", "REFUNDED")
    assert await codes(server.hospital, payment["id"], "0.01") == ["OVER_REFUND"]
    assert (await server.person("P0001").balances())["wallet"] == "200.00"


async def test_refunds_at_once_give_back_no_more_than_was_paid(server: Server) -> None:
    """R20, R25."""
    payment = await paid(server)
    callers = (server.hospital, server.agency)
    answers = await asyncio.gather(
        *(codes(callers[n % 2], payment["id"], "10.00", idempotencyKey=f"k{n}") for n in range(20))
    )
    assert Counter(map(tuple, answers)) == {(): 3, ("OVER_REFUND",): 17}
    assert (await server.person("P0001").balances())["wallet"] == "200.00"


async def test_a_refunded_bill_can_be_charged_again(server: Server) -> None:
    """R22, R25: by as much as was refunded."""
    father = server.person("P0001")
    payment = await paid(server)
    await server.hospital.refund(payment["id"], "10.00")
    over = await father.pay("H37010000001", "10.01", idempotencyKey="over")
    assert [error["code"] for error in over["errors"]] == ["OVER_SELF_PAID"]
    assert (await father.pay("H37010000001", "10.00", idempotencyKey="again"))["errors"] == []
    assert await codes(server.hospital, payment["id"], "20.01", idempotencyKey="first") == ["OVER_REFUND"]


async def test_a_bill_that_was_mistyped_is_paid_after_its_refund(server: Server) -> None:
    """R22, R25."""
    father, payment = server.person("P0001"), await paid(server)
    right = {"number": payment["bill"]["number"], "total": "90.00", "fundPaid": "50.00", "selfPaid": "40.00"}
    refused = await father.pay("H37010000001", "40.00", bill=right, idempotencyKey="too-early")
    assert [error["code"] for error in refused["errors"]] == ["CONFLICT"]
    await server.hospital.refund(payment["id"], payment["amount"])
    assert (await father.pay("H37010000001", "40.00", bill=right, idempotencyKey="right"))["errors"] == []


async def test_paying_and_refunding_at_once_keep_to_the_bill(server: Server) -> None:
    """R20, R22, R25."""
    father, payment = server.person("P0001"), await paid(server)
    refund, again = await asyncio.gather(
        server.hospital.refund(payment["id"], "30.00"), father.pay("H37010000001", "30.00", idempotencyKey="again")
    )
    assert refund["errors"] == []
    assert [error["code"] for error in again["errors"]] in ([], ["OVER_SELF_PAID"])
    assert (await father.balances())["wallet"] == ("200.00" if again["errors"] else "170.00")


# ---- by whom ------------------------------------------------------------------------------------------------------


async def test_a_payment_does_not_exist_for_another_institution(server: Server) -> None:
    """R25, R27: nor does one that was never made, with nothing that tells them apart."""
    payment = await paid(server)
    transfer = await server.person("P0001").give("P0004", "CHILD", "1.00")
    pharmacy = server.institution("P37010000001")
    other = await pharmacy.refund(payment["id"], "1.00", idempotencyKey="other")
    assert [(e["code"], e["path"]) for e in other["errors"]] == [("NOT_FOUND", ["input", "paymentId"])]
    for node_id in ("UGF5bWVudDpub25l", "?", "", transfer["id"]):
        assert await pharmacy.refund(node_id, "1.00", idempotencyKey=f"none{node_id}") == other
    assert (await server.person("P0001").balances())["wallet"] == "170.00"


async def test_whoever_paid_cannot_refund(server: Server) -> None:
    """R25, R27."""
    payment = await paid(server)
    assert await codes(server.person("P0001"), payment["id"], "1.00") == ["FORBIDDEN"]
    assert await codes(server.anonymous, payment["id"], "1.00") == ["UNAUTHENTICATED"]


async def test_only_the_agency_refunds_a_premium(server: Server) -> None:
    """R23, R25."""
    await server.person("P0001").give("P0002", "SPOUSE", "400.00")
    payment = (await server.person("P0002").pay_premium("370100"))["payment"]
    assert await codes(server.hospital, payment["id"], "1.00") == ["NOT_FOUND"]
    refunded = await server.agency.refund(payment["id"], "420.00")
    assert (refunded["errors"], refunded["payment"]["status"]) == ([], "REFUNDED")
    assert (await server.person("P0002").balances())["wallet"] == "450.00"


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"amount": "0.00"}, "INVALID_AMOUNT", ["input", "amount"]),
        ({"reason": ""}, "INVALID_INPUT", ["input", "reason"]),
        ({"reason": " \t"}, "INVALID_INPUT", ["input", "reason"]),
        ({"reason": "退" * 201}, "INVALID_INPUT", ["input", "reason"]),
        ({"reason": "退\u0000药"}, "INVALID_INPUT", ["input", "reason"]),
        ({"idempotencyKey": ""}, "INVALID_INPUT", ["input", "idempotencyKey"]),
    ],
)
async def test_a_refund_that_is_malformed_says_where(
    shared_server: Server, change: dict[str, str], code: str, path: list[str]
) -> None:
    """R25: before anybody is asked who he is."""
    arguments = {"paymentId": "x", "amount": "1.00", "reason": "退药", "idempotencyKey": "k"} | change
    for caller in (shared_server.hospital, shared_server.anonymous):
        refused = await caller.do("refundPayment", "payment { id }", **arguments)
        assert [(error["code"], error["path"]) for error in refused["errors"]] == [(code, path)]


# ---- into which wallet --------------------------------------------------------------------------------------------


async def test_nothing_is_refunded_into_a_frozen_wallet(server: Server) -> None:
    """R12, R25."""
    payment = await paid(server)
    await server.agency.do("freezeWallet", "wallet { status }", personNo="P0001", reason="核查")
    for caller in (server.hospital, server.agency):
        refused = await caller.refund(payment["id"], "30.00")
        assert [(e["code"], e["path"]) for e in refused["errors"]] == [("WALLET_FROZEN", None)]
    assert (await server.person("P0001").balances())["wallet"] == "170.00"
    await server.agency.do("unfreezeWallet", "wallet { status }", personNo="P0001", reason="无误")
    assert await codes(server.hospital, payment["id"], "30.00") == ["WALLET_FROZEN"]
    assert await codes(server.hospital, payment["id"], "30.00", idempotencyKey="new") == []


async def test_a_refund_reaches_who_is_no_longer_enrolled(server: Server) -> None:
    """R25: what was paid comes back even where nothing can be paid any more."""
    payment = await paid(server)
    ended = {"scheme": "EMPLOYEE", "areaCode": "370100", "status": "ENDED", "since": "2025-06-01"}
    await server.agency.do("setEnrolment", "person { name }", personNo="P0001", **ended)
    await server.agency.do("closeRegion", "region { code }", code="370100", on="2025-06-01")
    assert await codes(server.hospital, payment["id"], "30.00") == []


# ---- once, and for all to see -------------------------------------------------------------------------------------


async def test_the_same_key_refunds_once(server: Server) -> None:
    """R20: also from twenty tasks at once."""
    payment = await paid(server)
    answers = await asyncio.gather(*(server.hospital.refund(payment["id"], "10.00") for _ in range(20)))
    assert {answer["payment"]["refundedAmount"] for answer in answers} == {"10.00"}
    assert (await server.person("P0001").balances())["wallet"] == "180.00"


@pytest.mark.parametrize("change", [{"amount": "11.00"}, {"reason": "退费"}, {"paymentId": "UGF5bWVudDpub25l"}])
async def test_a_refunds_key_belongs_to_one_request(server: Server, change: dict[str, str]) -> None:
    """R20."""
    payment = await paid(server)
    await server.hospital.refund(payment["id"], "10.00", idempotencyKey="k")
    arguments = {"paymentId": payment["id"], "amount": "10.00", "reason": "退药", "idempotencyKey": "k"} | change
    refused = await server.hospital.do("refundPayment", "payment { id }", **arguments)
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [
        ("IDEMPOTENCY_KEY_REUSED", ["input", "idempotencyKey"])
    ]


async def test_a_payment_lists_its_refunds_newest_first(server: Server) -> None:
    """R25, R26: to everybody who sees the payment."""
    payment = await paid(server)
    await server.hospital.refund(payment["id"], "10.00", reason=" 退药 ")
    server.clock.advance(minutes=1)
    await server.agency.refund(payment["id"], "5.00", reason="差错")
    for caller in (server.person("P0001"), server.hospital, server.agency):
        seen = (await caller.ask(REFUNDS, n=payment["number"]))["payment"]
        assert (seen["refundedAmount"], seen["status"]) == ("15.00", "PARTLY_REFUNDED")
        newest = seen["refunds"]
        rest = (await caller.ask(REFUNDS, n=payment["number"], c=newest["pageInfo"]["endCursor"]))["payment"]["refunds"]
        assert (newest["totalCount"], newest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (
            2,
            True,
            False,
        )
        assert [*newest["nodes"], *rest["nodes"]] == [
            {"amount": "5.00", "reason": "差错", "at": "2025-06-02T12:01:00.000+08:00"},
            {"amount": "10.00", "reason": "退药", "at": "2025-06-02T12:00:00.000+08:00"},
        ]


async def test_a_statement_shows_a_refund_with_its_payment(server: Server) -> None:
    """R26."""
    payment = await paid(server)
    await server.hospital.refund(payment["id"], "12.50")
    newest = (await server.person("P0001").statement())[0]
    assert (newest["kind"], newest["amount"], newest["balanceAfter"]) == ("REFUND", "12.50", "182.50")
    assert newest["payment"] == {"number": payment["number"]}


async def test_outcome_tells_what_became_of_a_refund(server: Server) -> None:
    """R20: to whoever asked for it."""
    payment = await paid(server)
    await server.hospital.refund(payment["id"], "10.00", idempotencyKey="good")
    await server.hospital.refund(payment["id"], "20.01", idempotencyKey="much")
    query = (
        "query($k: String!) { outcome(idempotencyKey: $k) "
        "{ status error { code path } node { ... on Payment { number refundedAmount } } } }"
    )
    assert (await server.hospital.ask(query, k="good"))["outcome"] == {
        "status": "COMPLETED",
        "error": None,
        "node": {"number": payment["number"], "refundedAmount": "10.00"},
    }
    assert (await server.hospital.ask(query, k="much"))["outcome"] == {
        "status": "REFUSED",
        "error": {"code": "OVER_REFUND", "path": ["input", "amount"]},
        "node": None,
    }
    assert (await server.agency.ask(query, k="good"))["outcome"] is None
