"""Memory storage whose transactions overlap, as MongoDB's do: each reads one moment, and the first to commit wins.

What a work reads is what was committed when it first looked. A work that writes or claims an object which has been
committed meanwhile is run again on what is there then, and so is one that finds a unique value taken. This is what a
replica set does (snapshot isolation, conflicts between writers), without its chance: every look and every commit waits
until the scheduler lets it go on.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final, TypeVar

from repositories.contract import Reader, UnitOfWork, Where, Window
from repositories.errors import Duplicate
from repositories.memory import MemorySource, MemoryStorage, MemoryTable
from repositories.staging import Change, StagedUnitOfWork, StoredReader
from repositories.tables import TABLES, Table

E = TypeVar("E")
T = TypeVar("T")

TURNS: Final = 8
"""Turns of the event loop after which whoever can go on has come to a checkpoint."""
TURNS_MAX: Final = 10_000
DUPLICATES_MAX: Final = 3


class Scheduler:
    """Lets one of those who wait at a checkpoint go on, by lot; the seed says which."""

    def __init__(self, seed: int) -> None:
        """Begin with a seed."""
        self.lot = random.Random(seed)  # noqa: S311 - draws lots, protects nothing
        self._waiting: list[asyncio.Future[None]] = []
        self._is_on = False

    async def checkpoint(self) -> None:
        """Wait to be let go on, while things are scheduled at all."""
        if self._is_on:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn

    async def run(self, callers: Sequence[Coroutine[Any, Any, T]], cancelled: int | None = None) -> list[T | None]:
        """Run all at once, one step of one of them after another; one caller may go away, and gets no answer.

        Whatever was left to be carried through is, too.
        """
        others = asyncio.all_tasks()
        self._is_on = True
        tasks = [asyncio.create_task(caller) for caller in callers]
        leaves_at = self.lot.randrange(20)
        for step in range(TURNS_MAX):
            for _ in range(TURNS):
                await asyncio.sleep(0)
            if not asyncio.all_tasks() - others:
                break
            if cancelled is not None and step == leaves_at:
                tasks[cancelled].cancel()
            elif self._waiting:
                turn = self._waiting.pop(self.lot.randrange(len(self._waiting)))
                if not turn.done():
                    turn.set_result(None)
        self._is_on = False
        return [None if task.cancelled() else task.result() for task in tasks]


class _Moment:
    """Looks up what was committed at the moment of the first look."""

    def __init__(self, storage: OptimisticStorage) -> None:
        """Look into that storage."""
        self._storage = storage
        self._rows: dict[str, dict[str, Any]] | None = None
        self.versions: Counter[tuple[str, str]] = Counter()

    async def _looking(self, table: Table[E]) -> dict[str, E]:
        await self._storage.scheduler.checkpoint()
        if self._rows is None:
            self._rows = self._storage.rows()
            self.versions = self._storage.versions.copy()
        return self._rows[table.name]

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        """Give the objects of these keys that existed, by key."""
        rows = await self._looking(table)
        return {key: rows[key] for key in keys if key in rows}

    async def select(self, table: Table[E], where: Where, window: Window) -> list[E]:
        """Give at most `window.limit` objects in the table's order."""
        kept = MemoryTable(table)
        for key, entity in (await self._looking(table)).items():
            kept.put(key, entity)
        return await MemorySource({table.name: kept}).select(table, where, window)

    async def count(self, table: Table[E], where: Where) -> int:
        """Count the objects for which all conditions held."""
        return len(await self.select(table, where, Window(len(await self._looking(table)))))


class _Now(MemorySource):
    """Looks up what is committed when the scheduler lets it."""

    def __init__(self, tables: dict[str, MemoryTable[Any]], scheduler: Scheduler) -> None:
        super().__init__(tables)
        self._scheduler = scheduler

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        await self._scheduler.checkpoint()
        return await super().fetch(table, keys)

    async def select(self, table: Table[E], where: Where, window: Window) -> list[E]:
        await self._scheduler.checkpoint()
        return await super().select(table, where, window)


class OptimisticStorage(MemoryStorage):
    """Works overlap; whoever loses a conflict is run again, and now and then somebody who has lost none."""

    def __init__(self, scheduler: Scheduler) -> None:
        """Start empty."""
        super().__init__()
        self.scheduler = scheduler
        self.versions: Counter[tuple[str, str]] = Counter()
        self.reruns = 0

    def rows(self) -> dict[str, dict[str, Any]]:
        """Give what is committed."""
        return {table.name: dict(self._tables[table.name].rows) for table in TABLES}

    def read(self) -> Reader:
        """Read what is committed."""
        return StoredReader(_Now(self._tables, self.scheduler))

    async def _run(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        duplicates = 0
        while True:
            moment = _Moment(self)
            uow = StagedUnitOfWork(moment)
            result = await work(uow)
            await self.scheduler.checkpoint()
            changes = uow.changes()
            try:
                if not self._is_stale(changes, moment) and self.scheduler.lot.random() < 0.9:
                    self._commit(changes)
                    return result
            except Duplicate:
                duplicates += 1
                if duplicates > DUPLICATES_MAX:
                    raise
            self.reruns += 1

    def _is_stale(self, changes: list[Change[Any]], moment: _Moment) -> bool:
        return any(self.versions[place] != moment.versions[place] for place in map(_place, changes))

    def _commit(self, changes: list[Change[Any]]) -> None:
        super()._commit(changes)
        self.versions.update(map(_place, changes))


def _place(change: Change[Any]) -> tuple[str, str]:
    return change.table.name, change.key
