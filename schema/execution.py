"""The executor: it plans a selection once, and carries it out with the results the stock executor gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    OperationType,
    Undefined,
    located_error,
)
from graphql.execution import ExperimentalIncrementalExecutionResults
from graphql.execution.execute import assume_not_async_iterable, assume_not_awaitable
from graphql.pyutils.is_awaitable import is_async_iterable, is_awaitable
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.calls import prepare
from schema.lookups import Lookup
from schema.plans import Field, Item, Planned, Selection, plan_selection
from schema.positions import Where, path_of
from schema.variants import variants_of
from schema.waiting import Waiting

_IS_AWAITABLE: Final = (is_awaitable, optimized_is_awaitable, assume_not_awaitable)
_IS_ASYNC_ITERABLE: Final = (is_async_iterable, assume_not_async_iterable)
Result = ExecutionResult | ExperimentalIncrementalExecutionResults


class PlannedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Carries out what it can plan; the stock executor, of which it is one, carries out everything else."""

    def execute_operation(self, serially: bool | None = None) -> Result | Awaitable[Result]:  # noqa: FBT001
        """Carry out the operation by its plan, if it can be planned."""
        root_type = self.schema.get_root_type(self.operation.operation)
        variants = variants_of(self) if root_type is not None and self._is_usual() else None
        if root_type is None or variants is None:
            return super().execute_operation(serially)
        selection = None
        with suppress(GraphQLError, RecursionError):  # the stock executor says what is wrong
            selection = variants.selection(self, root_type)
        if selection is None:
            return super().execute_operation(serially)
        return self.carry_out(selection, serially)

    def carry_out(self, selection: Selection, serially: bool | None) -> Result | Awaitable[Result]:  # noqa: FBT001
        """Carry out a plan."""
        self.waiting = Waiting(self)
        self.fresh = self.waiting.fresh
        self.arguments: dict[Field, dict[str, Any]] = {}
        self._told: tuple[Where, GraphQLResolveInfo[Any]] | None = None
        if serially is None:
            serially = self.operation.operation is OperationType.MUTATION
        try:
            if serially:
                return self._one_by_one(selection)
            data = self.select(selection, self.root_value, None)
        except GraphQLError as error:
            return self.finish(self._all_null(error))
        return self._answer(data) if self.fresh else self.finish(self.build_response(data))

    def _is_usual(self) -> bool:
        return (
            self.abort_signal is None
            and self.error_propagation
            and (self.middleware_manager is None or not self.middleware_manager.middlewares)
            and self.is_awaitable in _IS_AWAITABLE
            and self.is_async_iterable in _IS_ASYNC_ITERABLE
        )

    # ---- the whole answer -----------------------------------------------------------------------------------------

    def _all_null(self, error: GraphQLError) -> Result:
        self.waiting.abandon(None)
        self.collected_errors.add(error, None)
        return self.build_response(None)

    async def _answer(self, data: dict[str, Any]) -> Result:
        try:
            await self.waiting.drain()
        except GraphQLError as error:
            return self._all_null(error)
        return self.build_response(data)

    def _one_by_one(self, selection: Selection) -> Result | Awaitable[Result]:
        """Carry out root fields one after another, at once as long as none has to be waited for."""
        data = selection.blank.copy()
        for index, field in enumerate(selection.fields):
            self._select([field], self.root_value, None, data)
            if self.fresh:
                return self._go_on(data, selection.fields[index + 1 :])
        return self.finish(self.build_response(data))

    async def _go_on(self, data: dict[str, Any], fields: Sequence[Field]) -> Result:
        try:
            await self.waiting.drain()
            for field in fields:
                self._select([field], self.root_value, None, data)
                if self.fresh:
                    await self.waiting.drain()
        except GraphQLError as error:
            return self._all_null(error)
        return self.build_response(data)

    # ---- values ---------------------------------------------------------------------------------------------------

    def select(self, selection: Selection, source: Any, outer: Where | None) -> dict[str, Any]:  # noqa: ANN401
        """Give what is asked for of an object; what comes later is null until then."""
        result = selection.blank.copy()
        run = selection.run
        fields = selection.fields if run is None or not run.fill(result, source) else selection.rest
        if fields:
            self._select(fields, source, outer, result)
        return result

    def _select(self, fields: Sequence[Field], source: Any, outer: Where | None, result: dict[str, Any]) -> None:  # noqa: ANN401
        for field in fields:
            key = field.key
            where: Where = (outer, result, key, field)
            try:
                value = field.call(self, field, source, where)
                complete = field.quick.get(type(value))
                result[key] = self.take(value, where) if complete is None else complete(self, value, where)
            except Exception as raw:  # noqa: BLE001 - told of where it belongs
                self.fail(raw, where)

    def take(self, value: Any, where: Where) -> Any:  # noqa: ANN401
        """Complete what a resolver gave; None, and something to wait for, if it comes later."""
        if type(value) is Lookup and self.is_awaitable is not assume_not_awaitable:
            return self._look(value, where)
        if self.is_awaitable(value):
            self.fresh.append((where, value, None))
            return None
        return self.complete(value, where)

    def _look(self, lookup: Lookup[Any], where: Where) -> Any:  # noqa: ANN401
        future = lookup.future
        if future.done() and not future.cancelled():
            return self.complete(lookup.result(), where)
        self.fresh.append((where, lookup, None))
        return None

    def complete(self, value: Any, where: Where) -> Any:  # noqa: ANN401
        """Complete a value that is there."""
        plan: Planned = where[3]
        kind = type(value)
        quick = plan.quick.get(kind)
        if quick is not None:
            return quick(self, value, where)
        if isinstance(value, Exception):
            raise value
        if value is None or value is Undefined:
            if not plan.nullable:
                parent, name = plan.field.parent, plan.field.nodes[0].name.value
                message = f"Cannot return null for non-nullable field {parent}.{name}."
                raise TypeError(message)
            if value is None:
                plan.learn(kind)
            return None
        completed = plan.shape.complete(self, value, where)
        plan.learn(kind)
        return completed

    def wait_for(self, where: Where, awaitable: Any, complete: Callable[[Any], Any]) -> None:  # noqa: ANN401
        """Complete a value when something else is there."""
        self.fresh.append((where, awaitable, complete))

    def complete_asynchronous_items(self, item: Item, value: Any, where: Where) -> Awaitable[list[Any]]:  # noqa: ANN401
        """Complete an asynchronous list as the stock executor does."""
        path: Any = path_of(where)
        return self.complete_async_iterator_value(
            item.kind, item.field.details, self.info_at(where), path, value.__aiter__(), None
        )

    # ---- errors, and what resolvers are told ------------------------------------------------------------------------

    def fail(self, raw: Exception, where: Where) -> None:
        """Tell of an error where it arose, or raise it where null may not stand."""
        plan: Planned = where[3]
        path: Any = path_of(where)
        error = located_error(raw, plan.nodes, path.as_list())
        if self.fresh:
            self.waiting.abandon(where)
        if not plan.nullable:
            raise error
        self.collected_errors.add(error, path)

    def info_at(self, where: Where) -> GraphQLResolveInfo[Any]:
        """Give what a resolver is told at a position; for the items of a list, what was told of the list."""
        while isinstance(where[3], Item):
            outer = where[0]
            assert outer is not None  # noqa: S101 - an item lies in a list
            where = outer
        told = self._told
        if told is not None and told[0] is where:
            return told[1]
        field: Field = where[3]
        path: Any = path_of(where)
        info = self.build_resolve_info(field.definition, field.nodes, field.parent, path)
        self._told = (where, info)
        return info

    def plan_below(self, kind: GraphQLObjectType, field: Field) -> Selection:
        """Plan what is asked for of the objects that a field gives."""
        grouped = self.collect_subfields(kind, field.details).grouped_field_set
        return plan_selection(self.schema, kind, grouped, lambda planned: prepare(self.schema, planned))
