"""Under policy `national` the payee accepts or declines what was verified, once (R21)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from tests.api.accepting import answer, codes, purse, status_of
from tests.clients import Server

# ---- accepted, declined -------------------------------------------------------------------------------------------


async def test_an_accepted_transfer_credits_the_payee(national: Server) -> None:
    """R21, R26."""
    father, daughter = national.person("P0001"), national.person("P0004")
    waiting = await father.give("P0004", "CHILD", "120.50")
    national.clock.advance(hours=1)
    accepted = await answer(daughter, "accept", waiting)
    assert accepted["errors"] == []
    assert accepted["transfer"]["status"] == "COMPLETED"
    assert datetime.fromisoformat(accepted["transfer"]["completedAt"]) == national.clock.now
    assert await purse(father) == ("4879.50", "4879.50")
    assert await purse(daughter, "wallet") == ("130.50", "130.50")
    out, into = (await father.statement("personalAccount"))[0], (await daughter.statement())[0]
    assert (out["kind"], out["amount"], out["balanceAfter"]) == ("TRANSFER_OUT", "-120.50", "4879.50")
    assert (into["kind"], into["amount"], into["balanceAfter"]) == ("TRANSFER_IN", "120.50", "130.50")
    assert out["transfer"] == into["transfer"] == {"number": waiting["number"]}


async def test_a_declined_transfer_gives_its_money_back(national: Server) -> None:
    """R21, R26: the money never left the balance, so the entry is of 0.00."""
    father, daughter = national.person("P0001"), national.person("P0004")
    before, unchanged = (await father.statement("personalAccount"))[0], await daughter.statement()
    declined = await answer(daughter, "decline", await father.give("P0004", "CHILD", "120.50"))
    assert declined["errors"] == []
    assert (declined["transfer"]["status"], declined["transfer"]["completedAt"]) == ("RETURNED", None)
    assert await purse(father) == ("5000.00", "5000.00")
    assert (await father.statement("personalAccount"))[0] == {
        "seq": before["seq"] + 1,
        "kind": "TRANSFER_RETURNED",
        "amount": "0.00",
        "balanceAfter": "5000.00",
        "transfer": {"number": declined["transfer"]["number"]},
        "payment": None,
    }
    assert await daughter.statement() == unchanged


@pytest.mark.parametrize("verb", ["accept", "decline"])
async def test_only_the_payee_may_answer(national: Server, verb: str) -> None:
    """R21, R27: the payer sees the transfer but may not; a stranger learns nothing."""
    transfer = await national.person("P0001").give("P0004", "CHILD", "1.00")
    stranger = await answer(national.person("P0008"), verb, transfer)
    nothing = await answer(national.person("P0008"), verb, {"id": "VHJhbnNmZXI6bm9uZQ"})
    others = [national.person("P0001"), national.agency, national.hospital, national.anonymous]
    assert [codes(await answer(other, verb, transfer)) for other in others] == [
        ["FORBIDDEN"],
        ["FORBIDDEN"],
        ["FORBIDDEN"],
        ["UNAUTHENTICATED"],
    ]
    assert stranger == nothing
    assert codes(stranger) == ["NOT_FOUND"]
    assert await status_of(national.agency, transfer) == "PENDING_ACCEPTANCE"


@pytest.mark.parametrize(("verb", "left"), [("accept", "4999.00"), ("decline", "5000.00")])
async def test_answering_twice_gives_the_same_answer_and_is_done_once(national: Server, verb: str, left: str) -> None:
    """R18."""
    father, daughter = national.person("P0001"), national.person("P0004")
    transfer = await father.give("P0004", "CHILD", "1.00")
    first = await answer(daughter, verb, transfer)
    written = len(await father.statement("personalAccount"))
    national.clock.advance(minutes=1)
    assert first["errors"] == []
    assert await answer(daughter, verb, transfer) == first
    assert await purse(father) == (left, left)
    assert len(await father.statement("personalAccount")) == written


async def test_verifying_what_waits_or_was_accepted_gives_it_without_errors(national: Server) -> None:
    """R18: and holds nothing more."""
    father = national.person("P0001")
    waiting = await father.give("P0004", "CHILD", "1.00")
    again = await father.verify(waiting["id"])
    assert (again["transfer"], again["errors"]) == (waiting, [])
    assert await purse(father) == ("5000.00", "4999.00")
    accepted = (await answer(national.person("P0004"), "accept", waiting))["transfer"]
    last = await father.verify(waiting["id"])
    assert (last["transfer"], last["errors"]) == (accepted, [])


@pytest.mark.parametrize(
    ("first", "then"), [("accept", "decline"), ("decline", "accept"), ("decline", "verify"), ("accept", "cancel")]
)
async def test_what_was_answered_cannot_be_undone(national: Server, first: str, then: str) -> None:
    """R18, R21, R25."""
    father, daughter = national.person("P0001"), national.person("P0004")
    transfer = await father.give("P0004", "CHILD", "1.00")
    answered = await answer(daughter, first, transfer)
    second = (
        await father.verify(transfer["id"])
        if then == "verify"
        else await answer(father if then == "cancel" else daughter, then, transfer)
    )
    assert [(e["code"], e["path"]) for e in second["errors"]] == [("TRANSFER_NOT_PENDING", ["input", "transferId"])]
    assert await status_of(father, transfer) == answered["transfer"]["status"]


async def test_the_payer_cannot_cancel_what_waits_for_the_payee(national: Server) -> None:
    """R18: only an unverified application can be cancelled."""
    father = national.person("P0001")
    assert codes(await answer(father, "cancel", await father.give("P0004", "CHILD", "1.00"))) == [
        "TRANSFER_NOT_PENDING"
    ]


@pytest.mark.parametrize("verb", ["accept", "decline"])
async def test_what_is_not_verified_cannot_be_answered(national: Server, verb: str) -> None:
    """R18, R21: without verification nothing moves."""
    transfer = (await national.person("P0001").apply("P0004", "CHILD", "1.00"))["transfer"]
    assert codes(await answer(national.person("P0004"), verb, transfer)) == ["TRANSFER_NOT_PENDING"]
    assert codes(await national.person("P0001").verify(transfer["id"])) == []


# ---- what changed meanwhile ---------------------------------------------------------------------------------------


async def revoke(server: Server) -> None:
    """Let the payee revoke the tie."""
    daughter = server.person("P0004")
    ties = await daughter.ask("{ viewer { person { kinships { nodes { id } } } } }")
    tie = ties["viewer"]["person"]["kinships"]["nodes"][0]["id"]
    assert await daughter.codes("revokeKinship", "kinship { id }", kinshipId=tie) == []


async def freeze_payee(server: Server) -> None:
    """Freeze the payee's wallet."""
    assert await server.agency.codes("freezeWallet", "wallet { id }", personNo="P0004", reason="核查") == []


