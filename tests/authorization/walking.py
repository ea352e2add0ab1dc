"""The schema as a graph, and selections of all that can be asked of a type, made from the schema alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
)

from schema.build import printed_schema

SCHEMA: Final = build_schema(printed_schema())
ROOTS: Final = ("Query", "Mutation", "Subscription")


def object_types() -> dict[str, GraphQLObjectType]:
    """Give every object type but the roots and the introspection's."""
    return {
        name: kind
        for name, kind in SCHEMA.type_map.items()
        if isinstance(kind, GraphQLObjectType) and name not in ROOTS and not name.startswith("__")
    }


def root_fields(root: str) -> dict[str, GraphQLField]:
    """Give the fields of `Query`, `Mutation` or `Subscription`."""
    kind = SCHEMA.type_map[root]
    assert isinstance(kind, GraphQLObjectType)
    fields: dict[str, GraphQLField] = kind.fields
    return fields


def type_of(field: GraphQLField) -> GraphQLNamedType:
    """Give the type of a field without lists and exclamation marks."""
    return get_named_type(field.type)


def is_node(kind: GraphQLNamedType) -> bool:
    """Tell whether objects of the type have a global id."""
    return isinstance(kind, GraphQLObjectType) and any(i.name == "Node" for i in kind.interfaces)


def node_types() -> list[str]:
    """Give the types whose objects have a global id."""
    return [name for name, kind in object_types().items() if is_node(kind)]


def is_derived(name: str) -> bool:
    """Tell whether a type only carries another: a connection or an edge of a type, or a mutation's payload."""
    payloads = {type_of(field).name for field in root_fields("Mutation").values()}
    listed = name.removesuffix("Connection").removesuffix("Edge")
    return name in payloads or (listed != name and listed in object_types())


def selection(kind: GraphQLNamedType) -> str:
    """Select every field of a type, and of what belongs to it; of objects with an id that it leads to, the leaves."""
    return f"{{ {' '.join(_parts(kind))} }}"


def _parts(kind: GraphQLNamedType, within: tuple[str, ...] = ()) -> Iterator[str]:
    yield "__typename"
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    assert kind.name not in within, f"{kind.name} within itself: give it an id, or say here where to stop"
    for name, field in kind.fields.items():
        target = type_of(field)
        assert not any(is_non_null_type(a.type) for a in field.args.values()), f"{kind.name}.{name} needs arguments"
        if is_leaf_type(target):
            yield name
        elif is_node(target):
            yield f"{name} {{ __typename {' '.join(_leaves(target))} }}"
        else:
            yield f"{name} {{ {' '.join(_parts(target, (*within, kind.name)))} }}"
    if isinstance(kind, GraphQLInterfaceType):
        yield from _implementations(kind, within)


def _implementations(kind: GraphQLInterfaceType, within: tuple[str, ...]) -> Iterator[str]:
    """Select what the types of an interface have beyond it; objects with an id are asked for one by one."""
    for implementation in SCHEMA.get_possible_types(kind):
        own = [name for name in implementation.fields if name not in kind.fields]
        if own and not is_node(implementation):
            yield f"... on {implementation.name} {{ {' '.join(_parts(implementation, within))} }}"


def _leaves(kind: GraphQLNamedType) -> list[str]:
    assert isinstance(kind, GraphQLObjectType)
    return [name for name, field in kind.fields.items() if is_leaf_type(type_of(field))]


def by_id(type_name: str) -> str:
    """Ask for all of an object of that type, by its global id."""
    fields = selection(object_types()[type_name])
    return f"query($id: ID!) {{ node(id: $id) {{ __typename ... on {type_name} {fields} }} }}"


def by_ids(type_name: str) -> str:
    """Ask for all of two objects of that type, by their global ids."""
    fields = selection(object_types()[type_name])
    return f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename ... on {type_name} {fields} }} }}"


def operation(root: str, name: str) -> str:
    """Ask for all that a root field leads to, its arguments as variables."""
    field = root_fields(root)[name]
    declared = ", ".join(f"${argument}: {given.type}" for argument, given in field.args.items())
    passed = ", ".join(f"{argument}: ${argument}" for argument in field.args)
    head = f"({declared})" if declared else ""
    return f"{root.lower()}{head} {{ {name}{f'({passed})' if passed else ''} {selection(type_of(field))} }}"


def edges_asked(kind: GraphQLNamedType, known: set[tuple[str, str]] | None = None) -> set[tuple[str, str]]:
    """Give the edges of the schema's graph that a selection of that type follows, as type and field."""
    edges = known if known is not None else set()
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    kinds: list[GraphQLObjectType | GraphQLInterfaceType] = [kind]
    if isinstance(kind, GraphQLInterfaceType):
        kinds += SCHEMA.get_possible_types(kind)
    for each in kinds:
        for name, field in each.fields.items():
            target = type_of(field)
            if (each.name, name) in edges or (each is not kind and is_node(each)):
                continue
            edges.add((each.name, name))
            if not is_leaf_type(target) and not is_node(target):
                edges_asked(target, edges)
    return edges
