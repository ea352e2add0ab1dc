"""Connections: lists in pages of 1 to 100, with keyset cursors that no new row shifts."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar

import strawberry

from domain.errors import CursorMalformed, PageMalformed, Refused
from repositories.contract import Page, Window
from repositories.tables import CursorValue, Table
from schema.context import Info
from schema.fields import resolved
from services.books import Book

T = TypeVar("T")
E = TypeVar("E")
PAGE_DEFAULT: Final = 20
PAGE_MAX: Final = 100
CURSOR_MAX_CHARACTERS: Final = 512
INT64: Final = range(-(2**63), 2**63)
_KINDS: Final[dict[type, str]] = {datetime: "time", int: "number", str: "text"}

First: TypeAlias = Annotated[
    int | None,
    strawberry.argument(
        description="从前往后取几条，1至100，默认20。How many from the start, 1 to 100, 20 if not given."
    ),
]
After: TypeAlias = Annotated[str | None, strawberry.argument(description="在此游标之后。After this cursor.")]
Last: TypeAlias = Annotated[
    int | None, strawberry.argument(description="从后往前取几条，1至100。How many from the end, 1 to 100.")
]
Before: TypeAlias = Annotated[str | None, strawberry.argument(description="在此游标之前。Before this cursor.")]


@dataclass(frozen=True, slots=True)
class Listed(Generic[E]):
    """A page, and how to count the whole list for those who ask."""

    page: Page[E]
    count: Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class ListedEdge(Generic[E]):
    """An object of a page with its cursor."""

    cursor: str
    node: E


@strawberry.type(description="分页信息。Where a page lies in its list.")
class PageInfo:
    """Exposes a page."""

    has_next_page: bool = strawberry.field(description="后面是否还有。Whether there is more after it.")
    has_previous_page: bool = strawberry.field(description="前面是否还有。Whether there is more before it.")
    start_cursor: str | None = strawberry.field(description="第一条的游标。Cursor of its first item.")
    end_cursor: str | None = strawberry.field(description="最后一条的游标。Cursor of its last item.")


@strawberry.type(description="列表中的一条及其游标。An item of a list with its cursor.")
class Edge(Generic[T]):
    """Exposes a ListedEdge."""

    cursor: str = strawberry.field(description="游标，用于after或before。Cursor, for after or before.")
    node: T = strawberry.field(description="对象本身。The item itself.")


@strawberry.type(description="列表的一页。A page of a list.")
class Connection(Generic[T]):
    """Exposes a Listed."""

    @resolved("本页各条及其游标。The page's items with their cursors.", graphql_type=list[Edge[T]])
    @staticmethod
    def edges(root: strawberry.Parent[Listed[Any]]) -> list[ListedEdge[Any]]:
        """Pair items and cursors."""
        page = root.page
        return [ListedEdge(encode_cursor(place), item) for item, place in zip(page.items, page.positions, strict=True)]

    @resolved("本页各条。The page's items.", graphql_type=list[T])
    @staticmethod
    def nodes(root: strawberry.Parent[Listed[Any]]) -> Sequence[Any]:
        """Give the items alone."""
        return root.page.items

    @resolved("分页信息。Where the page lies in the list.")
    @staticmethod
    def page_info(root: strawberry.Parent[Listed[Any]]) -> PageInfo:
        """Describe the page."""
        page = root.page
        return PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=encode_cursor(page.positions[0]) if page.positions else None,
            end_cursor=encode_cursor(page.positions[-1]) if page.positions else None,
        )

    @resolved("列表总条数。How many items the whole list has.", graphql_type=int)
    @staticmethod
    def total_count(root: strawberry.Parent[Listed[Any]]) -> Awaitable[int]:
        """Count the whole list."""
        return root.count()


async def listed(
    info: Info,
    book: Book[E],
    table: Table[E],
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
) -> Listed[E]:
    """Page through what belongs to somebody; INVALID_INPUT for a page that makes no sense."""
    reader = info.context.reader
    return Listed(await book.page(reader, window_of(table, first, after, last, before)), partial(book.count, reader))


def window_of(table: Table[Any], first: int | None, after: str | None, last: int | None, before: str | None) -> Window:
    """Read the arguments of a page; INVALID_INPUT unless they make sense."""
    if first is not None and last is not None and first is not strawberry.UNSET and last is not strawberry.UNSET:
        raise Refused(PageMalformed(path=("first",)))
    backwards = isinstance(last, int)
    limit = last if isinstance(last, int) else first if isinstance(first, int) else PAGE_DEFAULT
    if not 1 <= limit <= PAGE_MAX:
        raise Refused(PageMalformed(path=("last" if backwards else "first",)))
    return Window(
        limit,
        backwards=backwards,
        after=_decode_cursor(table, after, "after") if after else None,
        before=_decode_cursor(table, before, "before") if before else None,
    )


def encode_cursor(position: Sequence[CursorValue]) -> str:
    """Write an item's place in the order of its list."""
    values = [_milliseconds(v) if isinstance(v, datetime) else v for v in position]
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def _milliseconds(moment: datetime) -> dict[str, int]:
    return {"ms": round(moment.timestamp() * 1000)}


def _decode_cursor(table: Table[Any], cursor: str, name: str) -> tuple[CursorValue, ...]:
    if len(cursor) > CURSOR_MAX_CHARACTERS:
        raise Refused(CursorMalformed(path=(name,)))
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = json.loads(text)
        place = tuple(_cursor_value(value) for value in values)
        kinds = tuple(_KINDS[type(value)] for value in place)
    except (binascii.Error, ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        raise Refused(CursorMalformed(path=(name,))) from None
    if kinds != table.cursor_kinds:
        raise Refused(CursorMalformed(path=(name,)))
    return place


def _cursor_value(value: str | int | dict[str, int]) -> CursorValue:
    if isinstance(value, dict):
        return datetime.fromtimestamp(value["ms"] / 1000, UTC)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError
    if isinstance(value, int) and value not in INT64:
        raise OverflowError
    return value
