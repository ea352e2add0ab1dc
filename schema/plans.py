"""How a selection is carried out, found once for a document: which fields there are and how each is completed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLLeafType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    TypeNameMetaFieldDef,
    Undefined,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.execution.executor import collect_iterator_awaitables, invalid_return_type_error
from graphql.pyutils import inspect
from graphql.pyutils.is_iterable import is_iterable

from schema.leaves import Run, is_plain, writer
from schema.positions import Where

if TYPE_CHECKING:
    from schema.execution import PlannedExecutor

Complete: TypeAlias = "Callable[[PlannedExecutor, Any, Where], Any]"
KINDS_MAX: Final = 32
"""How many classes of values a plan remembers as plain."""


class Planned:
    """What is completed at a position: a field, or an item of a list."""

    __slots__ = ("field", "kind", "nodes", "nullable", "quick", "shape", "typename")

    field: Field
    nodes: list[FieldNode]
    typename: str | None

    def __init__(self, kind: GraphQLOutputType) -> None:
        """Plan for values of that type."""
        self.kind = kind
        self.nullable = not isinstance(kind, GraphQLNonNull)
        self.shape = _shape(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, self)
        self.quick: dict[type, Complete] = {}
        """How values of these classes are completed, which need not be looked at any more."""

    def learn(self, kind: type) -> None:
        """Remember how values of that class are completed, if they are all alike."""
        if len(self.quick) < KINDS_MAX and is_plain(kind):
            if kind is not type(None):
                self.quick[kind] = self.shape.quickly(kind)
            elif self.nullable:
                self.quick[kind] = _nothing


def _nothing(_executor: PlannedExecutor, _value: Any, _where: Where) -> None:  # noqa: ANN401
    return None


class Field(Planned):
    """A field of a selection."""

    __slots__ = ("attribute", "call", "definition", "details", "key", "parent")

    attribute: str | None
    call: Callable[[PlannedExecutor, Field, Any, Where], Any]

    def __init__(
        self, key: str, parent: GraphQLObjectType, definition: GraphQLField, details: FieldDetailsList
    ) -> None:
        """Plan a field; how it is resolved is added by whoever knows."""
        self.key, self.parent, self.definition, self.details = key, parent, definition, details
        self.nodes = [detail.node for detail in details]
        self.typename = parent.name
        self.field = self
        super().__init__(definition.type)


class Item(Planned):
    """An item of a list."""

    __slots__ = ()

    def __init__(self, kind: GraphQLOutputType, field: Field) -> None:
        """Plan the items of a field's list."""
        self.field, self.nodes, self.typename = field, field.nodes, None
        super().__init__(kind)


class Selection:
    """The fields that are asked for of an object of one type."""

    __slots__ = ("blank", "fields", "rest", "run")

    def __init__(self, fields: Sequence[Field], blank: dict[str, Any]) -> None:
        """Put fields together; attributes without a selection are read and written in one go."""
        self.blank = blank
        """The answer before anything is known: all keys in their order, and the type's name."""
        self.fields = fields
        run = [
            (field.key, field.attribute, field.shape.leaf, field.nullable)
            for field in fields
            if field.attribute is not None and isinstance(field.shape, Leaf)
        ]
        together = len(run) > 1
        self.run = Run(run) if together else None
        keys = {key for key, *_ in run} if together else set()
        self.rest = [field for field in fields if field.key not in keys]


def plan_selection(
    schema: GraphQLSchema, kind: GraphQLObjectType, grouped: GroupedFieldSet, prepare: Callable[[Field], None]
) -> Selection:
    """Plan the fields of an object; unknown ones are left out."""
    fields, blank = [], {}
    for key, details in grouped.items():
        definition = schema.get_field(kind, details[0].node.name.value)
        if definition is None:
            continue
        blank[key] = kind.name if definition is TypeNameMetaFieldDef else None
        if definition is not TypeNameMetaFieldDef:
            field = Field(key, kind, definition, details)
            prepare(field)
            fields.append(field)
    return Selection(fields, blank)


# ---- shapes -------------------------------------------------------------------------------------------------------


class Leaf:
    """A scalar or an enumeration."""

    __slots__ = ("leaf",)

    def __init__(self, leaf: GraphQLLeafType) -> None:
        """Write values of that type."""
        self.leaf = leaf

    def quickly(self, kind: type) -> Complete:
        """Write values of that class without looking at them again, and as usual if that fails."""
        write, complete = writer(self.leaf, kind), self.complete

        def written(executor: PlannedExecutor, value: Any, where: Where) -> Any:  # noqa: ANN401
            try:
                result = write(value)
            except Exception:  # noqa: BLE001 - it is raised again in the words that are told
                result = None
            return complete(executor, value, where) if result is None or result is Undefined else result

        return written

    def complete(self, executor: PlannedExecutor, value: Any, _where: Where) -> Any:  # noqa: ANN401
        """Write a value."""
        return executor.complete_leaf_value(self.leaf, value)


