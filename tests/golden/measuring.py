"""What the golden operations cover of the schema: fields that were answered with a value, and codes that were met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)

from tests.golden.scenarios import Scenario


def wanted(schema: GraphQLSchema) -> set[str]:
    """Give every field of every object, the roots among them, and every error code."""
    objects = [kind for kind in schema.type_map.values() if isinstance(kind, GraphQLObjectType)]
    codes = schema.type_map["ErrorCode"]
    assert isinstance(codes, GraphQLEnumType)
    return {f"{kind.name}.{name}" for kind in objects if not kind.name.startswith("__") for name in kind.fields} | {
        f"ErrorCode.{code}" for code in codes.values
    }


def covered(schema: GraphQLSchema, scenarios: Iterable[Scenario]) -> set[str]:
    """Give every field that was answered with a value, on the object that it was answered of, and every code met."""
    seen: set[str] = set()
    for scenario in scenarios:
        for step in scenario.steps:
            for answer in step.answer if step.events else [step.answer]:
                seen |= set(_Walk(schema, scenario.operations[step.operation]).covered(answer))
    return seen


class _Walk:
    """One operation along its answer."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self.schema = schema
        (self.operation,) = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}

    def covered(self, answer: dict[str, Any]) -> Iterator[str]:
        root = self.schema.get_root_type(self.operation.operation)
        assert root is not None
        yield from self._object(root, self.operation.selection_set, answer)

    def _object(self, kind: GraphQLObjectType, asked: SelectionSetNode, answer: dict[str, Any]) -> Iterator[str]:
        for node in self._fields(kind, asked):
            name, value = node.name.value, answer[(node.alias or node.name).value]
            if name.startswith("__") or value is None:
                continue
            yield f"{kind.name}.{name}"
            target = get_named_type(kind.fields[name].type)
            if name == "code" and "UserError" in {interface.name for interface in kind.interfaces}:
                yield f"ErrorCode.{value}"
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict) and node.selection_set is not None:
                    yield from self._object(self._kind(target, each), node.selection_set, each)

    def _kind(self, target: Any, answer: dict[str, Any]) -> GraphQLObjectType:  # noqa: ANN401 - any named type
        """Give the object's type; where the schema leaves it open, the operation asks for `__typename`."""
        kind = self.schema.type_map[answer["__typename"]] if is_abstract_type(target) else target
        assert isinstance(kind, GraphQLObjectType)
        return kind

    def _fields(self, kind: GraphQLObjectType, asked: SelectionSetNode) -> Iterator[FieldNode]:
        """Give the fields that are asked of an object of this type, fragments included."""
        for node in asked.selections:
            if isinstance(node, FieldNode):
                yield node
                continue
            part = self.fragments[node.name.value] if isinstance(node, FragmentSpreadNode) else node
            assert isinstance(part, FragmentDefinitionNode | InlineFragmentNode)
            on = part.type_condition.name.value if part.type_condition else kind.name
            if on == kind.name or on in {interface.name for interface in kind.interfaces}:
                yield from self._fields(kind, part.selection_set)
