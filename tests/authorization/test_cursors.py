"""Another's cursor is a place in an order and nothing more: whether anything is there is not told (R27)."""

import base64
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from graphql import GraphQLNamedType, GraphQLObjectType

from tests.authorization.stage import Stage
from tests.authorization.walking import object_types, selection, type_of


def lists_of(kind: GraphQLNamedType, within: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give the paths to all lists in pages that belong to an object of that type, one step deep at most."""
    assert isinstance(kind, GraphQLObjectType)
    for name, field in kind.fields.items():
        target = type_of(field)
        if target.name.endswith("Connection"):
            yield (*within, name)
        elif target.name in ("Wallet", "PersonalAccount"):
            yield from lists_of(target, (*within, name))


LISTS: Final = list(lists_of(object_types()["Person"]))


def page_query(path: tuple[str, ...]) -> str:
    """Ask for a page of one's own list, after a cursor."""
    kind: GraphQLNamedType = object_types()["Person"]
    for name in path:
        assert isinstance(kind, GraphQLObjectType)
        kind = type_of(kind.fields[name])
    query = f"{path[-1]}(after: $after) {selection(kind)}"
    for name in reversed(path[:-1]):
        query = f"{name} {{ {query} }}"
    return f"query($after: String) {{ viewer {{ person {{ {query} }} }} }}"


def cursors(body: Any) -> list[str]:  # noqa: ANN401 - the data of an answer
    """Give the cursors of the only list in an answer."""
    while "edges" not in body:
        body = next(value for value in body.values() if isinstance(value, dict))
    return [edge["cursor"] for edge in body["edges"]]


def beside(cursor: str) -> str:
    """Give a cursor for the place next to that one, where nothing is."""
    *values, last = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    moved = last + "!" if isinstance(last, str) else last
    text = json.dumps([*values, moved], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize("path", LISTS, ids=".".join)
async def test_anothers_cursor_tells_nothing_of_what_is_there(stage: Stage, path: tuple[str, ...]) -> None:
    """R27."""
    query = page_query(path)
    payer, relative = stage.tellers["self"], stage.tellers["relative"]
    theirs = cursors((await payer.ask(query)).data)
    own = cursors((await relative.ask(query)).data) if path != ("personalAccount", "entries") else []
    assert theirs
    for cursor in set(theirs) - set(own):
        answer = await relative.ask(query, after=cursor)
        assert answer == await relative.ask(query, after=beside(cursor))
