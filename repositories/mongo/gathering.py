"""Committed data, looked up for all who ask at the same time together.

While a command is under way, what else is asked for in the same way gathers and goes out with the next one. So whoever
is alone never waits, and nobody is answered by a command that was sent before the question: what was committed by then
is seen.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, Final, Generic, TypeVar

from repositories.contract import Where, Window
from repositories.errors import StorageError
from repositories.mongo.questions import Question, Together, kind_of, value_of
from repositories.staging import StoredSource
from repositories.tables import Table

A = TypeVar("A")
E = TypeVar("E")
R = TypeVar("R")
TOGETHER_MAX: Final = 256
"""So many values are asked for in one command, or as many as one question has: others wait while they are decoded."""
PATIENCE_S: Final = 0.1
"""How long others wait for a command; much longer than one takes that reads a few documents."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked(Generic[A, R]):
    question: A
    answer: asyncio.Future[R]
    context: Context = field(default_factory=copy_context)


class Gathering(Generic[A, R]):
    """Questions of one kind: one command at a time, with what was asked for since the last one was sent.

    One that takes long keeps nobody waiting: the next is sent then beside it.
    """

    def __init__(self, answers: Callable[[Sequence[A]], Awaitable[Sequence[R]]], weight: Callable[[A], int]) -> None:
        """Answer by that, up to so much at once."""
        self._answers = answers
        self._weight = weight
        self._waiting: deque[_Asked[A, R]] = deque()
        self._command: asyncio.TimerHandle | None = None
        """The command that others wait for, and when they do no longer."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, question: A) -> R:
        """Give the answer, or raise what went wrong with it."""
        if self._command is not None:
            answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
            self._waiting.append(_Asked(question, answer))
            return await answer
        command = self._begin()
        try:
            return (await self._answers((question,)))[0]
        finally:
            self._end(command)

    def _begin(self) -> asyncio.TimerHandle:
        self._command = asyncio.get_running_loop().call_later(PATIENCE_S, self._go_on)
        return self._command

    def _end(self, command: asyncio.TimerHandle) -> None:
        command.cancel()
        if self._command is command:
            self._go_on()

    def _go_on(self) -> None:
        """Let those who wait have the next command, in a task of its own: whoever asked before may go away.

        It goes on in the context of one of them, so that its spans are not those of an operation that has ended.
        """
        self._command = None
        gathered = self._gathered()
        if gathered:
            task = asyncio.create_task(self._answer(gathered, self._begin()), context=gathered[0].context)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _gathered(self) -> list[_Asked[A, R]]:
        """Take those who still wait, up to so much, or the first alone."""
        gathered: list[_Asked[A, R]] = []
        weight = 0
        while self._waiting:
            if not self._waiting[0].answer.done():
                weight += self._weight(self._waiting[0].question)
                if gathered and weight > TOGETHER_MAX:
                    break
                gathered.append(self._waiting[0])
            self._waiting.popleft()
        return gathered

    async def _answer(self, gathered: Sequence[_Asked[A, R]], command: asyncio.TimerHandle) -> None:
        try:
            results = await self._results([asked.question for asked in gathered])
        except BaseException:  # as when the program ends
            for asked in gathered:
                asked.answer.cancel()
            raise
        finally:
            self._end(command)
        for asked, result in zip(gathered, results, strict=True):
            if asked.answer.done():  # whoever asked has gone
                continue
            if isinstance(result, Exception):
                asked.answer.set_exception(result)
            else:
                asked.answer.set_result(result)

    async def _results(self, questions: Sequence[A]) -> Sequence[R | Exception]:
        """Answer all; where that goes wrong, in halves, so that one question spoils no other."""
        try:
            return await self._answers(questions)
        except StorageError as fault:  # to whoever asks
            return [fault] * len(questions)
        except Exception as fault:  # noqa: BLE001 - it goes to whoever asked, once that one is alone
            if len(questions) == 1:
                return [fault]
            half = len(questions) // 2
            return [*await self._results(questions[:half]), *await self._results(questions[half:])]


class GatheringSource:
    """Looks up committed data: keys of one table together, and what is asked for by the same few attributes."""

    def __init__(self, source: StoredSource) -> None:
        """Look up there."""
        self._source = source
        self._keys: dict[str, Gathering[Sequence[str], dict[str, Any]]] = {}
        self._questions: dict[tuple[str, tuple[str, ...], bool], Gathering[Question, list[Any]]] = {}

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        """Give the objects of these keys that exist, by key."""
        gathering = self._keys.get(table.name)
        if gathering is None:
            gathering = self._keys[table.name] = Gathering(partial(self._fetch, table), len)
        found = await gathering.ask(keys)
        return {key: found[key] for key in keys if key in found}

    async def _fetch(self, table: Table[E], questions: Sequence[Sequence[str]]) -> Sequence[dict[str, E]]:
        found = await self._source.fetch(table, list(dict.fromkeys(chain.from_iterable(questions))))
        return [found] * len(questions)

    async def select(self, table: Table[E], where: Where, window: Window) -> list[E]:
        """Give at most `window.limit` objects, from the end if the window is backwards."""
        if not _can_be_joined(table, where, window):
            return await self._source.select(table, where, window)
        kind = *kind_of(table, where), window.ordered
        gathering = self._questions.get(kind)
        if gathering is None:
            select = partial(self._select, table, ordered=window.ordered)
            gathering = self._questions[kind] = Gathering(select, Question.weight)
        return await gathering.ask(Question(where, window.limit))

    async def _select(self, table: Table[E], questions: Sequence[Question], *, ordered: bool) -> Sequence[list[E]]:
        """Ask for all that is asked for; each by itself if that is more than they asked for together."""
        if len(questions) > 1:
            together = Together(questions)
            found = await self._source.select(table, together.where, Window(together.limit, ordered=False))
            answers = together.answers(table, found, ordered=ordered)
            if answers is not None:
                return answers
        alone = (self._source.select(table, one.where, Window(one.limit, ordered=ordered)) for one in questions)
        return await asyncio.gather(*alone)

    async def count(self, table: Table[E], where: Where) -> int:
        """Count the objects for which all conditions hold."""
        return await self._source.count(table, where)


def _can_be_joined(table: Table[Any], where: Where, window: Window) -> bool:
    """Tell whether it can be asked together with others, and is not most likely a page out of more."""
    value = value_of(where)
    is_page = window.limit == 0 or window.backwards or window.after is not None or window.before is not None
    return value is not None and not is_page and (not window.ordered or value in table.unique)
