"""A server that is told to fail, and a storage on it."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from pymongo import MongoClient

from domain.wallets import wallet_id
from repositories.contract import Storage, UnitOfWork
from repositories.factory import open_storage
from repositories.mongo.local import in_database, local_replica_set
from tests.factories import make_wallet
from tests.keys import KEYS

OPTIONS: Final = ["--setParameter=enableTestCommands=1", "--setParameter=transactionLifetimeLimitSeconds=2"]
Fail = Callable[..., None]


@pytest.fixture(scope="session")
def failing_url(mongod: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server that can be told to fail."""
    del mongod  # there is one
    with local_replica_set(tmp_path_factory.mktemp("failing"), options=OPTIONS) as url:
        yield url


@pytest.fixture
def fail(failing_url: str) -> Iterator[Fail]:
    """Give what tells the server to fail: `fail({"times": 1}, failCommands=["find"], closeConnection=True)`."""
    with MongoClient[dict[str, Any]](failing_url) as client:

        def tell(mode: object, **data: object) -> None:
            client.admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": data})

        yield tell
        tell("off")


@pytest.fixture
async def failing(failing_url: str) -> AsyncIterator[Storage]:
    """Give a storage on that server with one wallet in it."""
    opened = open_storage(in_database(failing_url, "failing"), KEYS.master)
    await opened.prepare()

    async def begin(uow: UnitOfWork) -> None:
        if await uow.accounts.get(wallet_id("P0001")) is None:
            uow.accounts.add(make_wallet())

    await opened.transact(begin)
    yield opened
    await opened.close()
