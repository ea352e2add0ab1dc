"""The half of a backend that is the same for all: reading tables, and a unit of work that buffers its writes.

A backend brings a `Source` and carries out the `Change`s of a unit of work all at once or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar

from domain.audit import AuditRecord
from domain.coverage import CoverageReport
from domain.credentials import Credential
from domain.faces import UsedFaceAssertion
from domain.institutions import Institution
from domain.kinship import Kinship
from domain.ledger import Account, Entry
from domain.outcomes import Outcome
from domain.payments import ChargedBill, Payment, Refund
from domain.persons import Person
from domain.premiums import Premium
from domain.regions import Region
from domain.transfers import Transfer
from repositories.contract import AllOf, AnyOf, Page, Where, Window
from repositories.errors import Duplicate, NestedTransaction, Unsearchable, Unstorable
from repositories.lists import in_order, lookahead, make_page, matches
from repositories.records import kept_attributes
from repositories.tables import TABLES, Table

E = TypeVar("E")
T = TypeVar("T")


class Source(Protocol):
    """What can be looked up: committed data, or what one transaction sees of it."""

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        """Give the objects of these keys that exist, by key."""
        ...

    async def select(self, table: Table[E], where: Where, window: Window) -> list[E]:
        """Give at most `window.limit` objects in the table's order, or from its end if the window is backwards."""
        ...


class StoredSource(Source, Protocol):
    """What a backend can look up of committed data."""

    async def count(self, table: Table[E], where: Where) -> int:
        """Count the objects for which all conditions hold."""
        ...


def require_searchable(table: Table[Any], where: Where) -> None:
    """Refuse with Unsearchable a condition that backends would not agree on: on what is not kept, or is sealed."""
    unknown = where.keys() - kept_attributes(table)
    if unknown:
        message = f"{table.name} keeps no {', '.join(sorted(unknown))}"
        raise Unsearchable(message)
    for attribute in where.keys() & set(table.sealed):
        if attribute not in table.looked_up_by or not isinstance(where[attribute], str | AnyOf | AllOf):
            message = f"{table.name}.{attribute} is sealed"
            raise Unsearchable(message)


class StoredTable(Generic[E]):
    """A table outside any transaction."""

    def __init__(self, table: Table[E], source: StoredSource) -> None:
        """Read the table from that source."""
        self._table = table
        self._source = source

    async def get(self, key: str) -> E | None:
        """Give the object of that key, or None."""
        return (await self.get_many((key,)))[0]

    async def get_many(self, keys: Sequence[str]) -> list[E | None]:
        """Give the objects of these keys, in their order, None for those that are missing."""
        found = await self._source.fetch(self._table, keys)
        return [found.get(key) for key in keys]

    async def find(self, where: Where, limit: int) -> list[E]:
        """Give the first objects for which all conditions hold."""
        require_searchable(self._table, where)
        return await self._source.select(self._table, where, Window(limit))

    async def find_one(self, where: Where) -> E | None:
        """Give the first object for which all conditions hold, or None."""
        return next(iter(await self.find(where, 1)), None)

    async def page(self, where: Where, window: Window) -> Page[E]:
        """Give a page of the list."""
        require_searchable(self._table, where)
        found = await self._source.select(self._table, where, lookahead(window))
        return make_page(self._table, found, window)

    async def some(self, where: Where, limit: int) -> list[E]:
        """Give objects for which all conditions hold, in no order."""
        require_searchable(self._table, where)
        return await self._source.select(self._table, where, Window(limit, ordered=False))

    async def count(self, where: Where) -> int:
        """Count the objects for which all conditions hold."""
        require_searchable(self._table, where)
        return await self._source.count(self._table, where)


