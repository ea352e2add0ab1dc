"""What an operation waits for, all at once: values that come later, each put in its place when it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import GraphQLError, located_error

from schema.lookups import Lookup
from schema.positions import Where, depth_of, lies_in, path_of

if TYPE_CHECKING:
    from schema.execution import PlannedExecutor

Awaited: TypeAlias = "tuple[Where, Any, Callable[[Any], Any] | None]"
"""A position, what is awaited for it, and what completes it if that is no value yet."""


class Waiting:
    """Keeps what has not come yet; look-ups are listened to, anything else needs a task."""

    def __init__(self, executor: PlannedExecutor) -> None:
        """Wait for nothing so far."""
        self.fresh: list[Awaited] = []
        """What nobody has begun to wait for."""
        self._executor = executor
        self._tasks: dict[asyncio.Task[None], Awaited | None] = {}
        self._lookups: dict[asyncio.Future[Any], list[Awaited]] = {}
        self._done: list[asyncio.Future[Any]] = []
        self._bubbles: list[tuple[Where | None, GraphQLError]] = []
        self._waker: asyncio.Future[None] | None = None
        self._fault: BaseException | None = None

    # ---- while selecting ------------------------------------------------------------------------------------------

    def abandon(self, where: Where | None) -> None:
        """Let go what has just been asked for in a position that became null; it is still carried to its end."""
        gone = []
        while self.fresh and lies_in(self.fresh[-1][0], where):
            gone.append(self.fresh.pop()[1])
        if gone:
            self._executor.settle_in_background(gone[::-1])

    # ---- from outside ---------------------------------------------------------------------------------------------

    async def drain(self) -> None:
        """Wait until everything has come; raises the error that makes the whole answer null."""
        try:
            while True:
                self._bubble()
                if len(self.fresh) == 1 and type(self.fresh[0][1]) is not Lookup and not (self._tasks or self._lookups):
                    await self._carry(self.fresh.pop())
                    continue
                self._begin()
                if not self._tasks and not self._lookups:
                    if self._bubbles:
                        continue
                    return
                await self._anything()
        except BaseException:
            await self._leave()
            raise

    def _begin(self, *, alone: bool = False) -> Awaited | None:
        """Begin to wait for what is new; a single thing that needs a task may be left to the caller's."""
        tasks = []
        for awaited in self.fresh:
            awaitable = awaited[1]
            if type(awaitable) is Lookup:
                future = awaitable.future
                listeners = self._lookups.get(future)
                if listeners is None:
                    listeners = self._lookups[future] = []
                    future.add_done_callback(self._on_lookup)
                listeners.append(awaited)
            else:
                tasks.append(awaited)
        self.fresh.clear()
        if alone and len(tasks) == 1:
            return tasks[0]
        for awaited in tasks if len(tasks) < 2 else _outermost_first(tasks):  # noqa: PLR2004
            task = asyncio.ensure_future(self._carry_on(awaited))
            self._tasks[task] = awaited
            task.add_done_callback(self._on_task)
        return None

    async def _anything(self) -> None:
        """Wait until something has come, and put it in its place."""
        if not self._done and not self._bubbles and self._fault is None:
            self._waker = asyncio.get_running_loop().create_future()
            try:
                await self._waker
            finally:
                self._waker = None
        if self._fault is not None:
            raise self._fault
        done, self._done = self._done, []
        for future in done:
            for awaited in self._lookups.pop(future, ()):
                self._settle(awaited)

    def _wake(self) -> None:
        if self._waker is not None and not self._waker.done():
            self._waker.set_result(None)

    def _on_lookup(self, future: asyncio.Future[Any]) -> None:
        self._done.append(future)
        self._wake()

    def _on_task(self, task: asyncio.Task[None]) -> None:
        awaited = self._tasks.pop(task, None)
        if task.cancelled():
            if awaited is not None:
                self._fault = asyncio.CancelledError()
        elif (fault := task.exception()) is not None:
            self._fault = fault
        self._wake()

    # ---- one value ------------------------------------------------------------------------------------------------

    async def _carry_on(self, awaited: Awaited | None) -> None:
        """Carry what needs a task, and whatever single thing that leads to."""
        task: Any = asyncio.current_task()
        while awaited is not None:
            await self._carry(awaited, task)
            if self._bubbles:
                asyncio.get_running_loop().call_soon(self._wake)
            awaited = self._begin(alone=True)
            if awaited is not None:
                self._tasks[task] = awaited

    async def _carry(self, awaited: Awaited, task: asyncio.Task[None] | None = None) -> None:
        try:
            value = await awaited[1]
        except Exception as raw:  # noqa: BLE001 - told of where it belongs
            if task is None or self._tasks[task] is not None:
                self._fail(raw, awaited[0])
            return
        if task is None or self._tasks[task] is not None:
            self._complete(value, awaited)

    def _settle(self, awaited: Awaited) -> None:
        """Take what a look-up gave."""
        try:
            value = awaited[1].result()
        except Exception as raw:  # noqa: BLE001 - told of where it belongs
            self._fail(raw, awaited[0])
            return
        self._complete(value, awaited)

    def _complete(self, value: Any, awaited: Awaited) -> None:  # noqa: ANN401 - of any type
        where, _, complete = awaited
        try:
            where[1][where[2]] = self._executor.complete(value, where) if complete is None else complete(value)
        except Exception as raw:  # noqa: BLE001 - told of where it belongs
            self.abandon(where)
            self._fail(raw, where)

    # ---- errors ---------------------------------------------------------------------------------------------------

    def _fail(self, raw: Exception, where: Where) -> None:
        path: Any = path_of(where)
        error = located_error(raw, where[3].nodes, path.as_list())
        if where[3].nullable:
            self._executor.collected_errors.add(error, path)
            return
        outer = where[0]
        while outer is not None and not outer[3].nullable:
            outer = outer[0]
        self._bubbles.append((outer, error))

    def _bubble(self) -> None:
        """Make null what errors reach beyond their own position, and wait no longer for what lies there."""
        if not self._bubbles:
            return
        bubbles, self._bubbles = self._bubbles, []
        for outer, error in sorted(bubbles, key=lambda bubble: -depth_of(bubble[0])):  # the nearest is reached first
            if outer is None:
                raise error
            self._executor.collected_errors.add(error, path_of(outer))
            outer[1][outer[2]] = None
        self._drop()

    def _drop(self) -> None:
        is_null = self._executor.collected_errors.has_nulled_position
        for task, awaited in list(self._tasks.items()):
            if awaited is not None and is_null(path_of(awaited[0])):
                self._tasks[task] = None
                task.cancel()
        for future, listeners in list(self._lookups.items()):
            left = [awaited for awaited in listeners if not is_null(path_of(awaited[0]))]
            if left:
                listeners[:] = left
            else:
                self._forget(future)
        self.fresh[:], gone = [], self.fresh[:]
        for awaited in gone:
            if not is_null(path_of(awaited[0])):
                self.fresh.append(awaited)
            elif asyncio.iscoroutine(awaited[1]):
                awaited[1].close()

    def _forget(self, future: asyncio.Future[Any]) -> None:
        """Listen to a look-up no longer, which goes on for whoever else waits for it."""
        del self._lookups[future]
        future.remove_done_callback(self._on_lookup)

    async def _leave(self) -> None:
        """End all that is awaited, and leave no task behind."""
        self.fresh[:], gone = [], self.fresh[:]
        for awaited in gone:
            if asyncio.iscoroutine(awaited[1]):
                awaited[1].close()
        for future in list(self._lookups):
            self._forget(future)
        tasks = list(self._tasks)
        for task in tasks:
            self._tasks[task] = None
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _outermost_first(tasks: list[Awaited]) -> list[Awaited]:
    """Give them in the order in which the stock executor comes to them: it begins what lies deeper one turn later."""
    together: dict[int, set[str | int]] = {}
    for where, *_ in tasks:
        link: Where | None = where
        while link is not None:
            outer, holder, key, _ = link
            keys = together.setdefault(id(holder), set())
            link = None if key in keys else outer
            keys.add(key)

    def turn(awaited: Awaited) -> int:
        link: Where | None = awaited[0]
        turns = 0
        while link is not None:
            turns += len(together[id(link[1])]) > 1
            link = link[0]
        return turns

    return sorted(tasks, key=turn)
