"""A look-up that is under way: its object is there now or later, and whoever gives up ends the waiting only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

E = TypeVar("E")
R = TypeVar("R")


class Lookup(Generic[E]):
    """What a look-up gives; the executor takes it without a task, and at once if it is there already."""

    __slots__ = ("_make", "future")

    def __init__(self, future: asyncio.Future[Any], make: Callable[[Any], E] | None = None) -> None:
        """Wait for that future, which others may wait for as well, and make something of what it gives."""
        self.future = future
        self._make = make

    def then(self, make: Callable[[E], R]) -> Lookup[R]:
        """Make something of the object as soon as it is there."""
        before = self._make
        return Lookup(self.future, make if before is None else lambda found: make(before(found)))

    def result(self) -> E:
        """Give what it gave, or raise what was raised; only once the future is done."""
        found = self.future.result()
        return found if self._make is None else self._make(found)

    def __await__(self) -> Generator[Any, None, E]:
        """Wait for it; to give up takes it from nobody else who waits."""
        if not self.future.done():
            yield from asyncio.shield(self.future).__await__()
        return self.result()
