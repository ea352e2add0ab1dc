"""Premiums of the residents' scheme as the areas' agencies publish them (R23)."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import date
from typing import Annotated, Any

import strawberry

from domain.money import Fen
from domain.outcomes import NodeRef
from domain.premiums import Premium, premium_id
from domain.regions import Region
from schema.answers import Answer, Payload, transacted
from schema.context import Context, Info
from schema.fields import resolved
from schema.nodes import Node, exposes, finds
from schema.regions import RegionType
from services import premiums
from services.premiums import Publication

Year = Annotated[int, strawberry.argument(description="年度，例如2025。Year, such as 2025.")]


@strawberry.type(name="Premium", description="某地区某年度的居民医保个人缴费。An area's premium for a year.")
class PremiumType(Node):
    """Exposes a Premium."""

    is_type_of = exposes(Premium, "Premium", lambda premium: premium.id)

    year: int = strawberry.field(description="年度。Year.")
    amount: Fen = strawberry.field(description="每人金额。Amount for each person.")
    opens_on: date = strawberry.field(description="缴费开始日期，含当日。First day on which it can be paid.")
    closes_on: date = strawberry.field(description="缴费截止日期，含当日。Last day on which it can be paid.")

    @resolved("统筹区。The pooling area.", graphql_type=RegionType)
    @staticmethod
    def area(root: strawberry.Parent[Premium], info: Info) -> Awaitable[Region]:
        """Load the area."""
        return info.context.loaders.region(root.area_code)


@finds("Premium")
def _find(context: Context, key: str) -> Awaitable[Premium | None]:
    return context.loaders.premiums.load(key)


@strawberry.type
class PremiumQueries:
    """What anyone can ask, without signing in."""

    @resolved(
        "某地区某年度的居民医保缴费标准；未公布为空。An area's premium for a year; null if none is published.",
        graphql_type=PremiumType | None,
    )
    def premium(
        self,
        info: Info,
        area_code: Annotated[str, strawberry.argument(description="统筹区代码。Code of the pooling area.")],
        year: Year,
    ) -> Awaitable[Premium | None]:
        """Load the premium."""
        return _find(info.context, premium_id(area_code, year))


@strawberry.input(description="公布居民医保缴费标准。A premium to publish.")
class PublishPremiumInput:
    """Where, for which year, how much, and when it can be paid."""

    area_code: str = strawberry.field(description="统筹区代码。Code of the pooling area.")
    year: int = strawberry.field(description="年度，2000至2100。Year, 2000 to 2100.")
    amount: Fen = strawberry.field(description="每人金额。Amount for each person.")
    opens_on: date = strawberry.field(description="缴费开始日期，含当日。First day on which it can be paid.")
    closes_on: date = strawberry.field(description="缴费截止日期，含当日。Last day on which it can be paid.")

    def publication(self) -> Publication:
        """Give the publication to the service."""
        return Publication(self.area_code, self.year, self.amount, self.opens_on, self.closes_on)


@strawberry.type(description="公布缴费标准的结果。Answer to publishPremium.")
class PublishPremiumPayload(Payload):
    """Exposes an Answer."""

    @resolved("缴费标准；被拒绝时为空。The premium; null if refused.", graphql_type=PremiumType | None)
    @staticmethod
    def premium(root: strawberry.Parent[Answer[Any]]) -> Premium | None:
        """Give the premium."""
        premium: Premium | None = root.value
        return premium


@strawberry.type
class PremiumMutations:
    """What the agency publishes."""

    @resolved(
        "公布某地区某年度的居民医保缴费标准；再次公布即更正（经办机构）。"
        "Publish an area's premium for a year; publishing again corrects it (agency).",
        graphql_type=PublishPremiumPayload | None,
    )
    async def publish_premium(
        self,
        info: Info,
        input_: Annotated[PublishPremiumInput, strawberry.argument(name="input", description="标准。The premium.")],
    ) -> Answer[Premium]:
        """Publish."""
        context, now, asked = info.context, info.context.now(), input_.publication()
        about = NodeRef("Premium", premium_id(input_.area_code, input_.year))
        return await transacted(info, lambda uow: premiums.publish(uow, context.actor, now, asked), about)
