"""How much an operation asks for, measured in linear time: each fragment once, whatever it would unfold into."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from schema.lists import PAGE_DEFAULT, PAGE_MAX

LIST_ASSUMED: Final = 10
"""How long a list counts that is not a page."""
COSTS_KEPT: Final = 16
"""Of one operation, by the lengths that are asked for."""
_PAGE_LENGTHS: Final = {"first", "last"}
_PER_ITEM: Final = {"nodes", "edges"}
_INTROSPECTION: Final = {"__schema", "__type", "__typename"}
Variables = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Measure:
    """How much a selection asks for; `per_item` is what each item of the page costs that the selection is made on."""

    fields: int = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: int = 0
    per_item: int = 0

    def beside(self, other: Measure) -> Measure:
        """Take two selections together."""
        return Measure(
            self.fields + other.fields,
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.cost + other.cost,
            self.per_item + other.per_item,
        )


NOTHING: Final = Measure()


@dataclass(slots=True)
class Measuring:
    """Measures the operations of one document, each fragment once."""

    schema: GraphQLSchema
    document: DocumentNode
    variables: Variables = field(default_factory=dict)
    lengths_in: set[str] = field(default_factory=set)
    """The variables by which anything was found to be as long as it is."""
    _known: dict[str, Measure] = field(default_factory=dict)

    def operations(self) -> Iterator[OperationDefinitionNode]:
        """Give the document's operations."""
        return (node for node in self.document.definitions if isinstance(node, OperationDefinitionNode))

    def measure(self, operation: OperationDefinitionNode) -> Measure:
        """Measure an operation."""
        return self._selection(operation.selection_set, self.schema.get_root_type(operation.operation))

    def _selection(self, selection: SelectionSetNode | None, parent: GraphQLNamedType | None) -> Measure:
        total = NOTHING
        for node in selection.selections if selection is not None else ():
            directives = Measure(directives=len(node.directives or ()))
            total = total.beside(directives).beside(self._part(node, parent))
        return total

    def _part(self, node: object, parent: GraphQLNamedType | None) -> Measure:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, InlineFragmentNode):
            named = self.schema.get_type(node.type_condition.name.value) if node.type_condition else parent
            return self._selection(node.selection_set, named)
        return self._fragment(node.name.value) if isinstance(node, FragmentSpreadNode) else NOTHING

    def _fragment(self, name: str) -> Measure:
        if name not in self._known:
            self._known[name] = NOTHING  # a cycle, which another rule refuses, ends here
            found = (d for d in self.document.definitions if isinstance(d, FragmentDefinitionNode))
            fragment = next((d for d in found if d.name.value == name), None)
            if fragment is not None:
                named = self.schema.get_type(fragment.type_condition.name.value)
                self._known[name] = self._selection(fragment.selection_set, named)
        return self._known[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Measure:
        name = node.name.value
        known = parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
        inner = self._selection(node.selection_set, get_named_type(known.type) if known is not None else None)
        outer = replace(
            inner, fields=1, depth=inner.depth + 1, aliases=inner.aliases + (node.alias is not None), per_item=0
        )
        if name in _INTROSPECTION:
            return replace(outer, cost=0)
        cost = 1 + inner.cost + inner.per_item * self._page_length(node)
        if name in _PER_ITEM and parent is not None and parent.name.endswith("Connection"):
            return replace(outer, cost=0, per_item=1 + inner.cost)
        if known is not None and is_list_type(get_nullable_type(known.type)):
            cost = 1 + inner.cost * self._list_length(node)
        return replace(outer, cost=cost)

    def _page_length(self, node: FieldNode) -> int:
        given = [self._value(each.value) for each in node.arguments or () if each.name.value in _PAGE_LENGTHS]
        asked = [value for value in given if isinstance(value, int)]
        return min(max(1, *asked), PAGE_MAX) if asked else PAGE_DEFAULT

    def _list_length(self, node: FieldNode) -> int:
        given = [self._value(argument.value) for argument in node.arguments or ()]
        return max((len(value) for value in given if isinstance(value, list | range)), default=LIST_ASSUMED)

    def _value(self, node: ValueNode) -> object:
        if isinstance(node, VariableNode):
            self.lengths_in.add(node.name.value)
            return self.variables.get(node.name.value)
        return _literal(node)


def _literal(node: ValueNode | None) -> object:
    if isinstance(node, IntValueNode):
        return int(node.value)
    return list(node.values) if isinstance(node, ListValueNode) else None


# ---- the cost, remembered -----------------------------------------------------------------------------------------


class Costs:
    """What one operation costs, by the lengths that its variables ask for; it depends on nothing else of them."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        """Find the variables that are lengths: they are looked at whatever they hold."""
        self._schema = schema
        self._document = document
        self._operation = operation
        measuring = Measuring(schema, document)
        measuring.measure(operation)
        self._defaults = {
            each.variable.name.value: _length(_literal(each.default_value))
            for each in operation.variable_definitions or ()
            if each.variable.name.value in measuring.lengths_in
        }
        self._of_lengths = lru_cache(maxsize=COSTS_KEPT)(self._measured)

    def of(self, variables: Variables) -> int:
        """Give the cost with these variables; one that is not given is what the operation says."""
        return self._of_lengths(
            *[_length(variables[name]) if name in variables else length for name, length in self._defaults.items()]
        )

    def _measured(self, *lengths: int | range | None) -> int:
        variables = dict(zip(self._defaults, lengths, strict=True))
        return Measuring(self._schema, self._document, variables).measure(self._operation).cost


def _length(value: object) -> int | range | None:
    """Give what counts of a value that may be a length: the number, or of a list how many."""
    if isinstance(value, list):
        return range(len(value))
    return value if isinstance(value, int) else None
