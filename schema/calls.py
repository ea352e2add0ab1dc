"""How the resolver of a field is called: directly, where it is one of ours, with arguments converted once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from functools import cached_property
from inspect import Parameter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import strawberry
from graphql import GraphQLField, GraphQLResolveInfo, GraphQLSchema, Node, VariableNode, get_nullable_type, is_leaf_type
from graphql.execution.values import get_argument_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from schema.plans import Field
from schema.positions import Where

if TYPE_CHECKING:
    from schema.execution import PlannedExecutor

Call: TypeAlias = "Callable[[PlannedExecutor, Field, Any, Where], Any]"
_MADE_BY_STRAWBERRY: Final = frozenset(
    f"GraphQLCoreConverter.from_resolver.<locals>.{name}"
    for name in ("_get_basic_result", "_resolver", "_async_resolver")
)
_UNCHANGEABLE: Final = (str, int, float, bool, type(None), Enum, date, type(strawberry.UNSET))


class PlannedInfo(strawberry.Info[Any, Any]):
    """What a resolver is told of its field; all but the context is found out when it is asked for."""

    __slots__ = ("_executor", "_field", "_where", "context")

    def __init__(self, executor: PlannedExecutor, field: StrawberryField, where: Where) -> None:
        """Tell of the field at that position."""
        self._executor, self._field, self._where = executor, field, where
        self.context = executor.context_value  # type: ignore[misc]  # a slot, not the property

    @cached_property
    def _raw_info(self) -> GraphQLResolveInfo[Any]:  # type: ignore[override]
        return self._executor.info_at(self._where)


def call_stock(executor: PlannedExecutor, field: Field, source: Any, where: Where) -> Any:  # noqa: ANN401
    """Call a resolver as the stock executor does."""
    definition, info = field.definition, executor.info_at(where)
    arguments = _coerced(executor, field) if definition.args or field.nodes[0].arguments else {}
    return (definition.resolve or executor.field_resolver)(source, info, **arguments)


def _coerced(executor: PlannedExecutor, field: Field) -> dict[str, Any]:
    return get_argument_values(
        field.definition,
        field.nodes[0],
        executor.variable_values,
        field.details[0].fragment_variable_values,
        executor.hide_suggestions,
    )


def prepare(schema: GraphQLSchema, field: Field) -> None:
    """Find out how a field is resolved."""
    field.attribute, field.call = None, call_stock
    known = _strawberry_field(field.definition) if _is_usual(schema) else None
    if known is None:
        return
    if known.base_resolver is None:
        name = known.python_name
        field.call = lambda _executor, _field, source, _where: getattr(source, name)
        field.attribute = (
            name if name.isidentifier() and is_leaf_type(get_nullable_type(field.definition.type)) else None
        )
    else:
        field.call = _call_of(known, known.base_resolver, field) or call_stock


def _is_usual(schema: GraphQLSchema) -> bool:
    """Tell whether a schema is one of the library's that adds nothing of its own to resolvers."""
    owner = getattr(schema, "_strawberry_schema", None)
    return owner is not None and not owner.exception_handlers and owner.config.info_class is strawberry.Info


def _strawberry_field(definition: GraphQLField) -> StrawberryField | None:
    """Give the field that the library made a definition of, if that does nothing but to call the resolver."""
    known = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if type(known) is not StrawberryField or known.extensions or definition.subscribe is not None:
        return None
    made = getattr(definition.resolve, "__qualname__", "") in _MADE_BY_STRAWBERRY
    return known if made and known.default_resolver is getattr else None


def _call_of(known: StrawberryField, resolver: StrawberryResolver[Any], field: Field) -> Call | None:
    """Call a resolver directly; None for one that takes what it is given in an unusual way."""
    function: Any = resolver.wrapped_func
    given = resolver.self_parameter or resolver.parent_parameter or resolver.root_parameter
    sources = {
        parameter.name
        for parameter in (resolver.self_parameter, resolver.parent_parameter, resolver.root_parameter)
        if parameter is not None
    }
    names = [p.name for p in resolver.signature.parameters.values() if p.kind is Parameter.POSITIONAL_OR_KEYWORD]
    first = [parameter.name for parameter in (given, resolver.info_parameter) if parameter is not None]
    if len(sources) > 1 or not callable(function) or names[: len(first)] != first:
        return None
    takes_source, takes_info = given is not None, resolver.info_parameter is not None
    if not field.definition.args and takes_source:
        if takes_info:
            return lambda executor, _field, source, where: function(source, PlannedInfo(executor, known, where))
        return lambda _executor, _field, source, _where: function(source)
    arguments = _Arguments(known, field)

    def call(executor: PlannedExecutor, _field: Field, source: Any, where: Where) -> Any:  # noqa: ANN401
        info = PlannedInfo(executor, known, where)
        keywords = arguments.of(executor, info)
        if isinstance(keywords, Exception):
            return _failing(keywords)
        if takes_info:
            return function(source, info, **keywords) if takes_source else function(info, **keywords)
        return function(source, **keywords) if takes_source else function(**keywords)

    return call


async def _failing(error: Exception) -> None:
    raise error


class _Arguments:
    """The arguments of a field, converted as the library does it; once, if nothing in them can change."""

    def __init__(self, known: StrawberryField, field: Field) -> None:
        self._known, self._field = known, field
        self._constant: Mapping[str, Any] | None = None
        self._varies = any(_has_variable(argument.value) for argument in field.nodes[0].arguments or ())

    def of(self, executor: PlannedExecutor, info: PlannedInfo) -> Mapping[str, Any] | Exception:
        """Give them for this operation, or what an asynchronous resolver raises when it is awaited."""
        if self._constant is not None:
            return self._constant
        kept: Mapping[str, Any] | None = executor.arguments.get(self._field)
        if kept is not None:
            return kept
        coerced = _coerced(executor, self._field)
        try:
            converter = info.schema.schema_converter
            converted = convert_arguments(
                coerced, self._known.arguments, converter.scalar_registry, converter.config, info
            )
        except Exception as error:
            if self._known.is_async:
                return error
            raise
        if all(isinstance(value, _UNCHANGEABLE) for value in converted.values()):
            if self._varies:
                executor.arguments[self._field] = converted
            else:
                self._constant = converted
        return converted


def _has_variable(node: Node) -> bool:
    """Tell whether a value depends on the operation's variables."""
    if isinstance(node, VariableNode):
        return True
    inner = [*getattr(node, "values", ()), *(part.value for part in getattr(node, "fields", ()))]
    return any(_has_variable(part) for part in inner)
