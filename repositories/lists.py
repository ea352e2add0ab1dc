"""How lists are filtered, ordered and cut into pages, for whatever a backend does not leave to its server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from repositories.contract import AllOf, AnyOf, AtMost, Condition, Page, Prefix, Where, Window
from repositories.tables import Position, Table

E = TypeVar("E")


def matches(entity: object, where: Where) -> bool:
    """Tell whether all conditions hold for the object."""
    return all(_holds(getattr(entity, attribute), condition) for attribute, condition in where.items())


def _holds(value: object, condition: Condition) -> bool:
    values = value if isinstance(value, tuple) else (value,)
    if isinstance(condition, Prefix):
        return any(isinstance(v, str) and v.startswith(condition.text) for v in values)
    if isinstance(condition, AnyOf):
        return any(v in condition.values for v in values)
    if isinstance(condition, AllOf):
        return all(v in values for v in condition.values)
    if isinstance(condition, AtMost):
        return any(isinstance(v, datetime) and v <= condition.moment for v in values)
    return condition in values


def in_order(table: Table[E], entities: Iterable[E], *, backwards: bool = False) -> list[E]:
    """Sort objects into the table's order, or its reverse."""
    return sorted(entities, key=table.position, reverse=table.descending != backwards)


def lookahead(window: Window) -> Window:
    """Ask for one object more than the page holds, to know whether there is another page."""
    return Window(window.limit + 1, backwards=window.backwards, after=window.after, before=window.before)


def make_page(table: Table[E], found: Sequence[E], window: Window) -> Page[E]:
    """Make a page of what a `lookahead` window gave, which runs from the end if the window is backwards."""
    more = len(found) > window.limit
    items = tuple(found[: window.limit])
    if window.backwards:
        items = items[::-1]
    return Page(
        items=items,
        positions=tuple(table.position(item) for item in items),
        has_next=window.before is not None if window.backwards else more,
        has_previous=more if window.backwards else window.after is not None,
    )


def page_of(table: Table[E], entities: Iterable[E], window: Window) -> Page[E]:
    """Cut a page out of objects that are all at hand, in the table's order."""
    ordered = in_order(table, entities)
    if window.after is not None:
        ordered = [e for e in ordered if _is_past(table, e, window.after)]
    if window.before is not None:
        ordered = [e for e in ordered if _is_past(table, e, window.before, backwards=True)]
    found = ordered[::-1] if window.backwards else ordered
    return make_page(table, found[: window.limit + 1], window)


def _is_past(table: Table[E], entity: E, place: Position, *, backwards: bool = False) -> bool:
    own = table.position(entity)
    return own < place if table.descending != backwards else own > place
