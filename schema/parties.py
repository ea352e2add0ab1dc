"""What the other side of a tie or a transfer may see of a person (R27, R28)."""

from __future__ import annotations

from collections.abc import Awaitable

import strawberry

from domain.regions import Region
from schema.context import Info
from schema.fields import resolved
from schema.regions import RegionType
from services.persons import Party


@strawberry.type(name="Party", description="对方可见的公开信息。What the other side may see of a person.")
class PartyType:
    """Exposes a Party."""

    person_no: str = strawberry.field(description="个人编号。Personal number.")
    name: str = strawberry.field(description="脱敏姓名，如“李*”。Masked name.")
    wallet_activated: bool = strawberry.field(description="是否已开通钱包。Whether there is a wallet.")

    @resolved(
        "钱包使用地；未开通钱包的为参保地。The wallet's use place or, without a wallet, where he or she is enrolled.",
        graphql_type=RegionType | None,
    )
    @staticmethod
    def area(root: strawberry.Parent[Party], info: Info) -> Awaitable[Region | None] | None:
        """Load the area."""
        return info.context.loaders.region(root.area_code) if root.area_code is not None else None
