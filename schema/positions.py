"""Positions in an answer: where something stands, and what it lies in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from graphql.pyutils import Path

if TYPE_CHECKING:
    from schema.plans import Field, Item

Where: TypeAlias = "tuple[Where | None, Any, str | int, Field | Item]"
"""A position in the answer: the one it lies in, the object or list that holds it, its key there, and its plan."""


def path_of(where: Where | None) -> Path | None:
    """Give a position as the stock executor names it."""
    if where is None:
        return None
    outer, _, key, plan = where
    return Path(path_of(outer), key, plan.typename)


def lies_in(where: Where | None, outer: Where | None) -> bool:
    """Tell whether a position is that one, or lies in it."""
    while where is not outer:
        if where is None:
            return False
        where = where[0]
    return True


def depth_of(where: Where | None) -> int:
    """Count how many positions lie around a position, itself included."""
    depth = 0
    while where is not None:
        depth += 1
        where = where[0]
    return depth
