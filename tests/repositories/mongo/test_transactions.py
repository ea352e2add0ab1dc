"""Transactions at a server that is told to fail: conflicts, lost answers, lost commits."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from prometheus_client import REGISTRY

from domain.money import Fen
from domain.wallets import wallet_id
from repositories.contract import Storage, UnitOfWork
from repositories.errors import Contention, OutcomeUnknown, StorageError, Unavailable
from repositories.mongo import groups, transactions
from tests.factories import make_outcome
from tests.repositories.mongo.conftest import Fail

WRITE_CONFLICT = 112
INTERRUPTED = 11601
NOTHING_OF_A_MAJORITY_YET = 134


async def balance(storage: Storage) -> int:
    """Give what is in the wallet, in fen."""
    account = await storage.read().accounts.get(wallet_id("P0001"))
    assert account is not None
    return account.balance


async def deposit(uow: UnitOfWork) -> str:
    """Put one fen into the wallet."""
    account = await uow.accounts.get(wallet_id("P0001"))
    assert account is not None
    uow.accounts.save(replace(account, balance=Fen(account.balance + 1)))
    return "done"


async def keep(uow: UnitOfWork, key: str) -> None:
    """Store an outcome under that key."""
    uow.outcomes.add(make_outcome(key))


async def test_a_commit_whose_answer_is_lost_is_asked_for_again_and_counts_once(failing: Storage, fail: Fail) -> None:
    """R20."""
    before = await balance(failing)
    fail({"times": 3}, failCommands=["commitTransaction"], closeConnection=True)
    assert await failing.transact(deposit) == "done"
    assert await balance(failing) == before + 1


async def test_a_commit_that_is_never_answered_is_unknown_and_not_failed(
    failing: Storage, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R20."""
    monkeypatch.setattr(groups, "DEADLINE_S", 0.3)
    monkeypatch.setattr(transactions, "COMMIT_S", 0.3)
    fail("alwaysOn", failCommands=["commitTransaction"], closeConnection=True)
    with pytest.raises(OutcomeUnknown, match="idempotency key"):
        await failing.transact(deposit)


