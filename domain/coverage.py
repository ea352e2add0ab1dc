"""What the dated facts say of a region on a day: open, closed or unknown; and of the whole country (R1 to R4, R16).

The newest fact decides; of facts of one day the one recorded last, and of those an area's own. A province that is only
*announced* says nothing of its areas: what an area's own facts do not tell is unknown (R3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from domain.errors import Refused, RegionNotOpen, RegionStatusUnknown
from domain.regions import Opening, ProvinceCoverage, Region, UsePlaceFact, newest_fact


def area_is_open(area: Region, province: Region, on: date) -> bool | None:
    """Tell whether the wallet is open in an area on that day; None where it is unknown (R3)."""
    own = newest_fact(area.openings, on)
    above = newest_fact(province.openings, on)
    if above is None or above.state is Opening.ANNOUNCED:
        if own is not None:
            return own.state is Opening.OPEN
        return None if above is not None else False
    deciding = own if own is not None and own.age >= above.age else above
    return deciding.state is Opening.OPEN


def province_coverage(province: Region, areas: Iterable[Region], on: date) -> ProvinceCoverage:
    """Tell how much of a province is open on that day; announced stays UNPUBLISHED whatever areas open (R3)."""
    newest = newest_fact(province.openings, on)
    if newest is not None and newest.state is Opening.ANNOUNCED:
        return ProvinceCoverage.UNPUBLISHED
    states = [area_is_open(area, province, on) for area in areas]
    if newest is not None and newest.state is Opening.OPEN and all(states):
        return ProvinceCoverage.FULL
    return ProvinceCoverage.PARTIAL if any(states) else ProvinceCoverage.NONE


def province_is_open(coverage: ProvinceCoverage) -> bool | None:
    """Tell whether a province is open at least in part; None where its areas are not published (R3)."""
    if coverage is ProvinceCoverage.UNPUBLISHED:
        return None
    return coverage is not ProvinceCoverage.NONE


def open_since(regions: Iterable[Region], is_open: Callable[[date], bool | None], today: date) -> date | None:
    """Give the first day of the openness that lasts until today, judged on each day one of the regions' facts began."""
    days = sorted({fact.on for region in regions for fact in region.openings if fact.on <= today}, reverse=True)
    since: date | None = None
    for day in days:
        if not is_open(day):
            break
        since = day
    return since


def supports_use_place_change(province: Region, on: date) -> bool:
    """Tell whether the province lets a wallet change its use place on that day (R2, R11)."""
    fact = newest_fact(province.use_place_facts, on)
    return fact is not None and fact.supported


def require_open(area: Region, province: Region, on: date, *path: str) -> None:
    """Refuse with REGION_NOT_OPEN or REGION_STATUS_UNKNOWN unless the wallet is open in the area (R3, R16)."""
    is_open = area_is_open(area, province, on)
    if not is_open:
        refusal = RegionStatusUnknown if is_open is None else RegionNotOpen
        raise Refused(refusal(path=path, region_code=area.code, region_name=area.full_name))


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """How many areas a source claimed to be open on a day; kept apart from what it lists (R2)."""

    on: date
    areas_reported: int
    source: str

    @property
    def id(self) -> str:
        """Identify the report by its day."""
        return self.on.isoformat()


@dataclass(frozen=True, slots=True)
class Coverage:
    """The whole country on a day; the lists are in the order of the article (R2)."""

    on: date
    as_of: date | None
    provinces_open: int
    areas_listed: int
    areas_reported: int | None
    fully_open: tuple[Region, ...]
    partly_open: tuple[Region, ...]
    unpublished: tuple[Region, ...]
    use_place_change: tuple[Region, ...]


class Atlas:
    """All regions of the country, in the article's order, and what their facts say together."""

    def __init__(self, regions: Iterable[Region]) -> None:
        """Hold the regions by code and by province."""
        self.by_code: Mapping[str, Region] = {region.code: region for region in regions}
        self.provinces = tuple(region for region in self.by_code.values() if region.is_province())
        self.areas: dict[str, list[Region]] = {province.code: [] for province in self.provinces}
        for region in self.by_code.values():
            if region.province_code is not None:
                self.areas[region.province_code].append(region)

    def coverage_of(self, province: Region, on: date) -> ProvinceCoverage:
        """Tell how much of the province is open on that day."""
        return province_coverage(province, self.areas[province.code], on)

    def is_open(self, region: Region, on: date) -> bool | None:
        """Tell whether the wallet is open in a province (at least in part) or an area; None where unknown."""
        if region.province_code is None:
            return province_is_open(self.coverage_of(region, on))
        return area_is_open(region, self.by_code[region.province_code], on)

    def survey(self, on: date, reports: Sequence[CoverageReport]) -> Coverage:
        """Sum up the country on that day; a reported number stands only while no newer fact is used (R2)."""
        coverage = {province.code: self.coverage_of(province, on) for province in self.provinces}

        def in_state(state: ProvinceCoverage) -> tuple[Region, ...]:
            return tuple(province for province in self.provinces if coverage[province.code] is state)

        as_of = self._newest_fact_date(on)
        return Coverage(
            on=on,
            as_of=as_of,
            provinces_open=sum(state is not ProvinceCoverage.NONE for state in coverage.values()),
            areas_listed=sum(self._is_listed(area, on) for areas in self.areas.values() for area in areas),
            areas_reported=next((report.areas_reported for report in reports if report.on == as_of), None),
            fully_open=in_state(ProvinceCoverage.FULL),
            partly_open=in_state(ProvinceCoverage.PARTIAL),
            unpublished=in_state(ProvinceCoverage.UNPUBLISHED),
            use_place_change=self._use_place_change(on),
        )

    def _is_listed(self, area: Region, on: date) -> bool:
        own = newest_fact(area.openings, on)
        return own is not None and own.state is Opening.OPEN and self.is_open(area, on) is True

    def _newest_fact_date(self, on: date) -> date | None:
        openings = (fact.on for region in self.by_code.values() for fact in region.openings)
        use_place = (fact.on for region in self.by_code.values() for fact in region.use_place_facts)
        return max((day for day in chain(openings, use_place) if day <= on), default=None)

    def _use_place_change(self, on: date) -> tuple[Region, ...]:
        facts = [(province, newest_fact(province.use_place_facts, on)) for province in self.provinces]
        supporting = [(province, fact) for province, fact in facts if fact is not None and fact.supported]

        def place(found: tuple[Region, UsePlaceFact]) -> tuple[bool, int, int]:
            province, fact = found
            return fact.rank == 0, fact.rank, province.position

        return tuple(province for province, _ in sorted(supporting, key=place))
