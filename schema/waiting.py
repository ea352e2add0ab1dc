"""What an operation waits for, all at once: values that come later, each put in its place when it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import GraphQLError, located_error

from schema.lookups import Lookup
from schema.plans import Where, lies_in, path_of

if TYPE_CHECKING:
    from schema.execution import PlannedExecutor

Awaited: TypeAlias = "tuple[Where, Any, Callable[[Any], Any] | None]"
"""A position, what is awaited for it, and what completes it if that is no value yet."""


class Waiting:
    """Keeps what has not come yet; look-ups and futures are listened to, only coroutines need a task."""

    def __init__(self, executor: PlannedExecutor) -> None:
        """Wait for nothing so far."""
        self.fresh: list[Awaited] = []
        """What nobody has begun to wait for."""
        self._executor = executor
        self._tasks: dict[asyncio.Task[None], Awaited | None] = {}
        self._futures: dict[asyncio.Future[Any], list[Awaited]] = {}
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
                if len(self.fresh) == 1 and not self._tasks and not self._futures and self._is_a_coroutine():
                    await self._carry(self.fresh.pop())
                    continue
                self._begin()
                if not self._tasks and not self._futures:
                    if self._bubbles:
                        continue
                    return
                await self._anything()
        except BaseException:
            await self._leave()
            raise

    def _is_a_coroutine(self) -> bool:
        return not isinstance(self.fresh[0][1], Lookup | asyncio.Future)

    def _begin(self, *, keep_first: bool = False) -> Awaited | None:
        """Begin to wait for what is new, in its order; the first that needs a task may be left to the caller's."""
        kept = None
        for awaited in self.fresh:
            awaitable = awaited[1]
            future = awaitable.future if isinstance(awaitable, Lookup) else awaitable
            if isinstance(future, asyncio.Future):
                listeners = self._futures.get(future)
                if listeners is None:
                    listeners = self._futures[future] = []
                    future.add_done_callback(self._on_future)
                listeners.append(awaited)
            elif keep_first and kept is None:
                kept = awaited
            else:
                task = asyncio.ensure_future(self._carry_on(awaited))
                self._tasks[task] = awaited
                task.add_done_callback(self._on_task)
        self.fresh.clear()
        return kept

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
            for awaited in self._futures.pop(future, ()):
                self._settle(future, awaited)

    def _wake(self) -> None:
        if self._waker is not None and not self._waker.done():
            self._waker.set_result(None)

    def _on_future(self, future: asyncio.Future[Any]) -> None:
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
        """Carry what needs a task, and then the first of what that led to."""
        task: Any = asyncio.current_task()
        while awaited is not None:
            await self._carry(awaited, task)
            if self._bubbles:
                self._wake()
                return
            awaited = self._begin(keep_first=True)
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

    def _settle(self, future: asyncio.Future[Any], awaited: Awaited) -> None:
        """Take what a future holds."""
        awaitable = awaited[1]
        try:
            value = awaitable.result() if isinstance(awaitable, Lookup) else future.result()
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
        for outer, error in bubbles:
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
        for future, listeners in list(self._futures.items()):
            left = [awaited for awaited in listeners if not is_null(path_of(awaited[0]))]
            if not left:
                self._forget(future)
            listeners[:] = left
        self.fresh[:], gone = [], self.fresh[:]
        for awaited in gone:
            if not is_null(path_of(awaited[0])):
                self.fresh.append(awaited)
            elif asyncio.iscoroutine(awaited[1]):
                awaited[1].close()

    def _forget(self, future: asyncio.Future[Any]) -> None:
        """Listen to a future no longer; one that nobody else can be waiting for is cancelled."""
        listeners = self._futures.pop(future, ())
        future.remove_done_callback(self._on_future)
        if not any(isinstance(awaited[1], Lookup) for awaited in listeners):
            future.cancel()

    async def _leave(self) -> None:
        """End all that is awaited, and leave no task behind."""
        self.fresh[:], gone = [], self.fresh[:]
        for awaited in gone:
            if asyncio.iscoroutine(awaited[1]):
                awaited[1].close()
        for future in list(self._futures):
            self._forget(future)
        tasks = list(self._tasks)
        for task in tasks:
            self._tasks[task] = None
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
