"""A source in memory that counts what is looked up in it, and how often in one go."""

import asyncio
from collections.abc import Sequence
from typing import Any

from repositories.memory import MemorySource, MemoryTable
from repositories.mongo.reading import Keyed, Wanted


class Counted(MemorySource):
    """Looks up in memory, later, and counts the commands."""

    def __init__(self, tables: dict[str, MemoryTable[Any]]) -> None:
        """Begin with none."""
        super().__init__(tables)
        self.commands: list[str] = []
        self.calls: list[list[str]] = []

    async def look_up(self, wanted: Sequence[Wanted]) -> list[list[Any]]:
        """Give what is found of each."""
        names = [one.table.name for one in wanted]
        self.commands += names
        self.calls.append(sorted(names))
        await asyncio.sleep(0)
        return [await self._found(one) for one in wanted]

    async def _found(self, wanted: Wanted) -> list[Any]:
        if isinstance(wanted, Keyed):
            return list((await self.fetch(wanted.table, wanted.keys)).values())
        return await self.select(wanted.table, wanted.where, wanted.window)
