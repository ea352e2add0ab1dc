"""What an earlier version left behind is brought up to date at the start, by one process, however often it is tried."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorCollection
from pymongo import MongoClient
from pymongo.database import Database

from repositories.contract import Storage
from repositories.errors import StorageError, Unavailable, Unsuitable
from repositories.factory import open_storage
from repositories.mongo import migrations
from repositories.mongo.documents import RECEIPT
from repositories.mongo.local import in_database
from repositories.mongo.migrations import ID, MIGRATIONS, STATE, locked
from repositories.mongo.receipts import RECEIPTS
from repositories.mongo.sealing import DATA_KEYS, INTEGRITY
from repositories.mongo.storage import MongoStorage
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
    database[DATA_KEYS].delete_one({"keyAltNames": INTEGRITY})
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
    assert database[STATE].find_one() is not None
    assert (database[STATE].find_one() or {})["version"] == len(MIGRATIONS)


@pytest.mark.parametrize("after", [0, 1, 3, 7])
async def test_a_migration_that_was_broken_off_is_done_at_the_next_start(
    url: str, old: Documents, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    assert old
    replace, left = migrations._replace, iter(range(after))

    async def for_a_while(*arguments: Any, **named: Any) -> None:  # noqa: ANN401
        if next(left, None) is None:
            raise Unavailable
        await replace(*arguments, **named)

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
    storage = await prepared(url)
    assert isinstance(storage, MongoStorage)
    later = migrations.state_of(storage._documents, len(MIGRATIONS) + 1)  # noqa: SLF001
    await storage.close()
    database[STATE].update_one({"_id": ID}, {"$set": later})
    with pytest.raises(Unsuitable, match="use a newer one"):
        await prepared(url)


@pytest.mark.parametrize("change", [{"$set": {"version": 0}}, {"$unset": {"mac": ""}}, {"$set": {"version": "1"}}])
async def test_a_version_that_was_altered_is_refused(
    url: str, database: Database[dict[str, Any]], change: dict[str, Any]
) -> None:
    """Else whatever has no keyed hash would be given one."""
    await (await prepared(url)).close()
    database[STATE].update_one({"_id": ID}, change)
    with pytest.raises(Unsuitable, match="altered or taken away"):
        await prepared(url)


async def test_a_version_that_was_taken_away_is_missed(
    url: str, database: Database[dict[str, Any]], old: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What looks as the first version left it is not what that left once there have been keys."""
    assert old
    await (await prepared(url)).close()
    forged = {"$set": {"name": "EVIL"}, "$unset": {"mac": "", RECEIPT: ""}}
    database.persons.update_many({}, forged, bypass_document_validation=True)
    database.drop_collection(STATE)
    monkeypatch.setattr(migrations, "ASKED_TIMES", 2)
    with pytest.raises(Unsuitable, match="altered or taken away"):
        await prepared(url)


async def test_what_the_first_version_left_can_be_sealed_anew_before_it_is_migrated(
    url: str, database: Database[dict[str, Any]], old: Documents
) -> None:
    """R28."""
    assert old
    storage = open_storage(url, KEYS.master)
    assert await storage.rotate_keys(data=True) == sum(database[t.name].count_documents({}) for t in TABLES if t.sealed)
    assert await differences(storage) == []
    await storage.close()


async def test_a_migrator_that_was_overtaken_writes_nothing(
    url: str, database: Database[dict[str, Any]], old: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lost the lock unseen, and meanwhile another one has migrated and money has moved."""
    assert old
    replace, waiting, go_on = migrations._replace, asyncio.Event(), asyncio.Event()

    async def slow(*arguments: Any, **named: Any) -> None:  # noqa: ANN401
        if arguments[1].name == "accounts" and not waiting.is_set():
            waiting.set()
            await go_on.wait()
        await replace(*arguments, **named)

    monkeypatch.setattr(migrations, "_replace", slow)
    overtaken = asyncio.create_task(prepared(url))
    await waiting.wait()
    database[STATE].update_one({"_id": ID}, {"$unset": {"holder": "", "held_until": ""}})
    storage = await prepared(url)
    moved = list(database.accounts.find())
    database.accounts.update_one({"_id": "wallet:P0001"}, {"$set": {"balance": Int64(7)}})
    go_on.set()
    with pytest.raises(Unavailable):
        await overtaken
    assert (database.accounts.find_one({"_id": "wallet:P0001"}) or {})["balance"] == 7
    assert len(moved) == database.accounts.count_documents({})
    await storage.close()


# ---- the lock -----------------------------------------------------------------------------------------------------


Locked = Callable[[], AbstractAsyncContextManager[str]]


@pytest.fixture
async def inside(url: str) -> AsyncIterator[MongoStorage]:
    """Give a storage that is ready, for what it does by itself."""
    opened = await prepared(url)
    assert isinstance(opened, MongoStorage)
    yield opened
    await opened.close()


@pytest.fixture
def state(inside: MongoStorage) -> AsyncIOMotorCollection[dict[str, Any]]:
    """Give the collection that says who holds the lock."""
    return inside._database[STATE]  # noqa: SLF001


@pytest.fixture
def lock(inside: MongoStorage) -> Locked:
    """Give what takes the lock."""
    return lambda: locked(inside._database, inside._documents, has_new_keys=False)  # noqa: SLF001


async def test_a_lock_whose_holder_died_is_free_after_its_time(
    inside: MongoStorage, lock: Locked, state: AsyncIOMotorCollection[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "HELD_S", 1)
    assert await migrations._take(inside._database, "dead")  # noqa: SLF001
    assert not await migrations._take(inside._database, "other")  # noqa: SLF001
    async with asyncio.timeout(30), lock():
        found = await state.find_one()
        assert found is not None
        assert found["holder"] != "dead"


async def test_a_lock_is_renewed_while_it_is_held(
    lock: Locked, state: AsyncIOMotorCollection[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "RENEWED_EVERY_S", 0.01)
    async with lock():
        first = (await state.find_one() or {})["held_until"]
        while (await state.find_one() or {})["held_until"] == first:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_who_loses_the_lock_does_not_go_on(
    lock: Locked, state: AsyncIOMotorCollection[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "RENEWED_EVERY_S", 0.01)

    async def lose() -> None:
        async with lock():
            await state.update_one({"_id": ID}, {"$set": {"holder": "another"}})
            await asyncio.Event().wait()

    with pytest.raises(Unavailable):
        await lose()
    found = await state.find_one() or {}
    assert found["holder"] == "another"


async def test_who_is_told_to_stop_lets_the_lock_go(inside: MongoStorage, lock: Locked) -> None:
    held = asyncio.Event()

    async def hold() -> None:
        async with lock():
            held.set()
            await asyncio.Event().wait()

    holding = asyncio.create_task(hold())
    await held.wait()
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding
    assert await migrations._take(inside._database, "next")  # noqa: SLF001
