"""What is looked up in MongoDB: committed data, what one transaction sees, and everything there is at one moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pymongo import ASCENDING
from pymongo.client_session import ClientSession

from repositories.contract import AnyOf, Flaw, Where, Window
from repositories.lists import in_order
from repositories.mongo.conditions import Filter, filter_of, sort_of
from repositories.mongo.documents import AS_BYTES, Database, Documents, Kept, Session, field_name
from repositories.mongo.receipts import Examination
from repositories.mongo.threads import LOOKING, TRANSACTING, Threads
from repositories.mongo.translation import translated_errors
from repositories.records import Record
from repositories.tables import Table

E = TypeVar("E")

SCANNED_AT_ONCE: Final = 1_000
FIRST_BATCH: Final = 101
"""What the server gives at first unless it is asked for more; then it would have to be asked again."""
Sort = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Keyed(Generic[E]):
    """The objects of these keys that there are."""

    table: Table[E]
    keys: Sequence[str]


@dataclass(frozen=True, slots=True)
class Selected(Generic[E]):
    """The objects for which all conditions hold, in that window."""

    table: Table[E]
    where: Where
    window: Window


Wanted = Keyed[Any] | Selected[Any]


@dataclass(frozen=True, slots=True)
class _Command:
    """What is sent, of which there can be so many answers at most."""

    table: Table[Any]
    query: Filter
    most: int
    sort: Sort | None = None
    limit: int = 0


class Looking:
    """Looks up in threads, and as a session does if there is one."""

    def __init__(
        self, database: Database, documents: Documents, threads: Threads, session: ClientSession | None = None
    ) -> None:
        """Look into that database."""
        self._database = database
        self._documents = documents
        self._threads = threads
        self._session = session

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        """Give the objects of these keys that exist, by key."""
        found: list[E] = (await self.look_up((Keyed(table, keys),)))[0]
        return {table.key_of(entity): entity for entity in found}

    async def select(self, table: Table[E], where: Where, window: Window) -> list[E]:
        """Give at most `window.limit` objects, from the end if the window is backwards."""
        found: list[E] = (await self.look_up((Selected(table, where, window),)))[0]
        return found

    async def look_up(self, wanted: Sequence[Wanted]) -> list[list[Any]]:
        """Give what is found of each, one command after the other, in one go."""
        commands = [self._command(one) for one in wanted]
        found = await self._threads.call(self._found, commands)
        return [self._read(one, raws) for one, raws in zip(wanted, found, strict=True)]

    def _command(self, wanted: Wanted) -> _Command | None:
        if isinstance(wanted, Keyed):
            return _Command(wanted.table, {"_id": {"$in": list(wanted.keys)}}, len(wanted.keys))
        table, window = wanted.table, wanted.window
        if window.limit == 0:  # which means no limit to the server
            return None
        query = filter_of(table, self._documents.sealed(table, wanted.where), window)
        few = _few(table, wanted.where, window)
        if few is not None:
            return _Command(table, query, few)
        sort = sort_of(table, backwards=window.backwards) if window.ordered else None
        return _Command(table, query, window.limit, sort, window.limit)

    def _found(self, commands: Sequence[_Command | None]) -> list[list[bytes]]:
        return [self._sent(command) if command is not None else [] for command in commands]

    def _sent(self, command: _Command) -> list[bytes]:
        collection = self._database.delegate.get_collection(command.table.name, codec_options=AS_BYTES)
        batch = command.most + 1 if command.most >= FIRST_BATCH else 0
        with (
            translated_errors(command.table),
            collection.find(
                command.query, session=self._session, sort=command.sort, limit=command.limit, batch_size=batch
            ) as cursor,
        ):
            return [bytes(document.raw) for document in cursor]

    def _read(self, wanted: Wanted, raws: Sequence[bytes]) -> list[Any]:
        table = wanted.table
        found = [self._noted(table, self._documents.read(table, raw)) for raw in raws]
        if isinstance(wanted, Selected) and _few(table, wanted.where, wanted.window) is not None:
            return in_order(table, found, backwards=wanted.window.backwards)[: wanted.window.limit]
        return found

    def _noted(self, _table: Table[E], kept: Kept[E]) -> E:
        return kept.entity


def _few(table: Table[Any], where: Where, window: Window) -> int | None:
    """Count what is found at most where conditions ask for unique values: sorting is left to whoever has it."""
    if window.after is not None or window.before is not None:
        return None
    asked = (where[name] for name in table.unique if name in where)
    counts = (len(each.values) if isinstance(each, AnyOf) else 1 for each in asked if isinstance(each, str | AnyOf))
    return min(counts, default=None)


class MongoSource(Looking):
    """Looks up committed data."""

    def __init__(self, database: Database, documents: Documents) -> None:
        """Look into that database."""
        super().__init__(database, documents, LOOKING)

    async def count(self, table: Table[E], where: Where) -> int:
        """Count the objects for which all conditions hold, along an index even if there are none."""
        query = filter_of(table, self._documents.sealed(table, where))
        hint: dict[str, Any] = {} if query else {"hint": "_id_"}
        with translated_errors(table):
            found: int = await self._database[table.name].count_documents(query, **hint)
        return found


class TransactionSource(Looking):
    """Looks up what a transaction sees, and remembers which receipts name it."""

    def __init__(self, database: Database, documents: Documents, session: ClientSession) -> None:
        """Look as that session does."""
        super().__init__(database, documents, TRANSACTING, session)
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
