"""Storage in memory: for tests and development, gone when the process stops."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Generic, TypeVar

from repositories.contract import AllOf, Condition, Event, Flaw, Reader, UnitOfWork, Where, Window
from repositories.errors import Duplicate
from repositories.lists import matches
from repositories.mailboxes import Mailbox
from repositories.records import records_of
from repositories.staging import Change, StagedUnitOfWork, StoredReader, carry_through
from repositories.tables import TABLES, Position, Table

E = TypeVar("E")
T = TypeVar("T")


class MemoryTable(Generic[E]):
    """The committed objects of one table, with their order, unique values and indexes."""

    def __init__(self, table: Table[E]) -> None:
        """Start empty."""
        self._table = table
        self.rows: dict[str, E] = {}
        self.owners: dict[tuple[str, object], str] = {}
        self._order: list[tuple[Position, str]] = []
        self._indexes: dict[tuple[str, object], list[tuple[Position, str]]] = defaultdict(list)
        self._indexed = {attribute for index in table.indexes for attribute in index} | set(table.unique)

    def unique_values(self, entity: E | None) -> set[tuple[str, object]]:
        """Give the unique values that the object claims."""
        return set() if entity is None else set(_values(entity, self._table.unique))

    def put(self, key: str, entity: E) -> None:
        """Store an object, in place of the one that has its key."""
        old = self.rows.get(key)
        for value in self.unique_values(old):
            if self.owners[value] == key:  # and not claimed by another object of the same work
                del self.owners[value]
        for value in self.unique_values(entity):
            self.owners[value] = key
        if old is not None:
            self._unlist(key, old)
        self._list(key, entity)
        self.rows[key] = entity

    def _list(self, key: str, entity: E) -> None:
        row = (self._table.position(entity), key)
        for listing in self._listings(entity):
            insort(listing, row)

    def _unlist(self, key: str, entity: E) -> None:
        row = (self._table.position(entity), key)
        for listing in self._listings(entity):
            listing.pop(bisect_left(listing, row))

    def _listings(self, entity: E) -> Iterator[list[tuple[Position, str]]]:
        yield self._order
        for value in set(_values(entity, tuple(self._indexed))):
            yield self._indexes[value]

    def scan(self, where: Where, window: Window) -> Iterator[E]:
        """Give the objects for which all conditions hold, in the window's direction."""
        listing = self._shortest(where)
        low, high = 0, len(listing)
        first, last = (window.before, window.after) if self._table.descending else (window.after, window.before)
        if first is not None:
            low = bisect_right(listing, first, key=lambda row: row[0])
        if last is not None:
            high = bisect_left(listing, last, key=lambda row: row[0])
        places = range(low, high)
        for place in reversed(places) if self._table.descending != window.backwards else places:
            entity = self.rows[listing[place][1]]
            if matches(entity, where):
                yield entity

    def _shortest(self, where: Where) -> list[tuple[Position, str]]:
        listings = [
            self._indexes.get((attribute, value), [])
            for attribute, condition in where.items()
            if attribute in self._indexed
            for value in _demanded(condition)
        ]
        return min(listings, key=len, default=self._order)


def _demanded(condition: Condition) -> Sequence[object]:
    """Give the values each of which whatever matches has."""
    if isinstance(condition, AllOf):
        return condition.values
    return (condition,) if isinstance(condition, str | int) else ()


def _values(entity: object, attributes: Sequence[str]) -> Iterator[tuple[str, object]]:
    for attribute in attributes:
        value = getattr(entity, attribute)
        for element in value if isinstance(value, tuple) else (value,):
            if element is not None:
                yield attribute, element


class MemorySource:
    """Looks up what is committed."""

    def __init__(self, tables: dict[str, MemoryTable[Any]]) -> None:
        """Look into these tables."""
        self._tables = tables

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        """Give the objects of these keys that exist, by key."""
        rows: dict[str, E] = self._tables[table.name].rows
        return {key: rows[key] for key in keys if key in rows}

    async def select(self, table: Table[E], where: Where, window: Window) -> list[E]:
        """Give at most `window.limit` objects, from the end if the window is backwards."""
        found = self._tables[table.name].scan(where, window)
        return [entity for entity, _ in zip(found, range(window.limit), strict=False)]

    async def count(self, table: Table[E], where: Where) -> int:
        """Count the objects for which all conditions hold."""
        return sum(1 for _ in self._tables[table.name].scan(where, Window(0)))


