"""Regions: finding them, asking where the wallet is open, and recording openings (R1 to R5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.actors import Actor, require_agency
from domain.coverage import Atlas, Coverage, CoverageReport
from domain.errors import AreaNotFound, Refused, RegionNotFound
from domain.places import Place
from domain.regions import (
    Opening,
    Region,
    RegionLevel,
    UsePlaceFact,
    province_code_of,
    require_search,
    search_text,
    with_opening,
    with_use_place_fact,
)
from repositories.contract import Condition, Lookup, Page, Prefix, Reader, UnitOfWork, Where, Window
from repositories.lists import page_of
from repositories.tables import REGIONS

REGIONS_MAX = 2_000
"""More regions than the country has; a bound on reading them all."""


@dataclass(frozen=True, slots=True)
class RegionQuery:
    """Which regions are asked for; None leaves a condition out."""

    search: str | None = None
    level: RegionLevel | None = None
    province_code: str | None = None
    wallet_open: bool | None = None

    def where(self) -> Where:
        """Give the conditions that storage can judge."""
        text = search_text(require_search(self.search or "", "filter", "search"))
        conditions: dict[str, Condition | None] = {
            "search_keys": Prefix(text) if text else None,
            "level": self.level,
            "province_code": self.province_code,
        }
        return {name: condition for name, condition in conditions.items() if condition is not None}


async def atlas(reader: Reader) -> Atlas:
    """Read the whole country."""
    return Atlas(await reader.regions.find({}, REGIONS_MAX))


async def page(reader: Reader, query: RegionQuery, window: Window, on: date) -> Page[Region]:
    """Give a page of the regions asked for, in the article's order."""
    if query.wallet_open is None:
        return await reader.regions.page(query.where(), window)
    return page_of(REGIONS, await _with_openness(reader, query, on), window)


async def count(reader: Reader, query: RegionQuery, on: date) -> int:
    """Count the regions asked for."""
    if query.wallet_open is None:
        return await reader.regions.count(query.where())
    return len(await _with_openness(reader, query, on))


async def _with_openness(reader: Reader, query: RegionQuery, on: date) -> list[Region]:
    country = await atlas(reader)
    found = await reader.regions.find(query.where(), REGIONS_MAX)
    return [region for region in found if country.is_open(region, on) is query.wallet_open]


async def areas_of(reader: Reader, province_codes: Sequence[str]) -> list[list[Region]]:
    """Give all areas of each province."""
    if len(province_codes) == 1:
        return [await reader.regions.find({"province_code": province_codes[0]}, REGIONS_MAX)]
    country = await atlas(reader)
    return [country.areas.get(code, []) for code in province_codes]


async def coverage(reader: Reader, on: date) -> Coverage:
    """Sum up the whole country on that day (R2)."""
    reports: list[CoverageReport] = await reader.coverage_reports.find({}, REGIONS_MAX)
    return (await atlas(reader)).survey(on, reports)


async def plant_regions(uow: UnitOfWork, planted: Sequence[Region], reports: Sequence[CoverageReport]) -> int:
    """Add the regions and reports that are not there yet, and give their number; those that are stay as they are."""
    known_regions = await uow.regions.get_many([region.code for region in planted])
    known_reports = await uow.coverage_reports.get_many([report.id for report in reports])
    new_regions = [region for region, known in zip(planted, known_regions, strict=True) if known is None]
    new_reports = [report for report, known in zip(reports, known_reports, strict=True) if known is None]
    for region in new_regions:
        uow.regions.add(region)
    for report in new_reports:
        uow.coverage_reports.add(report)
    return len(new_regions) + len(new_reports)


async def open_region(uow: UnitOfWork, actor: Actor, now: datetime, code: str, on: date) -> Region:
    """Record that the wallet is open in a region from that day on; a province's own code opens all of it (R3, R4)."""
    return await _record(uow, actor, code, lambda region: with_opening(region, on, Opening.OPEN, now))


async def close_region(uow: UnitOfWork, actor: Actor, now: datetime, code: str, on: date) -> Region:
    """Record that the wallet is closed in a region from that day on (R4)."""
    return await _record(uow, actor, code, lambda region: with_opening(region, on, Opening.CLOSED, now))


async def _record(uow: UnitOfWork, actor: Actor, code: str, change: Callable[[Region], Region]) -> Region:
    require_agency(actor)
    region = change(await require_region(uow.regions, code, "code"))
    uow.regions.save(region)
    return region


async def require_region(regions: Lookup[Region], code: str, *path: str) -> Region:
    """Give the region of that code, or refuse with NOT_FOUND."""
    region = await regions.get(code)
    if region is None:
        raise Refused(RegionNotFound(path=path))
    return region


async def require_areas(regions: Lookup[Region], codes: Sequence[str], *path: str) -> None:
    """Refuse with NOT_FOUND codes that are not pooling areas."""
    found = await regions.get_many(codes)
    if any(region is None or region.is_province() for region in found):
        raise Refused(AreaNotFound(path=path))


async def with_provinces(regions: Lookup[Region], codes: Sequence[str]) -> dict[str, Region]:
    """Give these areas and their provinces, by code, in one round trip."""
    wanted = list(dict.fromkeys([*codes, *(province_code_of(code) for code in codes)]))
    found = await regions.get_many(wanted)
    return {region.code: region for region in found if region is not None}


def place_of(found: Mapping[str, Region], code: str) -> Place:
    """Put an area and its province together, out of what `with_provinces` gave."""
    return Place(found[code], found[province_code_of(code)])


async def set_use_place_change(
    uow: UnitOfWork, actor: Actor, province_code: str, *, supported: bool, on: date
) -> Region:
    """Record whether a province supports changing the use place from that day on (R11)."""
    require_agency(actor)
    region = await require_region(uow.regions, province_code, "province_code")
    if not region.is_province():
        raise Refused(RegionNotFound(path=("province_code",)))
    changed = with_use_place_fact(region, UsePlaceFact(on, supported))
    uow.regions.save(changed)
    return changed
