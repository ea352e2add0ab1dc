"""What one transaction sees, looked up for all its works together: one command per table for whatever waits.

A session carries out one command after the other. While some are under way, what else is asked for gathers, and goes
out next in one go: keys, and unique values, of one table together, everything else by itself. What was found once is
known from then on, for nothing changes what a transaction sees.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from functools import partial
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from repositories.contract import AnyOf, Where, Window
from repositories.mongo.reading import Keyed, Selected, Wanted
from repositories.tables import Table

E = TypeVar("E")


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


Asked: TypeAlias = tuple[Wanted, Answer, Callable[[list[Any]], Any]]
QUIET_PASSES: Final = 3
"""A work that was answered in several things at once goes on in the third pass of the event loop."""
Query: TypeAlias = tuple[str, tuple[tuple[str, Any], ...]]


class Looking(Protocol):
    """Looks up several things in one go."""

    async def look_up(self, wanted: Sequence[Wanted]) -> list[list[Any]]:
        """Give what is found of each."""
        ...


class Joined:
    """Looks up in a source what several works ask for at the same time."""

    def __init__(self, source: Looking) -> None:
        """Look up there."""
        self._source = source
        self._keys: dict[str, tuple[Table[Any], dict[str, None], Answer]] = {}
        self._values: dict[tuple[str, str], tuple[Table[Any], dict[str, None], Answer]] = {}
        self._queries: dict[Query, tuple[Table[Any], Where, int, Answer]] = {}
        self._found: dict[Query, tuple[int, list[Any]]] = {}
        self._promised = 0
        self._looking: asyncio.Task[None] | None = None
        self._fault: Exception | None = None
        self._is_over = False

    async def end(self) -> None:
        """Let what is under way be answered, for a session does one thing at a time; nothing is looked up after that.

        A work that has ended may have left something behind that still asks. Raises what went wrong with any look-up.
        """
        self._is_over = True
        if self._looking is not None:
            await self._looking
        self.require_whole()

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
        unique = _unique_value(table, where)
        if unique is None:
            known = self._queries.get(query)
            answer = known[3] if known is not None else self._answer()
            most = max(limit, known[2]) if known is not None else limit
            self._queries[query] = (table, where, most, answer)
            everything: list[E] = await answer
            return everything
        attribute, value = unique
        if (table.name, attribute) not in self._values:
            self._values[table.name, attribute] = (table, {}, self._answer())
        _, wanted, answer = self._values[table.name, attribute]
        wanted[value] = None
        owners: dict[str, E] = await answer
        return [owners[value]] if value in owners else []

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
                found = await self._source.look_up([wanted for wanted, _, _ in asked])
            except Exception as fault:  # noqa: BLE001 - it goes to whoever waits
                self._fault = fault
                for _, answer, _ in (*asked, *self._taken()):
                    answer.fail(fault)
                return
            for (_, answer, told), entities in zip(asked, found, strict=True):
                answer.give(told(entities))

    async def _gathered(self) -> list[Asked]:
        """Take all that is asked for once nobody asks for more: those who were answered are about to."""
        promised, quiet = self._promised, 0
        while quiet < QUIET_PASSES:
            await asyncio.sleep(0)
            promised, quiet = self._promised, (quiet + 1 if promised == self._promised else 0)
        return self._taken()

    def _taken(self) -> list[Asked]:
        """Take all that is asked for: what is wanted, who waits for it, and how it is told."""
        asked: list[Asked] = []
        for table, keys, answer in self._keys.values():
            asked.append((Keyed(table, list(keys)), answer, partial(_by_key, table)))
        for (_, attribute), (table, values, answer) in self._values.items():
            wanted = Selected(table, {attribute: AnyOf(tuple(values))}, Window(len(values)))
            asked.append((wanted, answer, partial(_by_value, attribute)))
        for table, where, limit, answer in self._queries.values():
            asked.append((Selected(table, where, Window(limit)), answer, list))
        self._keys, self._values, self._queries = {}, {}, {}
        return asked


def _unique_value(table: Table[Any], where: Where) -> tuple[str, str] | None:
    """Give what is asked for if it is one unique value, which one object has at most."""
    if len(where) != 1:
        return None
    ((attribute, condition),) = where.items()
    return (attribute, condition) if attribute in table.unique and isinstance(condition, str) else None


def _by_key(table: Table[E], found: Sequence[E]) -> dict[str, E]:
    return {table.key_of(entity): entity for entity in found}


def _by_value(attribute: str, found: Sequence[E]) -> dict[str, E]:
    values: dict[str, E] = {}
    for entity in found:
        value = getattr(entity, attribute)
        values.update(dict.fromkeys(value if isinstance(value, tuple) else (value,), entity))
    return values
