"""A premium is what an area's agency published for a year, and it can be paid in its window (R23)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ErrorCode, PremiumWindowClosed, Refused
from domain.premiums import Premium, premium_id, require_open_window, require_published, require_window, require_year
from tests.domain.cases import refusing
from tests.factories import HEFEI, JINAN, make_premium

OPENS = date(2024, 9, 1)
CLOSES = date(2025, 2, 28)


def autumn() -> Premium:
    """Make the premium of 2025 that can be paid from September to February."""
    return replace(make_premium(), opens_on=OPENS, closes_on=CLOSES)


# ---- which it is ----------------------------------------------------------------------------------------------------


def test_a_premium_is_known_by_area_and_year() -> None:
    """R23."""
    assert make_premium(JINAN, 2025).id == premium_id(JINAN, 2025) == "370100:2025"


def test_premiums_of_other_areas_and_years_are_others() -> None:
    """R23."""
    assert len({premium_id(area, year) for area in (JINAN, HEFEI) for year in (2024, 2025)}) == 4


def test_a_premium_published_again_is_the_same_premium() -> None:
    """R23: paid once, whatever is published later."""
    assert make_premium(amount=42_000).id == make_premium(amount=45_000).id


@pytest.mark.parametrize("year", [2000, 2025, 2100])
def test_a_year_of_this_century_is_a_year(year: int) -> None:
    """R23."""
    assert require_year(year, "year") == year


@pytest.mark.parametrize("year", [-2025, 0, 25, 1999, 2101, 20_250])
def test_another_number_is_no_year(year: int) -> None:
    """R23."""
    with refusing(ErrorCode.INVALID_INPUT, "year"):
        require_year(year, "year")


def test_a_published_premium_is_given_back() -> None:
    """R23."""
    assert require_published(make_premium()) == make_premium()


def test_without_a_published_premium_nothing_is_paid() -> None:
    """R23."""
    with refusing(ErrorCode.PREMIUM_NOT_PUBLISHED, "area_code"):
        require_published(None)


# ---- its window -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closes_on", [OPENS, OPENS + timedelta(days=1), CLOSES])
def test_a_window_is_a_day_or_more(closes_on: date) -> None:
    """R23."""
    require_window(2025, OPENS, closes_on, "closes_on")


def test_a_window_does_not_close_before_it_opens() -> None:
    """R23."""
    with refusing(ErrorCode.INVALID_INPUT, "closes_on"):
        require_window(2025, OPENS, OPENS - timedelta(days=1), "closes_on")


@pytest.mark.parametrize("year", [2022, 2027])
def test_a_window_lies_about_the_year_it_is_for(year: int) -> None:
    """R23: a date that was mistyped does not open it for centuries."""
    with refusing(ErrorCode.INVALID_INPUT, "closes_on"):
        require_window(year, OPENS, CLOSES, "closes_on")


@pytest.mark.parametrize("on", [OPENS, date(2025, 1, 1), CLOSES])
def test_a_premium_can_be_paid_on_both_ends_of_its_window_and_between(on: date) -> None:
    """R23."""
    require_open_window(autumn(), on)


@pytest.mark.parametrize("on", [OPENS - timedelta(days=1), CLOSES + timedelta(days=1), date(2025, 9, 1)])
def test_a_premium_cannot_be_paid_outside_its_window(on: date) -> None:
    """R23: the year it is for does not matter."""
    with refusing(ErrorCode.PREMIUM_WINDOW_CLOSED):
        require_open_window(autumn(), on)


def test_the_refusal_says_when_it_can_be_paid() -> None:
    """R23."""
    with pytest.raises(Refused) as caught:
        require_open_window(autumn(), date(2025, 3, 1))
    assert caught.value.refusal == PremiumWindowClosed(opens_on=OPENS, closes_on=CLOSES)
    assert "2024-09-01" in caught.value.refusal.message()
    assert "2025-02-28" in caught.value.refusal.message()


@given(st.dates(date(2024, 1, 1), date(2026, 1, 1)))
def test_a_premium_is_open_on_the_days_of_its_window_and_no_other(on: date) -> None:
    """R23."""
    days = [OPENS + timedelta(days=number) for number in range((CLOSES - OPENS).days + 1)]
    assert autumn().is_open(on) is (on in days)