async def freeze_payer(server: Server) -> None:
    """Freeze the payer's wallet."""
    assert await server.agency.codes("freezeWallet", "wallet { id }", personNo="P0001", reason="核查") == []


async def suspend_payee(server: Server) -> None:
    """Suspend the payee's enrolment."""
    enrolment = {"scheme": "RESIDENT", "areaCode": "540100", "status": "SUSPENDED", "since": "2020-01-01"}
    assert await server.agency.codes("setEnrolment", "person { id }", personNo="P0004", **enrolment) == []


async def close_area(server: Server) -> None:
    """Close the area in which the payee uses the wallet."""
    assert await server.agency.codes("closeRegion", "region { code }", code="540100", on="2025-06-01") == []


@pytest.mark.parametrize("source", ["PERSONAL_ACCOUNT", "WALLET"])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (revoke, "NOT_NEAR_RELATIVE"),
        (freeze_payee, "WALLET_FROZEN"),
        (freeze_payer, "WALLET_FROZEN"),
        (suspend_payee, "NOT_ENROLLED"),
        (close_area, "REGION_NOT_OPEN"),
    ],
)
async def test_what_changed_meanwhile_stops_accepting_and_the_transfer_waits_until_it_goes_back(
    national: Server, change: Callable[[Server], Awaitable[None]], code: str, source: str
) -> None:
    """R12, R14, R15, R16, R21: money goes back whatever happened."""
    father, daughter = national.person("P0001"), national.person("P0004")
    account = "wallet" if source == "WALLET" else "personalAccount"
    transfer = await father.give("P0004", "CHILD", "1.00", source=source)
    balance = (await purse(father, account))[0]
    await change(national)
    refused = await answer(daughter, "accept", transfer)
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [(code, ["input", "transferId"])]
    national.clock.now = datetime.fromisoformat(transfer["expiresAt"]) - timedelta(milliseconds=1)
    assert await status_of(daughter, transfer) == "PENDING_ACCEPTANCE"
    assert (await purse(father, account))[1] != balance
    national.clock.advance(milliseconds=1)
    assert await status_of(daughter, transfer) == "RETURNED"
    assert await purse(father, account) == (balance, balance)
    assert await purse(daughter, "wallet") == ("10.00", "10.00")


