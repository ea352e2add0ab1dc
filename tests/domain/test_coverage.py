"""Where the wallet is open on a day: the newest fact decides, and what nobody published is unknown (R1 to R4, R16)."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coverage import (
    Atlas,
    CoverageReport,
    area_is_open,
    open_since,
    province_coverage,
    province_is_open,
    require_open,
    supports_use_place_change,
)
from domain.errors import ErrorCode, Refused, RegionRefusal
from domain.regions import (
    Opening,
    OpeningFact,
    ProvinceCoverage,
    Region,
    RegionKind,
    RegionLevel,
    UsePlaceFact,
    with_opening,
    with_use_place_fact,
)
from tests.domain.cases import area, province, refusing
from tests.factories import JINAN, TODAY, make_coverage_report

YESTERDAY = TODAY - timedelta(days=1)
JUNE = date(2025, 6, 1)
JULY = date(2025, 7, 1)


# ---- an area ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("own", "above", "is_open"),
    [
        # no fact of the province: the area's own decides
        ([], [], False),
        (["open"], [], True),
        (["closed"], [], False),
        # a fully open province: so is what it does not list (R4)
        ([], ["open"], True),
        (["open"], ["open"], True),
        # the newest fact wins, of whichever of the two
        (["closed 2025-06-01"], ["open"], False),
        (["closed"], ["open 2025-06-01"], True),
        (["open"], ["closed 2025-06-01"], False),
        (["open 2025-06-01"], ["closed"], True),
        # on one day the area's own wins over the province's
        (["closed"], ["open"], False),
        (["open"], ["closed"], True),
        # a province that is only announced says nothing of its areas (R3)
        ([], ["announced"], None),
        (["open 2025-06-01"], ["announced"], True),
        (["closed 2025-06-01"], ["announced"], False),
        (["open"], ["announced 2025-06-01"], True),
        # until its own code is opened or closed
        ([], ["announced", "open 2025-06-01"], True),
        ([], ["announced", "closed 2025-06-01"], False),
        (["open"], ["announced", "closed 2025-06-01"], False),
    ],
)
def test_an_area_is_open_by_its_own_facts_and_its_provinces(
    own: list[str], above: list[str], *, is_open: bool | None
) -> None:
    """R3, R4."""
    assert area_is_open(area(*own), province(*above), JULY) is is_open


def test_no_area_is_open_before_the_first_fact() -> None:
    """R4."""
    assert area_is_open(area("open"), province("open"), YESTERDAY) is False


def test_an_announced_provinces_area_is_closed_and_not_unknown_before_the_announcement() -> None:
    """R3, R4."""
    assert area_is_open(area(), province("announced"), YESTERDAY) is False


# ---- a province ---------------------------------------------------------------------------------------------------


def covers(of: Region, *areas: Region, on: date = JULY) -> ProvinceCoverage:
    """Judge a province by its areas."""
    return province_coverage(of, areas, on)


def test_a_province_without_facts_is_not_covered() -> None:
    """R2."""
    assert covers(province(), area()) is ProvinceCoverage.NONE


def test_a_province_is_partly_covered_by_one_open_area() -> None:
    """R2."""
    assert covers(province(), area("open"), area()) is ProvinceCoverage.PARTIAL


def test_a_fully_open_province_need_not_list_its_areas() -> None:
    """R4."""
    assert covers(province("open"), area(), area("open")) is ProvinceCoverage.FULL


def test_closing_one_area_of_a_fully_open_province_makes_it_partial() -> None:
    """R4."""
    assert covers(province("open"), area(), area("closed 2025-06-01")) is ProvinceCoverage.PARTIAL


def test_an_announced_province_is_unpublished() -> None:
    """R3."""
    assert covers(province("announced"), area()) is ProvinceCoverage.UNPUBLISHED


def test_an_announced_province_stays_unpublished_when_an_area_opens() -> None:
    """R3."""
    assert covers(province("announced"), area("open"), area()) is ProvinceCoverage.UNPUBLISHED


def test_the_other_areas_of_an_announced_province_stay_unknown_when_one_opens() -> None:
    """R3."""
    liaoning, shenyang, dalian = province("announced"), area("open"), area()
    assert [area_is_open(each, liaoning, JULY) for each in (shenyang, dalian)] == [True, None]


def test_opening_an_announced_provinces_own_code_makes_it_full() -> None:
    """R3."""
    assert covers(with_opening(province("announced"), JUNE, Opening.OPEN), area(), area()) is ProvinceCoverage.FULL


def test_opening_a_partly_open_provinces_own_code_makes_it_full() -> None:
    """R3."""
    assert covers(with_opening(province(), JUNE, Opening.OPEN), area("open"), area()) is ProvinceCoverage.FULL


def test_closing_a_province_closes_all_of_it() -> None:
    """R4."""
    assert covers(province("open", "closed 2025-06-01"), area(), area("open")) is ProvinceCoverage.NONE


def test_a_closed_province_is_partial_once_an_area_opens_again() -> None:
    """R4."""
    assert covers(province("open", "closed"), area(), area("open 2025-06-01")) is ProvinceCoverage.PARTIAL


def test_nothing_is_covered_before_the_first_fact() -> None:
    """R4."""
    for of in (province("open"), province("announced"), province()):
        assert covers(of, area("open"), on=YESTERDAY) is ProvinceCoverage.NONE


@pytest.mark.parametrize(
    ("coverage", "is_open"),
    [
        (ProvinceCoverage.FULL, True),
        (ProvinceCoverage.PARTIAL, True),
        (ProvinceCoverage.UNPUBLISHED, None),
        (ProvinceCoverage.NONE, False),
    ],
)
def test_a_province_is_open_if_a_part_of_it_is(coverage: ProvinceCoverage, *, is_open: bool | None) -> None:
    """R1, R3: unpublished is neither open nor closed."""
    assert province_is_open(coverage) is is_open


KNOWN = st.lists(st.sampled_from(["open", "closed"]), max_size=2)


@given(KNOWN, st.lists(KNOWN, min_size=1, max_size=4), st.sampled_from([YESTERDAY, TODAY]))
def test_a_provinces_coverage_agrees_with_its_areas(above: list[str], own: list[list[str]], on: date) -> None:
    """R4: where no province is only announced, every area is open or not."""
    of, areas = province(*above), [area(*known) for known in own]
    states = {area_is_open(each, of, on) for each in areas}
    agrees = {
        ProvinceCoverage.FULL: states == {True},
        ProvinceCoverage.PARTIAL: True in states,
        ProvinceCoverage.NONE: states == {False},
    }
    assert agrees[covers(of, *areas, on=on)]


# ---- since when ---------------------------------------------------------------------------------------------------


def since(own: Region, above: Region, today: date = JULY) -> date | None:
    """Give since when an area has been open."""
    return open_since((own, above), partial(area_is_open, own, above), today)


def test_an_area_is_open_since_its_opening() -> None:
    """R4."""
    assert since(area("open"), province()) == TODAY


def test_an_area_that_opens_today_is_open_since_today() -> None:
    """R4."""
    assert since(area("open"), province(), today=TODAY) == TODAY


def test_an_area_is_open_since_its_provinces_opening() -> None:
    """R4."""
    assert since(area("open 2025-06-01"), province("open")) == TODAY


def test_an_area_that_is_closed_has_been_open_since_no_day() -> None:
    """R4."""
    assert since(area("open", "closed 2025-06-01"), province()) is None


def test_an_area_of_which_nothing_is_known_has_been_open_since_no_day() -> None:
    """R3."""
    assert since(area(), province("announced")) is None


def test_an_area_that_was_opened_again_is_open_since_then() -> None:
    """R4: openness that was broken does not count."""
    assert since(area("open 2025-01-01", "closed", "open 2025-06-01"), province()) == JUNE


def test_an_opening_to_come_does_not_count() -> None:
    """R4."""
    assert since(area("open 2025-07-02"), province()) is None


def test_a_closing_to_come_does_not_count() -> None:
    """R4."""
    assert since(area("open", "closed 2025-07-02"), province()) == TODAY


def test_an_area_without_facts_has_been_open_since_no_day() -> None:
    """R4."""
    assert since(area(), province()) is None


def test_a_province_is_open_since_its_first_area_was() -> None:
    """R4."""
    of, areas = province("open 2025-06-01"), [area("open"), area("open 2025-06-01")]
    assert open_since([of, *areas], lambda day: province_is_open(covers(of, *areas, on=day)), JULY) == TODAY


# ---- changing the use place ---------------------------------------------------------------------------------------


def test_no_province_supports_changing_the_use_place_unasked() -> None:
    """R11."""
    assert not supports_use_place_change(province("open"), TODAY)


@pytest.mark.parametrize(("on", "supported"), [(YESTERDAY, False), (TODAY, True), (JUNE, False)])
def test_a_province_supports_changing_the_use_place_while_its_facts_say_so(on: date, *, supported: bool) -> None:
    """R2, R11."""
    hebei = with_use_place_fact(province(), UsePlaceFact(TODAY, supported=True))
    hebei = with_use_place_fact(hebei, UsePlaceFact(JUNE, supported=False))
    assert supports_use_place_change(hebei, on) is supported


# ---- the rule -----------------------------------------------------------------------------------------------------


def test_an_open_area_is_not_refused() -> None:
    """R16."""
    require_open(area("open"), province(), TODAY)


def test_a_closed_area_is_refused() -> None:
    """R16."""
    with refusing(ErrorCode.REGION_NOT_OPEN, "payee"):
        require_open(area(), province(), TODAY, "payee")


def test_an_area_of_which_nothing_is_known_is_refused_as_such() -> None:
    """R3."""
    with refusing(ErrorCode.REGION_STATUS_UNKNOWN, "payee"):
        require_open(area(), province("announced"), TODAY, "payee")


def test_an_area_of_an_announced_province_is_accepted_once_it_is_opened() -> None:
    """R3."""
    require_open(with_opening(area(), TODAY, Opening.OPEN), province("announced"), TODAY)


def test_a_refusal_names_the_area() -> None:
    """R16."""
    with pytest.raises(Refused) as caught:
        require_open(area(), province(), TODAY)
    refusal = caught.value.refusal
    assert isinstance(refusal, RegionRefusal)
    assert (refusal.region_code, refusal.region_name) == (JINAN, "济南市")


# ---- the country of the article -----------------------------------------------------------------------------------

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
