"""Lists of what belongs to somebody: a page and a number for those who may see it, nothing for the others (R27)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from repositories.contract import NOTHING, Page, Reader, ReadTable, Where, Window

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Book(Generic[E]):
    """The objects of a table for which the conditions hold, in the table's order."""

    table: Callable[[Reader], ReadTable[E]]
    where: Where
    visible: bool

    async def page(self, reader: Reader, window: Window) -> Page[E]:
        """Give a page."""
        return await self.table(reader).page(self.where, window) if self.visible else NOTHING

    async def count(self, reader: Reader) -> int:
        """Count them."""
        return await self.table(reader).count(self.where) if self.visible else 0
