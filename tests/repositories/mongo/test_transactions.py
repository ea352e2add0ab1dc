"""The transaction runner, with a server that is told to fail: conflicts, lost answers, lost commits."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from domain.money import Fen
from domain.wallets import wallet_id
from repositories.contract import Contention, OutcomeUnknown, Storage, StorageError, UnitOfWork
from repositories.factory import open_storage
from repositories.mongo import transactions
from repositories.mongo.local import in_database, local_replica_set
from tests.factories import make_wallet

OPTIONS = ["--setParameter=enableTestCommands=1", "--setParameter=transactionLifetimeLimitSeconds=2"]
WRITE_CONFLICT = 112
INTERRUPTED = 11601


@pytest.fixture(scope="module")
def failing_url(mongod: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server that can be told to fail."""
    del mongod  # there is one
    with local_replica_set(tmp_path_factory.mktemp("failing"), options=OPTIONS) as url:
        yield url


@pytest.fixture
def server(failing_url: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """Give the server to tell; afterwards it fails no more."""
    with MongoClient[dict[str, Any]](failing_url) as client:
        yield client
        client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})


@pytest.fixture
async def failing(failing_url: str) -> AsyncIterator[Storage]:
    """Give a storage on that server with one wallet of 1.00 in it."""
    opened = open_storage(in_database(failing_url, "failing"))
    await opened.prepare()

    async def begin(uow: UnitOfWork) -> None:
        if await uow.accounts.get(wallet_id("P0001")) is None:
            uow.accounts.add(make_wallet())

    await opened.transact(begin)
    yield opened
    await opened.close()


def fail(server: MongoClient[dict[str, Any]], mode: object, **data: object) -> None:
    """Tell the server to fail."""
    server.admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": data})


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


async def test_a_commit_whose_answer_is_lost_is_asked_for_again_and_counts_once(
    failing: Storage, server: MongoClient[dict[str, Any]]
) -> None:
    """R20."""
    before = await balance(failing)
    fail(server, {"times": 3}, failCommands=["commitTransaction"], closeConnection=True)
    assert await failing.transact(deposit) == "done"
    assert await balance(failing) == before + 1


async def test_a_commit_that_is_never_answered_is_unknown_and_not_failed(
    failing: Storage, server: MongoClient[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R20."""
    monkeypatch.setattr(transactions, "DEADLINE_S", 0.3)
    fail(server, "alwaysOn", failCommands=["commitTransaction"], closeConnection=True)
    with pytest.raises(OutcomeUnknown, match="idempotency key"):
        await failing.transact(deposit)


async def test_a_conflict_runs_the_work_again(failing: Storage, server: MongoClient[dict[str, Any]]) -> None:
    before = await balance(failing)
    labels = ["TransientTransactionError"]
    fail(server, {"times": 2}, failCommands=["update"], errorCode=WRITE_CONFLICT, errorLabels=labels)
    await failing.transact(deposit)
    assert await balance(failing) == before + 1


async def test_conflicts_without_end_are_contention_and_write_nothing(
    failing: Storage, server: MongoClient[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE_S", 0.3)
    before = await balance(failing)
    labels = ["TransientTransactionError"]
    fail(server, "alwaysOn", failCommands=["update"], errorCode=WRITE_CONFLICT, errorLabels=labels)
    with pytest.raises(Contention):
        await failing.transact(deposit)
    fail(server, "off")
    assert await balance(failing) == before


async def test_a_connection_lost_while_reading_runs_the_work_again(
    failing: Storage, server: MongoClient[dict[str, Any]]
) -> None:
    before = await balance(failing)
    fail(server, {"times": 2}, failCommands=["find"], closeConnection=True)
    await failing.transact(deposit)
    assert await balance(failing) == before + 1


async def test_an_error_of_the_server_is_the_contracts_and_quotes_nothing(
    failing: Storage, server: MongoClient[dict[str, Any]]
) -> None:
    fail(server, {"times": 1}, failCommands=["find"], errorCode=INTERRUPTED)
    with pytest.raises(StorageError):
        await failing.read().persons.find_one({"id_number": "370102196603151238"})


async def test_a_guard_that_does_not_hold_runs_the_work_again(failing: Storage, failing_url: str) -> None:
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
    assert failing_url
