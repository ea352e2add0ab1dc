"""The schema's types and how they lead to each other, drawn from the SDL: `python -m schema.picture`.

What only carries another type (connections, edges, payloads) is left out: a list is an arrow. Types that many lead to
have a drawing of their own, or there would be nothing but arrows to them.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
)

SDL: Final = Path(__file__).with_name("schema.graphql")
HUB_MIN: Final = 5
"""From how many types on something is drawn apart."""
_CARRIER: Final = re.compile(r".+(Connection|Edge|Payload)")
_ROOTS: Final = MappingProxyType(
    {
        "Query": ("What can be asked", "query", ""),
        "Mutation": (
            "What can be done",
            "mutation",
            "Each takes one `input`, and gives these, or `null` and `errors`.\n\n",
        ),
        "Subscription": ("What one is told of as it happens", "subscription", ""),
    }
)
"""Of each root its heading, what its fields are, and what is said of them."""
_LISTED: Final = MappingProxyType({"==>": "[`{}`]", "-->": "`{}`", "-.->": "`{}` or `null`"})
HEAD: Final = """\
# Schema map

Drawn from [schema.graphql](../schema/schema.graphql) by `make schema-map`; do not edit. An arrow is a field, from the
type that has it to the type it gives: a thin one gives one object, a dotted one may give `null`, a thick one gives
many, mostly in [pages](getting-started.md#pages). What only carries another type (connections, edges, payloads) is not
drawn, nor are scalars and enums. Who may see what is in [authorization.md](authorization.md).
"""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A field that leads from one type to another."""

    source: str
    field: str
    target: str
    line: str


def read_schema() -> GraphQLSchema:
    """Read the committed SDL."""
    return build_schema(SDL.read_text(encoding="utf-8"))


def picture(schema: GraphQLSchema) -> str:
    """Draw the schema, as Markdown with Mermaid."""
    arrows = [arrow for name in _drawn(schema) for arrow in _arrows(schema, name)]
    roots = [arrow for name in _ROOTS for arrow in _arrows(schema, name)]
    hubs = _hubs(arrows)
    parts = [
        HEAD,
        _section("Objects and their relations", "", [a for a in arrows if a.target not in hubs]),
        *(
            _section(f"What leads to {hub}", _said(schema, hub), [a for a in arrows if a.target == hub])
            for hub in sorted(hubs)
        ),
        *(_operations(schema, root, roots) for root in _ROOTS),
        _implementations(schema),
    ]
    return "\n".join(parts)


def _drawn(schema: GraphQLSchema) -> Iterator[str]:
    for name, kind in sorted(schema.type_map.items()):
        is_ours = not name.startswith("__") and name not in _ROOTS and not _CARRIER.fullmatch(name)
        if isinstance(kind, GraphQLObjectType) and is_ours:
            yield name


def _arrows(schema: GraphQLSchema, name: str) -> Iterator[Arrow]:
    for field_name, field in _composite(schema, name).fields.items():
        target = get_named_type(field.type)
        if not is_composite_type(target):
            continue
        if target.name.endswith("Payload"):
            yield from (Arrow(name, field_name, a.target, a.line) for a in _arrows(schema, target.name))
        else:
            yield Arrow(name, field_name, _carried(schema, target.name), _line(field))


def _composite(schema: GraphQLSchema, name: str) -> GraphQLObjectType | GraphQLInterfaceType:
    kind = schema.get_type(name)
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return kind
    raise AssertionError(name)


def _carried(schema: GraphQLSchema, name: str) -> str:
    """Give the type that a connection carries; any other carries itself."""
    if not name.endswith("Connection"):
        return name
    nodes: GraphQLOutputType = _composite(schema, name).fields["nodes"].type
    return str(get_named_type(nodes).name)


def _line(field: GraphQLField) -> str:
    kind: GraphQLOutputType = field.type
    may_be_null = not is_non_null_type(kind)
    inner = kind.of_type if is_non_null_type(kind) else kind
    if is_list_type(inner) or get_named_type(kind).name.endswith("Connection"):
        return "==>"
    return "-.->" if may_be_null else "-->"


def _hubs(arrows: Sequence[Arrow]) -> set[str]:
    sources: dict[str, set[str]] = defaultdict(set)
    for arrow in arrows:
        sources[arrow.target].add(arrow.source)
    return {target for target, leading in sources.items() if len(leading) >= HUB_MIN}


def _section(title: str, said: str, arrows: Sequence[Arrow]) -> str:
    text = f"{said}\n\n" if said else ""
    return f"## {title}\n\n{text}```mermaid\nflowchart LR\n{''.join(_lines(arrows))}```\n"


def _lines(arrows: Sequence[Arrow]) -> Iterator[str]:
    """Draw arrows of one kind between the same two as one."""
    fields: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for arrow in arrows:
        fields[arrow.source, arrow.line, arrow.target].append(arrow.field)
    for (source, line, target), names in fields.items():
        yield f'  {source} {line}|"{"<br>".join(names)}"| {target}\n'


def _operations(schema: GraphQLSchema, root: str, arrows: Sequence[Arrow]) -> str:
    """List a root's fields: drawn, they are a fan that nobody can read."""
    title, kind, said = _ROOTS[root]
    given: dict[str, list[str]] = defaultdict(list)
    for arrow in arrows:
        if arrow.source == root and arrow.target != "UserError":
            shown = "`{}`" if root == "Mutation" else _LISTED[arrow.line]
            given[arrow.field].append(shown.format(arrow.target))
    rows = [
        f"| `{name}` | {', '.join(given[name])} | {_one_line(field.description)} |\n"
        for name, field in _composite(schema, root).fields.items()
    ]
    return f"## {title}\n\n{said}| {kind} | gives | |\n|---|---|---|\n{''.join(rows)}"


def _implementations(schema: GraphQLSchema) -> str:
    kinds = sorted(schema.type_map.items())
    lines = [
        f"  {name} --> {kind.name}\n"
        for kind in (kind for _, kind in kinds if isinstance(kind, GraphQLInterfaceType))
        for name in sorted(one.name for one in schema.get_implementations(kind).objects)
    ]
    text = "An arrow is *is a*: `... on Transfer` picks one of what `node` gives.\n\n"
    return f"## Interfaces\n\n{text}```mermaid\nflowchart LR\n{''.join(lines)}```\n"


def _said(schema: GraphQLSchema, name: str) -> str:
    return _one_line(_composite(schema, name).description)


def _one_line(description: str | None) -> str:
    return " ".join((description or "").split())


if __name__ == "__main__":
    sys.stdout.write(picture(read_schema()))
