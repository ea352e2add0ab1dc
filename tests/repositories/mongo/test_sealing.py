"""ID numbers and mobiles are encrypted in MongoDB, by keys that are not in it (R28)."""

import asyncio
import os
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4

import bson
import pytest
from bson.binary import Binary
from pymongo import MongoClient
from pymongo.errors import WriteError

from repositories.contract import Storage
from repositories.errors import Unavailable, Unstorable, Unsuitable
from repositories.factory import open_storage
from repositories.master_keys import MasterKeys
from repositories.mongo import resealing
from repositories.mongo.local import in_database
from repositories.mongo.sealing import DATA_KEYS, SEALING_KEYS, Sealing
from repositories.tables import Table
from services.keys import new_keys, parse_keys
from tests.factories import make_person, make_wallet
from tests.keys import KEYS
from tests.repositories.storing import ONE_OF_EACH, store

FIRST, SECOND = make_person("P0001"), make_person("P0002")
BOTH: Final = (FIRST, SECOND)
Database = Any


@pytest.fixture
def url(mongodb_url: str, mongodb: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """Give the URL of a database that is not there yet."""
    url = in_database(mongodb_url, f"test_{uuid4().hex}")
    yield url
    mongodb.drop_database(urlsplit(url).path[1:])


@pytest.fixture
def database(url: str, mongodb: MongoClient[dict[str, Any]]) -> Database:
    """Give that database as whoever holds a dump of it has it."""
    return mongodb[urlsplit(url).path[1:]]


async def keep(url: str, *entities: object, keys: MasterKeys = KEYS.master) -> None:
    """Open a storage, add these and close it, as a process does."""
    storage = open_storage(url, keys)
    try:
        await storage.prepare()
        await store(storage, *entities)
    finally:
        await storage.close()


async def rotate(url: str, *, keys: MasterKeys = KEYS.master, data: bool) -> int:
    """Rotate keys, as the command does."""
    storage = open_storage(url, keys)
    try:
        return await storage.rotate_keys(data=data)
    finally:
        await storage.close()


async def persons_in(url: str, keys: MasterKeys = KEYS.master) -> list[object]:
    """Give the persons a process with these keys finds."""
    storage: Storage = open_storage(url, keys)
    try:
        await storage.prepare()
        return [await storage.read().persons.find_one({"id_number": person.id_number}) for person in BOTH]
    finally:
        await storage.close()


def key_ids(database: Database) -> set[bytes]:
    """Give the ids of the data keys that are there to seal."""
    return {bytes(key["_id"]) for key in database[DATA_KEYS].find(SEALING_KEYS)}


# ---- what a dump shows --------------------------------------------------------------------------------------------


async def test_a_dump_shows_neither_id_numbers_nor_mobiles(url: str, mongodb: MongoClient[dict[str, Any]]) -> None:
    """R28: of all databases of the server, the log of its writes included."""
    await keep(url, *ONE_OF_EACH)
    secrets = [
        str(make_person().id_number).encode(),
        str(make_person().phone).encode(),
        str(make_wallet().phone).encode(),
    ]
    seen = 0
    for name in mongodb.list_database_names():
        for collection in mongodb[name].list_collection_names():
            ours = {"ns": {"$regex": f"^{urlsplit(url).path[1:]}"}} if collection == "oplog.rs" else {}
            for document in mongodb[name][collection].find(ours):
                dumped = bson.encode(document)
                assert not [secret for secret in secrets if secret in dumped], f"{name}.{collection}"
                seen += 1
    assert seen > len(ONE_OF_EACH)


async def test_equal_id_numbers_look_alike_and_equal_mobiles_do_not(url: str, database: Database) -> None:
    """R28: the one is looked up and unique, the other is neither."""
    await keep(url, FIRST, SECOND)
    first, second = database.persons.find()
    assert first["phone"] != second["phone"]
    assert first["id_number"] != second["id_number"]
    assert database.persons.count_documents({"id_number": first["id_number"]}) == 1


async def test_a_fingerprint_cannot_be_tried_out_from_a_dump(url: str, database: Database) -> None:
    """R28: it is made of an ID number, under a key that somebody may guess."""
    await keep(url, *ONE_OF_EACH)
    (outcome,) = database.outcomes.find()
    assert isinstance(outcome["fingerprint"], Binary)


@pytest.mark.parametrize("clear", [{"id_number": FIRST.id_number}, {"phone": FIRST.phone}])
async def test_the_server_takes_nothing_in_clear(url: str, database: Database, clear: dict[str, str]) -> None:
    """R28: whatever the code above it does."""
    await keep(url, FIRST)
    with pytest.raises(WriteError):
        database.persons.update_one({}, {"$set": clear})


# ---- keys ---------------------------------------------------------------------------------------------------------


def other_keys() -> MasterKeys:
    """Give master keys nobody used before."""
    return parse_keys(new_keys(), "other").master


def rotating(keys: MasterKeys) -> MasterKeys:
    """Give these master keys and a new one, which is the current one."""
    return MasterKeys({**keys.providers, "local:next": {"key": os.urandom(96)}}, "local:next")


async def test_other_master_keys_open_nothing_and_say_so(url: str) -> None:
    """R28."""
    await keep(url, *BOTH)
    with pytest.raises(Unsuitable, match="WALLET_KEYS_FILE") as refused:
        await persons_in(url, other_keys())
    assert FIRST.id_number not in str(refused.value)


async def test_without_keys_there_is_no_storage(url: str) -> None:
    """R28."""
    with pytest.raises(Unsuitable, match="WALLET_KEYS_FILE"):
        open_storage(url)


async def test_a_provider_that_nobody_knows_is_refused_in_a_sentence(url: str) -> None:
    with pytest.raises(Unsuitable, match="WALLET_KEYS_FILE"):
        open_storage(url, MasterKeys({"nobody": {}}, "nobody"))


async def test_a_key_service_that_does_not_answer_is_said_in_a_sentence(url: str) -> None:
    keys = MasterKeys({"kmip": {"endpoint": "127.0.0.1:9"}}, "kmip", {})
    with pytest.raises(Unavailable, match="guards the master key"):
        await keep(url, keys=keys)


async def test_processes_that_start_at_once_make_one_data_key(url: str, database: Database) -> None:
    await asyncio.gather(*(keep(url) for _ in range(4)))
    assert len(key_ids(database)) == 1


async def test_a_new_master_key_takes_the_place_of_the_old_one(url: str, database: Database) -> None:
    """R28: nothing is sealed anew; the data key is wrapped anew."""
    await keep(url, *BOTH)
    kept, before = list(database.persons.find()), key_ids(database)
    both = rotating(KEYS.master)
    await rotate(url, keys=both, data=False)
    alone = MasterKeys({"local:next": both.providers["local:next"]}, "local:next")
    assert await persons_in(url, alone) == [*BOTH]
    assert (list(database.persons.find()), key_ids(database)) == (kept, before)
    with pytest.raises(Unsuitable):
        await persons_in(url, KEYS.master)


async def test_a_new_data_key_seals_everything_anew(url: str, database: Database) -> None:
    """R28."""
    await keep(url, *BOTH, make_wallet())
    before = key_ids(database)
    assert await rotate(url, data=True) == len(BOTH) + 1
    assert await persons_in(url) == [*BOTH]
    assert len(key_ids(database)) == 1
    assert not key_ids(database) & before
    sealed = [person[name] for person in database.persons.find() for name in ("id_number", "phone")]
    assert {bytes(value)[1:17] for value in sealed} == key_ids(database)
    assert await rotate(url, data=True) == len(BOTH) + 1


class BrokenOff(Exception):
    """The machine stops."""


async def break_off(url: str, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Rotate, and stop after that many values were sealed anew."""
    seal, left = Sealing.seal, iter(range(after))

    def sealing_for_a_while(self: Sealing, table: Table[Any], attribute: str, value: str) -> Binary:
        if next(left, None) is None:
            raise BrokenOff
        return seal(self, table, attribute, value)

    with monkeypatch.context() as patch:
        patch.setattr(Sealing, "seal", sealing_for_a_while)
        patch.setattr(resealing, "BATCH", 1)
        with pytest.raises(BrokenOff):
            await rotate(url, data=True)


@pytest.mark.parametrize("after", [0, 2, 3])
async def test_a_rotation_that_was_broken_off_goes_on_where_it_was(
    url: str, database: Database, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """R28: no server starts before it is done, for it would not find everybody, and let them be registered twice."""
    await keep(url, *BOTH)
    await break_off(url, monkeypatch, after)
    with pytest.raises(Unsuitable, match="rotate-keys --data"):
        await persons_in(url)
    assert await rotate(url, data=True) == len(BOTH) - after // 2
    assert await persons_in(url) == [*BOTH]
    assert len(key_ids(database)) == 1


async def test_a_process_that_was_not_stopped_cannot_write_what_nobody_could_read(url: str) -> None:
    """R28: it knows the data key that was there when it began, and no other."""
    left_running = open_storage(url, KEYS.master)
    await left_running.prepare()
    await store(left_running, FIRST)
    await rotate(url, data=True)
    with pytest.raises(Unstorable):
        await store(left_running, SECOND)
    await left_running.close()
    assert await persons_in(url) == [FIRST, None]


# ---- what earlier versions left -----------------------------------------------------------------------------------


async def leave_in_clear(url: str, database: Database) -> None:
    """Leave persons as a version did that did not encrypt."""
    await keep(url, *BOTH)
    database.command("collMod", "persons", validator={})
    for person in BOTH:
        clear = {"id_number": str(person.id_number), "phone": str(person.phone)}
        database.persons.update_one({"_id": person.person_no}, {"$set": clear, "$unset": {"sealed_by": ""}})


async def test_what_was_left_in_clear_is_not_lived_with(url: str, database: Database) -> None:
    """R28."""
    await leave_in_clear(url, database)
    with pytest.raises(Unsuitable, match="rotate-keys --data"):
        await persons_in(url)


async def test_what_was_left_in_clear_is_sealed_by_rotating(url: str, database: Database) -> None:
    """R28."""
    await leave_in_clear(url, database)
    assert await rotate(url, data=True) == len(BOTH)
    assert await persons_in(url) == [*BOTH]
    assert all(isinstance(person["id_number"], Binary) for person in database.persons.find())
