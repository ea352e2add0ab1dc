"""Openings and closings of regions, recorded by the agency (R3, R4)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import strawberry

from domain.outcomes import NodeRef
from domain.regions import Region
from schema.answers import Answer, Payload, transacted
from schema.context import Info
from schema.fields import resolved
from schema.regions import RegionType
from services import regions


@strawberry.input(description="开通地区。A region to open.")
class OpenRegionInput:
    """Which region, from which day on."""

    code: str = strawberry.field(
        description="地区代码；省级代码表示全域开通。Region code; a province's opens all of it."
    )
    on: date = strawberry.field(description="自哪一天起。From which day on.")


@strawberry.input(description="关闭地区。A region to close.")
class CloseRegionInput:
    """Which region, from which day on."""

    code: str = strawberry.field(description="地区代码。Region code.")
    on: date = strawberry.field(description="自哪一天起。From which day on.")


@strawberry.input(description="设置省份是否支持变更使用地。Whether a province supports changing the use place.")
class SetUsePlaceChangeInput:
    """Which province, whether, and from which day on."""

    province_code: str = strawberry.field(description="省级单位代码，例如370000。Code of the province, such as 370000.")
    supported: bool = strawberry.field(description="是否支持。Whether it is supported.")
    on: date = strawberry.field(description="自哪一天起。From which day on.")


@strawberry.type
class _RegionPayload(Payload):
    @resolved("地区；被拒绝时为空。The region; null if refused.", graphql_type=RegionType | None)
    @staticmethod
    def region(root: strawberry.Parent[Answer[Any]]) -> Region | None:
        """Give the region."""
        region: Region | None = root.value
        return region


@strawberry.type(description="开通地区的结果。Answer to openRegion.")
class OpenRegionPayload(_RegionPayload):
    """Exposes an Answer."""


@strawberry.type(description="关闭地区的结果。Answer to closeRegion.")
class CloseRegionPayload(_RegionPayload):
    """Exposes an Answer."""


@strawberry.type(description="设置使用地变更的结果。Answer to setUsePlaceChange.")
class SetUsePlaceChangePayload(_RegionPayload):
    """Exposes an Answer."""


@strawberry.type
class RegionMutations:
    """What the agency records of regions."""

    @resolved("开通地区（经办机构）。Open a region (agency).", graphql_type=OpenRegionPayload | None)
    async def open_region(
        self,
        info: Info,
        input_: Annotated[OpenRegionInput, strawberry.argument(name="input", description="地区。The region.")],
    ) -> Answer[Region]:
        """Open."""
        actor, now = info.context.actor, info.context.now()
        about = NodeRef("Region", input_.code)
        return await transacted(info, lambda uow: regions.open_region(uow, actor, now, input_.code, input_.on), about)

    @resolved("关闭地区（经办机构）。Close a region (agency).", graphql_type=CloseRegionPayload | None)
    async def close_region(
        self,
        info: Info,
        input_: Annotated[CloseRegionInput, strawberry.argument(name="input", description="地区。The region.")],
    ) -> Answer[Region]:
        """Close."""
        actor, now = info.context.actor, info.context.now()
        about = NodeRef("Region", input_.code)
        return await transacted(info, lambda uow: regions.close_region(uow, actor, now, input_.code, input_.on), about)

    @resolved(
        "设置省份是否支持变更使用地（经办机构）。Record whether a province supports changing the use place (agency).",
        graphql_type=SetUsePlaceChangePayload | None,
    )
    async def set_use_place_change(
        self,
        info: Info,
        input_: Annotated[SetUsePlaceChangeInput, strawberry.argument(name="input", description="省份。The province.")],
    ) -> Answer[Region]:
        """Set."""
        code, supported, on = input_.province_code, input_.supported, input_.on
        return await transacted(
            info,
            lambda uow: regions.set_use_place_change(uow, info.context.actor, code, supported=supported, on=on),
            NodeRef("Region", code),
        )
