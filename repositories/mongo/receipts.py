"""Every transaction that stores something new leaves a receipt that names it: nothing can be taken away unseen.

What is stored names its receipt in turn, in every later version as well. So whoever deletes an object, or a receipt,
would have to delete everything of that transaction, and where money was moved the next entry tells of that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final
from uuid import uuid4

from pymongo import ASCENDING

from repositories.contract import Flaw
from repositories.mongo.documents import ALTERED, Database, Documents
from repositories.mongo.macs import MAC, is_intact, mac_of
from repositories.mongo.transactions import Session
from repositories.records import Record
from repositories.staging import Change
from repositories.tables import TABLES, Table

RECEIPTS: Final = "receipts"
RECEIPT: Final = "receipt"
"""What a document says of the transaction that stored it."""
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
NO_RECEIPT: Final = "belongs to a transaction whose receipt was taken away"
GONE: Final = "was stored and is not there any more"
"""Its table and key are in the receipt."""
_BY_NAME: Final = {table.name: table for table in TABLES}


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
        async for batch in self._batches(RECEIPTS):
            for flaw in await self._of_receipts(batch):
                yield flaw

    async def _batches(self, collection: str) -> AsyncIterator[list[Record]]:
        cursor = self._database[collection].find(
            session=self._session, sort=[("_id", ASCENDING)], batch_size=BATCH, allow_disk_use=True
        )
        while batch := await cursor.to_list(BATCH):
            yield batch

    async def _of_documents(self, table: Table[Any], batch: list[Record]) -> list[Flaw]:
        known = await self._there(RECEIPTS, {named for each in batch if isinstance(named := each.get(RECEIPT), str)})
        flaws: list[Flaw] = []
        for document in batch:
            key, named = str(document["_id"]), document.get(RECEIPT)
            if isinstance(named, str) and named not in known:
                flaws.append(Flaw(table.name, key, NO_RECEIPT))
            problem = self._documents.examine(table, document)
            if problem is not None:
                flaws.append(Flaw(table.name, key, problem))
        return flaws

    async def _of_receipts(self, batch: list[Record]) -> list[Flaw]:
        flaws = [
            Flaw(RECEIPTS, str(receipt["_id"]), ALTERED)
            for receipt in batch
            if not is_intact(self._documents.mac_key, RECEIPTS, receipt)
        ]
        stored: dict[str, set[str]] = defaultdict(set)
        for receipt in batch:
            for name in receipt.get("stored") or ():
                table, _, key = str(name).partition("/")
                stored[table].add(key)
        for table, keys in stored.items():
            if table in _BY_NAME:
                flaws += [Flaw(table, key, GONE) for key in sorted(keys - await self._there(table, keys))]
        return flaws

    async def _there(self, collection: str, keys: set[str]) -> set[str]:
        """Tell which of these documents are there."""
        query = {"_id": {"$in": list(keys)}}
        found = self._database[collection].find(query, projection=["_id"], session=self._session)
        return {document["_id"] async for document in found}