@pytest.mark.parametrize("change", [revoke, freeze_payee, freeze_payer, suspend_payee, close_area])
async def test_what_changed_meanwhile_does_not_stop_declining(
    national: Server, change: Callable[[Server], Awaitable[None]]
) -> None:
    """R21."""
    transfer = await national.person("P0001").give("P0004", "CHILD", "1.00")
    await change(national)
    assert (await answer(national.person("P0004"), "decline", transfer))["errors"] == []
    assert await purse(national.person("P0001")) == ("5000.00", "5000.00")


async def test_a_wallet_that_is_no_longer_frozen_can_accept(national: Server) -> None:
    """R12, R21."""
    transfer = await national.person("P0001").give("P0004", "CHILD", "1.00")
    await freeze_payee(national)
    assert codes(await answer(national.person("P0004"), "accept", transfer)) == ["WALLET_FROZEN"]
    assert await national.agency.codes("unfreezeWallet", "wallet { id }", personNo="P0004", reason="查清") == []
    assert codes(await answer(national.person("P0004"), "accept", transfer)) == []


@pytest.mark.parametrize(("payer", "payee", "relation"), [("P0001", "P0003", "CHILD"), ("P0003", "P0001", "PARENT")])
async def test_the_use_place_stays_while_one_waits(national: Server, payer: str, payee: str, relation: str) -> None:
    """R11: neither as payer nor as payee; after it went back, it may change."""
    son = national.person("P0003")
    transfer = await national.person(payer).give(payee, relation, "1.00")
    refused = await son.do("changeUsePlace", "wallet { id }", areaCode="130100")
    assert codes(refused) == ["PENDING_ELSEWHERE"]
    national.clock.now = datetime.fromisoformat(transfer["expiresAt"])
    changed = await son.do("changeUsePlace", "wallet { useArea { code } }", areaCode="130100")
    assert changed == {"wallet": {"useArea": {"code": "130100"}}, "errors": []}


# ---- at once ------------------------------------------------------------------------------------------------------


async def test_accepting_and_declining_at_once_do_one_of_the_two(national: Server) -> None:
    """R20, R21."""
    father, daughter = national.person("P0001"), national.person("P0004")
    transfer = await father.give("P0004", "CHILD", "1.00")
    accepted, declined = await asyncio.gather(
        answer(daughter, "accept", transfer), answer(daughter, "decline", transfer)
    )
    assert sorted([codes(accepted), codes(declined)]) == [[], ["TRANSFER_NOT_PENDING"]]
    moved = not accepted["errors"]
    assert await purse(father) == (("4999.00",) * 2 if moved else ("5000.00",) * 2)
    assert await purse(daughter, "wallet") == (("11.00",) * 2 if moved else ("10.00",) * 2)
    assert len(await father.statement("personalAccount")) == 4


@pytest.mark.parametrize(("verb", "paid"), [("accept", "1.00"), ("decline", "0.00")])
async def test_answering_ten_times_at_once_is_done_once(national: Server, verb: str, paid: str) -> None:
    """R18, R20."""
    father, daughter = national.person("P0001"), national.person("P0004")
    transfer = await father.give("P0004", "CHILD", "1.00")
    answers = await asyncio.gather(*(answer(daughter, verb, transfer) for _ in range(10)))
    assert answers == [answers[0]] * 10
    assert answers[0]["errors"] == []
    statement = await father.statement("personalAccount")
    assert [entry["seq"] for entry in statement] == [4, 3, 2, 1]
    assert statement[0]["amount"].lstrip("-") == paid