async def test_a_commit_that_hangs_is_not_asked_for_again_after_its_time(
    failing: Storage, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time that the first attempt took counts as well."""
    monkeypatch.setattr(groups, "DEADLINE_S", 0.1)
    monkeypatch.setattr(transactions, "COMMIT_S", 0.1)
    before = REGISTRY.get_sample_value("wallet_commit_retries_total")
    hanging = {"blockConnection": True, "blockTimeMS": 200, "closeConnection": True}
    fail("alwaysOn", failCommands=["commitTransaction"], **hanging)
    with pytest.raises(OutcomeUnknown):
        await failing.transact(partial(keep, key="hanging"))
    assert REGISTRY.get_sample_value("wallet_commit_retries_total") == before


async def test_a_lost_commit_is_unknown_to_everybody_in_the_group(
    failing: Storage, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R20."""
    monkeypatch.setattr(groups, "DEADLINE_S", 0.3)
    monkeypatch.setattr(transactions, "COMMIT_S", 0.3)
    fail("alwaysOn", failCommands=["commitTransaction"], closeConnection=True)

    works = (failing.transact(partial(keep, key=f"lost-{number}")) for number in range(3))
    told = await asyncio.gather(*works, return_exceptions=True)
    assert [type(error) for error in told] == [OutcomeUnknown] * 3


async def test_a_conflict_runs_the_work_again(failing: Storage, fail: Fail) -> None:
    before = await balance(failing)
    labels = ["TransientTransactionError"]
    fail({"times": 2}, failCommands=["update"], errorCode=WRITE_CONFLICT, errorLabels=labels)
    await failing.transact(deposit)
    assert await balance(failing) == before + 1


async def test_conflicts_without_end_are_contention_and_write_nothing(
    failing: Storage, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "DEADLINE_S", 0.3)
    before = await balance(failing)
    labels = ["TransientTransactionError"]
    fail("alwaysOn", failCommands=["update"], errorCode=WRITE_CONFLICT, errorLabels=labels)
    with pytest.raises(Contention):
        await failing.transact(deposit)
    fail("off")
    assert await balance(failing) == before


async def test_a_connection_lost_while_reading_runs_the_work_again(failing: Storage, fail: Fail) -> None:
    before = await balance(failing)
    fail({"times": 2}, failCommands=["find"], closeConnection=True)
    await failing.transact(deposit)
    assert await balance(failing) == before + 1


async def test_a_database_that_does_not_answer_keeps_nobody_waiting_for_a_turn(
    failing: Storage, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise each group would take its time after the other, and the last be told after minutes."""
    monkeypatch.setattr(groups, "DEADLINE_S", 0.3)
    monkeypatch.setattr(groups, "QUEUE_S", 3)
    fail("alwaysOn", failCommands=["find"], closeConnection=True)
    told = await asyncio.gather(*(failing.transact(deposit) for _ in range(300)), return_exceptions=True)
    assert {type(error) for error in told} == {Unavailable}


async def test_what_could_not_be_written_while_the_database_was_away_is_written_when_it_is_back(
    failing: Storage, fail: Fail
) -> None:
    before = await balance(failing)
    fail({"times": 3}, failCommands=["find"], closeConnection=True)
    await asyncio.gather(*(failing.transact(deposit) for _ in range(100)))
    assert await balance(failing) == before + 100


async def test_a_turn_that_does_not_come_is_contention_and_writes_nothing(
    failing: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "QUEUE_S", 0.05)
    before = await balance(failing)
    has_begun, may_end = asyncio.Event(), asyncio.Event()

    async def dawdle(_uow: UnitOfWork) -> None:
        has_begun.set()
        await may_end.wait()

    dawdling = asyncio.create_task(failing.transact(dawdle))
    await has_begun.wait()
    with pytest.raises(Contention):
        await failing.transact(deposit)
    may_end.set()
    await dawdling
    assert await balance(failing) == before
    await failing.transact(deposit)
    assert await balance(failing) == before + 1


async def test_a_conflict_with_another_process_runs_all_works_of_a_group_again(failing: Storage, fail: Fail) -> None:
    before = await balance(failing)
    labels = ["TransientTransactionError"]
    fail({"times": 7}, failCommands=["update"], errorCode=WRITE_CONFLICT, errorLabels=labels)
    await asyncio.gather(*(failing.transact(deposit) for _ in range(20)))
    assert await balance(failing) == before + 20


async def test_an_error_of_the_server_is_the_contracts_and_quotes_nothing(failing: Storage, fail: Fail) -> None:
    fail({"times": 1}, failCommands=["find"], errorCode=INTERRUPTED)
    with pytest.raises(StorageError):
        await failing.read().persons.find_one({"id_number": "370102196603151238"})


async def test_a_primary_that_was_elected_just_now_is_away_and_not_broken(failing: Storage, fail: Fail) -> None:
    fail("alwaysOn", failCommands=["find"], errorCode=NOTHING_OF_A_MAJORITY_YET)
    with pytest.raises(Unavailable):
        await failing.read().persons.get("P0001")
    with pytest.raises(Unavailable):
        await failing.transact(deposit)


async def test_a_guard_that_does_not_hold_runs_the_work_again(failing: Storage) -> None:
    """R20: an account that changed behind the transaction's back is not overwritten."""
    before = await balance(failing)
    runs = 0

    async def work(uow: UnitOfWork) -> None:
        nonlocal runs
        runs += 1
        account = await uow.accounts.get(wallet_id("P0001"))
        assert account is not None
        stale = replace(account, seq=account.seq + 7) if runs == 1 else account
        tampered: Any = vars(uow.accounts)["_read"]
        tampered[account.id] = stale
        uow.accounts.save(replace(stale, balance=Fen(stale.balance + 1)))

    await failing.transact(work)
    assert runs == 2
    assert await balance(failing) == before + 1
