"""The tables of docs/authorization.md and the schema speak of the same things: there is no gap (R27)."""

from typing import Final

import pytest
from graphql import GraphQLObjectType

from schema.public import PERSONAL, PUBLIC
from tests.authorization.table import CODES, MUTATIONS, QUERIES, SUBSCRIPTIONS, TYPES, Row
from tests.authorization.walking import (
    ROOTS,
    SCHEMA,
    edges_asked,
    is_derived,
    node_types,
    object_types,
    root_fields,
    type_of,
)

TABLES: Final = {
    "Query": (QUERIES, {"seen", "none", "own", "type", *CODES}),
    "Mutation": (MUTATIONS, {"may", *CODES}),
    "Subscription": (SUBSCRIPTIONS, {"own", *CODES}),
    "types": (TYPES, {"seen", "none", "own"}),
}


@pytest.mark.parametrize("root", ROOTS)
def test_every_operation_has_its_row_and_every_row_its_operation(root: str) -> None:
    """R27."""
    assert {row.name for row in TABLES[root][0]} == set(root_fields(root))


def test_every_object_type_has_its_row_and_every_row_its_type() -> None:
    """R27: what only carries another type is as that one."""
    assert {row.name for row in TYPES} == {name for name in object_types() if not is_derived(name)}


@pytest.mark.parametrize("name", dict.fromkeys(row.name for row in TYPES))
def test_every_field_is_spoken_of_once(name: str) -> None:
    """R27."""
    spoken_of = [field for row in TYPES if row.name == name for field in row.fields]
    assert sorted(spoken_of) == sorted(object_types()[name].fields)


@pytest.mark.parametrize("table", TABLES)
def test_every_cell_says_something_that_is_known(table: str) -> None:
    rows, known = TABLES[table]
    assert {cell for row in rows for cell in row.cells.values()} <= known


@pytest.mark.parametrize("table", TABLES)
def test_no_row_stands_twice(table: str) -> None:
    rows: tuple[Row, ...] = TABLES[table][0]
    assert len({(row.name, row.of) for row in rows}) == len(rows)


def test_every_edge_of_the_schemas_graph_is_followed() -> None:
    """R27: by the selections that each caller sends, of objects by id, and of what roots lead to."""
    asked: set[tuple[str, str]] = set()
    for name in node_types():
        asked |= edges_asked(object_types()[name])
    for root in ROOTS:
        for field in root_fields(root).values():
            asked |= edges_asked(type_of(field))
    every = {(name, field) for name, kind in object_types().items() for field in kind.fields}
    assert every <= asked


def test_rows_name_types_that_exist() -> None:
    named = {row.names for row in MUTATIONS + SUBSCRIPTIONS} - {None}
    assert all(isinstance(SCHEMA.type_map[name], GraphQLObjectType) for name in named if name)


def test_what_may_be_kept_on_the_way_is_seen_by_everybody() -> None:
    """R27: and all that everybody sees may be kept, but for what is the asking itself."""
    everybodys = {row.name for row in TYPES if set(row.cells.values()) == {"seen"}}
    somebodys = {row.name for row in TYPES if not row.of and set(row.cells.values()) != {"seen"}}
    assert everybodys == set(PUBLIC)
    assert not somebodys & set(PUBLIC)
    hidden = [row for row in TYPES if row.name in PUBLIC and "none" in row.cells.values()]
    assert {(row.name, field) for row in hidden for field in row.fields} == set(PERSONAL)
