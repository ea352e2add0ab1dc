"""What every backend promises: how the tables are asked, read, written and watched.

A backend stores frozen domain objects and gives equal ones back, type for type. Times are UTC at milliseconds,
integers fit in 64 bits; anything else is refused with `Unstorable` by every backend alike.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

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
from repositories.tables import Position, Table

E = TypeVar("E")
T = TypeVar("T")


# ---- asking -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prefix:
    """Matches text that begins with this one."""

    text: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Matches any of these values."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Matches what has all of these values."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AtMost:
    """Matches times up to and including this one; what has no time does not match."""

    moment: datetime


Condition: TypeAlias = str | int | Prefix | AnyOf | AllOf | AtMost
Where: TypeAlias = Mapping[str, Condition]
"""Conditions that all hold, by attribute; a tuple attribute matches by any of its elements.

The attributes are fields, or properties that the table lists by; any other raises `Unsearchable`.
"""


@dataclass(frozen=True, slots=True)
class Window:
    """A page of a list: at most `limit` objects after and before these places, from the end if `backwards`.

    Where it is not `ordered`, any of these objects do.
    """

    limit: int
    backwards: bool = False
    after: Position | None = None
    before: Position | None = None
    ordered: bool = True


@dataclass(frozen=True, slots=True)
class Page(Generic[E]):
    """Objects in the table's order, each with its place, and whether there are more on either side."""

    items: tuple[E, ...]
    positions: tuple[Position, ...]
    has_next: bool
    has_previous: bool


NOTHING: Final[Page[Any]] = Page((), (), has_next=False, has_previous=False)
"""The page of a list that is empty, or not for the caller, which is the same."""

# ---- the ports ----------------------------------------------------------------------------------------------------


class Lookup(Protocol[E]):
    """How objects of one table are found."""

    async def get(self, key: str) -> E | None:
        """Give the object of that key, or None."""
        ...

    async def get_many(self, keys: Sequence[str]) -> list[E | None]:
        """Give the objects of these keys, in their order, None for those that are missing; one round trip."""
        ...

    async def find(self, where: Where, limit: int) -> list[E]:
        """Give the first objects, in the table's order, for which all conditions hold."""
        ...

    async def find_one(self, where: Where) -> E | None:
        """Give the first object for which all conditions hold, or None."""
        ...


class ReadTable(Lookup[E], Protocol[E]):
    """A table outside any transaction: what is committed."""

    async def page(self, where: Where, window: Window) -> Page[E]:
        """Give a page of the list; a row that arrives never shifts the pages of those there already."""
        ...

    async def some(self, where: Where, limit: int) -> list[E]:
        """Give objects for which all conditions hold, in whatever order they are found soonest."""
        ...

    async def count(self, where: Where) -> int:
        """Count the objects for which all conditions hold."""
        ...


class WriteTable(Lookup[E], Protocol[E]):
    """A table inside a unit of work: what was committed when it began, with its own writes on top."""

    def add(self, entity: E) -> None:
        """Store a new object at commit; Duplicate if its key or a unique value is taken."""
        ...

    def save(self, entity: E) -> None:
        """Replace an object that was read or added in this unit of work; what is equal is not written."""
        ...

    def touch(self, key: str) -> None:
        """Claim an object that was read, so that no concurrent work that claims or saves it commits as well."""
        ...


class Lookups(Protocol):
    """What a rule's case is gathered from, inside a unit of work or outside."""

    @property
    def regions(self) -> Lookup[Region]: ...
    @property
    def persons(self) -> Lookup[Person]: ...
    @property
    def kinships(self) -> Lookup[Kinship]: ...
    @property
    def accounts(self) -> Lookup[Account]: ...
    @property
    def transfers(self) -> Lookup[Transfer]: ...


class Reader(Protocol):
    """Committed data; safe for concurrent use."""

    @property
    def regions(self) -> ReadTable[Region]: ...
    @property
    def coverage_reports(self) -> ReadTable[CoverageReport]: ...
    @property
    def persons(self) -> ReadTable[Person]: ...
    @property
    def credentials(self) -> ReadTable[Credential]: ...
    @property
    def kinships(self) -> ReadTable[Kinship]: ...
    @property
    def accounts(self) -> ReadTable[Account]: ...
    @property
    def entries(self) -> ReadTable[Entry]: ...
    @property
    def transfers(self) -> ReadTable[Transfer]: ...
    @property
    def institutions(self) -> ReadTable[Institution]: ...
    @property
    def premiums(self) -> ReadTable[Premium]: ...
    @property
    def bills(self) -> ReadTable[ChargedBill]: ...
    @property
    def payments(self) -> ReadTable[Payment]: ...
    @property
    def refunds(self) -> ReadTable[Refund]: ...
    @property
    def face_assertions(self) -> ReadTable[UsedFaceAssertion]: ...
    @property
    def outcomes(self) -> ReadTable[Outcome]: ...
    @property
    def audit_records(self) -> ReadTable[AuditRecord]: ...


