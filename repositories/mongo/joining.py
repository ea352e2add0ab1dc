"""What one transaction sees, looked up for all its works together: one command per table for whatever waits.

A session carries out one command after the other. While some are under way, what else is asked for gathers, and goes
out next in one go: keys of one table together, and what is asked for by the same attribute. What was found once is
known from then on, for nothing changes what a transaction sees.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from repositories.contract import Where, Window
from repositories.mongo.questions import Question, Together, kind_of, value_of
from repositories.mongo.reading import Keyed, Selected, Wanted
from repositories.tables import Table

E = TypeVar("E")
QUIET_PASSES: Final = 3
"""A work that was answered in several things at once goes on in the third pass of the event loop."""
Kind: TypeAlias = tuple[str, tuple[Any, ...]]
Query: TypeAlias = tuple[str, tuple[tuple[str, Any], ...]]


class Answer:
    """What several wait for; whoever gives up takes it from nobody else."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._waiting: list[asyncio.Future[Any]] = []

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait for it."""
        mine: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        return mine.__await__()

    def give(self, result: object) -> None:
        """Give it to all who still wait."""
        for each in self._waiting:
            if not each.done():
                each.set_result(result)

    def fail(self, fault: Exception) -> None:
        """Tell all who still wait what went wrong."""
        for each in self._waiting:
            if not each.done():
                each.set_exception(fault)


Again: TypeAlias = tuple[Table[Any], Question, Answer]


class View(Protocol):
    """What a transaction sees: several things are looked up in one go."""

    async def look_up(self, wanted: Sequence[Wanted]) -> list[list[Any]]:
        """Give what is found of each."""
        ...


@dataclass(frozen=True, slots=True)
class AskedByKey:
    """Objects of one table, asked for by their keys."""

    table: Table[Any]
    keys: Sequence[str]
    answer: Answer

    @property
    def wanted(self) -> Wanted:
        """Give what is to be looked up."""
        return Keyed(self.table, self.keys)

    def tell(self, found: Sequence[Any]) -> Sequence[Again]:
        """Answer all who wait."""
        self.answer.give({self.table.key_of(entity): entity for entity in found})
        return ()

    def fail(self, fault: Exception) -> None:
        """Tell all who wait what went wrong."""
        self.answer.fail(fault)


@dataclass(frozen=True, slots=True)
class AskedByValue:
    """Questions of one kind, with whoever waits for each."""

    table: Table[Any]
    questions: Sequence[tuple[Question, Answer]]

    @property
    def wanted(self) -> Wanted:
        """Give what is to be looked up."""
        if len(self.questions) == 1:
            ((question, _),) = self.questions
            return Selected(self.table, question.where, Window(question.limit))
        together = self._together()
        return Selected(self.table, together.where, Window(together.limit, ordered=False))

    def tell(self, found: Sequence[Any]) -> Sequence[Again]:
        """Answer all who wait; or give the questions again, if more was found than they asked for."""
        answers = [list(found)] if len(self.questions) == 1 else self._together().answers(self.table, found)
        if answers is None:
            return [(self.table, question, answer) for question, answer in self.questions]
        for (_, answer), given in zip(self.questions, answers, strict=True):
            answer.give(given)
        return ()

    def fail(self, fault: Exception) -> None:
        """Tell all who wait what went wrong."""
        for _, answer in self.questions:
            answer.fail(fault)

    def _together(self) -> Together:
        return Together([question for question, _ in self.questions])


Asked: TypeAlias = AskedByKey | AskedByValue


class Joined:
    """Looks up in a source what several works ask for at the same time."""

    def __init__(self, source: View) -> None:
        """Look up there."""
        self._source = source
        self._keys: dict[str, tuple[Table[Any], dict[str, None], Answer]] = {}
        self._questions: dict[Kind, tuple[Table[Any], dict[Query, tuple[Question, Answer]]]] = {}
        self._found: dict[Query, tuple[int, list[Any]]] = {}
        self._promised = 0
        self._looking: asyncio.Task[None] | None = None
        self._fault: Exception | None = None
        self._is_over = False

    async def end(self) -> None:
        """Let what is under way be answered, for a session does one thing at a time; nothing is looked up after that.

        A work that has ended may have left something behind that still asks.
        """
        self._is_over = True
        if self._looking is not None:
            await asyncio.wait((self._looking,))

    def require_whole(self) -> None:
        """Raise what went wrong when something was looked up, whatever the works made of it."""
        if self._fault is not None:
            raise self._fault

    async def fetch(self, table: Table[E], keys: Sequence[str]) -> dict[str, E]:
        """Give the objects of these keys that exist, by key."""
        if table.name not in self._keys:
            self._keys[table.name] = (table, {}, self._answer())
        _, wanted, answer = self._keys[table.name]
        wanted.update(dict.fromkeys(keys))
        found: dict[str, E] = await answer
        return {key: found[key] for key in keys if key in found}

    async def select(self, table: Table[E], where: Where, window: Window) -> list[E]:
        """Give the first objects in the table's order for which all conditions hold."""
        query: Query = (table.name, tuple(where.items()))
        limit, found = self._found.get(query, (-1, []))
        if window.limit > limit and (limit < 0 or len(found) >= limit):
            found = await self._asked(table, where, query, window.limit)
            self._found[query] = (window.limit, found)
        return found[: window.limit]

    async def _asked(self, table: Table[E], where: Where, query: Query, limit: int) -> list[E]:
        kind: Kind = kind_of(table, where) if value_of(where) is not None else query
        _, questions = self._questions.get(kind, (table, {}))
        known = questions.get(query)
        answer = known[1] if known is not None else self._answer()
        most = max(limit, known[0].limit) if known is not None else limit
        questions[query] = Question(where, most), answer
        self._questions[kind] = table, questions
        found: list[E] = await answer
        return found

    def _answer(self) -> Answer:
        """Promise an answer, and see to it."""
        self.require_whole()
        if self._is_over:
            message = "asked for after the works had ended"
            raise RuntimeError(message)
        self._promised += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return Answer()

    async def _look(self) -> None:
        """Look up whatever is asked for until nothing is."""
        while asked := await self._gathered():
            try:
                found = await self._source.look_up([each.wanted for each in asked])
                for each, entities in zip(asked, found, strict=True):
                    for table, question, answer in each.tell(entities):  # which have to be asked alone
                        query = table.name, tuple(question.where.items())
                        self._questions[query] = table, {query: (question, answer)}
            except Exception as fault:  # noqa: BLE001 - it goes to whoever waits
                self._fault = fault
                for each in (*asked, *self._taken()):
                    each.fail(fault)
                return

    async def _gathered(self) -> list[Asked]:
        """Take all that is asked for once nobody asks for more: those who were answered are about to."""
        promised, quiet = self._promised, 0
        while quiet < QUIET_PASSES:
            await asyncio.sleep(0)
            promised, quiet = self._promised, (quiet + 1 if promised == self._promised else 0)
        return self._taken()

    def _taken(self) -> list[Asked]:
        """Take all that is asked for."""
        asked: list[Asked] = [AskedByKey(table, list(keys), answer) for table, keys, answer in self._keys.values()]
        asked += [AskedByValue(table, list(questions.values())) for table, questions in self._questions.values()]
        self._keys, self._questions = {}, {}
        return asked
