"""The schema put together: one part for each noun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final, cast

import strawberry
from graphql import GraphQLError, NoSchemaIntrospectionCustomRule
from strawberry.extensions import SchemaExtension
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

import schema.enums  # noqa: F401 - describes the domain's enumerations before types refer to them
from domain.errors import ErrorCode, Language
from schema.audit import AuditQueries
from schema.context import Context
from schema.errors import ERROR_TYPES
from schema.execution import PlannedExecutor
from schema.faults import published
from schema.institution_mutations import InstitutionMutations
from schema.institutions import InstitutionQueries
from schema.kinship import KinshipMutations, KinshipQueries
from schema.outcomes import NodeQueries
from schema.parsing import Documents, Execution
from schema.payment_mutations import PaymentMutations
from schema.payments import PaymentQueries
from schema.person_mutations import PersonMutations
from schema.persons import PersonQueries
from schema.premiums import PremiumMutations, PremiumQueries
from schema.region_mutations import RegionMutations
from schema.regions import RegionQueries
from schema.scalars import SCALARS
from schema.steps import Steps
from schema.subscriptions import Subscription
from schema.transfer_mutations import PreviewQueries, TransferMutations
from schema.transfers import TransferQueries
from schema.wallet_mutations import WalletMutations


@strawberry.type(description="查询。What can be asked.")
class Query(
    RegionQueries,
    InstitutionQueries,
    PremiumQueries,
    PersonQueries,
    KinshipQueries,
    TransferQueries,
    PreviewQueries,
    PaymentQueries,
    NodeQueries,
    AuditQueries,
):
    """All queries."""


@strawberry.type(description="变更：业务拒绝在errors中返回。What can be done; refusals are data in `errors`.")
class Mutation(
    PersonMutations,
    KinshipMutations,
    WalletMutations,
    TransferMutations,
    PaymentMutations,
    RegionMutations,
    InstitutionMutations,
    PremiumMutations,
):
    """All mutations."""


class WalletSchema(strawberry.Schema):
    """A schema whose errors are published, never raw, and whose operations each have a context of their own."""

    def __init__(self, *, in_order: bool, discoverable: bool) -> None:
        """Put the parts together, and remember documents that were sent."""
        super().__init__(
            query=Query,
            mutation=Mutation,
            subscription=Subscription,
            types=ERROR_TYPES,
            execution_context_class=PlannedExecutor,
            config=StrawberryConfig(
                scalar_map=SCALARS, sort_schema=in_order, disable_field_suggestions=not discoverable
            ),
        )
        self.documents = Documents(self._schema, () if discoverable else (NoSchemaIntrospectionCustomRule,))

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: object | None = None,
        root_value: object | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Run an operation that has one answer, which a subscription has not."""
        allowed = set(allowed_operation_types or OperationType) - {OperationType.SUBSCRIPTION}
        return await super().execute(
            query, variable_values, context_value, root_value, operation_name, allowed, operation_extensions
        )

    async def stream(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: object | None = None,
        root_value: object | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> Any:  # noqa: ANN401 - a union of the library's own
        """Run one of the operations that a connection carries."""
        return await super().stream(
            query,
            variable_values,
            replace(context_value) if isinstance(context_value, Context) else context_value,
            root_value,
            operation_name,
            operation_extensions,
            allowed_operation_types,
        )

    def _create_execution_context(
        self,
        query: str | None,
        allowed_operation_types: Iterable[OperationType],
        variable_values: dict[str, Any] | None = None,
        context_value: object | None = None,
        root_value: object | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> Execution:
        return Execution(
            query=query,
            schema=self,
            allowed_operations=allowed_operation_types,
            context=context_value,
            variables=variable_values,
            root_value=root_value,
            provided_operation_name=operation_name,
            operation_extensions=operation_extensions,
        )

    def create_extensions_runner(
        self, execution_context: ExecutionContext, extensions: list[SchemaExtension]
    ) -> SchemaExtensionsRunner:
        """Stand around an operation; there are no extensions but our own."""
        del extensions
        return Steps(cast("Execution", execution_context))

    async def _prepare_operation_async(
        self, context: ExecutionContext, extensions_runner: SchemaExtensionsRunner
    ) -> PreExecutionError | None:
        """Find what is asked for, and judge it."""
        del extensions_runner
        try:
            faults = self._faults_of(cast("Execution", context))
        except GraphQLError as fault:
            faults = [fault]
        return PreExecutionError(data=None, errors=[*faults]) if faults else None

    def _faults_of(self, execution: Execution) -> Sequence[GraphQLError]:
        text, named, context = execution.query, execution._provided_operation_name, execution.context  # noqa: SLF001 - the only place
        if not text:
            raise _fault(NO_SUCH_OPERATION)
        if isinstance(context, Context) and not context.wiring.takes_document(text):
            raise GraphQLError(NOT_TAKEN, extensions={"code": ErrorCode.FORBIDDEN.value})
        parsed, faults = self.documents.parsed(text)
        execution.graphql_document, execution.asked = parsed.node, parsed.asked(named)
        if execution.asked is None:
            raise _fault(NO_SUCH_OPERATION)
        if execution.asked.type not in execution.allowed_operations:
            if OperationType.SUBSCRIPTION in execution.allowed_operations:
                raise _fault(NOT_BY_GET)
            raise InvalidOperationTypeError(execution.asked.type)  # there is a status to say it with
        if not faults and named is None and parsed.has_several:
            raise _fault(WHICH_OPERATION)  # the library would take the first
        return faults

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Replace every error, in place, by what the caller may see of it."""
        context = execution_context.context if execution_context is not None else None
        language = context.language if isinstance(context, Context) else Language.ZH
        hints = not self.config.disable_field_suggestions
        errors[:] = published(errors, language, hints=hints, mutates=_mutates(errors, execution_context))


def _mutates(errors: Sequence[GraphQLError], context: ExecutionContext | None) -> bool:
    """Tell whether errors are those of a mutation that was being carried out."""
    if context is None or not any(error.path for error in errors):
        return False
    return context.operation_type is OperationType.MUTATION


NOT_TAKEN: Final = "只接受登记过的文档。Only trusted documents are taken here; name one by its documentId."
NO_SUCH_OPERATION: Final = "文档中没有该操作。The document holds no operation of that name, or none at all."
NOT_BY_GET: Final = "变更请用POST发送。Mutations are sent by POST."
WHICH_OPERATION: Final = (
    "文档中有多个操作，请用operationName指明。The document holds several operations; say which by operationName."
)


def _fault(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": ErrorCode.INVALID_INPUT.value})


@cache
def build_schema(*, in_order: bool = False, discoverable: bool = True) -> WalletSchema:
    """Build the schema; `in_order` sorts it for printing, which costs enumerations their conversion to members.

    One that is not `discoverable` tells nobody what there is: neither introspection nor suggestions.
    """
    return WalletSchema(in_order=in_order, discoverable=discoverable)


@cache
def printed_schema() -> str:
    """Give the schema as it is committed in `schema/schema.graphql`."""
    return build_schema(in_order=True).as_str().rstrip() + "\n"
