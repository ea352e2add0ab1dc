"""How values without a selection are written: exactly as the stock executor writes them, with the way found once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from operator import attrgetter
from types import WrapperDescriptorType
from typing import Any, Final, TypeAlias

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType

Write: TypeAlias = Callable[[Any], Any]
KINDS_MAX: Final = 64
"""How many combinations of classes one run of fields remembers."""
_AS_IT_IS: Final = frozenset({(GraphQLString, str), (GraphQLID, str), (GraphQLBoolean, bool)})


def is_plain(kind: type) -> bool:
    """Tell whether a value of exactly that class is what it seems: neither awaitable nor an exception."""
    return (
        not issubclass(kind, BaseException)
        and not any({"__await__", "__getattr__", "__class__"} & vars(cls).keys() for cls in kind.__mro__[:-1])
        and isinstance(kind.__getattribute__, WrapperDescriptorType)
    )


def as_it_is(value: Any) -> Any:  # noqa: ANN401 - whatever it is
    """Write a value that is written as it is."""
    return value


def _integer(value: int) -> int:
    if GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
        return value
    raise OverflowError


def writer(leaf: GraphQLLeafType, kind: type) -> Write:
    """Give what writes a plain value of exactly that class; what it raises is not what the stock executor says."""
    if (leaf, kind) in _AS_IT_IS:
        return as_it_is
    if leaf is GraphQLInt and kind is int:
        return _integer
    if isinstance(leaf, CustomGraphQLEnumType) and kind is leaf.wrapped_cls and issubclass(kind, Enum):
        names = {id(member): leaf.coerce_output_value(member) for member in kind}
        return lambda member: names[id(member)]  # members live as long as their class, so an id stays theirs
    return leaf.coerce_output_value


class Run:
    """Attributes of an object that are read and written together, as long as they hold what they held before."""

    __slots__ = ("_get", "_keys", "_known", "_leaves")

    def __init__(self, fields: Sequence[tuple[str, str, GraphQLLeafType, bool]]) -> None:
        """Take response keys, attributes, types, and whether null may stand there."""
        self._keys = [key for key, *_ in fields]
        self._get = attrgetter(*(attribute for _, attribute, *_ in fields))
        self._leaves = [(leaf, nullable) for *_, leaf, nullable in fields]
        self._known: dict[tuple[type, ...], list[tuple[int, Write]]] = {}

    def fill(self, result: dict[str, Any], source: object) -> bool:
        """Write all of them into the result; False, and nothing written, if they must be looked at one by one."""
        try:
            values: Sequence[Any] = self._get(source)
            kinds = tuple(map(type, values))
            writers = self._known.get(kinds)
            if writers is None:
                writers = self._learned(kinds)
            if writers:
                values = list(values)
                for index, write in writers:
                    written = values[index] = write(values[index])
                    if written is None or written is Undefined:
                        return False
        except Exception:  # noqa: BLE001 - it is raised again where it is told of
            return False
        result.update(zip(self._keys, values, strict=True))
        return True

    def _learned(self, kinds: tuple[type, ...]) -> list[tuple[int, Write]]:
        writers = []
        for index, ((leaf, nullable), kind) in enumerate(zip(self._leaves, kinds, strict=True)):
            if kind is type(None) and nullable:
                continue
            if kind is type(None) or not is_plain(kind):
                raise TypeError
            write = writer(leaf, kind)
            if write is not as_it_is:
                writers.append((index, write))
        if len(self._known) < KINDS_MAX:
            self._known[kinds] = writers
        return writers