class StoredReader:
    """All tables outside any transaction, each under its name."""

    regions: StoredTable[Region]
    coverage_reports: StoredTable[CoverageReport]
    persons: StoredTable[Person]
    credentials: StoredTable[Credential]
    kinships: StoredTable[Kinship]
    accounts: StoredTable[Account]
    entries: StoredTable[Entry]
    transfers: StoredTable[Transfer]
    institutions: StoredTable[Institution]
    premiums: StoredTable[Premium]
    bills: StoredTable[ChargedBill]
    payments: StoredTable[Payment]
    refunds: StoredTable[Refund]
    face_assertions: StoredTable[UsedFaceAssertion]
    outcomes: StoredTable[Outcome]
    audit_records: StoredTable[AuditRecord]

    def __init__(self, source: StoredSource) -> None:
        """Read every table from that source."""
        for table in TABLES:
            setattr(self, table.name, StoredTable(table, source))


@dataclass(frozen=True, slots=True)
class Change(Generic[E]):
    """A write to carry out: `before` is the object as it was read, None for a new one; equal ones are a claim only."""

    table: Table[E]
    key: str
    before: E | None
    after: E


class NotAsRead(Exception):
    """A value is not as it was read: run the work again."""


class StagedTable(Generic[E]):
    """A table inside a unit of work: an identity map over a source, with buffered writes on top."""

    def __init__(self, table: Table[E], source: Source) -> None:
        """Read from that source, buffer writes."""
        self._table = table
        self._source = source
        self._read: dict[str, E | None] = {}
        self._written: dict[str, E] = {}
        self._touched: set[str] = set()

    async def get(self, key: str) -> E | None:
        """Give the object of that key as this unit of work sees it, or None."""
        return (await self.get_many((key,)))[0]

    async def get_many(self, keys: Sequence[str]) -> list[E | None]:
        """Give the objects of these keys, in their order, None for those that are missing."""
        unknown = [key for key in dict.fromkeys(keys) if key not in self._read and key not in self._written]
        if unknown:
            found = await self._source.fetch(self._table, unknown)
            self._read.update({key: found.get(key) for key in unknown})
        return [self._seen(key) for key in keys]

    def _seen(self, key: str) -> E | None:
        return self._written[key] if key in self._written else self._read.get(key)

    async def find(self, where: Where, limit: int) -> list[E]:
        """Give the first objects for which all conditions hold, own writes included."""
        require_searchable(self._table, where)
        found = await self._source.select(self._table, where, Window(limit + len(self._written)))
        for entity in found:
            self._read.setdefault(self._table.key_of(entity), entity)
        keys = dict.fromkeys([*(self._table.key_of(entity) for entity in found), *self._written])
        seen = (entity for entity in map(self._seen, keys) if entity is not None)
        return in_order(self._table, (entity for entity in seen if matches(entity, where)))[:limit]

    async def find_one(self, where: Where) -> E | None:
        """Give the first object for which all conditions hold, or None."""
        return next(iter(await self.find(where, 1)), None)

    def add(self, entity: E) -> None:
        """Store a new object at commit."""
        key = self._table.key_of(entity)
        if self._seen(key) is not None:
            message = f"{self._table.name}: added what was read in the same unit of work"
            raise Unstorable(message)
        self._written[key] = entity

    def save(self, entity: E) -> None:
        """Replace an object that was read or added here."""
        key = self._table.key_of(entity)
        if self._seen(key) is None:
            message = f"{self._table.name}: saved what was never read"
            raise Unstorable(message)
        if self._table.append_only:
            message = f"{self._table.name} is append-only"
            raise Unstorable(message)
        self._written[key] = entity

    def touch(self, key: str) -> None:
        """Claim an object that was read."""
        if self._seen(key) is None:
            message = f"{self._table.name}: touched what was never read"
            raise Unstorable(message)
        self._touched.add(key)

    def discard(self) -> None:
        """Forget every write so far."""
        self._written.clear()
        self._touched.clear()

    def require_as_read(self, change: Change[E]) -> None:
        """Refuse with Duplicate or NotAsRead a write by a unit of work that did not see what this one sees."""
        seen = self._seen(change.key)
        if change.before is seen or change.before == seen:
            return
        if change.before is None:
            raise Duplicate(self._table.name, self._table.key)
        raise NotAsRead(self._table.name)

    def take(self, change: Change[E]) -> None:
        """Take over a write by a unit of work that saw what this one sees."""
        if change.after == change.before:
            self._touched.add(change.key)
        else:
            self._written[change.key] = change.after

    def changes(self) -> list[Change[E]]:
        """Give the writes to carry out, equal ones left out; saves first, for they may release unique values."""
        if not self._written and not self._touched:
            return []
        made = [Change(self._table, key, self._read.get(key), after) for key, after in self._written.items()]
        written = [change for change in made if change.before != change.after or change.key in self._touched]
        claimed = [key for key in sorted(self._touched) if key not in self._written]
        written += [
            Change(self._table, key, entity, entity) for key in claimed if (entity := self._read[key]) is not None
        ]
        return sorted(written, key=lambda change: change.before is None)


