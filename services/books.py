"""Lists of what belongs to somebody: a page and a number for those who may see it, nothing for the others (R27)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from repositories.contract import NOTHING, Page, Reader, ReadTable, Where, Window

E = TypeVar("E")


def _as_it_is(entity: E) -> E:
    return entity


@dataclass(frozen=True, slots=True)
class Book(Generic[E]):
    """The objects of a table for which the conditions hold, in the table's order."""

    table: Callable[[Reader], ReadTable[E]]
    where: Where
    visible: bool
    shown: Callable[[E], E] = _as_it_is

    async def page(self, reader: Reader, window: Window) -> Page[E]:
        """Give a page."""
        if not self.visible:
            return NOTHING
        page = await self.table(reader).page(self.where, window)
        return replace(page, items=tuple(map(self.shown, page.items)))

    async def count(self, reader: Reader) -> int:
        """Count them."""
        return await self.table(reader).count(self.where) if self.visible else 0
