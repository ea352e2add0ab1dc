"""What an earlier version left behind is brought up to date at the start, by one process, however often it is tried."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import MongoClient
from pymongo.database import Database

from repositories.contract import Storage
from repositories.errors import StorageError, Unavailable, Unsuitable
from repositories.factory import open_storage
from repositories.mongo import migrations
from repositories.mongo.local import in_database
from repositories.mongo.migrations import ID, MIGRATIONS, STATE, locked
from repositories.mongo.receipts import RECEIPT, RECEIPTS
from repositories.tables import TABLES
from tests.clients import running_server
from tests.keys import KEYS
from tests.reconciliation.conftest import differences
from tests.reconciliation.scene import play

Documents = dict[str, list[dict[str, Any]]]
NEWER = {"accounts": ["head"], "entries": ["previous_hash", "hash"], "payments": ["bill_id"]}


@pytest.fixture
def url(mongodb_url: str) -> str:
    """Give the URL of a database of its own."""
    return in_database(mongodb_url, f"test_{uuid4().hex}")


@pytest.fixture
def database(url: str, mongodb: MongoClient[dict[str, Any]]) -> Database[dict[str, Any]]:
    """Give that database, for what goes past the storage."""
    return mongodb[urlsplit(url).path[1:]]


@pytest.fixture
async def old(url: str, database: Database[dict[str, Any]], tmp_path: Path) -> Documents:
    """Leave behind what the first version of the storage left; give what today's had written."""
    async with running_server(open_storage(url, KEYS.master), tmp_path, policy="national") as server:
        await play(server)
    written = {table.name: list(database[table.name].find().sort("_id")) for table in TABLES}
    for table in TABLES:
        database.command("collMod", table.name, validator={})
        newer = ["mac", RECEIPT, *NEWER.get(table.name, [])]
        database[table.name].update_many({}, {"$unset": dict.fromkeys(newer, "")})
    database.drop_collection(RECEIPTS)
    database.drop_collection(STATE)
    return written


async def prepared(url: str) -> Storage:
    """Open a storage as a server does when it starts."""
    storage = open_storage(url, KEYS.master)
    try:
        await storage.prepare()
    except StorageError:
        await storage.close()
        raise
    return storage


def without_receipts(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what depends on the receipt, which nobody can write afterwards, and the count of claims."""
    return [
        {name: value for name, value in each.items() if name not in (RECEIPT, "mac", "claims")} for each in documents
    ]


def plain(documents: Documents) -> Documents:
    """Leave out what is sealed, which is another each time."""
    return {
        name: [
            {key: value for key, value in each.items() if not isinstance(value, bytes)}
            for each in without_receipts(rows)
        ]
        for name, rows in documents.items()
    }


async def test_what_the_first_version_left_is_chained_and_authenticated(
    url: str, database: Database[dict[str, Any]], old: Documents
) -> None:
    """Afterwards it is what today's version would have written, and the books agree."""
    storage = await prepared(url)
    assert await differences(storage) == []
    await storage.close()
    assert plain({table.name: list(database[table.name].find().sort("_id")) for table in TABLES}) == plain(old)
    assert database[STATE].find_one() == {"_id": ID, "version": len(MIGRATIONS)}


@pytest.mark.parametrize("after", [0, 1, 3, 7])
async def test_a_migration_that_was_broken_off_is_done_at_the_next_start(
    url: str, old: Documents, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    assert old
    replace, left = migrations._replace, iter(range(after))

    async def for_a_while(*arguments: Any) -> None:  # noqa: ANN401
        if next(left, None) is None:
            raise Unavailable
        await replace(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "_replace", for_a_while)
        patch.setattr(migrations, "BATCH", 2)
        with pytest.raises(Unavailable):
            await prepared(url)
    storage = await prepared(url)
    assert await differences(storage) == []
    await storage.close()


async def test_processes_that_start_at_once_migrate_once(
    url: str, old: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert old
    running: list[int] = []
    (migration,) = MIGRATIONS

    async def counted(*arguments: Any) -> None:  # noqa: ANN401
        running.append(1)
        await migration(*arguments)

    monkeypatch.setattr(migrations, "MIGRATIONS", (counted,))
    storages = await asyncio.gather(*(prepared(url) for _ in range(3)))
    for storage in storages:
        await storage.close()
    assert running == [1]


async def test_a_database_of_a_later_version_is_refused(url: str, database: Database[dict[str, Any]]) -> None:
    await (await prepared(url)).close()
    database[STATE].update_one({"_id": ID}, {"$set": {"version": len(MIGRATIONS) + 1}})
    with pytest.raises(Unsuitable, match="use a newer one"):
        await prepared(url)


# ---- the lock -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def client(url: str) -> AsyncIterator[AsyncIOMotorClient[dict[str, Any]]]:
    """Give a client as the storage has it."""
    opened: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url)
    yield opened
    opened.close()


async def test_a_lock_whose_holder_died_is_free_after_its_time(
    client: AsyncIOMotorClient[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "HELD_S", 1)
    database = client.get_default_database()
    assert await migrations._take(database, "dead")  # noqa: SLF001
    assert not await migrations._take(database, "other")  # noqa: SLF001
    async with asyncio.timeout(30), locked(database):
        state = await database[STATE].find_one()
        assert state is not None
        assert state["holder"] != "dead"


async def test_a_lock_is_renewed_while_it_is_held(
    client: AsyncIOMotorClient[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "RENEWED_EVERY_S", 0.01)
    database = client.get_default_database()
    async with locked(database):
        first = (await database[STATE].find_one() or {})["held_until"]
        while (await database[STATE].find_one() or {})["held_until"] == first:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_who_loses_the_lock_does_not_go_on(
    client: AsyncIOMotorClient[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "RENEWED_EVERY_S", 0.01)
    database = client.get_default_database()

    async def lose() -> None:
        async with locked(database):
            await database[STATE].update_one({"_id": ID}, {"$set": {"holder": "another"}})
            await asyncio.Event().wait()

    with pytest.raises(Unavailable):
        await lose()
    state = await database[STATE].find_one() or {}
    assert state["holder"] == "another"


async def test_who_is_told_to_stop_lets_the_lock_go(client: AsyncIOMotorClient[dict[str, Any]]) -> None:
    database, held = client.get_default_database(), asyncio.Event()

    async def hold() -> None:
        async with locked(database):
            held.set()
            await asyncio.Event().wait()

    holding = asyncio.create_task(hold())
    await held.wait()
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding
    assert await migrations._take(database, "next")  # noqa: SLF001
