"""What the server must be, and what it refuses whatever the code above it does."""

import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from bson.int64 import Int64
from pymongo import MongoClient
from pymongo.errors import WriteError

from domain.money import Fen
from repositories.contract import Storage
from repositories.errors import Unavailable, Unsuitable
from repositories.factory import open_storage
from repositories.mongo.documents import Documents
from repositories.mongo.local import in_database, local_replica_set
from repositories.mongo.migrations import MIGRATIONS, STATE, state_of
from repositories.mongo.sealing import Sealing
from repositories.mongo.setup import indexes_of
from repositories.mongo.storage import MongoStorage
from repositories.mongo.validators import validator_of
from repositories.tables import TABLES
from tests.factories import make_wallet
from tests.keys import KEYS


@contextmanager
def standalone(mongod: Path, data: Path) -> Iterator[str]:
    """Start a server that is no replica set."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    places = ["--dbpath", str(data), "--logpath", str(data / "log")]
    command = [str(mongod), "--port", port, "--bind_ip", "127.0.0.1", *places]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:  # noqa: S603 - the tests' own server
        try:
            yield f"mongodb://127.0.0.1:{port}/wallet"
        finally:
            server.terminate()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Storage]:
    """Open a storage, and close it whatever happens."""
    storage = open_storage(url, KEYS.master)
    try:
        yield storage
    finally:
        await storage.close()


async def test_a_standalone_server_is_refused_with_what_to_do(mongod: Path, tmp_path: Path) -> None:
    with standalone(mongod, tmp_path) as url:
        async with opened(f"{url}?serverSelectionTimeoutMS=20000") as storage:
            with pytest.raises(Unsuitable, match=r"--replSet.*rs\.initiate"):
                await storage.prepare()


@pytest.mark.usefixtures("mongod")
async def test_a_default_write_concern_below_majority_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with local_replica_set(tmp_path) as url:
        with MongoClient[dict[str, Any]](url) as client:
            client.admin.command("setDefaultRWConcern", defaultWriteConcern={"w": 1})
        async with opened(url) as storage:
            with pytest.raises(Unsuitable, match="setDefaultRWConcern"):
                await storage.prepare()


async def test_a_database_of_a_later_version_is_refused_and_left_as_it_is(
    mongodb_url: str, mongodb: MongoClient[dict[str, Any]]
) -> None:
    database = mongodb[f"test_{uuid4().hex}"]
    async with opened(in_database(mongodb_url, database.name)) as storage:
        await storage.prepare()
        assert isinstance(storage, MongoStorage)
        later = state_of(storage._documents, len(MIGRATIONS) + 1)  # noqa: SLF001 - only the program can write it
        database[STATE].update_one({}, {"$set": later})
        database.command("collMod", "entries", validator={"later": True})
        with pytest.raises(Unsuitable, match="use a newer one"):
            await storage.prepare()
    assert database.entries.options()["validator"] == {"later": True}
    mongodb.drop_database(database.name)


async def test_a_server_that_is_not_there_is_said_so() -> None:
    async with opened("mongodb://127.0.0.1:9/wallet?replicaSet=x&serverSelectionTimeoutMS=200") as storage:
        with pytest.raises(Unavailable, match="WALLET_STORAGE_URL"):
            await storage.prepare()
        with pytest.raises(Unavailable):
            await storage.ping()
        with pytest.raises(Unavailable):
            await storage.read().persons.get("P0001")


@pytest.mark.parametrize("url", ["postgres://x", "nothing", "", "mongodb://", "mongodb://a:b:c/x"])
def test_an_address_of_no_backend_is_refused_with_those_there_are(url: str) -> None:
    with pytest.raises(Unsuitable, match="mongodb"):
        open_storage(url, KEYS.master)


@pytest.mark.parametrize(
    "change",
    [
        {"balance": Int64(-1)},
        {"held": Int64(5)},
        {"balance": 1.0},
        {"balance": 1},
        {"balance": "1"},
        {"status": "OPEN"},
        {"seq": None},
        {"opened_at": "today"},
    ],
    ids=str,
)
def test_the_server_refuses_an_account_that_cannot_be(
    mongodb: MongoClient[dict[str, Any]], change: dict[str, object]
) -> None:
    """R20: the third guard."""
    table = next(table for table in TABLES if table.name == "accounts")
    wallet = replace(make_wallet(), balance=Fen(2))
    database = mongodb[f"test_validators_{id(change)}"]
    sealing = Sealing(mongodb, database.name, KEYS.master)
    collection = database.create_collection("accounts", validator=validator_of(table, sealing.seal_id))
    try:
        collection.insert_one(Documents(sealing).encode(table, wallet))
        with pytest.raises(WriteError):
            collection.update_one({}, {"$set": change})
    finally:
        mongodb.drop_database(database.name)


def test_every_unique_attribute_and_every_list_has_an_index() -> None:
    for table in TABLES:
        names = [index.document["name"] for index in indexes_of(table)]
        assert {f"unique_{attribute}" for attribute in table.unique} <= set(names)
        assert {f"by_{'_'.join(index)}" for index in table.indexes} <= set(names)
