"""What is looked up in MongoDB: committed data, what one transaction sees, and everything there is at one moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

from pymongo import ASCENDING

from repositories.contract import AnyOf, Flaw, Where, Window
from repositories.lists import in_order
from repositories.mongo.conditions import Filter, filter_of, sort_of
from repositories.mongo.documents import AS_BYTES, Database, Documents, Kept, field_name
from repositories.mongo.receipts import Examination
from repositories.mongo.threads import in_thread
from repositories.mongo.transactions import Session
from repositories.mongo.translation import translated_errors
from repositories.records import Record
from repositories.tables import Table

E = TypeVar("E")

SCANNED_AT_ONCE: Final = 1_000
FIRST_BATCH: Final = 101
"""What the server gives at first unless it is asked for more; then it would have to be asked again."""
Sort = list[tuple[str, int]]


class MongoSource:
    """Looks up committed data or, with a session, what its transaction sees."""

    def __init__(self, database: Database, documents: Documents, session: Session | None = None) -> None:
        """Look into that database."""
        self._database = database
        self._documents = documents
        self._session = session

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        """Give the objects of these keys that exist, by key."""
        found = await self._find(table, {"_id": {"$in": list(keys)}}, most=len(keys))
        return {table.key_of(entity): entity for entity in found}

    async def select(self, table: Table[E], where: Where, window: Window) -> list[E]:
        """Give at most `window.limit` objects, from the end if the window is backwards."""
        if window.limit == 0:  # which means no limit to the server
            return []
        query = filter_of(table, self._documents.sealed(table, where), window)
        few = _few(table, where) if window.after is None and window.before is None else None
        if few is not None:  # looked up by what is unique: sorting is left to whoever has them
            found = await self._find(table, query, most=few)
            return in_order(table, found, backwards=window.backwards)[: window.limit]
        sort = sort_of(table, backwards=window.backwards) if window.ordered else None
        return await self._find(table, query, sort, limit=window.limit, most=window.limit)

    async def _find(
        self, table: Table[E], query: Filter, sort: Sort | None = None, *, limit: int = 0, most: int
    ) -> list[E]:
        """Give what is found, `most` of it that there can be."""
        batch = most + 1 if most >= FIRST_BATCH else 0
        with translated_errors(table):
            found = await in_thread(self._found, table, query, sort, limit, batch)
        return [self._noted(table, self._documents.read(table, raw)) for raw in found]

    def _found(self, table: Table[E], query: Filter, sort: Sort | None, limit: int, batch: int) -> list[bytes]:
        collection = self._database.delegate.get_collection(table.name, codec_options=AS_BYTES)
        session = self._session.delegate if self._session is not None else None
        with collection.find(query, session=session, sort=sort, limit=limit, batch_size=batch) as cursor:
            return [bytes(document.raw) for document in cursor]

    def _noted(self, _table: Table[E], kept: Kept[E]) -> E:
        return kept.entity

    async def count(self, table: Table[E], where: Where) -> int:
        """Count the objects for which all conditions hold, along an index even if there are none."""
        query = filter_of(table, self._documents.sealed(table, where))
        hint: dict[str, Any] = {} if query else {"hint": "_id_"}
        with translated_errors(table):
            found: int = await self._database[table.name].count_documents(query, session=self._session, **hint)
        return found


def _few(table: Table[Any], where: Where) -> int | None:
    """Count what is found at most, where conditions ask for unique values."""
    asked = (where[name] for name in table.unique if name in where)
    counts = (len(each.values) if isinstance(each, AnyOf) else 1 for each in asked if isinstance(each, str | AnyOf))
    return min(counts, default=None)


class TransactionSource(MongoSource):
    """Looks up what a transaction sees, and remembers which receipts name it."""

    def __init__(self, database: Database, documents: Documents, session: Session) -> None:
        """Look as that session does."""
        super().__init__(database, documents, session)
        self.receipts: dict[tuple[str, str], str] = {}
        """The receipts that name what was read, by table and key."""

    def _noted(self, table: Table[E], kept: Kept[E]) -> E:
        if kept.receipt is not None:
            self.receipts[table.name, kept.key] = kept.receipt
        return super()._noted(table, kept)


class MongoSnapshot:
    """What a majority had at one moment; the server keeps it for minSnapshotHistoryWindowInSeconds."""

    def __init__(self, database: Database, documents: Documents, session: Session) -> None:
        """Look into that database as the session sees it."""
        self._database = database
        self._documents = documents
        self._session = session

    async def flaws(self) -> AsyncIterator[Flaw]:
        """Give what was altered, put in or taken away by other than this program."""
        with translated_errors(None):
            async for flaw in Examination(self._database, self._documents, self._session).flaws():
                yield flaw

    async def scan(self, table: Table[E], by: str | None = None) -> AsyncIterator[E]:
        """Give all objects of a table one after another, along an index where there is one."""
        sort = [("_id", ASCENDING)] if by is None else [(field_name(table, by), ASCENDING), *sort_of(table)]
        query = {} if by is None else {field_name(table, by): {"$type": "string"}}
        with translated_errors(table):
            cursor = self._database[table.name].find(
                query, session=self._session, sort=sort, batch_size=SCANNED_AT_ONCE, allow_disk_use=True
            )
            async for document in cursor:
                entity = self._readable(table, document)
                if entity is not None:
                    yield entity

    def _readable(self, table: Table[E], document: Record) -> E | None:
        with suppress(Exception):  # whatever is wrong with it is among the flaws
            return self._documents.decode(table, document)
        return None

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        """Give the objects of these keys that exist and can be read, by key."""
        with translated_errors(table):
            found = self._database[table.name].find({"_id": {"$in": list(keys)}}, session=self._session)
            entities = [self._readable(table, document) async for document in found]
        return {table.key_of(entity): entity for entity in entities if entity is not None}

    async def count(self, table: Table[Any]) -> int:
        """Count the objects of a table."""
        with translated_errors(table):
            found: int = await self._database[table.name].count_documents({}, session=self._session)
        return found
