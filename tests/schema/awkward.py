"""A schema with whatever makes execution hard: errors, nulls and lists, at once and later, and mutations in a row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, TypeVar, cast

import strawberry
from strawberry.extensions import FieldExtension

from schema.execution import PlannedExecutor
from schema.fields import resolved
from schema.lookups import Lookup

T = TypeVar("T")


@strawberry.enum
class Colour(Enum):
    """An enumeration."""

    RED = "r"
    BLUE = "b"


class Shouting(FieldExtension):
    """An extension of a field."""

    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:  # noqa: ANN401
        """Say it louder."""
        return str(next_(source, info, **kwargs)).upper()


@dataclass
class Thing:
    """A domain object; some attributes do not fit the schema."""

    number: int
    name: str | None = "name"
    colour: object = Colour.BLUE
    day: date | None = date(2025, 6, 2)
    moment: datetime | None = None
    big: int = 2**40

    @property
    def broken(self) -> str:
        """Raise."""
        message = f"broken {self.number}"
        raise ValueError(message)


def later(value: T, failing: Exception | None = None) -> Lookup[T]:
    """Look up something that is there in the next turn."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    if failing is None:
        loop.call_soon(future.set_result, value)
    else:
        loop.call_soon(future.set_exception, failing)
    return Lookup(future)


@strawberry.interface
class Named:
    """An interface."""

    name: str


@strawberry.type
class Special(Named):
    """One of its types."""

    extra: str = "extra"


@strawberry.type
class Usual(Named):
    """The other."""

    count: int = 2**31 - 1


@strawberry.type(name="Thing")
class ThingType:
    """Exposes a Thing."""

    number: int
    name: str
    nickname: str | None = strawberry.field(name="alias", default=None)
    colour: Colour
    day: date | None
    moment: datetime | None
    big: int | None
    broken: str | None

    @strawberry.field
    @staticmethod
    async def slow(root: strawberry.Parent[Thing], turns: int = 1) -> str | None:
        """Come after some turns."""
        for _ in range(turns):
            await asyncio.sleep(0)
        if root.number < 0:
            message = f"slow {root.number}"
            raise ValueError(message)
        return f"slow {root.number}"

    @strawberry.field
    @staticmethod
    async def must(root: strawberry.Parent[Thing], turns: int = 1) -> str:
        """Come after some turns, and be there."""
        for _ in range(turns):
            await asyncio.sleep(0)
        return cast("str", None if root.number < 0 else "must")

    @resolved("A field.", graphql_type=str | None)
    @staticmethod
    def looked(root: strawberry.Parent[Thing]) -> Awaitable[str]:
        """Look something up."""
        return later("looked", ValueError("lost") if root.number < 0 else None)

    @resolved("A field.", graphql_type=str)
    @staticmethod
    def must_look(root: strawberry.Parent[Thing]) -> Awaitable[str]:
        """Look something up that must be there."""
        return later("looked", ValueError("lost") if root.number < 0 else None)

    @resolved("A field.", graphql_type="ThingType | None")
    @staticmethod
    async def next(root: strawberry.Parent[Thing], info: strawberry.Info, by: int = 1) -> Any:  # noqa: ANN401
        """Give another."""
        assert info.path.key
        return Thing(root.number + by)

    @resolved("A field.", graphql_type="list[ThingType]")
    @staticmethod
    def others(root: strawberry.Parent[Thing], numbers: list[int]) -> Any:  # noqa: ANN401
        """Give others, each of which must be there."""
        return [Thing(number + root.number) if number else None for number in numbers]

    @resolved("A field.", graphql_type="list[list[ThingType | None] | None]")
    @staticmethod
    def lists(root: strawberry.Parent[Thing]) -> Any:  # noqa: ANN401
        """Give lists of lists."""
        return ([Thing(root.number), None, ValueError("in a list")], None, (Thing(-1),), later([Thing(7)]))

    @strawberry.field(extensions=[Shouting()])  # type: ignore[untyped-decorator]
    @staticmethod
    def shouted(root: strawberry.Parent[Thing]) -> str:
        """Say something."""
        return f"thing {root.number}"

    @strawberry.field
    @staticmethod
    def returned(root: strawberry.Parent[Thing]) -> str:
        """Return an exception, which is raised."""
        return cast("str", ValueError(f"returned {root.number}"))


@strawberry.input
class Wish:
    """An input."""

    number: int = 1
    words: list[str] = strawberry.field(default_factory=list)


@strawberry.type
class Query:
    """What can be asked."""

    @resolved("A field.", graphql_type=ThingType | None)
    def thing(self, number: int = 1, name: str | None = "name", colour: str = "b") -> Any:  # noqa: ANN401
        """Give a thing; it may be one that does not fit."""
        return Thing(number, name, Colour(colour) if colour in ("r", "b") else colour)

    @resolved("A field.", graphql_type=list[ThingType | None] | None)
    async def things(self, numbers: list[int]) -> Any:  # noqa: ANN401
        """Give things."""
        return tuple(Thing(number) if number else None for number in numbers)

    @resolved("A field.", graphql_type=list[Named])
    def named(self) -> Any:  # noqa: ANN401
        """Give objects of several types, and one of none."""
        return [Special(name="a"), Usual(name="b")]

    @resolved("A field.", graphql_type=list[Named | None])
    def misnamed(self) -> Any:  # noqa: ANN401
        """Give an object of no type."""
        return [Special(name="a"), Thing(1)]

    @strawberry.field
    def wish(self, wish: Wish) -> str:
        """Change what was given, which nobody else sees."""
        wish.words.append("changed")
        return f"{wish.number} {wish.words}"

    @resolved("A field.", graphql_type=list[int])
    async def counted(self) -> Any:  # noqa: ANN401
        """Count, one turn after another."""

        async def count() -> AsyncGenerator[int, None]:
            for number in range(3):
                await asyncio.sleep(0)
                yield number

        return count()


@strawberry.type
class Mutation:
    """What can be done, one after another."""

    @strawberry.mutation
    async def add(self, info: strawberry.Info[list[str], None], word: str, turns: int = 1) -> list[str]:
        """Add a word, after some turns."""
        info.context.append(f"{word} begins")
        for _ in range(turns):
            await asyncio.sleep(0)
        info.context.append(f"{word} ends")
        return list(info.context)

    @strawberry.mutation
    def refuse(self, info: strawberry.Info[list[str], None]) -> str:
        """Fail."""
        info.context.append("refused")
        message = "refused"
        raise ValueError(message)


STOCK: Final = strawberry.Schema(Query, Mutation, types=[Special, Usual])
OURS: Final = strawberry.Schema(Query, Mutation, types=[Special, Usual], execution_context_class=PlannedExecutor)
