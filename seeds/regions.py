"""The country's regions with the facts of the article: which are open since when (R2 to R5)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

from domain.coverage import CoverageReport
from domain.regions import (
    Opening,
    OpeningFact,
    Region,
    RegionKind,
    RegionLevel,
    UsePlaceFact,
)

DATA: Final = Path(__file__).parent / "data"
AS_OF: Final = date(2025, 5, 8)
USE_PLACE_RANKS: Final = {
    code: rank for rank, code in enumerate(("130000", "340000", "450000", "540000", "620000", "230000"), start=1)
}
"""The six provinces that support changing the use place, as the article orders them (R2)."""


def load_regions() -> list[Region]:
    """Give every region of the country, in the article's order, with the article's facts."""
    tree: list[dict[str, Any]] = json.loads((DATA / "regions.json").read_text(encoding="utf-8"))
    listed = _listed()
    openings = dict(_openings(listed))
    printed = {area["code"]: area["name"] for province in listed["provinces"] for area in province["areas"]}
    return [_region(row, position, openings, printed) for position, row in enumerate(tree)]


def load_reports() -> list[CoverageReport]:
    """Give the number of areas the article claims."""
    return [CoverageReport(AS_OF, _listed()["claimed"]["areas"], "半岛新闻 2025-05-08")]


def _listed() -> dict[str, Any]:
    listed: dict[str, Any] = json.loads((DATA / "regions_listed.json").read_text(encoding="utf-8"))
    return listed


def _openings(listed: dict[str, Any]) -> Iterator[tuple[str, Opening]]:
    for province in listed["provinces"]:
        if province["fullyOpen"]:
            yield province["code"], Opening.OPEN
        elif not province["areasListed"]:
            yield province["code"], Opening.ANNOUNCED
        for area in province["areas"]:
            yield area["code"], Opening.OPEN


def _region(row: dict[str, Any], position: int, openings: dict[str, Opening], printed: dict[str, str]) -> Region:
    code, name = row["code"], row["name"]
    return Region(
        code=code,
        name=name,
        full_name=row["fullName"],
        pinyin=row["pinyin"],
        initials=row["initials"],
        level=RegionLevel(row["level"]),
        kind=RegionKind(row["kind"]),
        province_code=row["provinceCode"],
        position=position,
        aliases=(printed[code],) if printed.get(code, name) != name else (),
        openings=(OpeningFact(AS_OF, openings[code]),) if code in openings else (),
        use_place_facts=(UsePlaceFact(AS_OF, supported=True, rank=USE_PLACE_RANKS[code]),)
        if code in USE_PLACE_RANKS
        else (),
    )
