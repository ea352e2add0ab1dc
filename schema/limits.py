"""How much one request may ask for: judged in linear time, before anything is looked up.

A document is measured once, fragment by fragment, whatever number of spreads it would unfold into. Depth, aliases,
directives, root fields and mutations go by the document alone, so the verdict is kept with it; the cost goes by the
variables as well, for a page is as dear as it is long.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValidationContext,
    ValueNode,
    VariableNode,
    get_named_type,
    is_list_type,
    is_non_null_type,
    validate,
)
from strawberry.extensions import SchemaExtension, ValidationCache
from strawberry.types.graphql import OperationType as StrawberryOperationType

from domain.errors import ErrorCode
from repositories.errors import OutcomeUnknown, StorageError, Unavailable
from schema.context import Context
from schema.lists import PAGE_DEFAULT, PAGE_MAX


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of something there may be, and what it is called."""

    most: int
    zh: str
    en: str

    def fault(self) -> GraphQLError:
        """Make the fault of a request that asks for too much."""
        message = f"请求过大：{self.zh}最多{self.most}。The request asks for too much: at most {self.most} {self.en}."
        return GraphQLError(message, extensions={"code": ErrorCode.INVALID_INPUT.value})

    def require(self, number: int) -> None:
        """Refuse more than that."""
        if number > self.most:
            raise self.fault()


DEPTH: Final = Limit(15, "层数", "levels")
ALIASES: Final = Limit(100, "别名", "aliases")
DIRECTIVES: Final = Limit(50, "指令", "directives")
ROOT_FIELDS: Final = Limit(20, "根字段", "root fields")
MUTATIONS: Final = Limit(10, "变更", "mutations")
COST: Final = Limit(5_000, "成本", "points of cost")
CHARACTERS: Final = Limit(20_000, "字符", "characters")
NESTING: Final = Limit(60, "嵌套层数", "brackets within each other")
"""More than any honest depth needs, and less than a parser's stack."""
TOKENS_MAX: Final = 2_000
LIST_ASSUMED: Final = 10
"""How long a list counts that is not a page."""
DEADLINE_S: Final = 30.0
CACHED_MAX: Final = 256
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
        if known is not None and is_list_type(_nullable(known.type)):
            cost = 1 + inner.cost * self._list_length(node)
        return replace(outer, cost=cost)

    def _page_length(self, node: FieldNode) -> int:
        given = {argument.name.value: self._value(argument.value) for argument in node.arguments or ()}
        asked = [value for name in ("first", "last") if isinstance(value := given.get(name), int)]
        return min(max(1, *asked), PAGE_MAX) if asked else PAGE_DEFAULT

    def _list_length(self, node: FieldNode) -> int:
        given = [self._value(argument.value) for argument in node.arguments or ()]
        return max((len(value) for value in given if isinstance(value, list)), default=LIST_ASSUMED)

    def _value(self, node: ValueNode) -> object:
        if isinstance(node, VariableNode):
            return self.variables.get(node.name.value)
        if isinstance(node, IntValueNode):
            return int(node.value)
        return list(node.values) if isinstance(node, ListValueNode) else None


def _nullable(kind: Any) -> Any:  # noqa: ANN401 - one of graphql-core's wrapping types
    return kind.of_type if is_non_null_type(kind) else kind


# ---- the rule -----------------------------------------------------------------------------------------------------


class LimitsRule(ASTValidationRule):
    """Refuses a document that asks for too much, whatever its variables are."""

    context: ValidationContext

    def enter_document(self, node: DocumentNode, *_args: Any) -> None:  # noqa: ANN401 - the visitor's
        """Measure every operation."""
        measuring = Measuring(self.context.schema, node)
        for operation in measuring.operations():
            measure = measuring.measure(operation)
            roots = MUTATIONS if operation.operation is OperationType.MUTATION else ROOT_FIELDS
            for limit, number in (
                (DEPTH, measure.depth),
                (ALIASES, measure.aliases),
                (DIRECTIVES, measure.directives),
                (roots, measure.fields),
            ):
                if number > limit.most:
                    self.context.report_error(limit.fault())


@lru_cache(maxsize=CACHED_MAX)
def _limit_errors(schema: GraphQLSchema, document: DocumentNode) -> tuple[GraphQLError, ...]:
    return tuple(validate(schema, document, [LimitsRule]))


class LimitedValidation(ValidationCache):
    """Validates a document once, and not at all if it asks for too much: some rules take long over such."""

    def on_validate(self) -> Iterator[None]:
        """Judge the limits, then all the rules."""
        context = self.execution_context
        assert context.graphql_document is not None  # noqa: S101 - it is parsed by now
        errors = _limit_errors(context.schema._schema, context.graphql_document)  # noqa: SLF001 - as ValidationCache
        if errors:
            context.pre_execution_errors = list(errors)
            yield
            return
        for step in super().on_validate():
            if context.pre_execution_errors is not None:  # kept for others with the document, and published in place
                context.pre_execution_errors = list(context.pre_execution_errors)
            yield step


# ---- text, cost and time ------------------------------------------------------------------------------------------


def require_text_within_limits(text: str) -> None:
    """Refuse a text that is too long, or nested deeper than a parser should follow."""
    CHARACTERS.require(len(text))
    nesting = deepest = 0
    for character in text:
        if character in "{[(":
            nesting += 1
            deepest = max(deepest, nesting)
        elif character in "}])":
            nesting -= 1
    NESTING.require(deepest)


NOT_TAKEN: Final = "只接受登记过的文档。Only trusted documents are taken here; name one by its documentId."


class Limits(SchemaExtension):
    """Holds a request to its limits of text, cost and time, and reports the cost in `extensions.cost`."""

    deadline_s = DEADLINE_S
    cost: int | None = None

    def on_operation(self) -> Iterator[None]:
        """Bound what the parser takes."""
        self.execution_context.parse_options["max_tokens"] = TOKENS_MAX
        yield

    def on_parse(self) -> Iterator[None]:
        """Look at the text before it is parsed."""
        text, context = self.execution_context.query or "", self.execution_context.context
        if isinstance(context, Context) and not context.wiring.takes_document(text):
            raise GraphQLError(NOT_TAKEN, extensions={"code": ErrorCode.FORBIDDEN.value})
        require_text_within_limits(text)
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        """Judge the cost, and give the operation its time."""
        context = self.execution_context
        assert context.graphql_document is not None  # noqa: S101 - it is validated by now
        measuring = Measuring(
            context.schema._schema,  # noqa: SLF001 - as ValidationCache
            context.graphql_document,
            context.variables or {},
        )
        wanted = context.operation_name
        asked = (o for o in measuring.operations() if wanted is None or (o.name and o.name.value == wanted))
        self.cost = sum(measuring.measure(operation).cost for operation in asked)
        COST.require(self.cost)
        try:
            async with asyncio.timeout(self.deadline_s):
                yield
        except TimeoutError:
            raise self._too_late() from None

    def _too_late(self) -> StorageError:
        """Say that it took too long: a query can be sent again, what became of a mutation must be asked for."""
        if self.execution_context.operation_type is StrawberryOperationType.MUTATION:
            return OutcomeUnknown("the operation took longer than it may")
        return Unavailable("the operation took longer than it may")

    def get_results(self) -> dict[str, Any]:
        """Report the cost."""
        return {} if self.cost is None else {"cost": {"requested": self.cost, "limit": COST.most}}
