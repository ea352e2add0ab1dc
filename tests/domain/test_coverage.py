"""Where the wallet is open on a day: the newest fact decides, and what nobody published is unknown (R1 to R4, R16)."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coverage import (
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
    ProvinceCoverage,
    Region,
    UsePlaceFact,
    with_opening,
    with_use_place_fact,
)
from tests.domain.cases import area, province, refusing
from tests.factories import JINAN, TODAY

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


def test_an_area_can_be_opened_again_after_its_province_was_closed() -> None:
    """R4: the agency opens what it said was open before."""
    of, own = province("open", "closed 2025-06-01"), with_opening(area("open"), JULY, Opening.OPEN)
    assert area_is_open(own, of, JULY)


def test_opening_a_fully_open_provinces_own_code_again_opens_what_was_closed_since() -> None:
    """R3, R4."""
    of = with_opening(province("open"), JULY, Opening.OPEN)
    assert covers(of, area(), area("closed 2025-06-01")) is ProvinceCoverage.FULL


def test_closing_a_closed_province_again_closes_what_was_opened_since() -> None:
    """R4."""
    of = with_opening(province("closed"), JULY, Opening.CLOSED)
    assert covers(of, area(), area("open 2025-06-01")) is ProvinceCoverage.NONE


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


def test_opening_a_province_on_the_day_one_of_its_areas_was_closed_makes_it_full() -> None:
    """R3: of facts of one day the one recorded last decides."""
    closed = with_opening(area("open"), JULY, Opening.CLOSED, datetime(2025, 7, 1, 1, tzinfo=UTC))
    of = with_opening(province("open"), JULY, Opening.OPEN, datetime(2025, 7, 1, 2, tzinfo=UTC))
    assert province_coverage(of, [closed], JULY) is ProvinceCoverage.FULL
