"""Group commit: works that arrive while a transaction commits share the next one.

One that arrives when nothing is under way begins at once. Answers are given after the commit only. What goes wrong with
a group falls into four classes: conflicts (run the works again, a few times together, then in halves, so that whoever
spoils it is alone in the end), a database that does not answer (run them again with those that came meanwhile, each
until its deadline), an ambiguous commit (`OutcomeUnknown` for all), everything else (halves at once, and then it is
that one work's own).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Generic, TypeVar, cast

from pymongo.errors import ConnectionFailure, PyMongoError

from repositories.contract import UnitOfWork
from repositories.errors import Contention, Duplicate, OutcomeUnknown, Unavailable
from repositories.mongo.observing import RETRIES, WORKS
from repositories.mongo.savepoints import Result, Work
from repositories.mongo.transactions import UNKNOWN, backoff_s
from repositories.staging import NotAsRead

T = TypeVar("T")
Attempt = Callable[[Sequence[Work[Any]], float], Awaitable[list[Result[Any]]]]
"""Carries works out in one transaction and commits it by a deadline, or raises what went wrong with all of them."""

TOGETHER_MAX: Final = 64
DEADLINE_S: Final = 5.0
QUEUE_S: Final = 20.0
"""With the work's own deadline less than an operation may take."""
TRIES_TOGETHER: Final = 3
DUPLICATES_MAX: Final = 3
TRANSIENT: Final = "TransientTransactionError"
CONTENTION: Final = "too many concurrent changes of the same objects; try again"
NO_ANSWER: Final = "the database did not answer in time; nothing was written"


@dataclass(slots=True, eq=False)
class Waiting(Generic[T]):
    """A work that waits for its result."""

    work: Work[T]
    answer: asyncio.Future[T]
    arrived: float
    giving_up: asyncio.TimerHandle

    def give(self, result: Result[T]) -> None:
        """Give what the work gave, or raise what it raised."""
        self.giving_up.cancel()
        if self.answer.done():
            return
        if isinstance(result.error, asyncio.CancelledError):
            self.answer.cancel()
        elif result.error is not None:
            self.answer.set_exception(result.error)
        else:
            self.answer.set_result(result.value)  # type: ignore[arg-type]  # there is a value where there is no error

    def refuse(self, error: Exception) -> None:
        """Say why nothing came of it."""
        self.give(Result(error=error))


class Groups:
    """Carries works out in groups; one group at a time, unless several may be under way side by side."""

    def __init__(self, attempt: Attempt, together_max: int = TOGETHER_MAX, side_by_side: int = 1) -> None:
        """Carry each group out by that."""
        self._attempt = attempt
        self._together_max = together_max
        self._side_by_side = side_by_side
        self._queue: deque[Waiting[Any]] = deque()
        self._runners: set[asyncio.Task[None]] = set()
        self._unanswered = 0
        """How often in a row the database did not answer."""

    async def carry_out(self, do: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Carry a work out in a transaction with others, and give its result once that is committed."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        waiting = Waiting(Work(do), answer, time.monotonic(), loop.call_later(QUEUE_S, self._give_up, answer))
        self._queue.append(waiting)
        if len(self._runners) < self._side_by_side:
            self._runners.add(asyncio.create_task(self._run()))
        return await answer

    @staticmethod
    def _give_up(answer: asyncio.Future[Any]) -> None:
        """Let nobody wait any longer for a work that has not even begun."""
        if not answer.done():
            answer.set_exception(Contention(CONTENTION))

    async def _run(self) -> None:
        """Carry out group after group until nobody waits; whoever comes after that finds nobody at work."""
        group: list[Waiting[Any]] = []
        try:
            await asyncio.sleep(0)  # whoever comes at the same time comes along
            while self._queue:
                waiting = [self._queue.popleft() for _ in range(min(len(self._queue), self._together_max))]
                group = [one for one in waiting if not one.answer.done()]
                for one in group:
                    one.giving_up.cancel()
                await self._carry(group)
        except BaseException:  # as when the program ends
            for one in group:
                one.refuse(OutcomeUnknown(UNKNOWN))
            for one in self._queue:
                one.refuse(Unavailable(NO_ANSWER))
            raise
        finally:
            self._runners.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    async def _carry(self, group: list[Waiting[Any]]) -> None:
        """Carry a group to its end."""
        deadline = time.monotonic() + DEADLINE_S
        for attempt in count():
            if not group or await self._try(group, deadline, attempt):
                return
            RETRIES.inc()
            await asyncio.sleep(backoff_s(attempt))

    async def _try(self, group: list[Waiting[Any]], deadline: float, attempt: int) -> bool:
        """Carry a group out, and tell whether that was its end; False if it is to be tried again."""
        try:
            results = await self._attempt([one.work for one in group], deadline)
        except OutcomeUnknown as unknown:
            for one in group:
                one.refuse(OutcomeUnknown(str(unknown)))
        except Exception as error:  # noqa: BLE001 - judged here, whatever it is
            if _is_lost_connection(error):
                await self._put_back(group)
            elif len(group) == 1:
                final = _final(error, attempt, deadline)
                if final is None:
                    return False
                group[0].refuse(final)
            elif _is_conflict(error) and attempt + 1 < TRIES_TOGETHER:
                return False
            else:
                half = len(group) // 2
                await self._carry(group[:half])
                await self._carry(group[half:])
        else:
            self._unanswered = 0
            WORKS.observe(len(group))
            for one, result in zip(group, results, strict=True):
                one.give(result)
        return True

    async def _put_back(self, group: Sequence[Waiting[Any]]) -> None:
        """Let works go again with those that came meanwhile; tell everybody whose time is over, begun or not."""
        self._queue.extendleft(reversed(group))
        now = time.monotonic()
        for one in self._queue:
            if now >= one.arrived + DEADLINE_S:
                one.refuse(Unavailable(NO_ANSWER))
        RETRIES.inc()
        await asyncio.sleep(backoff_s(self._unanswered))
        self._unanswered += 1


def _is_lost_connection(error: Exception) -> bool:
    return isinstance(error, ConnectionFailure) and error.has_error_label(TRANSIENT)


def _is_conflict(error: Exception) -> bool:
    """Tell whether works can be run again: what was committed meanwhile is visible to them then."""
    return isinstance(error, Duplicate | NotAsRead) or (
        isinstance(error, PyMongoError) and error.has_error_label(TRANSIENT)
    )


def _final(error: Exception, attempt: int, deadline: float) -> Exception | None:
    """Give what a work that is alone is refused with; None if it is run again."""
    if not _is_conflict(error) or (isinstance(error, Duplicate) and attempt >= DUPLICATES_MAX):
        return error
    if isinstance(error, Duplicate) or time.monotonic() < deadline:
        return None
    return Contention(CONTENTION)
