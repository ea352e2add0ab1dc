"""What every backend promises: the tables, what is unique in them, and how they are read and written.

A backend stores frozen domain objects and gives equal ones back, type for type. Times are UTC at milliseconds,
integers fit in 64 bits; anything else is refused with `Unstorable` by every backend alike.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar, get_type_hints

from domain.coverage import CoverageReport
from domain.credentials import Credential
from domain.kinship import Kinship
from domain.ledger import Account, Entry
from domain.outcomes import Outcome
from domain.persons import Person
from domain.regions import Region
from domain.transfers import Transfer

E = TypeVar("E")
T = TypeVar("T")


# ---- errors -------------------------------------------------------------------------------------------------------


class StorageError(Exception):
    """Something went wrong in the storage; nothing was written unless a subclass says otherwise."""


class Unstorable(StorageError):
    """The value cannot be kept: out of range, too precise, below a floor, or not as it was read. A bug."""


class Duplicate(StorageError):
    """Another object holds a key or a unique value; nothing was written."""

    def __init__(self, table: str, field: str) -> None:
        """Name where, never the value: it may be personal."""
        super().__init__(f"{table}.{field} is taken")
        self.table = table
        self.field = field


class NestedTransaction(StorageError):
    """A work tried to start another one; do both in the one unit of work."""


class Contention(StorageError):
    """Too many concurrent changes of the same objects within the time limit; nothing was written, try again."""


class Unavailable(StorageError):
    """The storage does not answer; nothing was written, try again later."""


class OutcomeUnknown(StorageError):
    """The commit was sent and not answered: it may have been carried out. Ask by idempotency key."""


class Unsuitable(StorageError):
    """The server cannot keep the promises of this contract; the text says how to mend it."""


# ---- tables -------------------------------------------------------------------------------------------------------

CursorValue: TypeAlias = str | int | datetime
Position: TypeAlias = tuple[Any, ...]
"""A place in a table's order: its values are CursorValues, each of one kind at its index, so places compare."""


@dataclass(frozen=True, slots=True)
class Table(Generic[E]):
    """How one kind of object is kept.

    `key` is the attribute that identifies an object; `order` the attributes lists are sorted by: never None, and the
    last one total.
    `unique` values belong to one object at most; None claims none, a tuple claims each of its elements. One work may
    release a value and claim it for another object, but not swap two.
    `indexes` are the attributes lists are filtered by; a tuple attribute matches by any element. Properties may stand
    in all of these. `at_least_zero` integers are never negative; `guarded` ones must still be as read when saved.
    """

    name: str
    entity: type[E]
    key: str
    order: tuple[str, ...]
    descending: bool = False
    unique: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    at_least_zero: tuple[str, ...] = ()
    at_most: tuple[tuple[str, str], ...] = ()
    guarded: tuple[str, ...] = ()
    append_only: bool = False
    watched: bool = False

    def key_of(self, entity: E) -> str:
        """Give the object's key."""
        key: str = getattr(entity, self.key)
        return key

    @property
    def cursor_kinds(self) -> tuple[str, ...]:
        """Give the kinds of value a place in the order has: text, number or time."""
        hints = get_type_hints(self.entity)
        return tuple(_cursor_kind(hints.get(attribute, str)) for attribute in self.order)

    def position(self, entity: E) -> Position:
        """Give the object's place in the table's order."""
        return tuple(getattr(entity, attribute) for attribute in self.order)


def _cursor_kind(hint: object) -> str:
    if hint is datetime:
        return "time"
    return "number" if hint is int else "text"


REGIONS: Final = Table(
    "regions",
    Region,
    key="code",
    order=("position", "code"),
    indexes=(("province_code",), ("level",), ("search_keys",)),
)
COVERAGE_REPORTS: Final = Table("coverage_reports", CoverageReport, key="id", order=("id",))
PERSONS: Final = Table("persons", Person, key="person_no", order=("person_no",), unique=("id_number",))
CREDENTIALS: Final = Table("credentials", Credential, key="person_no", order=("person_no",))
KINSHIPS: Final = Table(
    "kinships",
    Kinship,
    key="id",
    order=("declared_at", "id"),
    descending=True,
    unique=("active_pair", "active_spouses"),
    indexes=(("members",), ("sides",), ("pair",)),
)
ACCOUNTS: Final = Table(
    "accounts",
    Account,
    key="id",
    order=("id",),
    at_least_zero=("balance", "held", "seq"),
    at_most=(("held", "balance"),),
    guarded=("balance", "held", "seq"),
)
ENTRIES: Final = Table(
    "entries",
    Entry,
    key="id",
    order=("seq", "id"),
    descending=True,
    indexes=(("account_id",), ("journal_id",)),
    append_only=True,
    watched=True,
)
TRANSFERS: Final = Table(
    "transfers",
    Transfer,
    key="id",
    order=("created_at", "id"),
    descending=True,
    unique=("number",),
    indexes=(("parties",),),
    watched=True,
)
OUTCOMES: Final = Table("outcomes", Outcome, key="id", order=("id",), append_only=True)

TABLES: Final[tuple[Table[Any], ...]] = (
    REGIONS,
    COVERAGE_REPORTS,
    PERSONS,
    CREDENTIALS,
    KINSHIPS,
    ACCOUNTS,
    ENTRIES,
    TRANSFERS,
    OUTCOMES,
)


# ---- asking -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Prefix:
    """Matches text that begins with this one."""

    text: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Matches any of these values."""

    values: tuple[str, ...]


Condition: TypeAlias = str | int | Prefix | AnyOf
Where: TypeAlias = Mapping[str, Condition]
"""Conditions that all hold, by attribute; a tuple attribute matches by any of its elements."""


@dataclass(frozen=True, slots=True)
class Window:
    """A page of a list: at most `limit` objects after and before these places, from the end if `backwards`."""

    limit: int
    backwards: bool = False
    after: Position | None = None
    before: Position | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[E]):
    """Objects in the table's order, each with its place, and whether there are more on either side."""

    items: tuple[E, ...]
    positions: tuple[Position, ...]
    has_next: bool
    has_previous: bool


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
    def outcomes(self) -> ReadTable[Outcome]: ...


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
    def outcomes(self) -> WriteTable[Outcome]: ...

    def discard(self) -> None:
        """Forget every write so far; what is written from here on is stored."""
        ...


@dataclass(frozen=True, slots=True)
class Event:
    """An object of a watched table was added or saved, and that is committed."""

    table: str
    key: str


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

    def watch(self) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Give what is committed from entering on, in the order of the commits, until leaving."""
        ...

    async def prepare(self) -> None:
        """Make ready whatever the tables need; Unsuitable if the server cannot keep the promises."""
        ...

    async def ping(self) -> None:
        """Raise unless the storage answers and can be written to."""
        ...

    async def close(self) -> None:
        """Let go of everything held."""
        ...
