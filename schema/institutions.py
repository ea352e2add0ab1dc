"""Designated hospitals and pharmacies as they are shown and searched for (R24)."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.institutions import Institution, InstitutionKind, WalletServiceStatus
from domain.payments import Payment
from domain.regions import Region
from repositories.tables import INSTITUTIONS, PAYMENTS
from schema.context import Context, Info
from schema.fields import resolved
from schema.lists import After, Before, Connection, First, Last, Listed, listed
from schema.nodes import Node, exposes, finds
from services import institutions, payments
from services.institutions import InstitutionQuery

if TYPE_CHECKING:
    from schema.payments import PaymentType
    from schema.regions import RegionType

RegionLater = Annotated["RegionType", strawberry.lazy("schema.regions")]
PaymentLater = Annotated["PaymentType", strawberry.lazy("schema.payments")]
"""Types that are known only after this module: regions and payments show institutions, too."""


@strawberry.type(name="Institution", description="定点医药机构。A designated hospital or pharmacy.")
class InstitutionType(Node):
    """Exposes an Institution."""

    is_type_of = exposes(Institution, "Institution", lambda institution: institution.code)

    code: str = strawberry.field(description="机构代码：H或P加11位数字。Code: H or P and 11 digits.")
    name: str = strawberry.field(description="名称。Name.")
    kind: InstitutionKind = strawberry.field(description="类型。Kind.")
    wallet_service: WalletServiceStatus = strawberry.field(
        description="医保钱包服务状态。Whether the wallet is accepted."
    )

    @resolved("所在统筹区。The pooling area it lies in.", graphql_type=RegionLater)
    @staticmethod
    def area(root: strawberry.Parent[Institution], info: Info) -> Awaitable[Region]:
        """Load the area."""
        return info.context.loaders.region(root.area_code)

    @resolved(
        "收到的支付，最新的在前，限本机构和经办机构。What it was paid, newest first; for itself and the agency.",
        graphql_type=Connection[PaymentLater],
    )
    @staticmethod
    async def payments(
        root: strawberry.Parent[Institution],
        info: Info,
        *,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Listed[Payment]:
        """Page through the payments."""
        book = payments.payments_at(info.context.actor, root.code)
        return await listed(info, book, PAYMENTS, first, after, last, before)


@strawberry.input(description="查询哪些机构；不填的条件不限。Which institutions; what is not given does not matter.")
class InstitutionFilter:
    """Conditions that all hold."""

    search: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="名称、全拼或首字母的任何部分，或代码的开头。"
        "Any part of the name, its pinyin or its initials, or the beginning of the code.",
    )
    kind: InstitutionKind | None = strawberry.field(default=strawberry.UNSET, description="类型。Kind.")
    area_code: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="地区代码；省级代码含下属各统筹区。Region code; a province's includes the areas below it.",
    )
    accepts_wallet: bool | None = strawberry.field(
        default=strawberry.UNSET, description="是否支持医保钱包。Whether the wallet is accepted."
    )

    def query(self, *within: str) -> InstitutionQuery:
        """Give the conditions to the service; `within` are regions that are given otherwise."""
        return InstitutionQuery(
            search=self.search or None,
            kind=self.kind or None,
            within=(*within, self.area_code) if self.area_code else within,
            accepts_wallet=self.accepts_wallet if isinstance(self.accepts_wallet, bool) else None,
        )


Filter = Annotated[
    InstitutionFilter | None, strawberry.argument(name="filter", description="查询条件。Which institutions.")
]


@finds("Institution")
def _find(context: Context, code: str) -> Awaitable[Institution | None]:
    return context.loaders.institutions.load(code)


@strawberry.type
class InstitutionQueries:
    """What anyone can ask, without signing in (R24)."""

    @resolved("按代码查机构。An institution by its code.", graphql_type=InstitutionType | None)
    def institution(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="机构代码。Code of the institution.")],
    ) -> Awaitable[Institution | None]:
        """Load the institution."""
        return _find(info.context, code)

    @resolved(
        "查找定点医药机构，按代码排序。Institutions, in the order of their codes.",
        graphql_type=Connection[InstitutionType],
    )
    async def institutions(
        self,
        info: Info,
        *,
        filter_: Filter = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Listed[Institution]:
        """Page through the institutions."""
        query = filter_.query() if filter_ else InstitutionQuery()
        return await listed(info, institutions.found(query), INSTITUTIONS, first, after, last, before)
