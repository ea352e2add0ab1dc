"""Regions know their dated facts, and are found by whatever part of their names is typed (R4, R5)."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.coverage import supports_use_place_change
from domain.errors import ErrorCode
from domain.regions import (
    SEARCH_MAX_CHARACTERS,
    Opening,
    OpeningFact,
    RegionLevel,
    UsePlaceFact,
    name_keys,
    newest_fact,
    province_code_of,
    require_search,
    search_text,
    with_opening,
    with_use_place_fact,
)
from tests.domain.cases import area, facts, province, refusing
from tests.factories import JINAN, TODAY, make_region

JUNE = date(2025, 6, 1)
JULY = date(2025, 7, 1)
FACTS = st.lists(
    st.builds(OpeningFact, st.dates(date(2025, 1, 1), date(2025, 1, 9)), st.sampled_from(Opening)), max_size=8
)


# ---- what a region is ---------------------------------------------------------------------------------------------


def test_a_province_is_no_pooling_area() -> None:
    """R5."""
    assert province().is_province()
    assert not area().is_province()


@pytest.mark.parametrize(("code", "province_code"), [(JINAN, "370000"), ("660100", "660000"), ("500105", "500000")])
def test_a_code_begins_with_that_of_its_province(code: str, province_code: str) -> None:
    """R5: 兵团 and the municipalities too."""
    assert province_code_of(code) == province_code


def test_a_provinces_code_is_its_own() -> None:
    """R5."""
    assert province_code_of("370000") == "370000"


def test_levels_are_province_and_area() -> None:
    """R5."""
    assert (province().level, area().level) == (RegionLevel.PROVINCE, RegionLevel.AREA)


# ---- search -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["山东", "山东省济南市", "济南", "济南市", "南市", "市", "370100", "3701", "jinan", "jinanshi", "jn"]
)
def test_any_part_of_the_names_and_the_beginning_of_the_rest_find_a_region(text: str) -> None:
    """R5."""
    jinan = replace(make_region(full_name="山东省济南市"), pinyin="jinanshi", initials="jns")
    assert any(key.startswith(text) for key in jinan.search_keys)


@pytest.mark.parametrize("text", ["nan", "inan", "ns", "70100", "青岛"])
def test_the_middle_of_the_rest_does_not_find_a_region(text: str) -> None:
    """R5: latin search matches prefixes."""
    jinan = replace(make_region(full_name="山东省济南市"), pinyin="jinanshi", initials="jns")
    assert not any(key.startswith(text) for key in jinan.search_keys)


def test_a_region_is_found_by_the_name_the_article_prints() -> None:
    """R5: 阿勒泰市 means the prefecture."""
    aletai = make_region("654300", "新疆维吾尔自治区阿勒泰地区", aliases=("阿勒泰市",))
    assert "阿勒泰市" in aletai.search_keys
    assert "阿勒泰地区" in aletai.search_keys


def test_the_endings_of_names_are_each_given_once() -> None:
    """R5."""
    assert name_keys("济南市", "泰南市") == ("济南市", "南市", "市", "泰南市")


@given(st.text(min_size=1, max_size=8), st.data())
def test_every_part_of_a_name_begins_one_of_its_keys(name: str, data: st.DataObject) -> None:
    """R5."""
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    assert any(key.startswith(name[start:end]) for key in name_keys(name))


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("JiNan", "jinan"),
        (" ji nan ", "jinan"),
        ("xi'an", "xian"),
        ("\uff2a\uff29\uff2e\uff21\uff2e", "jinan"),
        ("\uff13\uff17\uff10\uff11", "3701"),
        ("济\u3000南", "济南"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_what_is_typed_is_searched_in_half_width_small_letters_without_blanks(typed: str, searched: str) -> None:
    """R5."""
    assert search_text(typed) == searched


@pytest.mark.parametrize("text", ["", "济南", "济" * SEARCH_MAX_CHARACTERS])
def test_a_search_may_be_as_long_as_any_name(text: str) -> None:
    """R5."""
    assert require_search(text, "filter", "search") == text


def test_a_search_longer_than_any_name_is_refused() -> None:
    """R5."""
    with refusing(ErrorCode.INVALID_INPUT, "filter", "search"):
        require_search("济" * (SEARCH_MAX_CHARACTERS + 1), "filter", "search")


# ---- dated facts --------------------------------------------------------------------------------------------------


def test_there_is_no_fact_before_the_first() -> None:
    """R4."""
    assert newest_fact(facts("open 2025-06-01"), date(2025, 5, 31)) is None


def test_a_fact_is_in_force_from_its_day_on() -> None:
    """R4."""
    known = facts("open 2025-06-01", "closed 2025-07-01")
    days = [JUNE, date(2025, 6, 30), JULY, date(2030, 1, 1)]
    assert [newest_fact(known, day) for day in days] == [known[0], known[0], known[1], known[1]]


def test_of_one_days_facts_the_last_recorded_is_in_force() -> None:
    """R4."""
    known = facts("open 2025-06-01", "closed 2025-06-01")
    assert newest_fact(known, JUNE) == known[1]


def test_an_opening_is_recorded() -> None:
    """R4."""
    assert with_opening(area(), JUNE, Opening.OPEN).openings == facts("open 2025-06-01")


def test_a_closing_is_recorded_after_the_opening_it_ends() -> None:
    """R4: history stays."""
    closed = with_opening(area("open 2025-06-01"), JULY, Opening.CLOSED)
    assert closed.openings == facts("open 2025-06-01", "closed 2025-07-01")


def test_a_fact_of_an_earlier_day_is_put_in_its_place() -> None:
    """R4."""
    region = with_opening(area("closed 2025-07-01"), JUNE, Opening.OPEN)
    assert region.openings == facts("open 2025-06-01", "closed 2025-07-01")


def test_the_last_word_on_one_day_counts() -> None:
    """R4."""
    region = with_opening(area("open 2025-06-01"), JUNE, Opening.CLOSED)
    assert region.openings == facts("open 2025-06-01", "closed 2025-06-01")


def test_to_record_the_same_fact_again_changes_nothing() -> None:
    """R4: opening a region twice is harmless."""
    region = area("open 2025-06-01")
    assert with_opening(region, JUNE, Opening.OPEN) == region


@given(FACTS)
def test_facts_stay_in_the_order_of_their_days(recorded: list[OpeningFact]) -> None:
    """R4."""
    region = area()
    for fact in recorded:
        region = with_opening(region, fact.on, fact.state)
    days = [fact.on for fact in region.openings]
    assert days == sorted(days)


@given(FACTS, st.dates(date(2025, 1, 1), date(2025, 1, 9)), st.sampled_from(Opening))
def test_what_was_just_recorded_is_in_force(recorded: list[OpeningFact], on: date, state: Opening) -> None:
    """R4: on its own day."""
    region = area()
    for fact in recorded:
        region = with_opening(region, fact.on, fact.state)
    newest = newest_fact(with_opening(region, on, state).openings, on)
    assert newest is not None
    assert newest.state is state


def test_support_for_changing_the_use_place_is_recorded() -> None:
    """R11."""
    fact = UsePlaceFact(TODAY, supported=True)
    assert with_use_place_fact(province(), fact).use_place_facts == (fact,)


def test_support_for_changing_the_use_place_ends_on_its_day() -> None:
    """R11."""
    begun, ended = UsePlaceFact(TODAY, supported=True), UsePlaceFact(JUNE, supported=False)
    assert with_use_place_fact(with_use_place_fact(province(), ended), begun).use_place_facts == (begun, ended)


def test_to_record_the_same_support_again_changes_nothing() -> None:
    """R11."""
    supporting = with_use_place_fact(province(), UsePlaceFact(TODAY, supported=True, rank=3))
    assert with_use_place_fact(supporting, UsePlaceFact(TODAY, supported=True)) is supporting


def test_what_is_so_already_is_recorded_for_a_later_day() -> None:
    """R4, R11: a fact of a day between may come yet."""
    region = province()
    for day, supported in ((TODAY, True), (JULY, True), (JUNE, False)):
        region = with_use_place_fact(region, UsePlaceFact(day, supported=supported))
    assert [supports_use_place_change(region, day) for day in (TODAY, JUNE, JULY)] == [True, False, True]


def test_the_last_word_on_one_days_support_takes_the_place_of_the_one_before() -> None:
    """R11: unlike openings, of which one day may have several."""
    region = province()
    for supported in (True, False, True, False):
        region = with_use_place_fact(region, UsePlaceFact(TODAY, supported=supported))
    assert region.use_place_facts == (UsePlaceFact(TODAY, supported=False),)


def test_a_province_keeps_its_place_in_the_articles_list() -> None:
    """R2, R11: also where support ends and comes back on one day."""
    region = with_use_place_fact(province(), UsePlaceFact(TODAY, supported=True, rank=3))
    for supported in (False, True):
        region = with_use_place_fact(region, UsePlaceFact(TODAY, supported=supported))
    assert region.use_place_facts == (UsePlaceFact(TODAY, supported=True, rank=3),)


def test_to_record_the_same_end_of_support_again_changes_nothing() -> None:
    """R11."""
    region = with_use_place_fact(province(), UsePlaceFact(TODAY, supported=True))
    ended = with_use_place_fact(region, UsePlaceFact(JUNE, supported=False))
    assert with_use_place_fact(ended, UsePlaceFact(JUNE, supported=False)) is ended


def test_what_is_so_from_a_later_day_is_recorded_for_an_earlier_one() -> None:
    """R11: it was not so yet."""
    later = with_use_place_fact(province(), UsePlaceFact(JULY, supported=True))
    days = [fact.on for fact in with_use_place_fact(later, UsePlaceFact(JUNE, supported=True)).use_place_facts]
    assert days == [JUNE, JULY]


def test_facts_of_other_days_stay() -> None:
    """R11: history stays."""
    region = province()
    for fact in (UsePlaceFact(TODAY, supported=True), UsePlaceFact(JULY, supported=False)):
        region = with_use_place_fact(region, fact)
    mended = with_use_place_fact(region, UsePlaceFact(JUNE, supported=False))
    assert [(fact.on, fact.supported) for fact in mended.use_place_facts] == [
        (TODAY, True),
        (JUNE, False),
        (JULY, False),
    ]


@given(st.lists(st.tuples(st.dates(date(2025, 1, 1), date(2025, 1, 9)), st.booleans()), max_size=8))
def test_what_was_just_recorded_of_support_is_in_force_on_its_day(recorded: list[tuple[date, bool]]) -> None:
    """R11: and each day has one fact, in the order of the days."""
    region = province()
    for on, supported in recorded:
        region = with_use_place_fact(region, UsePlaceFact(on, supported=supported))
        assert supports_use_place_change(region, on) is supported
    days = [fact.on for fact in region.use_place_facts]
    assert days == sorted(set(days))
