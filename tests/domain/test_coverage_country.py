"""The country as the article has it on 2025-05-08, and as openings and closings change it (R1 to R4)."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from domain.coverage import Atlas, CoverageReport
from domain.regions import (
    Opening,
    OpeningFact,
    Region,
    RegionKind,
    RegionLevel,
    UsePlaceFact,
    with_opening,
    with_use_place_fact,
)
from tests.factories import JINAN, TODAY, make_coverage_report

YESTERDAY = TODAY - timedelta(days=1)
JUNE = date(2025, 6, 1)
JULY = date(2025, 7, 1)
DATA = Path(__file__).parents[2] / "seeds" / "data"
REPORTED = make_coverage_report(TODAY, 227)
USE_PLACE = ["河北省", "安徽省", "广西壮族自治区", "西藏自治区", "甘肃省", "黑龙江省"]
UNPUBLISHED = ["辽宁省", "吉林省", "黑龙江省", "上海市", "浙江省", "贵州省", "陕西省"]
FULLY_OPEN = [
    "河北省",
    "安徽省",
    "山东省",
    "河南省",
    "湖北省",
    "广西壮族自治区",
    "四川省",
    "西藏自治区",
    "甘肃省",
    "新疆维吾尔自治区",
    "新疆生产建设兵团",
]


@cache
def country() -> Atlas:
    """Build the whole country with the facts of the article."""
    article = json.loads((DATA / "regions_listed.json").read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = json.loads((DATA / "regions.json").read_text(encoding="utf-8"))
    states = {listed["code"]: Opening.OPEN for named in article["provinces"] for listed in named["areas"]}
    for named in article["provinces"]:
        if named["fullyOpen"]:
            states[named["code"]] = Opening.OPEN
        elif not named["areas"]:
            states[named["code"]] = Opening.ANNOUNCED
    return Atlas(_region(row, position, states.get(row["code"])) for position, row in enumerate(rows))


def _region(row: dict[str, Any], position: int, state: Opening | None) -> Region:
    ranks = {name: rank for rank, name in enumerate(USE_PLACE, start=1)}
    rank = ranks.get(row["name"])
    return Region(
        code=row["code"],
        name=row["name"],
        full_name=row["fullName"],
        pinyin=row["pinyin"],
        initials=row["initials"],
        level=RegionLevel(row["level"]),
        kind=RegionKind(row["kind"]),
        province_code=row["provinceCode"],
        position=position,
        openings=(OpeningFact(TODAY, state),) if state is not None else (),
        use_place_facts=(UsePlaceFact(TODAY, supported=True, rank=rank),) if rank is not None else (),
    )


def changed(*regions: Region) -> Atlas:
    """Give the country with these regions as they are now."""
    return Atlas({**country().by_code, **{region.code: region for region in regions}}.values())


def names(regions: Iterable[Region]) -> list[str]:
    """Give the names in order."""
    return [region.name for region in regions]


def test_the_wallet_is_open_in_21_provinces_and_the_corps() -> None:
    """R2."""
    assert country().survey(TODAY, []).provinces_open == 22


def test_220_areas_are_listed_and_227_are_reported() -> None:
    """R2: two numbers, never mixed."""
    survey = country().survey(TODAY, [REPORTED])
    assert (survey.areas_listed, survey.areas_reported) == (220, 227)


def test_11_provinces_are_fully_open_in_the_articles_order() -> None:
    """R2."""
    assert names(country().survey(TODAY, []).fully_open) == FULLY_OPEN


def test_7_provinces_are_unpublished_in_the_articles_order() -> None:
    """R3."""
    assert names(country().survey(TODAY, []).unpublished) == UNPUBLISHED


def test_4_provinces_are_partly_open_in_the_articles_order() -> None:
    """R2."""
    assert names(country().survey(TODAY, []).partly_open) == ["内蒙古自治区", "江苏省", "重庆市", "云南省"]


def test_6_provinces_support_changing_the_use_place_in_the_articles_order() -> None:
    """R2: 黑龙江 comes last there."""
    assert names(country().survey(TODAY, []).use_place_change) == USE_PLACE


def test_a_province_that_supports_it_later_comes_after_those_of_the_article() -> None:
    """R2, R11."""
    shanxi = with_use_place_fact(country().by_code["140000"], UsePlaceFact(TODAY, supported=True))
    survey = changed(shanxi).survey(TODAY, [])
    assert names(survey.use_place_change) == [*USE_PLACE, "山西省"]


def test_the_day_before_nothing_was_open() -> None:
    """R4."""
    survey = country().survey(YESTERDAY, [REPORTED])
    assert (survey.as_of, survey.provinces_open, survey.areas_listed, survey.areas_reported) == (None, 0, 0, None)
    assert survey.fully_open == survey.partly_open == survey.unpublished == survey.use_place_change == ()


def test_a_survey_says_which_day_it_is_asked_for_and_of_which_its_newest_fact_is() -> None:
    """R4."""
    survey = country().survey(JULY, [REPORTED])
    assert (survey.on, survey.as_of, survey.areas_reported) == (JULY, TODAY, 227)


def test_a_reported_number_stands_only_until_a_newer_fact() -> None:
    """R2: no source states the number that is open since."""
    atlas = changed(with_opening(country().by_code["110101"], JUNE, Opening.OPEN))
    assert atlas.survey(date(2025, 5, 31), [REPORTED]).areas_reported == 227
    survey = atlas.survey(JUNE, [REPORTED])
    assert (survey.as_of, survey.areas_listed, survey.areas_reported) == (JUNE, 221, None)


def test_a_use_place_fact_is_a_newer_fact_too() -> None:
    """R2."""
    hebei = with_use_place_fact(country().by_code["130000"], UsePlaceFact(JUNE, supported=False))
    survey = changed(hebei).survey(JUNE, [REPORTED])
    assert (survey.as_of, survey.areas_reported, names(survey.use_place_change)) == (JUNE, None, USE_PLACE[1:])


def test_a_newer_report_stands_for_its_own_day() -> None:
    """R2."""
    atlas = changed(with_opening(country().by_code["110101"], JUNE, Opening.OPEN))
    assert atlas.survey(JUNE, [REPORTED, make_coverage_report(JUNE, 300)]).areas_reported == 300


def test_a_report_is_known_by_its_day() -> None:
    """R2."""
    assert CoverageReport(TODAY, 227, "半岛新闻").id == "2025-05-08"


def test_an_area_that_was_closed_is_listed_no_more() -> None:
    """R4."""
    survey = changed(with_opening(country().by_code[JINAN], JUNE, Opening.CLOSED)).survey(JUNE, [])
    assert survey.areas_listed == 219
    assert names(survey.partly_open) == ["内蒙古自治区", "江苏省", "山东省", "重庆市", "云南省"]


def test_the_areas_of_a_province_that_was_closed_are_listed_no_more() -> None:
    """R4: 云南 lists two."""
    yunnan = country().by_code["530000"]
    survey = changed(with_opening(yunnan, JUNE, Opening.CLOSED)).survey(JUNE, [])
    assert (survey.provinces_open, survey.areas_listed) == (21, 218)


@pytest.mark.parametrize(
    ("code", "is_open"),
    [
        ("370000", True),  # 山东: fully open
        (JINAN, True),
        ("320000", True),  # 江苏: three areas
        ("320500", True),
        ("320100", False),  # 南京 is not among them
        ("210000", None),  # 辽宁: no areas published
        ("210100", None),
        ("110000", False),  # 北京: not named
        ("110101", False),
    ],
)
def test_any_region_of_the_country_can_be_asked_about(code: str, *, is_open: bool | None) -> None:
    """R1."""
    assert country().is_open(country().by_code[code], TODAY) is is_open


def test_an_area_of_a_fully_open_province_is_open_without_being_listed() -> None:
    """R4: every area of 新疆, also those the article does not print."""
    xinjiang = country().areas["650000"]
    unlisted = [each for each in xinjiang if not each.openings]
    assert len(unlisted) > 0
    assert all(country().is_open(each, TODAY) for each in unlisted)


def test_opening_an_unpublished_province_makes_all_of_it_open() -> None:
    """R3."""
    atlas = changed(with_opening(country().by_code["210000"], JUNE, Opening.OPEN))
    survey = atlas.survey(JUNE, [])
    assert "辽宁省" in names(survey.fully_open)
    assert all(atlas.is_open(each, JUNE) for each in atlas.areas["210000"])


def test_opening_an_area_leaves_its_unpublished_province_where_it_was() -> None:
    """R3."""
    survey = changed(with_opening(country().by_code["210100"], JUNE, Opening.OPEN)).survey(JUNE, [])
    assert names(survey.unpublished) == UNPUBLISHED
    assert (survey.provinces_open, survey.areas_listed) == (22, 221)
