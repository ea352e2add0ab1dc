"""The schema put together: one part for each noun."""

from __future__ import annotations

from functools import cache

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

import schema.enums  # noqa: F401 - describes the domain's enumerations before types refer to them
from domain.errors import Language
from schema.context import Context
from schema.errors import ERROR_TYPES
from schema.faults import published
from schema.kinship import KinshipMutations, KinshipQueries
from schema.outcomes import NodeQueries
from schema.persons import PersonMutations, PersonQueries
from schema.region_mutations import RegionMutations
from schema.regions import RegionQueries
from schema.scalars import SCALARS
from schema.transfer_mutations import PreviewQueries, TransferMutations
from schema.transfers import TransferQueries
from schema.wallets import WalletMutations


@strawberry.type(description="查询。What can be asked.")
class Query(RegionQueries, PersonQueries, KinshipQueries, TransferQueries, PreviewQueries, NodeQueries):
    """All queries."""


@strawberry.type(description="变更：业务拒绝在errors中返回。What can be done; refusals are data in `errors`.")
class Mutation(PersonMutations, KinshipMutations, WalletMutations, TransferMutations, RegionMutations):
    """All mutations."""


class WalletSchema(strawberry.Schema):
    """A schema whose errors are published, never raw."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Replace every error, in place, by what the caller may see of it."""
        context = execution_context.context if execution_context is not None else None
        language = context.language if isinstance(context, Context) else Language.ZH
        errors[:] = [published(error, language) for error in errors]


@cache
def build_schema(*, in_order: bool = False) -> WalletSchema:
    """Build the schema; `in_order` sorts it for printing, which costs enumerations their conversion to members."""
    return WalletSchema(
        query=Query,
        mutation=Mutation,
        types=ERROR_TYPES,
        config=StrawberryConfig(scalar_map=SCALARS, sort_schema=in_order),
    )


@cache
def printed_schema() -> str:
    """Give the schema as it is committed in `schema/schema.graphql`."""
    return build_schema(in_order=True).as_str().rstrip() + "\n"
