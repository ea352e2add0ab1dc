"""Rows put into a storage in bulk: into memory by works, into MongoDB as documents of this program's own making."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, TypeVar

from pymongo import MongoClient

from bench.population import Row
from repositories.contract import Storage, UnitOfWork
from repositories.master_keys import MasterKeys
from repositories.mongo.documents import RECEIPT, Documents
from repositories.mongo.receipts import RECEIPTS, new_receipt, receipt_of
from repositories.mongo.sealing import Sealing
from repositories.mongo.storage import database_of
from repositories.staging import Change

T = TypeVar("T")
AT_ONCE: Final = 1_000


def batches(items: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """Give the items in lists of that length; the last may be shorter."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


async def fill_by_works(storage: Storage, rows: Iterable[Row]) -> None:
    """Add rows through the contract, many in each work."""

    async def add(uow: UnitOfWork, batch: list[Row]) -> None:
        for table, entity in batch:
            getattr(uow, table.name).add(entity)

    for batch in batches(rows):
        await storage.transact(lambda uow, batch=batch: add(uow, batch))  # type: ignore[misc]


def fill_database(url: str, keys: MasterKeys, rows: Iterable[Row]) -> None:
    """Insert rows as documents, sealed and with their hashes and receipts, into a database that is prepared."""
    name = database_of(url)
    with MongoClient[dict[str, Any]](url, w="majority") as client:
        sealing = Sealing(client, name, keys)
        documents = Documents(sealing)
        database = client[name]
        for batch in batches(rows):
            receipt = new_receipt()
            changes = [Change(table, table.key_of(entity), None, entity) for table, entity in batch]
            record = receipt_of(receipt, changes, documents.mac_key)
            by_table: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
            for table, entity in batch:
                by_table[table.name].append(documents.encode(table, entity, {RECEIPT: receipt}))
            if record is not None:
                database[RECEIPTS].insert_one(record)
            for table_name, found in by_table.items():
                database[table_name].insert_many(found, ordered=False)
        sealing.close()
