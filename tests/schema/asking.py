"""Random operations on our schema, made so that they find something, choose, merge, and go wrong at times."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any, Final

from graphql import (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    GraphQLSchema,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    parse,
    parse_value,
    print_ast,
    visit,
)
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

Operation = tuple[str, dict[str, Any]]
CUSTOM: Final = {
    "Money": st.sampled_from(["1.00", "12.50"]).map(nodes.String),
    "Date": st.sampled_from(["2025-05-08", "2025-06-02", "2024-01-01"]).map(nodes.String),
    "DateTime": st.just("2025-06-02T12:00:00+08:00").map(nodes.String),
}
PAGING: Final[dict[str, tuple[str, str, tuple[object, ...]]]] = {
    "first": ("Int", "1", (None, 1, 2, 3, 5, 0, 101)),
    "last": ("Int", "1", (None, None, 2, 3)),
    "after": ("String", '""', (None, "", "", "bad")),
    "before": ("String", '""', (None, "", "")),
}
"""What is asked for of pages; some of it is refused."""


def operations(schema: GraphQLSchema, known: dict[str, list[str]]) -> st.SearchStrategy[Operation]:
    """Give operations with variables; `known` are what arguments of these names find."""
    drawn = queries(schema, custom_scalars=CUSTOM, allow_x00=False)

    def change(text: object, seed: int) -> Operation:
        return _changed(schema, str(text), known, Random(seed))  # noqa: S311 - nothing is kept secret by it

    return st.builds(change, drawn, st.integers(0, 2**32))


def _changed(schema: GraphQLSchema, text: str, known: dict[str, list[str]], random: Random) -> Operation:
    info = TypeInfo(schema)
    changing = _Changing(info, known, random)
    document = visit(parse(text, no_location=True), TypeInfoVisitor(info, changing))
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    declared = ", ".join(f"${name}: {kind}" for name, kind in changing.kinds.items())
    body = print_ast(operation.selection_set)
    whole = "\n".join([f"query({declared}) {body}" if declared else body, *changing.fragments])
    return whole, changing.variables


class _Changing(Visitor):
    """Puts known values into arguments, some of them by variable, and directives and fragments around fields."""

    def __init__(self, info: TypeInfo, known: dict[str, list[str]], random: Random) -> None:
        super().__init__()
        self._info, self._known, self._random = info, known, random
        self.kinds: dict[str, str] = {}
        self.variables: dict[str, object] = {}
        self.fragments: list[str] = []

    def _one_in(self, number: int) -> bool:
        return self._random.randrange(number) == 0

    def _variable(self, kind: str, value: object) -> str:
        name = f"v{len(self.kinds)}"
        self.kinds[name], self.variables[name] = kind, value
        return f"${name}"

    def leave_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode | None:  # noqa: ANN401 - the visitor's
        """Ask for what there is."""
        name = node.name.value
        if name in PAGING:
            kind, _example, values = PAGING[name]
            return replace(node, value=parse_value(self._variable(kind, self._random.choice(values))))
        if name in self._known and isinstance(node.value, StringValueNode):
            found = self._random.choice(self._known[name])
            return replace(node, value=StringValueNode(value=found))
        if name == "ids" and isinstance(node.value, ListValueNode):
            found_ids = [self._random.choice(self._known["id"]) for _ in range(self._random.randrange(5))]
            return replace(node, value=parse_value(self._variable("[ID!]!", found_ids)))
        return None

    def leave_field(self, node: FieldNode, *_: Any) -> FieldNode | None:  # noqa: ANN401 - the visitor's
        """Choose some fields, and select some of what is below by a fragment, and again beside it."""
        changed = node
        if self._one_in(8):
            changed = replace(changed, directives=(*(node.directives or ()), self._choice()))
        kind, below = self._info.get_type(), node.selection_set
        if below is not None and kind is not None and self._one_in(6):
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {get_named_type(kind)} {print_ast(below)}")
            mixed = self._random.choice((f"{{ ...{name} }}", f"{{ __typename ... {{ ...{name} }} ...{name} }}"))
            selection: Any = parse(mixed, no_location=True).definitions[0]
            kept = below.selections if self._one_in(2) else ()
            changed = replace(
                changed, selection_set=SelectionSetNode(selections=(*selection.selection_set.selections, *kept))
            )
        return changed if changed is not node else None

    def _choice(self) -> DirectiveNode:
        keeps = not self._one_in(3)
        name, value = self._random.choice((("include", keeps), ("skip", not keeps)))
        said = self._variable("Boolean!", value) if self._one_in(2) else str(value).lower()
        operation: Any = parse(f"{{ a @{name}(if: {said}) }}", no_location=True).definitions[0]
        directive: DirectiveNode = operation.selection_set.selections[0].directives[0]
        return directive
