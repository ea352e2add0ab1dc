"""Every transaction that stores something new leaves a receipt that names it: nothing can be taken away unseen.

What is stored names its receipt in turn, in every later version as well. So whoever deletes an object, or a receipt,
would have to delete everything of that transaction; and where money was moved, everything since of all accounts
concerned, whose next entries tell of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import ASCENDING

from repositories.contract import Flaw
from repositories.mongo.documents import ALTERED, AS_BYTES, CODEC_OPTIONS, RECEIPT, Database, Documents, Session
from repositories.mongo.macs import MAC, is_intact, mac_of
from repositories.records import Record
from repositories.staging import Change
from repositories.tables import TABLES, Table

RECEIPTS: Final = "receipts"
RECEIPT_VALIDATOR: Final[Record] = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["stored", MAC],
        "properties": {
            "_id": {"bsonType": "string"},
            "stored": {"bsonType": "array", "items": {"bsonType": "string"}, "minItems": 1},
            MAC: {"bsonType": "binData"},
        },
    }
}
BATCH: Final = 1_000
RECEIPTS_AT_ONCE: Final = 100
"""A receipt names everything that its transaction stored, which may be much."""
NO_RECEIPT: Final = "belongs to a transaction whose receipt was taken away"
GONE: Final = "was stored and is not there any more"
"""Its table and key are in the receipt."""


def new_receipt() -> str:
    """Name a receipt."""
    return uuid4().hex


def receipt_of(name: str, changes: Sequence[Change[Any]], key: bytes) -> Record | None:
    """Write the receipt of what is new among changes; None if nothing is."""
    stored = [f"{change.table.name}/{change.key}" for change in changes if change.before is None]
    if not stored:
        return None
    record: Record = {"_id": name, "stored": stored}
    return {**record, MAC: mac_of(key, RECEIPTS, record)}


# ---- looking at everything ----------------------------------------------------------------------------------------


class Examination:
    """Looks at how everything is kept, whatever it says."""

    def __init__(self, database: Database, documents: Documents, session: Session) -> None:
        """Look at what the session sees."""
        self._database = database
        self._documents = documents
        self._session = session

    async def flaws(self) -> AsyncIterator[Flaw]:
        """Give everything that was altered, put in or taken away by other than this program."""
        for table in TABLES:
            async for batch in self._batches(table.name):
                for flaw in await self._of_documents(table, batch):
                    yield flaw
        async for flaw in self._of_receipts():
            yield flaw

    async def _batches(self, collection: str, size: int = BATCH) -> AsyncIterator[list[RawBSONDocument]]:
        whole: Any = self._database.get_collection(collection, codec_options=AS_BYTES)
        cursor = whole.find(session=self._session, sort=[("_id", ASCENDING)], batch_size=size, allow_disk_use=True)
        while batch := await cursor.to_list(size):
            yield batch

    async def _of_documents(self, table: Table[Any], batch: list[RawBSONDocument]) -> list[Flaw]:
        documents = [bson.decode(raw.raw, CODEC_OPTIONS) for raw in batch]
        named = {str(document["_id"]): document.get(RECEIPT) for document in documents}
        known = await self._there(RECEIPTS, {receipt for receipt in named.values() if isinstance(receipt, str)})
        flaws = [
            Flaw(table.name, key, NO_RECEIPT)
            for key, receipt in named.items()
            if isinstance(receipt, str) and receipt not in known
        ]
        for document, raw in zip(documents, batch, strict=True):
            key = str(document["_id"])
            problem = self._documents.examine(table, document, bytes(raw.raw))
            if problem is not None:
                flaws.append(Flaw(table.name, key, problem))
        return flaws

    async def _of_receipts(self) -> AsyncIterator[Flaw]:
        stored: defaultdict[str, set[str]] = defaultdict(set)
        async for batch in self._batches(RECEIPTS, RECEIPTS_AT_ONCE):
            for raw in batch:
                receipt = bson.decode(raw.raw, CODEC_OPTIONS)
                if bson.encode(receipt) != raw.raw or not is_intact(self._documents.mac_key, RECEIPTS, receipt):
                    yield Flaw(RECEIPTS, str(receipt["_id"]), ALTERED)
                    continue
                for name in receipt["stored"]:
                    table, _, key = name.partition("/")
                    stored[table].add(key)
                if sum(map(len, stored.values())) >= BATCH:
                    for flaw in await self._gone(stored):
                        yield flaw
                    stored.clear()
        for flaw in await self._gone(stored):
            yield flaw

    async def _gone(self, stored: Mapping[str, set[str]]) -> list[Flaw]:
        """Name what was stored and is not there."""
        return [
            Flaw(table, key, GONE)
            for table, keys in stored.items()
            for key in sorted(keys - await self._there(table, keys))
        ]

    async def _there(self, collection: str, keys: set[str]) -> set[str]:
        """Tell which of these documents are there."""
        query = {"_id": {"$in": list(keys)}}
        found = self._database[collection].find(query, projection=["_id"], session=self._session)
        return {document["_id"] async for document in found}
