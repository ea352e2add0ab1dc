"""Regions: where the wallet is open (R1 to R5)."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import date
from functools import partial
from typing import Annotated

import strawberry

from domain.coverage import (
    Coverage,
    area_is_open,
    open_since,
    province_coverage,
    province_is_open,
    supports_use_place_change,
)
from domain.institutions import Institution
from domain.regions import ProvinceCoverage, Region, RegionKind, RegionLevel
from repositories.contract import Window
from repositories.tables import INSTITUTIONS, REGIONS
from schema.context import Context, Info
from schema.fields import resolved
from schema.institutions import Filter, InstitutionType
from schema.lists import After, Before, Connection, First, Last, Listed, listed, window_of
from schema.lookups import Lookup
from schema.nodes import Node, exposes, finds
from services import institutions, regions
from services.institutions import InstitutionQuery
from services.regions import RegionQuery

On = Annotated[
    date | None,
    strawberry.argument(
        description="按哪一天的情况回答，默认今天（北京时间）。The day asked about; today if not given."
    ),
]
RegionCode = Annotated[str, strawberry.argument(description="地区代码，例如370100。Region code, such as 370100.")]


def _coverage_on(region: Region, context: Context, day: date) -> Lookup[ProvinceCoverage]:
    return context.loaders.areas.load(region.code).then(lambda areas: province_coverage(region, areas, day))


@strawberry.type(name="Region", description="省级单位或统筹区。A province-level unit or a pooling area.")
class RegionType(Node):
    """Exposes a Region."""

    is_type_of = exposes(Region, "Region", lambda region: region.code)

    code: str = strawberry.field(description="代码。Code.")
    name: str = strawberry.field(description="名称，如文件所印。Name, as printed.")
    full_name: str = strawberry.field(description="全称，含省份。Full name, with the province.")
    pinyin: str = strawberry.field(description="名称的全拼，无声调和空格。Pinyin of the name, no tones or spaces.")
    level: RegionLevel = strawberry.field(description="级别。Level.")
    kind: RegionKind = strawberry.field(description="类型。Kind.")

    @resolved("所属省级单位；省级单位为空。Its province; null for a province.", graphql_type="RegionType | None")
    @staticmethod
    def province(root: strawberry.Parent[Region], info: Info) -> Awaitable[Region | None] | None:
        """Load the province."""
        return info.context.loaders.region(root.province_code) if root.province_code is not None else None

    @resolved("开通情况，仅省级单位有。How much of it is open; provinces only.", graphql_type=ProvinceCoverage | None)
    @staticmethod
    def coverage(
        root: strawberry.Parent[Region], info: Info, on: On = strawberry.UNSET
    ) -> Awaitable[ProvinceCoverage] | None:
        """Judge the province by its areas."""
        return _coverage_on(root, info.context, on or info.context.today()) if root.is_province() else None

    @resolved(
        "是否开通医保钱包；未公布时为空。省级单位为“至少部分开通”。"
        "Whether the wallet is open; null if not published. For a province: open at least in part.",
        graphql_type=bool | None,
    )
    @staticmethod
    def wallet_open(root: strawberry.Parent[Region], info: Info, on: On = strawberry.UNSET) -> Awaitable[bool | None]:
        """Judge by the newest facts."""
        context, day = info.context, on or info.context.today()
        if root.province_code is None:
            return _coverage_on(root, context, day).then(province_is_open)
        return context.loaders.region(root.province_code).then(lambda province: area_is_open(root, province, day))

    @resolved("自哪一天起一直开通。Since when it has been open without a break.", graphql_type=date | None)
    @staticmethod
    def wallet_open_since(root: strawberry.Parent[Region], info: Info) -> Awaitable[date | None]:
        """Look back along the facts."""
        loaders, today = info.context.loaders, info.context.today()
        if root.province_code is not None:
            return loaders.region(root.province_code).then(
                lambda province: open_since((root, province), partial(area_is_open, root, province), today)
            )
        return loaders.areas.load(root.code).then(
            lambda areas: open_since(
                (root, *areas), lambda day: province_is_open(province_coverage(root, areas, day)), today
            )
        )

    @resolved("是否支持变更使用地。Whether a wallet's use place can be changed there.", graphql_type=bool)
    @staticmethod
    def use_place_change_supported(
        root: strawberry.Parent[Region], info: Info, on: On = strawberry.UNSET
    ) -> Awaitable[bool] | bool:
        """Ask the province."""
        day = on or info.context.today()
        if root.province_code is None:
            return supports_use_place_change(root, day)
        return info.context.loaders.region(root.province_code).then(
            lambda province: supports_use_place_change(province, day)
        )

    @resolved(
        "下属统筹区，按文章顺序。Its pooling areas, in the article's order.", graphql_type=Connection["RegionType"]
    )
    @staticmethod
    async def areas(
        root: strawberry.Parent[Region],
        info: Info,
        *,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Listed[Region]:
        """Page through the areas."""
        return await _listed(info, RegionQuery(province_code=root.code), window_of(REGIONS, first, after, last, before))

    @resolved(
        "区域内的定点医药机构；省级含下属各统筹区。Its institutions; a province's include the areas below it.",
        graphql_type=Connection[InstitutionType],
    )
    @staticmethod
    async def institutions(
        root: strawberry.Parent[Region],
        info: Info,
        *,
        filter_: Filter = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Listed[Institution]:
        """Page through the institutions."""
        query = filter_.query(root.code) if filter_ else InstitutionQuery(within=(root.code,))
        return await listed(info, institutions.found(query), INSTITUTIONS, first, after, last, before)


async def _listed(info: Info, query: RegionQuery, window: Window, on: date | None = None) -> Listed[Region]:
    day = on or info.context.today()
    reader = info.context.reader
    return Listed(await regions.page(reader, query, window, day), partial(regions.count, reader, query, day))


@finds("Region")
def _find(context: Context, code: str) -> Awaitable[Region | None]:
    return context.loaders.regions.load(code)


@strawberry.input(description="查询哪些地区；不填的条件不限。Which regions; what is not given does not matter.")
class RegionFilter:
    """Conditions that all hold."""

    search: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="名称的任何部分、代码、全拼或首字母的开头。"
        "Any part of the name, or the beginning of the code, the pinyin or its initials.",
    )
    level: RegionLevel | None = strawberry.field(default=strawberry.UNSET, description="级别。Level.")
    province_code: str | None = strawberry.field(
        default=strawberry.UNSET, description="所属省级单位的代码。Code of the province."
    )
    wallet_open: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="是否开通；未公布的两者都不算。Open or not; those not published are neither.",
    )
    on: date | None = strawberry.field(
        default=strawberry.UNSET, description="按哪一天判断开通，默认今天。The day on which openness is judged; today."
    )

    def query(self) -> RegionQuery:
        """Give the conditions to the service."""
        return RegionQuery(
            search=self.search or None,
            level=self.level or None,
            province_code=self.province_code or None,
            wallet_open=self.wallet_open if isinstance(self.wallet_open, bool) else None,
        )


@strawberry.type(name="Coverage", description="某一天的全国开通情况。The whole country on a day.")
class CoverageType:
    """Exposes a Coverage."""

    on: date = strawberry.field(description="所问日期。The day asked about.")
    as_of: date | None = strawberry.field(
        description="所依据的最新事实的日期。Date of the newest fact used; null before the first."
    )
    provinces_open: int = strawberry.field(
        description="已开通的省级单位数，含兵团和未公布地区的省份。"
        "Province-level units that are open, XPCC and unpublished ones included."
    )
    areas_listed: int = strawberry.field(description="逐一列出的已开通地区数。Open areas listed by name.")
    areas_reported: int | None = strawberry.field(
        description="来源声称的地区数，不与列出的数目混用。"
        "Number of areas the source claims; never mixed with those listed."
    )

    @resolved("全域开通的省级单位。Fully open.", graphql_type=list[RegionType])
    @staticmethod
    def fully_open(root: strawberry.Parent[Coverage]) -> tuple[Region, ...]:
        """Give them in the article's order."""
        return root.fully_open

    @resolved("部分开通的省级单位。Open in part.", graphql_type=list[RegionType])
    @staticmethod
    def partly_open(root: strawberry.Parent[Coverage]) -> tuple[Region, ...]:
        """Give them in the article's order."""
        return root.partly_open

    @resolved("已宣布但未公布地区的省级单位。Named as open, no area published.", graphql_type=list[RegionType])
    @staticmethod
    def unpublished(root: strawberry.Parent[Coverage]) -> tuple[Region, ...]:
        """Give them in the article's order."""
        return root.unpublished

    @resolved("支持变更使用地的省级单位。Where the use place can be changed.", graphql_type=list[RegionType])
    @staticmethod
    def use_place_change(root: strawberry.Parent[Coverage]) -> tuple[Region, ...]:
        """Give them in the article's order."""
        return root.use_place_change


@strawberry.type
class RegionQueries:
    """What anyone can ask, without signing in (R1)."""

    @resolved("某一天的全国开通情况。The whole country on a day.", graphql_type=CoverageType)
    async def coverage(self, info: Info, on: On = strawberry.UNSET) -> Coverage:
        """Sum up the country."""
        return await regions.coverage(info.context.reader, on or info.context.today())

    @resolved("按代码查地区。A region by its code.", graphql_type=RegionType | None)
    def region(self, info: Info, code: RegionCode) -> Awaitable[Region | None]:
        """Load the region."""
        return info.context.loaders.regions.load(code)

    @resolved("查找地区，按文章顺序。Regions, in the article's order.", graphql_type=Connection[RegionType])
    async def regions(
        self,
        info: Info,
        *,
        filter_: Annotated[
            RegionFilter | None,
            strawberry.argument(name="filter", description="查询条件。Which regions."),
        ] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Listed[Region]:
        """Page through the regions."""
        query = filter_.query() if filter_ else RegionQuery()
        on = filter_.on if filter_ else None
        return await _listed(info, query, window_of(REGIONS, first, after, last, before), on or None)