class UnitOfWork(Protocol):
    """One transaction: reads see one moment, writes are buffered and stored all at once or not at all."""

    @property
    def regions(self) -> WriteTable[Region]: ...
    @property
    def coverage_reports(self) -> WriteTable[CoverageReport]: ...
    @property
    def persons(self) -> WriteTable[Person]: ...
    @property
    def credentials(self) -> WriteTable[Credential]: ...
    @property
    def kinships(self) -> WriteTable[Kinship]: ...
    @property
    def accounts(self) -> WriteTable[Account]: ...
    @property
    def entries(self) -> WriteTable[Entry]: ...
    @property
    def transfers(self) -> WriteTable[Transfer]: ...
    @property
    def institutions(self) -> WriteTable[Institution]: ...
    @property
    def premiums(self) -> WriteTable[Premium]: ...
    @property
    def bills(self) -> WriteTable[ChargedBill]: ...
    @property
    def payments(self) -> WriteTable[Payment]: ...
    @property
    def refunds(self) -> WriteTable[Refund]: ...
    @property
    def face_assertions(self) -> WriteTable[UsedFaceAssertion]: ...
    @property
    def outcomes(self) -> WriteTable[Outcome]: ...
    @property
    def audit_records(self) -> WriteTable[AuditRecord]: ...

    def has_written(self) -> bool:
        """Tell whether committing would change anything; what is only claimed would not."""
        ...

    def discard(self) -> None:
        """Forget every write so far; what is written from here on is stored."""
        ...


# ---- looking at everything ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that was altered, put in or taken away by other than this program."""

    table: str
    key: str
    problem: str


class Snapshot(Protocol):
    """Everything that was committed at one moment, however long one looks at it."""

    def flaws(self) -> AsyncIterator[Flaw]:
        """Give what is wrong with how things are kept, whatever they say, as far as the backend can tell."""
        ...

    def scan(self, table: Table[E], by: str | None = None) -> AsyncIterator[E]:
        """Give all objects of a table one after another, by key, or by a text attribute and then in the table's order.

        What has None for the attribute, or cannot be read, is left out. Memory does not grow with the table.
        """
        ...

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        """Give the objects of these keys that exist, by key."""
        ...

    async def count(self, table: Table[Any]) -> int:
        """Count the objects of a table."""
        ...


# ---- what is told as it happens -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Event:
    """An object of a watched table was added or saved, and that is committed; `entity` is what it is since then."""

    table: str
    key: str
    entity: object


EVENTS_MAX: Final = 1_000
"""Events that may wait for a watcher; one that is further behind is let go."""


class Storage(Protocol):
    """A place where things are kept."""

    def read(self) -> Reader:
        """Read what is committed, outside any transaction; safe for concurrent resolvers."""
        ...

    async def transact(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run `work` in one transaction: returning commits, raising rolls back and comes out unchanged.

        `work` may be run again after a conflict, so it has no effect but through the unit of work. It is carried
        to its end even if the caller goes away. Raises Duplicate, Unstorable, NestedTransaction, Contention,
        Unavailable or OutcomeUnknown.
        """
        ...

    def watch(
        self, wanted: Callable[[Event], bool] = lambda _event: True
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Give what is wanted of what is committed from entering on, in the order of the commits, until leaving.

        A dropped connection loses nothing. Where something was lost all the same, or the watcher is more than
        EVENTS_MAX behind, iterating raises Unavailable: look up what is missing, and watch anew.
        """
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """Give everything committed by now, until leaving; Unavailable if it takes longer than the server keeps it."""
        ...

    async def prepare(self) -> None:
        """Make ready whatever the tables need; Unsuitable if the server cannot keep the promises."""
        ...

    async def rotate_keys(self, *, data: bool) -> int:
        """Protect what is sealed by the current master key from now on, and by no other (R28).

        With `data`, everything is sealed anew by a new data key, what an earlier version left in clear included; no
        other process may use the storage meanwhile, and none that does can write. Gives how many objects were sealed
        anew. What was broken off goes on where it was, and nothing can be prepared before it is done.
        """
        ...

    async def ping(self) -> None:
        """Raise unless the storage answers and can be written to."""
        ...

    async def close(self) -> None:
        """Let go of everything held."""
        ...
