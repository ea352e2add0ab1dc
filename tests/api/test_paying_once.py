"""Paying exactly once, whoever asks how often, and only with the right password (R18, R20, R22)."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.clients import Server

OUTCOME = (
    "query($k: String!) { outcome(idempotencyKey: $k) "
    "{ status at error { __typename code path } node { ... on Payment { number status } } } }"
)
WRONG = {"password": "000000"}


def codes_of(answers: Iterable[dict[str, Any]]) -> Counter[str]:
    """Count what became of payments."""
    return Counter(answer["errors"][0]["code"] if answer["errors"] else "PAID" for answer in answers)


# ---- one key ------------------------------------------------------------------------------------------------------


async def test_the_same_key_pays_once(server: Server) -> None:
    """R20."""
    father = server.person("P0001")
    first = await father.pay("H37010000001", "10.00")
    assert await father.pay("H37010000001", "10.00") == first
    assert first["wallet"] == {"balance": "190.00"}


async def test_a_known_key_is_answered_whatever_the_password(server: Server) -> None:
    """R20: a retry is no try."""
    father = server.person("P0001")
    first = await father.pay("H37010000001", "10.00")
    assert await father.pay("H37010000001", "10.00", verification=WRONG) == first
    refused = await father.pay("H37010000001", "1.00", verification=WRONG)
    assert refused["errors"][0]["attemptsLeft"] == 4


async def test_the_same_key_at_once_from_twenty_tasks_charges_once(server: Server) -> None:
    """R20."""
    father = server.person("P0001")
    answers = await asyncio.gather(*(father.pay("H37010000001", "10.00") for _ in range(20)))
    assert codes_of(answers) == {"PAID": 20}
    assert len({answer["payment"]["id"] for answer in answers}) == 1
    assert (await father.balances())["wallet"] == "190.00"
    assert [entry["amount"] for entry in await father.statement()] == ["-10.00", "200.00"]


async def test_a_payments_key_belongs_to_its_caller(server: Server) -> None:
    """R20."""
    paid = [await server.person(no).pay("H37010000001", "10.00", idempotencyKey="k") for no in ("P0001", "P0002")]
    assert codes_of(paid) == {"PAID": 2}
    assert paid[0]["payment"]["id"] != paid[1]["payment"]["id"]


async def test_a_key_of_a_transfer_does_not_pay(server: Server) -> None:
    """R20: nor with the arguments of another bill."""
    father = server.person("P0001")
    await father.give("P0004", "CHILD", "10.00", idempotencyKey="transfer")
    await father.pay("H37010000001", "10.00", idempotencyKey="payment")
    other = {"number": "B2", "total": "100.00", "fundPaid": "70.00", "selfPaid": "30.00"}
    answers = [
        await father.pay("H37010000001", "10.00", idempotencyKey="transfer"),
        await father.pay("H37010000001", "10.00", idempotencyKey="payment", bill=other),
        await father.pay("P37010000001", "10.00", idempotencyKey="payment"),
        await father.pay("H37010000001", "11.00", idempotencyKey="payment"),
        await father.pay_premium("370100", idempotencyKey="payment"),
    ]
    assert codes_of(answers) == {"IDEMPOTENCY_KEY_REUSED": 5}


# ---- one wallet ---------------------------------------------------------------------------------------------------


async def test_twenty_payments_of_ten_yuan_at_once_out_of_fifty_complete_exactly_five(server: Server) -> None:
    """R20, R22: never overdrawn, never lost."""
    mother = server.person("P0002")
    bill = {"total": "30.00", "fundPaid": "0.00", "selfPaid": "30.00"}
    answers = await asyncio.gather(
        *(
            mother.pay("H37010000001", "10.00", bill=bill | {"number": f"B{n}"}, idempotencyKey=f"k{n}")
            for n in range(20)
        )
    )
    assert codes_of(answers) == {"PAID": 5, "INSUFFICIENT_BALANCE": 15}
    entries = (await mother.statement())[:5]
    assert [entry["balanceAfter"] for entry in entries] == ["0.00", "10.00", "20.00", "30.00", "40.00"]
    assert {entry["payment"]["number"] for entry in entries} == {
        answer["payment"]["number"] for answer in answers if answer["payment"] is not None
    }


async def test_paying_and_sending_at_once_do_not_spend_the_same_money(server: Server) -> None:
    """R20."""
    mother = server.person("P0002")
    bill = {"number": "B1", "total": "50.00", "fundPaid": "0.00", "selfPaid": "50.00"}
    transfer = (await mother.apply("P0001", "SPOUSE", "50.00", source="WALLET"))["transfer"]
    answers = await asyncio.gather(mother.pay("H37010000001", "50.00", bill=bill), mother.verify(transfer["id"]))
    assert codes_of(answers) == {"PAID": 1, "INSUFFICIENT_BALANCE": 1}
    assert (await mother.balances())["wallet"] == "0.00"


# ---- the password -------------------------------------------------------------------------------------------------


async def test_a_wrong_password_counts_and_its_refusal_stays_with_its_key(server: Server) -> None:
    """R18, R20."""
    father = server.person("P0001")
    refused = await father.pay("H37010000001", "10.00", verification=WRONG, idempotencyKey="wrong")
    error = refused["errors"][0]
    assert (error["code"], error["path"], error["attemptsLeft"]) == (
        "VERIFICATION_FAILED",
        ["input", "verification"],
        4,
    )
    assert (await father.pay("H37010000001", "10.00", idempotencyKey="wrong")) == refused
    again = await father.pay("H37010000001", "10.00", verification=WRONG, idempotencyKey="again")
    assert again["errors"][0]["attemptsLeft"] == 3
    assert (await father.balances())["wallet"] == "200.00"
    assert (await father.pay("H37010000001", "10.00", idempotencyKey="right"))["errors"] == []


async def test_five_wrong_passwords_lock_payments_and_transfers_alike(server: Server) -> None:
    """R18."""
    father = server.person("P0001")
    transfer = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]
    wrong = [await father.pay("H37010000001", "1.00", verification=WRONG, idempotencyKey=f"wrong{n}") for n in range(5)]
    assert [answer["errors"][0]["attemptsLeft"] for answer in wrong] == [4, 3, 2, 1, 0]
    locked = await father.pay("H37010000001", "1.00", idempotencyKey="locked")
    assert codes_of([locked, await father.verify(transfer["id"])]) == {"VERIFICATION_LOCKED": 2}
    server.clock.advance(minutes=15)
    assert codes_of([await father.pay("H37010000001", "1.00", idempotencyKey="open")]) == {"PAID": 1}


async def test_guesses_at_once_under_many_keys_get_five_tries_together(server: Server) -> None:
    """R18: the count cannot be raced."""
    father = server.person("P0001")
    answers = await asyncio.gather(
        *(father.pay("H37010000001", "1.00", verification=WRONG, idempotencyKey=f"k{n}") for n in range(20))
    )
    assert codes_of(answers) == {"VERIFICATION_FAILED": 5, "VERIFICATION_LOCKED": 15}


async def test_a_payment_refused_for_another_reason_is_no_try(server: Server) -> None:
    """R18, R22: the password is judged last."""
    father = server.person("P0001")
    for n in range(6):
        refused = await father.pay("H34010000001", "1.00", verification=WRONG, idempotencyKey=f"k{n}")
        assert codes_of([refused]) == {"NOT_IN_USE_PLACE": 1}
    refused = await father.pay("H37010000001", "1.00", verification=WRONG)
    assert refused["errors"][0]["attemptsLeft"] == 4


# ---- what became of a request -------------------------------------------------------------------------------------


async def test_outcome_tells_what_became_of_a_payment(server: Server) -> None:
    """R20: as the request ended, and the payment as it is now."""
    father = server.person("P0001")
    assert (await father.ask(OUTCOME, k="k"))["outcome"] is None
    paid = (await father.pay("H37010000001", "10.00", idempotencyKey="k"))["payment"]
    await server.hospital.refund(paid["id"], "10.00")
    assert (await father.ask(OUTCOME, k="k"))["outcome"] == {
        "status": "COMPLETED",
        "at": "2025-06-02T12:00:00.000+08:00",
        "error": None,
        "node": {"number": paid["number"], "status": "REFUNDED"},
    }
    for other in (server.person("P0002"), server.hospital, server.agency, server.anonymous):
        assert (await other.ask(OUTCOME, k="k"))["outcome"] is None


async def test_outcome_tells_why_a_payment_was_refused(server: Server) -> None:
    """R20: rules and passwords alike."""
    father = server.person("P0001")
    await father.pay("H37010000001", "30.01", idempotencyKey="much")
    await father.pay("H37010000001", "30.00", idempotencyKey="wrong", verification=WRONG)
    await father.pay_premium("370100", idempotencyKey="premium")
    told = [(await father.ask(OUTCOME, k=key))["outcome"] for key in ("much", "wrong", "premium")]
    assert [outcome["status"] for outcome in told] == ["REFUSED"] * 3
    assert [outcome["node"] for outcome in told] == [None] * 3
    assert [(outcome["error"]["__typename"], outcome["error"]["code"]) for outcome in told] == [
        ("RuleError", "OVER_SELF_PAID"),
        ("VerificationFailed", "VERIFICATION_FAILED"),
        ("RuleError", "NOT_RESIDENT_INSURED"),
    ]


async def test_a_malformed_payment_leaves_its_key_free(server: Server) -> None:
    """R20: a fault of the input is not what became of the request."""
    father = server.person("P0001")
    await father.pay("H37010000001", "0.00", idempotencyKey="k")
    await father.pay("H37010000001", "1.00", idempotencyKey="k", verification={"password": "1"})
    assert (await father.ask(OUTCOME, k="k"))["outcome"] is None
    assert (await father.pay("H37010000001", "1.00", idempotencyKey="k"))["errors"] == []
