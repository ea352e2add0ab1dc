"""Conditions and pages as MongoDB filters: the server filters, sorts and cuts, always along an index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from pymongo import ASCENDING, DESCENDING

from repositories.contract import AllOf, AnyOf, AtMost, Condition, Prefix, Where, Window
from repositories.mongo.documents import field_name
from repositories.tables import CursorValue, Table

E = TypeVar("E")
Filter = dict[str, Any]


def filter_of(table: Table[E], where: Where, window: Window | None = None) -> Filter:
    """Give the filter for which all conditions hold, inside the window."""
    clauses: list[Filter] = [{field_name(table, name): _condition(c)} for name, c in where.items()]
    if window is not None and window.after is not None:
        clauses += _past(table, window.after, forwards=True)
    if window is not None and window.before is not None:
        clauses += _past(table, window.before, forwards=False)
    return {"$and": clauses} if clauses else {}


def _condition(condition: Condition) -> object:
    if isinstance(condition, Prefix):
        return {"$regex": "^" + re.escape(condition.text).replace("\0", r"\x00")}
    if isinstance(condition, AnyOf):
        return {"$in": list(condition.values)}
    if isinstance(condition, AllOf):
        return {"$all": list(condition.values)}
    if isinstance(condition, AtMost):
        return {"$lte": condition.moment}
    return {"$eq": condition}


def _past(table: Table[E], place: Sequence[CursorValue], *, forwards: bool) -> list[Filter]:
    """Compare with a place in the order, attribute by attribute: past the first, or equal and past the second, ….

    That none is on the wrong side of the first follows from it, and lets the server begin there in its index.
    """
    operator = "$gt" if forwards != table.descending else "$lt"
    names = [field_name(table, attribute) for attribute in table.order]
    alternatives: list[Filter] = []
    for index, name in enumerate(names):
        equal: Filter = dict(zip(names[:index], place[:index], strict=True))
        alternatives.append({**equal, name: {operator: place[index]}})
    return [{names[0]: {f"{operator}e": place[0]}}, {"$or": alternatives}] if len(names) > 1 else alternatives


def sort_of(table: Table[E], *, backwards: bool = False) -> list[tuple[str, int]]:
    """Give the table's order as a sort, or its reverse."""
    direction = DESCENDING if table.descending != backwards else ASCENDING
    return [(field_name(table, attribute), direction) for attribute in table.order]
