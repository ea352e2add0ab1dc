"""The plans that are kept: one for each operation, and for each choice of its @skip and @include."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    ExecutableDefinitionNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionNode,
    Undefined,
    VariableNode,
)
from graphql.execution.collect_fields import collect_fields

from schema.calls import prepare
from schema.plans import Selection, plan_selection

if TYPE_CHECKING:
    from schema.execution import PlannedExecutor

OPERATIONS_MAX: Final = 128
VARIANTS_MAX: Final = 16
_CHOOSING: Final = {"skip", "include"}
_LATER: Final = {"defer", "stream"}


class Variants:
    """The plans of one operation."""

    def __init__(self, operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> None:
        """Find out which variables choose what is selected."""
        self._operation, self._fragments = operation, tuple(fragments.items())
        self._plans: OrderedDict[tuple[object, ...], Selection] = OrderedDict()
        directives = [
            directive
            for definition in (operation, *fragments.values())
            for node in _selected(definition)
            for directive in node.directives or ()
        ]
        self.can_be_planned = not any(directive.name.value in _LATER for directive in directives) and not any(
            fragment.variable_definitions for fragment in fragments.values()
        )
        values = [
            argument.value
            for directive in directives
            if directive.name.value in _CHOOSING
            for argument in directive.arguments or ()
        ]
        self._choosing = sorted({value.name.value for value in values if isinstance(value, VariableNode)})

    def are_of(self, operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> bool:
        """Tell whether these very nodes were planned; an id alone may be another's by now."""
        return (
            self._operation is operation
            and len(self._fragments) == len(fragments)
            and all(fragments.get(name) is fragment for name, fragment in self._fragments)
        )

    def selection(self, executor: PlannedExecutor, root: GraphQLObjectType) -> Selection:
        """Give the plan for an operation's variables."""
        coerced = executor.variable_values.coerced
        choice = (root, *(coerced.get(name, Undefined) for name in self._choosing))
        plan = self._plans.get(choice)
        if plan is not None:
            self._plans.move_to_end(choice)
            return plan
        grouped = collect_fields(
            executor.schema,
            executor.fragments,
            executor.variable_values,
            root,
            executor.operation,
            executor.hide_suggestions,
        ).grouped_field_set
        plan = plan_selection(executor.schema, root, grouped, lambda field: prepare(executor.schema, field))
        self._plans[choice] = plan
        if len(self._plans) > VARIANTS_MAX:
            self._plans.popitem(last=False)
        return plan


def _selected(definition: ExecutableDefinitionNode) -> list[SelectionNode]:
    """Give all selections of a definition, nested ones included, however deep."""
    found: list[SelectionNode] = []
    sets: list[Any] = [definition.selection_set]
    while sets:
        for node in sets.pop().selections:
            found.append(node)
            inner = getattr(node, "selection_set", None)
            if inner is not None:
                sets.append(inner)
    return found


def variants_of(executor: PlannedExecutor) -> Variants | None:
    """Give the plans of the operation that is to be carried out; None if it cannot be planned."""
    kept: OrderedDict[int, Variants] = vars(executor.schema).setdefault("planned_operations", OrderedDict())
    operation, fragments = executor.operation, executor.fragment_definitions
    found = kept.get(id(operation))
    if found is None or not found.are_of(operation, fragments):
        found = kept[id(operation)] = Variants(operation, fragments)
        if len(kept) > OPERATIONS_MAX:
            kept.popitem(last=False)
    kept.move_to_end(id(operation))
    return found if found.can_be_planned else None