_BY_NAME: Final = {table.name: table for table in TABLES}


class StagedUnitOfWork:
    """All tables inside one transaction, each under its name."""

    regions: StagedTable[Region]
    coverage_reports: StagedTable[CoverageReport]
    persons: StagedTable[Person]
    credentials: StagedTable[Credential]
    kinships: StagedTable[Kinship]
    accounts: StagedTable[Account]
    entries: StagedTable[Entry]
    transfers: StagedTable[Transfer]
    institutions: StagedTable[Institution]
    premiums: StagedTable[Premium]
    bills: StagedTable[ChargedBill]
    payments: StagedTable[Payment]
    refunds: StagedTable[Refund]
    face_assertions: StagedTable[UsedFaceAssertion]
    outcomes: StagedTable[Outcome]
    audit_records: StagedTable[AuditRecord]

    def __init__(self, source: Source) -> None:
        """See what that source sees."""
        self._source = source
        self._used: dict[str, StagedTable[Any]] = {}

    def __getattr__(self, name: str) -> StagedTable[Any]:
        """Begin with a table when it is used first: most works use a few."""
        if name not in _BY_NAME:
            raise AttributeError(name)
        staged = self._used[name] = StagedTable(_BY_NAME[name], self._source)
        setattr(self, name, staged)
        return staged

    def table(self, table: Table[E]) -> StagedTable[E]:
        """Give the table of that description."""
        staged: StagedTable[E] = getattr(self, table.name)
        return staged

    def has_written(self) -> bool:
        """Tell whether committing would change anything."""
        return any(change.before != change.after for table in self._used.values() for change in table.changes())

    def discard(self) -> None:
        """Forget every write so far."""
        for table in self._used.values():
            table.discard()

    def changes(self) -> list[Change[Any]]:
        """Give the writes to carry out, table by table."""
        used = [self._used[name] for name in _BY_NAME if name in self._used]
        return [change for table in used for change in table.changes()]

    def take(self, changes: Sequence[Change[Any]]) -> None:
        """Take over all writes by a unit of work that saw what this one sees; Duplicate or NotAsRead, and then none."""
        for change in changes:
            self.table(change.table).require_as_read(change)
        for change in changes:
            self.table(change.table).take(change)


# ---- carrying a work through --------------------------------------------------------------------------------------

_inside: ContextVar[bool] = ContextVar("inside_transaction", default=False)
_carried: set[asyncio.Task[Any]] = set()


async def carry_through(work: Coroutine[Any, Any, T]) -> T:
    """Run a transaction to its end even if the caller goes away; NestedTransaction inside another one."""
    if _inside.get():
        work.close()
        message = "a unit of work is one transaction; do both in it"
        raise NestedTransaction(message)
    task = asyncio.create_task(_marked(work))
    _carried.add(task)
    task.add_done_callback(_forget)
    return await asyncio.shield(task)


async def _marked(work: Awaitable[T]) -> T:
    _inside.set(True)
    return await work


def _forget(task: asyncio.Task[Any]) -> None:
    _carried.discard(task)
    if not task.cancelled():
        task.exception()  # whoever waited has it; where nobody waits any more, it is not lost but not reported twice
