"""Policy `national` holds the money of a verified transfer, one to a payee, until the payee answers (R21)."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.api.accepting import answer, codes, purse, status_of
from tests.clients import Server

# ---- it waits -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "account", "before", "left"),
    [("PERSONAL_ACCOUNT", "personalAccount", "5000.00", "4879.50"), ("WALLET", "wallet", "200.00", "79.50")],
)
async def test_a_verified_transfer_holds_its_money_where_it_comes_from(
    national: Server, source: str, account: str, before: str, left: str
) -> None:
    """R21: the balance is the same, less of it is available, and the statement has nothing new."""
    father, daughter = national.person("P0001"), national.person("P0004")
    written = await father.statement(account)
    transfer = await father.give("P0004", "CHILD", "120.50", source=source)
    assert (transfer["status"], transfer["verifiedBy"], transfer["completedAt"]) == (
        "PENDING_ACCEPTANCE",
        "PASSWORD",
        None,
    )
    assert await purse(father, account) == (before, left)
    assert await purse(daughter, "wallet") == ("10.00", "10.00")
    assert await father.statement(account) == written


@pytest.mark.parametrize(
    ("verified", "ends"),
    [
        ("2025-06-03T06:00:00", "2025-06-04T06:00:00"),
        ("2025-06-03T12:00:00", "2025-06-04T06:00:00"),
        ("2025-06-03T21:59:59", "2025-06-04T06:00:00"),
        ("2025-06-30T21:59:59", "2025-07-01T06:00:00"),
    ],
)
async def test_a_verified_transfer_waits_until_the_next_six_in_the_morning(
    national: Server, verified: str, ends: str
) -> None:
    """R21."""
    national.clock.now = datetime.fromisoformat(f"{verified}+08:00").astimezone(UTC)
    transfer = await national.person("P0001").give("P0004", "CHILD", "1.00")
    assert datetime.fromisoformat(transfer["expiresAt"]) == datetime.fromisoformat(f"{ends}+08:00")


async def test_an_application_is_completed_as_a_request_and_shows_where_its_transfer_stands(national: Server) -> None:
    """R20, R21."""
    father = national.person("P0001")
    outcome = '{ outcome(idempotencyKey: "k") { status error { code } node { ... on Transfer { status } } } }'
    transfer = await father.give("P0004", "CHILD", "1.00", idempotencyKey="k")
    waiting = (await father.ask(outcome))["outcome"]
    await answer(national.person("P0004"), "accept", transfer)
    accepted = (await father.ask(outcome))["outcome"]
    assert waiting == {"status": "COMPLETED", "error": None, "node": {"status": "PENDING_ACCEPTANCE"}}
    assert accepted == {"status": "COMPLETED", "error": None, "node": {"status": "COMPLETED"}}


# ---- held money is not there to spend -----------------------------------------------------------------------------


async def test_held_money_cannot_be_sent_again(national: Server) -> None:
    """R19, R21: not applied for, nor verified if it was applied for before."""
    father = national.person("P0001")
    before = (await father.apply("P0002", "SPOUSE", "60.00", source="WALLET"))["transfer"]
    await father.give("P0004", "CHILD", "150.00", source="WALLET")
    verifying = await father.verify(before["id"])
    applying = await father.apply("P0003", "CHILD", "50.01", source="WALLET")
    for refused in (verifying, applying):
        assert [(e["code"], e["available"]) for e in refused["errors"]] == [("INSUFFICIENT_BALANCE", "50.00")]
    assert await father.give("P0003", "CHILD", "50.00", source="WALLET", idempotencyKey="rest")
    assert await purse(father, "wallet") == ("200.00", "0.00")


async def test_held_money_cannot_be_spent_at_a_hospital(national: Server) -> None:
    """R21, R22."""
    father = national.person("P0001")
    await father.give("P0004", "CHILD", "180.00", source="WALLET")
    refused = await father.pay("H37010000001", "20.01")
    assert [(e["code"], e["available"]) for e in refused["errors"]] == [("INSUFFICIENT_BALANCE", "20.00")]
    assert (await father.pay("H37010000001", "20.00"))["errors"] == []
    assert await purse(father, "wallet") == ("180.00", "0.00")


# ---- one at a time to a payee -------------------------------------------------------------------------------------


async def test_while_one_waits_no_second_goes_to_the_same_payee(national: Server) -> None:
    """R21: not applied for, nor verified if it was applied for before."""
    father = national.person("P0001")
    before = (await father.apply("P0004", "CHILD", "2.00"))["transfer"]
    await father.give("P0004", "CHILD", "1.00")
    verifying = (await father.verify(before["id"]))["errors"]
    applying = (await father.apply("P0004", "CHILD", "3.00", source="WALLET"))["errors"]
    assert [(e["__typename"], e["code"], e["path"]) for e in (*verifying, *applying)] == [
        ("PolicyLimit", "TRANSFER_PENDING_TO_PAYEE", ["input", "transferId"]),
        ("PolicyLimit", "TRANSFER_PENDING_TO_PAYEE", ["input", "payee"]),
    ]
    assert await status_of(father, before) == "PENDING_VERIFICATION"


async def test_two_verifications_at_once_let_one_wait_for_the_payee(national: Server) -> None:
    """R20, R21: raced or not."""
    father = national.person("P0001")
    applied = [(await father.apply("P0004", "CHILD", f"{yuan}.00"))["transfer"]["id"] for yuan in (7, 14)]
    verified = await asyncio.gather(*map(father.verify, applied))
    assert sorted(map(codes, verified)) == [[], ["TRANSFER_PENDING_TO_PAYEE"]]
    [waiting] = [payload["transfer"] for payload in verified if payload["transfer"] is not None]
    assert await purse(father) == ("5000.00", "4993.00" if waiting["amount"] == "7.00" else "4986.00")


async def test_another_payer_to_the_same_payee_and_the_same_payer_to_another_are_not_hindered(
    national: Server,
) -> None:
    """R21."""
    grandfather, father = national.person("P0001"), national.person("P0003")
    given = [
        await grandfather.give("P0007", "PATERNAL_GRANDCHILD", "1.00"),
        await father.give("P0007", "CHILD", "1.00"),
        await grandfather.give("P0004", "CHILD", "1.00"),
    ]
    assert {transfer["status"] for transfer in given} == {"PENDING_ACCEPTANCE"}


@pytest.mark.parametrize("verb", ["accept", "decline"])
async def test_once_it_is_answered_the_next_may_go(national: Server, verb: str) -> None:
    """R21."""
    father = national.person("P0001")
    await answer(national.person("P0004"), verb, await father.give("P0004", "CHILD", "1.00"))
    assert await father.give("P0004", "CHILD", "2.00")


async def test_verifying_ten_times_at_once_holds_the_money_once(national: Server) -> None:
    """R18, R20, R21."""
    father = national.person("P0001")
    transfer_id = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]["id"]
    verified = await asyncio.gather(*(father.verify(transfer_id) for _ in range(10)))
    assert {payload["transfer"]["status"] for payload in verified} == {"PENDING_ACCEPTANCE"}
    assert await purse(father) == ("5000.00", "4999.00")