class MemorySnapshot:
    """The objects as they were when it was made."""

    def __init__(self, tables: dict[str, MemoryTable[Any]]) -> None:
        """Remember which objects there are."""
        self._rows = {name: dict(table.rows) for name, table in tables.items()}

    async def flaws(self) -> AsyncIterator[Flaw]:
        """Give nothing: nobody else can write here."""
        nothing: tuple[Flaw, ...] = ()
        for flaw in nothing:
            yield flaw

    async def scan(self, table: Table[E], by: str | None = None) -> AsyncIterator[E]:
        """Give all objects of a table one after another."""
        rows: dict[str, E] = self._rows[table.name]
        if by is None:
            found = sorted(rows.items())
        else:
            listed = sorted(rows.items(), key=lambda row: table.position(row[1]), reverse=table.descending)
            named = [row for row in listed if getattr(row[1], by) is not None]
            found = sorted(named, key=lambda row: str(getattr(row[1], by)))
        for _, entity in found:
            yield entity

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        """Give the objects of these keys that exist, by key."""
        rows: dict[str, E] = self._rows[table.name]
        return {key: rows[key] for key in keys if key in rows}

    async def count(self, table: Table[Any]) -> int:
        """Count the objects of a table."""
        return len(self._rows[table.name])


class MemoryStorage:
    """Works run one after another under a lock; each is checked as a whole and then stored as a whole.

    A rehearsing storage runs every work twice and throws the first run away: it proves that a work may be run again.
    """

    def __init__(self, *, rehearse: bool = False) -> None:
        """Start empty."""
        self._tables: dict[str, MemoryTable[Any]] = {table.name: MemoryTable(table) for table in TABLES}
        self._source = MemorySource(self._tables)
        self._reader = StoredReader(self._source)
        self._records = records_of()
        self._lock = asyncio.Lock()
        self._watchers: set[Mailbox] = set()
        self._rehearse = rehearse

    def read(self) -> Reader:
        """Read what is committed."""
        return self._reader

    async def transact(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run a work alone, and store all it wrote or nothing."""
        return await carry_through(self._run(work))

    async def _run(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        async with self._lock:
            if self._rehearse:
                with suppress(Exception):  # what the rehearsal raised, the performance raises again
                    await work(StagedUnitOfWork(self._source))
            uow = StagedUnitOfWork(self._source)
            result = await work(uow)
            self._commit(uow.changes())
            return result

    def _commit(self, changes: list[Change[Any]]) -> None:
        for change in changes:
            self._records.encode(change.table, change.after)
        self._require_unique(changes)
        for change in changes:
            self._tables[change.table.name].put(change.key, change.after)
        for change in changes:
            if change.table.watched and change.before != change.after:
                event = Event(change.table.name, change.key, change.after)
                for watcher in self._watchers:
                    watcher.put(event)

    def _require_unique(self, changes: list[Change[Any]]) -> None:
        released: set[tuple[str, str, object]] = set()
        for change in changes:
            table = self._tables[change.table.name]
            if change.before is None and change.key in table.rows:
                raise Duplicate(change.table.name, change.table.key)
            released |= {(change.table.name, *value) for value in table.unique_values(change.before)}
        claimed: set[tuple[str, str, object]] = set()
        for change in changes:
            table = self._tables[change.table.name]
            for attribute, value in table.unique_values(change.after):
                claim = (change.table.name, attribute, value)
                if claim in claimed or ((attribute, value) in table.owners and claim not in released):
                    raise Duplicate(change.table.name, attribute)
                claimed.add(claim)

    @asynccontextmanager
    async def watch(self, wanted: Callable[[Event], bool] = lambda _event: True) -> AsyncIterator[AsyncIterator[Event]]:
        """Give what is wanted of what is committed from entering on."""
        mailbox = Mailbox(wanted)
        self._watchers.add(mailbox)
        try:
            yield mailbox.taken()
        finally:
            self._watchers.discard(mailbox)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[MemorySnapshot]:
        """Give everything committed by now."""
        async with self._lock:
            taken = MemorySnapshot(self._tables)
        yield taken

    async def prepare(self) -> None:
        """Need nothing."""

    async def rotate_keys(self, *, data: bool) -> int:
        """Seal nothing: what is kept here never leaves the process."""
        del data
        return 0

    async def ping(self) -> None:
        """Answer always."""

    async def close(self) -> None:
        """Hold nothing."""
