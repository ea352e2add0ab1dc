"""Questions that one command can answer together: each by one attribute that says which objects are meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, TypeVar

from repositories.contract import AnyOf, AtMost, Condition, Where
from repositories.lists import in_order, matches
from repositories.tables import Table

E = TypeVar("E")
FOUND_MAX: Final = 1_000
"""More than so many are found for each question alone: whatever else there is to do waits while they are read."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for by conditions, and how much of it."""

    where: Where
    limit: int

    def weight(self) -> int:
        """Count the values it asks for."""
        return sum(len(each.values) for each in self.where.values() if isinstance(each, AnyOf)) or 1


@dataclass(frozen=True, slots=True)
class Together:
    """Questions of one kind as a single one, that asks for one object more than all of them did."""

    questions: Sequence[Question]

    @property
    def where(self) -> Where:
        """Give conditions that hold wherever those of any question do."""
        names = self.questions[0].where
        return {name: _either([question.where[name] for question in self.questions]) for name in names}

    @property
    def limit(self) -> int:
        """Give as many as all ask for, or FOUND_MAX, and one by which is seen that there are more."""
        return min(sum(question.limit for question in self.questions), FOUND_MAX) + 1

    def answers(self, table: Table[E], found: Sequence[E], *, ordered: bool = True) -> list[list[E]] | None:
        """Give each question what was found of its own; None if not everything was.

        Nobody goes through what is found for all the others.
        """
        if len(found) >= self.limit:
            return None
        name = value_of(self.questions[0].where) or ""
        by_value: defaultdict[object, dict[str, E]] = defaultdict(dict)
        for entity in found:
            value = getattr(entity, name)
            for each in value if isinstance(value, tuple) else (value,):
                by_value[each][table.key_of(entity)] = entity
        answers = []
        for one in self.questions:
            possible = {key: each for value in _values(one.where[name]) for key, each in by_value[value].items()}
            own = [each for each in possible.values() if matches(each, one.where)]
            answers.append((in_order(table, own) if ordered else own)[: one.limit])
        return answers


def value_of(where: Where) -> str | None:
    """Name the one attribute that says which objects are meant, if others say but when."""
    names = [name for name, condition in where.items() if isinstance(condition, str | AnyOf)]
    moments = sum(isinstance(condition, AtMost) for condition in where.values())
    return names[0] if len(names) == 1 and moments == len(where) - 1 else None


def kind_of(table: Table[Any], where: Where) -> tuple[str, tuple[str, ...]]:
    """Name what questions have in common that can be asked together."""
    return table.name, tuple(sorted(where))


def _either(conditions: Sequence[Condition]) -> Condition:
    """Give a condition that holds wherever one of these does."""
    moments = [each.moment for each in conditions if isinstance(each, AtMost)]
    if moments:
        return AtMost(max(moments))
    return AnyOf(tuple(dict.fromkeys(chain.from_iterable(map(_values, conditions)))))


def _values(condition: Condition) -> tuple[str, ...]:
    return condition.values if isinstance(condition, AnyOf) else (str(condition),)
