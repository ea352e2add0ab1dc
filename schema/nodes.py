"""Objects with a global id that stays the same for ever, and how one is found by it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import strawberry

from domain.outcomes import NodeRef
from schema.context import Context
from schema.fields import by_class, resolved

T = TypeVar("T")
Find = Callable[[Context, str], Awaitable[object | None]]
FindT = TypeVar("FindT", bound=Find)
_FINDERS: Final[dict[str, Find]] = {}


@dataclass(frozen=True, slots=True)
class _Identity:
    type_name: str
    key: Callable[[Any], str]


_IDENTITIES: Final[dict[type, _Identity]] = {}


@strawberry.interface(description="可按全局标识查询的对象。An object that can be found by its global id.")
class Node:
    """What every object with an id has in common."""

    @resolved("全局标识，不透明，永不改变。Opaque global id, stable for ever.")
    @staticmethod
    def id(root: strawberry.Parent[object]) -> strawberry.ID:
        """Name the object by its type and key."""
        identity = _IDENTITIES[type(root)]
        return global_id(identity.type_name, identity.key(root))


def ref_of(value: object) -> NodeRef | None:
    """Name a domain object by type and key; None for one that is no node."""
    identity = _IDENTITIES.get(type(value))
    return NodeRef(identity.type_name, identity.key(value)) if identity is not None else None


def ref_in(node_id: str) -> NodeRef:
    """Give the type and key in a global id; both are empty, which no object's are, if it is none."""
    return NodeRef(*_parse(node_id))


def exposes(cls: type[T], type_name: str, key: Callable[[T], str]) -> Any:  # noqa: ANN401 - Strawberry wants no type
    """Tell the schema which domain objects a node type shows, and how they are named."""
    _IDENTITIES[cls] = _Identity(type_name, key)

    @by_class
    def is_type_of(obj: object, _info: object) -> bool:
        return isinstance(obj, cls)

    return staticmethod(is_type_of)


def global_id(type_name: str, key: str) -> strawberry.ID:
    """Make the global id of an object."""
    return strawberry.ID(base64.urlsafe_b64encode(f"{type_name}:{key}".encode()).decode().rstrip("="))


def key_of(type_name: str, node_id: str) -> str:
    """Give the key in a global id of that type; empty, which no object has, if it is another one or none at all."""
    found_type, key = _parse(node_id)
    return key if found_type == type_name else ""


def _parse(node_id: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(node_id + "=" * (-len(node_id) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return "", ""
    type_name, _, key = text.partition(":")
    return type_name, key


def finds(type_name: str) -> Callable[[FindT], FindT]:
    """Register how objects of a type are found by key, as far as the caller may see them (R27)."""

    def register(find: FindT) -> FindT:
        _FINDERS[type_name] = find
        return find

    return register


async def find_by_id(context: Context, node_id: str) -> object | None:
    """Give the object of that global id; None if there is none, or none for the caller (R27)."""
    return await find_node(context, *_parse(node_id))


async def find_node(context: Context, type_name: str, key: str) -> object | None:
    """Give the object of that type and key; None if there is none, or none for the caller (R27)."""
    finder = _FINDERS.get(type_name)
    return await finder(context, key) if finder is not None and key else None
