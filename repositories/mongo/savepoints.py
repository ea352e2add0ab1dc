"""Works that share a transaction: each is as if it ran alone, after those before it, and all or nothing of it is kept.

All run at once on what the transaction sees, so that their look-ups can be joined. Then, in the order in which they
came, each is kept as it is if nothing it looked at was changed by those kept before it; otherwise it is run again, on
top of them. A work that raises is never kept, and what it raised stands only together with the commit of those before.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from repositories.contract import UnitOfWork, Where, Window
from repositories.errors import Duplicate
from repositories.lists import matches
from repositories.staging import Change, Source, StagedUnitOfWork
from repositories.tables import Table

E = TypeVar("E")
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Work(Generic[T]):
    """What is to be done in a transaction, in the context of whoever wants it done."""

    do: Callable[[UnitOfWork], Awaitable[T]]
    context: Context = field(default_factory=copy_context)


@dataclass(frozen=True, slots=True)
class Result(Generic[T]):
    """What a work gave or raised."""

    value: T | None = None
    error: BaseException | None = None


class Glass:
    """What a work sees through: the unit of work around it; it remembers where was looked."""

    def __init__(self, around: StagedUnitOfWork) -> None:
        """See what that one sees."""
        self._around = around
        self.keys: set[tuple[str, str]] = set()
        self.queries: list[tuple[str, Where]] = []

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        """Give the objects of these keys that exist, by key."""
        self.keys.update((table.name, key) for key in keys)
        found = await self._around.table(table).get_many(keys)
        return {key: entity for key, entity in zip(keys, found, strict=True) if entity is not None}

    async def select(self, table: Table[E], where: Where, window: Window) -> list[E]:
        """Give the first objects in the table's order for which all conditions hold."""
        self.queries.append((table.name, where))
        return await self._around.table(table).find(where, window.limit)


@dataclass(frozen=True, slots=True)
class _Run:
    glass: Glass
    uow: StagedUnitOfWork
    result: Result[Any]


class Savepoints:
    """The works of one transaction, over what it sees."""

    def __init__(self, source: Source) -> None:
        """Begin with nothing kept."""
        self._kept = StagedUnitOfWork(source)
        self._changed: defaultdict[str, dict[str, list[Any]]] = defaultdict(dict)
        """Each version of what was changed so far, by table and key."""

    async def carry_out(self, works: Sequence[Work[Any]]) -> list[Result[Any]]:
        """Give the result of each work, and keep what those wrote that raised nothing; NotAsRead: run all again."""
        runs = await asyncio.gather(*map(self._run, works))
        return [await self._settle(work, run) for work, run in zip(works, runs, strict=True)]

    def changes(self) -> list[Change[Any]]:
        """Give the writes of all that was kept, one for each object."""
        return self._kept.changes()

    async def _run(self, work: Work[T]) -> _Run:
        glass = Glass(self._kept)
        uow = StagedUnitOfWork(glass)
        return _Run(glass, uow, await asyncio.create_task(_result(work, uow), context=work.context.copy()))

    async def _settle(self, work: Work[T], run: _Run) -> Result[T]:
        if self._is_stale(run.glass):
            run = await self._run(work)
        if run.result.error is None:
            try:
                self._keep(run.uow.changes())
            except Duplicate as duplicate:
                return Result(error=duplicate)
        return run.result

    def _is_stale(self, glass: Glass) -> bool:
        """Tell whether anything that was looked at was changed since."""
        if any(key in self._changed.get(table, ()) for table, key in glass.keys):
            return True
        return any(
            matches(version, where)
            for table, where in glass.queries
            for versions in self._changed.get(table, {}).values()
            for version in versions
        )

    def _keep(self, changes: Sequence[Change[Any]]) -> None:
        self._kept.take(changes)
        for change in changes:
            if change.before != change.after:
                versions = self._changed[change.table.name].setdefault(change.key, [])
                versions += [version for version in (change.before, change.after) if version is not None]


async def _result(work: Work[T], uow: UnitOfWork) -> Result[T]:
    try:
        return Result(value=await work.do(uow))
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - it goes to whoever wants the work done
        return Result(error=error)
