"""What policy `national` forbids when applying and when verifying, over HTTP (R21)."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.kinship import Relation
from domain.money import Fen
from domain.policies import ARTICLE
from domain.transfers import FundSource, Transfer
from schema.nodes import global_id
from seeds.demo import BY_NO
from services.transfer_cases import Application, Identity
from services.transfers import apply_transfer
from tests.api.accepting import codes
from tests.clients import Caller, Server

POLICY = "name maxAmount maxPerDay closedFrom closedUntil acceptanceRequired verificationMinutes"
LIMITS = ("AMOUNT_OVER_LIMIT", "DAILY_LIMIT_REACHED", "OUTSIDE_SERVICE_HOURS", "TRANSFER_PENDING_TO_PAYEE")
RELATIVES = (("P0003", "CHILD"), ("P0004", "CHILD"), ("P0005", "PARENT"))
SERVICE = "06:00-22:00"
HOURS = [("21:59:59", None), ("22:00:00", "22:00"), ("05:59:59", "05:59"), ("06:00:00", None)]
"""Clock times, each with what a refusal then names; None where there is none."""


def shanghai(clock: str, day: int = 3) -> datetime:
    """Give a moment of June by the clock of Shanghai."""
    return datetime.fromisoformat(f"2025-06-{day:02}T{clock}+08:00").astimezone(UTC)


async def answer(caller: Caller, verb: str, transfer: dict[str, Any]) -> dict[str, Any]:
    """Accept or decline a transfer."""
    return await caller.do(f"{verb}Transfer", "transfer { status }", transferId=transfer["id"])


async def failing(caller: Caller, payee_no: str, relation: str, amount: str) -> dict[str, bool]:
    """Preview a transfer and give, for every code that was judged, whether anything fails with it."""
    payee = BY_NO[payee_no]
    asked = {
        "source": "PERSONAL_ACCOUNT",
        "payee": {"identity": {"name": payee.name, "idNumber": payee.id_number}},
        "relation": relation,
        "amount": amount,
    }
    query = "query($i: TransferPreviewInput!) { transferPreview(input: $i) { eligible checks { code passed } } }"
    shown = (await caller.ask(query, i=asked))["transferPreview"]
    judged: dict[str, bool] = {}
    for check in shown["checks"]:
        judged[check["code"]] = judged.get(check["code"], False) or not check["passed"]
    assert shown["eligible"] == (not any(judged.values()))
    return judged


# ---- the policy is stated -----------------------------------------------------------------------------------------


async def test_the_policy_in_force_is_stated_to_anyone(national: Server) -> None:
    """R21."""
    assert (await national.anonymous.ask(f"{{ policy {{ {POLICY} }} }}"))["policy"] == {
        "name": "national",
        "maxAmount": "2000.00",
        "maxPerDay": 3,
        "closedFrom": "22:00",
        "closedUntil": "06:00",
        "acceptanceRequired": True,
        "verificationMinutes": 30,
    }


async def test_the_article_states_that_it_has_no_limits(shared_server: Server) -> None:
    """R21."""
    assert (await shared_server.anonymous.ask(f"{{ policy {{ {POLICY} }} }}"))["policy"] == {
        "name": "article",
        "maxAmount": None,
        "maxPerDay": None,
        "closedFrom": None,
        "closedUntil": None,
        "acceptanceRequired": False,
        "verificationMinutes": 30,
    }


async def test_a_preview_lists_the_rules_of_the_policy(national: Server) -> None:
    """R15, R21."""
    father = national.person("P0001")
    allowed = await failing(father, "P0004", "CHILD", "2000.00")
    assert [allowed.get(code) for code in LIMITS] == [False] * 4
    for payee, relation in RELATIVES:
        await father.give(payee, relation, "1.00")
    national.clock.now = shanghai("22:00:00", day=2)
    forbidden = await failing(father, "P0004", "CHILD", "2000.01")
    assert [forbidden.get(code) for code in LIMITS] == [True] * 4


async def test_a_preview_of_a_transfer_to_no_relative_does_not_tell_what_waits_for_the_payee(national: Server) -> None:
    """R15, R21: nothing about a payee is previewed before kinship holds."""
    assert "TRANSFER_PENDING_TO_PAYEE" not in await failing(national.person("P0001"), "P0006", "CHILD", "1.00")


async def test_a_preview_under_the_article_lists_no_rule_of_the_policy(shared_server: Server) -> None:
    """R21."""
    judged = await failing(shared_server.person("P0001"), "P0004", "CHILD", "2000.01")
    assert not judged.keys() & set(LIMITS)


# ---- how much -----------------------------------------------------------------------------------------------------


async def test_two_thousand_yuan_may_be_sent(national: Server) -> None:
    """R21."""
    assert (await national.person("P0001").give("P0004", "CHILD", "2000.00"))["status"] == "PENDING_ACCEPTANCE"


@pytest.mark.parametrize("source", ["PERSONAL_ACCOUNT", "WALLET"])
async def test_more_than_two_thousand_yuan_is_over_the_limit(national: Server, source: str) -> None:
    """R21: the policy comes before the balance, and the wallet has 200.00."""
    refused = (await national.person("P0001").apply("P0004", "CHILD", "2000.01", source=source))["errors"]
    assert refused == [
        {
            "__typename": "PolicyLimit",
            "code": "AMOUNT_OVER_LIMIT",
            "message": "单笔转账最多2000.00元。",
            "path": ["input", "amount"],
            "limit": "2000.00",
            "used": "2000.01",
        }
    ]


# ---- how often ----------------------------------------------------------------------------------------------------


async def test_the_fourth_transfer_of_a_day_is_one_too_many_until_midnight(national: Server) -> None:
    """R21: at night the day is another one, but service has not started."""
    father = national.person("P0001")
    national.clock.now = shanghai("12:00:00")
    for payee, relation in RELATIVES:
        await father.give(payee, relation, "1.00")
    refused = (await father.apply("P0002", "SPOUSE", "1.00", idempotencyKey="fourth"))["errors"]
    assert [(e["__typename"], e["code"], e["limit"], e["used"]) for e in refused] == [
        ("PolicyLimit", "DAILY_LIMIT_REACHED", "3", "3")
    ]
    seen = []
    for clock, day in (("23:59:59", 3), ("00:00:00", 4), ("06:00:00", 4)):
        national.clock.now = shanghai(clock, day)
        seen += [codes(await father.apply("P0002", "SPOUSE", "1.00", idempotencyKey=clock))]
    assert seen == [["DAILY_LIMIT_REACHED"], ["OUTSIDE_SERVICE_HOURS"], []]


async def test_a_day_counts_verified_transfers_not_applications(national: Server) -> None:
    """R21: the third application of three can still be verified, and a fourth cannot."""
    father = national.person("P0001")
    national.clock.now = shanghai("12:00:00")
    payees = (*RELATIVES, ("P0002", "SPOUSE"))
    applied = [(await father.apply(payee, relation, "1.00"))["transfer"]["id"] for payee, relation in payees]
    verified = [await father.verify(transfer_id) for transfer_id in applied]
    assert [codes(payload) for payload in verified] == [[], [], [], ["DAILY_LIMIT_REACHED"]]
    assert verified[-1]["errors"][0]["path"] == ["input", "transferId"]


@pytest.mark.parametrize(("verb", "status"), [("decline", "RETURNED"), ("accept", "COMPLETED")])
async def test_what_the_payee_answered_counts_against_the_day(national: Server, verb: str, status: str) -> None:
    """R21: the day of verifying, later returned ones included."""
    father, daughter = national.person("P0001"), national.person("P0004")
    national.clock.now = shanghai("12:00:00")
    for number in range(3):
        transfer = await father.give("P0004", "CHILD", "1.00", idempotencyKey=f"k{number}")
        assert await answer(daughter, verb, transfer) == {"transfer": {"status": status}, "errors": []}
    assert codes(await father.apply("P0002", "SPOUSE", "1.00")) == ["DAILY_LIMIT_REACHED"]


async def test_what_went_back_in_the_morning_counts_against_the_day_before_only(national: Server) -> None:
    """R21: the day counted is that of verifying."""
    father = national.person("P0001")
    national.clock.now = shanghai("21:00:00")
    for payee, relation in RELATIVES:
        await father.give(payee, relation, "1.00")
    national.clock.now = shanghai("06:00:00", day=4)
    for payee, relation in RELATIVES:
        await father.give(payee, relation, "1.00", idempotencyKey=f"{payee}-again")
    assert codes(await father.apply("P0002", "SPOUSE", "1.00")) == ["DAILY_LIMIT_REACHED"]


async def test_a_day_counts_each_payer_alone(national: Server) -> None:
    """R21."""
    father, son = national.person("P0001"), national.person("P0003")
    national.clock.now = shanghai("12:00:00")
    for payee, relation in RELATIVES:
        await father.give(payee, relation, "1.00")
    assert await son.give("P0007", "CHILD", "1.00")


async def test_three_verifications_at_once_complete_two_when_two_are_left(national: Server) -> None:
    """R20, R21: the count cannot be raced."""
    father = national.person("P0001")
    national.clock.now = shanghai("12:00:00")
    await father.give("P0002", "SPOUSE", "1.00")
    applied = [(await father.apply(payee, relation, "1.00"))["transfer"]["id"] for payee, relation in RELATIVES]
    verified = await asyncio.gather(*map(father.verify, applied))
    assert sorted(map(codes, verified)) == [[], [], ["DAILY_LIMIT_REACHED"]]
    account = await national.storage.read().accounts.get("personal:P0001")
    assert account is not None
    assert account.held == 300


# ---- when ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("clock", "used"), HOURS)
async def test_service_stops_at_ten_and_starts_at_six_for_applying(
    national: Server, clock: str, used: str | None
) -> None:
    """R21."""
    national.clock.now = shanghai(clock)
    errors = (await national.person("P0001").apply("P0004", "CHILD", "1.00"))["errors"]
    expected = [] if used is None else [("PolicyLimit", "OUTSIDE_SERVICE_HOURS", SERVICE, used)]
    assert [(e["__typename"], e["code"], e["limit"], e["used"]) for e in errors] == expected


@pytest.mark.parametrize(("clock", "used"), HOURS)
async def test_service_stops_at_ten_and_starts_at_six_for_verifying(
    national: Server, clock: str, used: str | None
) -> None:
    """R21: applied for a minute before, while policy `article` was in force."""
    national.clock.now = shanghai(clock)
    applied_at, payee = national.clock.now.replace(second=0), BY_NO["P0004"]
    asked = Application(FundSource.PERSONAL_ACCOUNT, Identity(payee.name, payee.id_number), Relation.CHILD, Fen(100))
    pending = await national.storage.transact(
        lambda uow: apply_transfer(uow, BY_NO["P0001"].actor, applied_at, ARTICLE, asked=asked, key="k")
    )
    assert isinstance(pending, Transfer)
    errors = (await national.person("P0001").verify(global_id("Transfer", pending.id)))["errors"]
    expected = [] if used is None else [("OUTSIDE_SERVICE_HOURS", ["input", "transferId"], SERVICE, used)]
    assert [(e["code"], e["path"], e["limit"], e["used"]) for e in errors] == expected


async def test_what_is_refused_at_night_holds_no_money_and_expires_unverified(national: Server) -> None:
    """R18, R21."""
    father = national.person("P0001")
    national.clock.now = shanghai("21:59:59")
    transfer = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]
    national.clock.now = shanghai("22:00:00")
    assert codes(await father.verify(transfer["id"])) == ["OUTSIDE_SERVICE_HOURS"]
    shown = (
        "query($n: String!) { transfer(number: $n) { status } "
        "viewer { person { personalAccount { availableBalance } } } }"
    )
    assert await father.ask(shown, n=transfer["number"]) == {
        "transfer": {"status": "PENDING_VERIFICATION"},
        "viewer": {"person": {"personalAccount": {"availableBalance": "5000.00"}}},
    }
    national.clock.now = shanghai("22:29:59")
    assert codes(await father.verify(transfer["id"])) == ["TRANSFER_EXPIRED"]


@pytest.mark.parametrize(("verb", "status"), [("accept", "COMPLETED"), ("decline", "RETURNED")])
async def test_the_payee_may_answer_at_night(national: Server, verb: str, status: str) -> None:
    """R21: hours apply to applying and to verifying."""
    transfer = await national.person("P0001").give("P0004", "CHILD", "1.00")
    national.clock.now = shanghai("05:59:59")
    answered = await answer(national.person("P0004"), verb, transfer)
    assert answered == {"transfer": {"status": status}, "errors": []}


# ---- the article has none of these --------------------------------------------------------------------------------


async def test_the_article_knows_no_amount_number_or_hour_that_is_too_much(server: Server) -> None:
    """R21."""
    father = server.person("P0001")
    server.clock.now = shanghai("22:00:00")
    given = [await father.give("P0004", "CHILD", "900.00", idempotencyKey=f"k{number}") for number in range(4)]
    given.append(await father.give("P0004", "CHILD", "1400.00"))
    large = await server.person("P0003").give("P0001", "PARENT", "2000.01")
    assert {transfer["status"] for transfer in (*given, large)} == {"COMPLETED"}
    assert await father.balances() == {"wallet": "2200.01", "personalAccount": "0.00"}


@pytest.mark.parametrize("verb", ["accept", "decline"])
async def test_the_article_has_nothing_to_accept_or_decline(server: Server, verb: str) -> None:
    """R21."""
    transfer = (await server.person("P0001").apply("P0004", "CHILD", "1.00"))["transfer"]
    answered = await server.person("P0004").do(f"{verb}Transfer", "transfer { id }", transferId=transfer["id"])
    assert [(e["code"], e["path"]) for e in answered["errors"]] == [("TRANSFER_NOT_PENDING", ["input", "transferId"])]


async def test_what_completed_under_the_article_cannot_be_declined(server: Server) -> None:
    """R21, R25: no recall of a completed transfer."""
    transfer = await server.person("P0001").give("P0004", "CHILD", "1.00")
    assert codes(await answer(server.person("P0004"), "decline", transfer)) == ["TRANSFER_NOT_PENDING"]
    assert (await server.person("P0004").balances())["wallet"] == "11.00"
