"""Committed data, looked up for all who ask at the same time together.

While a command is under way, what else is asked for in the same way gathers and goes out with the next one. So whoever
is alone never waits, and nobody is answered by a command that was sent before the question: what was committed by then
is seen.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, Final, Generic, TypeVar

from repositories.contract import AnyOf, AtMost, Condition, Where, Window
from repositories.errors import Unavailable
from repositories.lists import in_order, matches
from repositories.staging import StoredSource
from repositories.tables import Table

A = TypeVar("A")
E = TypeVar("E")
R = TypeVar("R")
TOGETHER_MAX: Final = 256
"""So many values are asked for in one command, or as many as one question has: others wait while they are decoded."""


@dataclass(frozen=True, slots=True, eq=False)
class _Asked(Generic[A, R]):
    question: A
    answer: asyncio.Future[R]
    context: Context = field(default_factory=copy_context)


class Gathering(Generic[A, R]):
    """Questions of one kind: one command at a time, with what was asked for since the last one was sent."""

    def __init__(self, answers: Callable[[Sequence[A]], Awaitable[Sequence[R]]], weight: Callable[[A], int]) -> None:
        """Answer by that, up to so much at once."""
        self._answers = answers
        self._weight = weight
        self._waiting: deque[_Asked[A, R]] = deque()
        self._under_way = False
        self._next: asyncio.Task[None] | None = None

    async def ask(self, question: A) -> R:
        """Give the answer, or raise what went wrong with it."""
        if self._under_way:
            answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
            self._waiting.append(_Asked(question, answer))
            return await answer
        self._under_way = True
        try:
            return (await self._answers((question,)))[0]
        finally:
            self._go_on()

    def _go_on(self) -> None:
        """Let those who wait have the next command, in a task of its own: whoever asked before may go away.

        It goes on in the context of one of them, so that its spans are not those of an operation that has ended.
        """
        gathered = self._gathered()
        self._under_way = bool(gathered)
        if gathered:
            self._next = asyncio.create_task(self._answer(gathered), context=gathered[0].context)

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

    async def _answer(self, gathered: Sequence[_Asked[A, R]]) -> None:
        try:
            results = await self._results([asked.question for asked in gathered])
        except BaseException:  # as when the program ends
            for asked in gathered:
                asked.answer.cancel()
            raise
        finally:
            self._go_on()
        for asked, result in zip(gathered, results, strict=True):
            if asked.answer.done():  # whoever asked has gone
                continue
            if isinstance(result, BaseException):
                asked.answer.set_exception(result)
            else:
                asked.answer.set_result(result)

    async def _results(self, questions: Sequence[A]) -> Sequence[R | BaseException]:
        """Answer all; where that goes wrong, each alone, so that one question spoils no other."""
        try:
            return await self._answers(questions)
        except Unavailable as fault:  # to whoever asks
            return [fault] * len(questions)
        except Exception:  # noqa: BLE001 - whose fault it is shows when each is alone
            alone = (self._answers((question,)) for question in questions)
            told = await asyncio.gather(*alone, return_exceptions=True)
            return [each if isinstance(each, BaseException) else each[0] for each in told]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for by conditions."""

    where: Where
    limit: int


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
        if window.limit == 0 or not _can_be_joined(table, where, window):
            return await self._source.select(table, where, window)
        kind = table.name, tuple(where), window.ordered
        gathering = self._questions.get(kind)
        if gathering is None:
            select = partial(self._select, table, ordered=window.ordered)
            gathering = self._questions[kind] = Gathering(select, _weight)
        return await gathering.ask(Question(where, window.limit))

    async def _select(self, table: Table[E], questions: Sequence[Question], *, ordered: bool) -> Sequence[list[E]]:
        """Ask for all that is asked for; each by itself if that is more than they asked for together."""
        if len(questions) > 1:
            most = sum(question.limit for question in questions)
            where = {name: _joined([each.where[name] for each in questions]) for name in questions[0].where}
            found = await self._source.select(table, where, Window(most + 1, ordered=ordered))
            if len(found) <= most:
                return _dealt(table, found, questions, ordered=ordered)
        alone = (self._source.select(table, one.where, Window(one.limit, ordered=ordered)) for one in questions)
        return await asyncio.gather(*alone)

    async def count(self, table: Table[E], where: Where) -> int:
        """Count the objects for which all conditions hold."""
        return await self._source.count(table, where)


def _can_be_joined(table: Table[Any], where: Where, window: Window) -> bool:
    """Tell whether one attribute says which objects are meant, and others but when; and what is found need not be cut.

    In the table's order, what is looked up by a unique value is found whole.
    """
    values = _names_of_values(where)
    others = [condition for condition in where.values() if not isinstance(condition, str | AnyOf)]
    is_whole = window.after is None and window.before is None and not window.backwards
    return (
        is_whole
        and len(values) == 1
        and all(isinstance(condition, AtMost) for condition in others)
        and (not window.ordered or values[0] in table.unique)
    )


def _dealt(table: Table[E], found: Sequence[E], questions: Sequence[Question], *, ordered: bool) -> Sequence[list[E]]:
    """Give to each question what is its own; nobody goes through what is found for all the others."""
    (name,) = _names_of_values(questions[0].where)
    by_value: defaultdict[object, list[E]] = defaultdict(list)
    for entity in found:
        value = getattr(entity, name)
        for each in value if isinstance(value, tuple) else (value,):
            by_value[each].append(entity)
    answers = []
    for one in questions:
        possible = {table.key_of(each): each for value in _values(one.where[name]) for each in by_value.get(value, ())}
        own = [each for each in possible.values() if matches(each, one.where)]
        answers.append((in_order(table, own) if ordered else own)[: one.limit])
    return answers


def _names_of_values(where: Where) -> list[str]:
    return [name for name, condition in where.items() if isinstance(condition, str | AnyOf)]


def _values(condition: Condition) -> tuple[str, ...]:
    return condition.values if isinstance(condition, AnyOf) else (str(condition),)


def _weight(question: Question) -> int:
    return sum(len(each.values) for each in question.where.values() if isinstance(each, AnyOf)) or 1


def _joined(conditions: Sequence[Condition]) -> Condition:
    """Give a condition that holds wherever one of these does."""
    moments = [each.moment for each in conditions if isinstance(each, AtMost)]
    if moments:
        return AtMost(max(moments))
    return AnyOf(tuple(dict.fromkeys(chain.from_iterable(map(_values, conditions)))))
