"""Domain objects as plain records and back: what is kept of them, and what cannot be kept (`Unstorable`).

A record holds text, 64-bit integers, booleans, UTC times at milliseconds, None, lists and records. A class with
subclasses is kept with the subclass's name under `type`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from functools import cache, partial
from typing import Any, TypeVar

from cattrs import Converter
from cattrs.strategies import configure_tagged_union, include_subclasses

from domain.errors import Refusal
from domain.ledger import Account
from domain.wallets import PersonalAccount, Wallet
from repositories.errors import Unstorable
from repositories.tables import TABLES, Table

E = TypeVar("E")
Record = dict[str, Any]
INT64_MAX = 2**63 - 1


def _refusals(cls: type[Refusal]) -> Iterator[type[Refusal]]:
    yield cls
    for subclass in cls.__subclasses__():
        yield from _refusals(subclass)


_FAMILIES: tuple[tuple[type, ...], ...] = ((Account, Wallet, PersonalAccount), tuple(_refusals(Refusal)))


def family_of(cls: type) -> tuple[type, ...]:
    """Give the classes whose objects a table of that class keeps: the class itself, or its subclasses."""
    return next((family[1:] for family in _FAMILIES if family[0] is cls), (cls,))


def _datetime(value: datetime) -> datetime:
    if value.tzinfo is not UTC or value.microsecond % 1000:
        message = "a stored time is in UTC, cut to the millisecond"
        raise Unstorable(message)
    return value


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime):
        message = "a stored time is a time"
        raise TypeError(message)
    return value


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        message = "a stored text has no lone surrogates"
        raise Unstorable(message) from None
    return value


def _integer(value: int) -> int:
    if not -INT64_MAX - 1 <= value <= INT64_MAX:
        message = "a stored integer fits in 64 bits"
        raise Unstorable(message)
    return value


def make_converter(integer: Callable[[int], Any] = int) -> Converter:
    """Make a converter between domain objects and records; `integer` turns an int into the backend's own kind."""
    converter = Converter(forbid_extra_keys=False)
    converter.register_unstructure_hook(str, _text)
    converter.register_unstructure_hook(bool, lambda value: value)
    converter.register_unstructure_hook(int, lambda value: integer(_integer(value)))
    converter.register_structure_hook(int, lambda value, _: int(value))
    converter.register_structure_hook(bool, lambda value, _: bool(value))
    converter.register_unstructure_hook(datetime, _datetime)
    converter.register_structure_hook(datetime, lambda value, _: _moment(value))
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_structure_hook(date, lambda value, _: date.fromisoformat(value))
    for family in _FAMILIES:
        include_subclasses(
            family[0], converter, subclasses=family, union_strategy=partial(configure_tagged_union, tag_name="type")
        )
    return converter


@cache
def records_of(integer: Callable[[int], Any] = int) -> Records:
    """Give the records with that kind of integer; made once, for making them takes a while."""
    return Records(make_converter(integer))


class Records:
    """Turns the tables' objects into records and back, derived and unique attributes included."""

    def __init__(self, converter: Converter) -> None:
        """Prepare a pair of functions for each table."""
        self._to_record = {table.name: converter.get_unstructure_hook(table.entity) for table in TABLES}
        self._to_entity = {table.name: converter.get_structure_hook(table.entity) for table in TABLES}
        self._value = converter.unstructure

    def encode(self, table: Table[E], entity: E) -> Record:
        """Give the object's record; Unstorable if a value cannot be kept or lies outside the table's bounds."""
        _require_bounds(table, entity)
        record: Record = self._to_record[table.name](entity)
        for attribute in derived_attributes(table):
            value = getattr(entity, attribute)
            if value is not None and value != ():
                record[attribute] = self._derived(value)
        return record

    def _derived(self, value: object) -> object:
        if type(value) is tuple and set(map(type, value)) == {str}:  # most are lists of names
            return [_text(each) for each in value]
        return _text(value) if type(value) is str else self._value(value)

    def decode(self, table: Table[E], record: Record) -> E:
        """Give the object a record was made of."""
        entity: E = self._to_entity[table.name](record, table.entity)
        return entity


@cache
def kept_attributes(table: Table[Any]) -> frozenset[str]:
    """Give all that is kept of a table's objects: fields of every class they may be of, and what lists go by."""
    stored = {field.name for cls in family_of(table.entity) for field in fields(cls)}
    return frozenset((*stored, *derived_attributes(table), table.key, *table.order))


@cache
def derived_attributes(table: Table[Any]) -> tuple[str, ...]:
    """Give the properties that are kept beside the fields, because lists or uniqueness go by them."""
    stored = {field.name for field in fields(table.entity)}
    return tuple(sorted(table.looked_up_by - stored))


def _require_bounds(table: Table[E], entity: E) -> None:
    below = [name for name in table.at_least_zero if getattr(entity, name) < 0]
    above = [name for name, most in table.at_most if getattr(entity, name) > getattr(entity, most)]
    if below or above:
        message = f"{table.name}: {', '.join(below + above)} out of bounds"
        raise Unstorable(message)
