"""What was read or sealed lately is remembered, and never in place of what is there now (R26, R28)."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import bson
import pytest
from bson.binary import Binary
from cattrs.errors import ClassValidationError
from pymongo import MongoClient
from pymongo.database import Database

from domain.identity import Phone
from domain.money import Fen
from repositories.contract import Storage
from repositories.factory import open_storage
from repositories.mongo.documents import CODEC_OPTIONS, REMEMBERED_BYTES_MAX, Documents
from repositories.mongo.local import in_database
from repositories.mongo.macs import CLAIMS
from repositories.mongo.recent import Recent
from repositories.mongo.sealing import Sealing
from repositories.tables import ACCOUNTS, CREDENTIALS, TABLES
from tests.factories import make_credential, make_wallet
from tests.keys import KEYS
from tests.repositories.storing import ONE_OF_EACH, deposit, store, stored

WALLET = make_wallet()
OTHER = make_wallet("P0002")


@pytest.fixture
def database(mongodb: MongoClient[dict[str, Any]]) -> Iterator[Database[dict[str, Any]]]:
    """Give a database that is not there yet."""
    database = mongodb.get_database(f"test_{uuid4().hex}", codec_options=CODEC_OPTIONS)
    yield database
    mongodb.drop_database(database.name)


@pytest.fixture
def sealing(mongodb: MongoClient[dict[str, Any]], database: Database[dict[str, Any]]) -> Iterator[Sealing]:
    """Give what seals in that database."""
    sealing = Sealing(mongodb, database.name, KEYS.master)
    yield sealing
    sealing.close()


@pytest.fixture
def documents(sealing: Sealing) -> Documents:
    """Give what makes documents for that database."""
    return Documents(sealing)


@pytest.fixture
async def storage(mongodb_url: str, database: Database[dict[str, Any]]) -> AsyncIterator[Storage]:
    """Give a storage in that database with two wallets of the same mobile."""
    storage = open_storage(in_database(mongodb_url, database.name), KEYS.master)
    await storage.prepare()
    await store(storage, WALLET, OTHER)
    yield storage
    await storage.close()


# ---- what was read ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entity", ONE_OF_EACH, ids=lambda entity: type(entity).__name__)
def test_the_same_bytes_are_the_same_object_however_often_it_was_claimed(documents: Documents, entity: object) -> None:
    table = next(table for table in TABLES if isinstance(entity, table.entity))
    document = documents.encode(table, entity, {"receipt": "r"})
    read = documents.read(table, bson.encode(document))
    assert (read.entity, read.key, read.receipt) == (entity, table.key_of(entity), "r")
    for claims in (1, 2, 2**31 - 1):
        assert documents.read(table, bson.encode({**document, CLAIMS: claims})).entity is read.entity
    assert documents.read(table, bson.encode({**document, CLAIMS: 2**31})).entity == entity


def test_what_only_looks_like_claims_is_read_for_what_it_is(documents: Documents) -> None:
    """The bytes are the last of a text here, and differ in what would be the count."""
    document = documents.encode(CREDENTIALS, make_credential())
    del document["password_hash"]
    for count in ("a", "b", "a"):
        forged = {**document, "password_hash": f"x\x10{CLAIMS}\0{count * 3}"}
        assert bson.encode(forged)[-13:-5] == bson.encode({CLAIMS: 1})[4:12]
        assert documents.read(CREDENTIALS, bson.encode(forged)).entity.password_hash == forged["password_hash"]


def test_the_same_bytes_in_another_table_are_something_else(documents: Documents) -> None:
    raw = bson.encode(documents.encode(ACCOUNTS, WALLET))
    documents.read(ACCOUNTS, raw)
    with pytest.raises(ClassValidationError):
        documents.read(CREDENTIALS, raw)


def test_a_large_document_is_not_remembered(documents: Documents) -> None:
    large = replace(make_credential(), password_hash="x" * REMEMBERED_BYTES_MAX)
    raw = bson.encode(documents.encode(CREDENTIALS, large))
    first, second = (documents.read(CREDENTIALS, raw).entity for _ in range(2))
    assert first == second == large
    assert first is not second


async def test_what_somebody_else_changes_is_seen_at_once(storage: Storage, database: Database[dict[str, Any]]) -> None:
    assert await stored(storage, WALLET) is await stored(storage, WALLET)
    database.accounts.update_one({"_id": WALLET.id}, {"$set": {"head": "changed"}})
    assert await stored(storage, WALLET) == replace(WALLET, head="changed")
    (other,) = database.accounts.find({"_id": OTHER.id})
    changed = replace(WALLET, phone=Phone("13900000009"))
    database.accounts.update_one({"_id": WALLET.id}, {"$set": {"phone": other["phone"], "head": ""}})
    assert await stored(storage, WALLET) == replace(changed, phone=OTHER.phone)


def test_no_more_is_remembered_than_it_may_and_what_is_used_stays() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c"), len(recent)) == (1, None, 3, 2)


# ---- what was sealed ----------------------------------------------------------------------------------------------


async def test_what_a_document_goes_on_having_stays_sealed_as_it_is(
    storage: Storage, database: Database[dict[str, Any]]
) -> None:
    """R28: and no other document has the same."""
    before = {each["_id"]: each for each in database.accounts.find()}
    await deposit(storage, WALLET.id, 1)
    await deposit(storage, OTHER.id, 1)
    after = {each["_id"]: each for each in database.accounts.find()}
    for key, document in after.items():
        assert document["balance"] == before[key]["balance"] + 1
        assert document["phone"] == before[key]["phone"]
    assert after[WALLET.id]["phone"] != after[OTHER.id]["phone"]
    assert await stored(storage, WALLET) == replace(WALLET, balance=Fen(1), seq=1)


def test_a_value_that_changed_is_sealed_anew(documents: Documents) -> None:
    first = documents.encode(ACCOUNTS, WALLET)["phone"]
    changed = replace(WALLET, phone=Phone("13900000009"))
    second = documents.encode(ACCOUNTS, changed)["phone"]
    third = documents.encode(ACCOUNTS, WALLET)["phone"]
    assert len({bytes(first), bytes(second), bytes(third)}) == 3
    assert documents.encode(ACCOUNTS, WALLET)["phone"] is third


def test_nothing_stays_sealed_by_a_data_key_of_before(documents: Documents, sealing: Sealing) -> None:
    old = documents.encode(ACCOUNTS, WALLET)
    assert documents.read(ACCOUNTS, bson.encode(old)).entity == WALLET
    sealing.renew()
    new = documents.encode(ACCOUNTS, WALLET)
    assert new["phone"] != old["phone"]
    assert new["sealed_by"] != old["sealed_by"]
    assert bytes(new["phone"])[1:17].hex() == new["sealed_by"]
    assert documents.read(ACCOUNTS, bson.encode(old)).entity == WALLET
    assert bytes(documents.encode(ACCOUNTS, WALLET)["phone"])[1:17].hex() == new["sealed_by"]


def test_a_value_sealed_otherwise_than_the_table_says_is_sealed_anew(documents: Documents) -> None:
    """Sealed every time anew, it would not be found once it is looked up."""
    document = documents.encode(ACCOUNTS, WALLET)
    looked_up = replace(ACCOUNTS, indexes=(("phone",),))
    sealed = documents.encode(looked_up, WALLET)["phone"]
    assert isinstance(sealed, Binary)
    assert (document["phone"][0], sealed[0]) == (2, 1)