class Listing:
    """A list."""

    __slots__ = ("item",)

    def __init__(self, kind: GraphQLOutputType, plan: Planned) -> None:
        """Complete items of that type."""
        self.item = Item(kind, plan.field)

    def quickly(self, kind: type) -> Complete:
        """Complete a list or tuple without asking what it is."""
        return self._each if kind in (list, tuple) else self.complete

    def complete(self, executor: PlannedExecutor, value: Any, where: Where) -> Any:  # noqa: ANN401
        """Complete all items."""
        field = self.item.field
        if executor.is_async_iterable(value):
            return executor.wait_for(where, executor.complete_asynchronous_items(self.item, value, where), _already)
        if not is_iterable(value):
            message = f"Expected Iterable, but did not find one for field '{field.parent}.{field.nodes[0].name.value}'."
            raise GraphQLError(message)
        return self._each(executor, value, where)

    def _each(self, executor: PlannedExecutor, values: Any, where: Where) -> list[Any]:  # noqa: ANN401
        results: list[Any] = []
        append, item = results.append, self.item
        quick, iterator = item.quick, iter(values)
        index = 0
        try:
            for value in iterator:
                here = (where, results, index, item)
                append(None)
                try:
                    complete = quick.get(type(value))
                    results[index] = executor.take(value, here) if complete is None else complete(executor, value, here)
                except Exception as raw:  # noqa: BLE001 - told of where it belongs
                    executor.fail(raw, here)
                index += 1
        except Exception:
            orphans = collect_iterator_awaitables(iterator, executor.is_awaitable)
            if orphans:
                executor.settle_in_background(orphans)
            raise
        return results


class Object:
    """An object of one type."""

    __slots__ = ("kind", "selection")

    def __init__(self, kind: GraphQLObjectType) -> None:
        """Select from objects of that type."""
        self.kind = kind
        self.selection: Selection | None = None

    def quickly(self, _kind: type) -> Complete:
        """Complete objects of a class, without asking each of a type that goes by the class alone."""
        judge, selection = self.kind.is_type_of, self.selection
        if selection is None or not (judge is None or getattr(judge, "by_class", False)):
            return self.complete

        def select(executor: PlannedExecutor, value: Any, where: Where) -> Any:  # noqa: ANN401
            return executor.select(selection, value, where)

        return select

    def complete(self, executor: PlannedExecutor, value: Any, where: Where) -> Any:  # noqa: ANN401
        """Make sure that the object is of the type, and select from it."""
        judge = self.kind.is_type_of
        if judge is None:
            return self._select(executor, value, where)
        belongs = judge(value, executor.info_at(where))
        if executor.is_awaitable(belongs):
            return executor.wait_for(where, belongs, lambda judged: self._judged(executor, value, where, judged))
        return self._judged(executor, value, where, belongs)

    def _judged(self, executor: PlannedExecutor, value: Any, where: Where, belongs: object) -> Any:  # noqa: ANN401
        if not belongs:
            raise invalid_return_type_error(self.kind, value, where[3].field.details)
        return self._select(executor, value, where)

    def _select(self, executor: PlannedExecutor, value: Any, where: Where) -> Any:  # noqa: ANN401
        if self.selection is None:
            self.selection = executor.plan_below(self.kind, where[3].field)
        return executor.select(self.selection, value, where)


class Abstract:
    """An object of one of several types."""

    __slots__ = ("kind", "objects")

    def __init__(self, kind: Any) -> None:  # noqa: ANN401 - an interface or a union
        """Find out the type of each object."""
        self.kind = kind
        self.objects: dict[str, Object] = {}

    def quickly(self, _kind: type) -> Complete:
        """Ask each object."""
        return self.complete

    def complete(self, executor: PlannedExecutor, value: Any, where: Where) -> Any:  # noqa: ANN401
        """Find out the type, and complete the object."""
        info = executor.info_at(where)
        name = (self.kind.resolve_type or executor.type_resolver)(value, info, self.kind)
        if executor.is_awaitable(name):
            return executor.wait_for(where, name, lambda found: self._found(executor, value, where, info, found))
        return self._found(executor, value, where, info, name)

    def _found(
        self,
        executor: PlannedExecutor,
        value: Any,  # noqa: ANN401
        where: Where,
        info: GraphQLResolveInfo[Any],
        name: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        kind = executor.ensure_valid_runtime_type(name, self.kind, where[3].field.details, info, value)
        shape = self.objects.get(kind.name)
        if shape is None:
            shape = self.objects[kind.name] = Object(kind)
        return shape.complete(executor, value, where)


def _already(completed: Any) -> Any:  # noqa: ANN401
    return completed


def _shape(kind: Any, plan: Planned) -> Leaf | Listing | Object | Abstract:  # noqa: ANN401 - of the library's types
    if is_list_type(kind):
        return Listing(kind.of_type, plan)
    if is_leaf_type(kind):
        return Leaf(kind)
    if is_abstract_type(kind):
        return Abstract(kind)
    if is_object_type(kind):
        return Object(kind)
    message = f"Cannot complete value of unexpected output type: '{inspect(kind)}'."
    raise TypeError(message)
