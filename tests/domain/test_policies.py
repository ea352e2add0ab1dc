"""The default policy adds nothing to what the article says; `national` adds the limits of the notices of 2025 (R21)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dates import SHANGHAI
from domain.errors import (
    AmountOverLimit,
    DailyLimitReached,
    ErrorCode,
    OutsideServiceHours,
    Refused,
    TransferPendingToPayee,
)
from domain.money import Fen
from domain.policies import (
    ARTICLE,
    NATIONAL,
    POLICIES,
    Usage,
    day_key,
    require_amount_allowed,
    require_day_allowed,
    require_none_awaiting,
    require_service_hours,
)
from domain.transfers import Transfer
from tests.domain.cases import refusing
from tests.factories import NOW, make_transfer

MOMENTS: Final = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - UTC


def shanghai(day: str, clock: str) -> datetime:
    """Give the moment, in UTC, at which it is that day and time in Shanghai."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=SHANGHAI).astimezone(UTC)


def verified(at: datetime) -> Transfer:
    """Make a transfer that was verified at that moment."""
    return replace(make_transfer(), verified_at=at)


# ---- article --------------------------------------------------------------------------------------------------------


def test_the_article_sets_no_limits() -> None:
    """R21."""
    assert (ARTICLE.max_amount, ARTICLE.max_per_day, ARTICLE.closed_from, ARTICLE.closed_until) == (None,) * 4


def test_the_article_does_not_ask_the_payee_to_accept() -> None:
    """R21."""
    assert not ARTICLE.acceptance_required


def test_an_application_waits_thirty_minutes_for_verification() -> None:
    """R18."""
    assert ARTICLE.verification_minutes == 30


@pytest.mark.parametrize("clock", ["00:00:00", "05:59:59.999", "12:00:00", "22:00:00", "23:59:59.999"])
def test_the_article_lets_any_number_of_any_amount_go_at_any_hour(clock: str) -> None:
    """R21."""
    require_amount_allowed(ARTICLE, Fen(10**15))
    require_day_allowed(ARTICLE, Usage(verified_today=1_000))
    require_none_awaiting(ARTICLE, Usage(awaiting=True))
    require_service_hours(ARTICLE, shanghai("2025-05-08", clock))


def test_policies_are_found_by_their_names() -> None:
    """R21: the API states the policy in force."""
    assert (POLICIES["article"], POLICIES["national"]) == (ARTICLE, NATIONAL)
    assert all(name == policy.name for name, policy in POLICIES.items())


# ---- national: how much, how often ----------------------------------------------------------------------------------


def test_the_limits_of_the_notices_are_in_force() -> None:
    """R21: what the API states."""
    assert (NATIONAL.max_amount, NATIONAL.max_per_day, NATIONAL.acceptance_required) == (200_000, 3, True)
    assert (NATIONAL.closed_from, NATIONAL.closed_until) == ("22:00", "06:00")


def test_an_application_waits_as_long_under_either_policy() -> None:
    """R18."""
    assert NATIONAL.application_ends(NOW) == ARTICLE.application_ends(NOW) == NOW + timedelta(minutes=30)


@pytest.mark.parametrize("amount", [1, 199_999, 200_000])
def test_two_thousand_yuan_may_go_at_once(amount: int) -> None:
    """R21."""
    require_amount_allowed(NATIONAL, Fen(amount))


def test_a_fen_more_does_not_go() -> None:
    """R21."""
    with refusing(ErrorCode.AMOUNT_OVER_LIMIT, "amount"):
        require_amount_allowed(NATIONAL, Fen(200_001))


@pytest.mark.parametrize("verified_today", [0, 1, 2])
def test_three_transfers_may_go_a_day(verified_today: int) -> None:
    """R21."""
    require_day_allowed(NATIONAL, Usage(verified_today))


@pytest.mark.parametrize("verified_today", [3, 4])
def test_a_fourth_does_not_go_that_day(verified_today: int) -> None:
    """R21."""
    with refusing(ErrorCode.DAILY_LIMIT_REACHED):
        require_day_allowed(NATIONAL, Usage(verified_today))


def test_a_first_transfer_may_wait_for_the_payee() -> None:
    """R21."""
    require_none_awaiting(NATIONAL, Usage(verified_today=2))


def test_while_one_waits_for_the_payee_no_second_one_goes() -> None:
    """R21."""
    with refusing(ErrorCode.TRANSFER_PENDING_TO_PAYEE, "payee"):
        require_none_awaiting(NATIONAL, Usage(awaiting=True))


def test_each_refusal_says_the_limit_and_what_counts_against_it() -> None:
    """R21."""
    night = shanghai("2025-05-08", "22:07:59")
    with pytest.raises(Refused) as over:
        require_amount_allowed(NATIONAL, Fen(200_001))
    with pytest.raises(Refused) as often:
        require_day_allowed(NATIONAL, Usage(3))
    with pytest.raises(Refused) as late:
        require_service_hours(NATIONAL, night)
    with pytest.raises(Refused) as second:
        require_none_awaiting(NATIONAL, Usage(awaiting=True))
    assert [caught.value.refusal for caught in (over, often, late, second)] == [
        AmountOverLimit(("amount",), limit="2000.00", used="2000.01"),
        DailyLimitReached(limit="3", used="3"),
        OutsideServiceHours(limit="06:00-22:00", used="22:07"),
        TransferPendingToPayee(("payee",), limit="1", used="1"),
    ]


# ---- national: when -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("clock", ["06:00:00", "06:00:00.001", "12:00:00", "21:59:59", "21:59:59.999"])
def test_transfers_go_from_six_to_ten(clock: str) -> None:
    """R21: in Shanghai."""
    require_service_hours(NATIONAL, shanghai("2025-05-08", clock))


@pytest.mark.parametrize("clock", ["22:00:00", "22:00:00.001", "23:59:59.999", "00:00:00", "05:59:59", "05:59:59.999"])
def test_none_go_at_night(clock: str) -> None:
    """R21: in Shanghai."""
    with refusing(ErrorCode.OUTSIDE_SERVICE_HOURS):
        require_service_hours(NATIONAL, shanghai("2025-05-08", clock))


@given(MOMENTS)
def test_transfers_are_closed_for_eight_hours_from_ten(moment: datetime) -> None:
    """R21: 14:00 to 22:00 UTC, on every day of the year."""
    assert NATIONAL.is_closed(moment) is (14 <= moment.hour < 22)


@pytest.mark.parametrize(("clock", "closed"), [("11:59:59", False), ("12:00:00", True), ("13:29:59", True)])
def test_a_policy_may_be_closed_at_noon(clock: str, *, closed: bool) -> None:
    """R21: closed hours need not last past midnight."""
    siesta = replace(NATIONAL, closed_from="12:00", closed_until="13:30")
    assert siesta.is_closed(shanghai("2025-05-08", clock)) is closed
    assert not siesta.is_closed(shanghai("2025-05-08", "13:30:00"))


# ---- national: until when a payee may accept ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verified_at", "ends_on"),
    [
        (shanghai("2025-05-08", "21:59:59.999"), "2025-05-09"),
        (shanghai("2025-05-08", "10:30:00"), "2025-05-09"),
        (shanghai("2025-05-08", "06:00:00"), "2025-05-09"),
        (shanghai("2025-05-08", "05:59:59.999"), "2025-05-08"),
        (shanghai("2025-05-08", "00:00:00"), "2025-05-08"),
        (shanghai("2025-05-07", "23:59:59.999"), "2025-05-08"),
        (shanghai("2025-05-31", "12:00:00"), "2025-06-01"),
        (shanghai("2025-12-31", "12:00:00"), "2026-01-01"),
        (shanghai("2025-12-31", "06:00:00"), "2026-01-01"),
        (shanghai("2028-02-28", "12:00:00"), "2028-02-29"),
    ],
    ids=str,
)
def test_what_is_not_accepted_goes_back_at_the_next_six_in_the_morning(verified_at: datetime, ends_on: str) -> None:
    """R21: verified at six exactly, the next one is tomorrow's."""
    assert NATIONAL.acceptance_ends(verified_at) == shanghai(ends_on, "06:00:00")


@given(MOMENTS)
def test_a_payee_has_a_day_at_most_and_until_six(verified_at: datetime) -> None:
    """R21."""
    ends = NATIONAL.acceptance_ends(verified_at)
    assert timedelta() < ends - verified_at <= timedelta(days=1)
    assert f"{ends.astimezone(SHANGHAI):%H:%M:%S.%f}" == "06:00:00.000000"


def test_the_end_is_told_in_utc_like_every_moment() -> None:
    """R21."""
    assert NATIONAL.acceptance_ends(NOW).tzinfo is UTC


# ---- national: the day that is counted ------------------------------------------------------------------------------


def test_a_day_is_named_by_payer_and_date() -> None:
    """R21."""
    assert day_key("P0001", date(2025, 5, 8)) == "P0001@2025-05-08"
    assert len({day_key(payer, date(2025, 5, day)) for payer in ("P0001", "P0002") for day in (8, 9)}) == 4


@pytest.mark.parametrize(
    ("verified_at", "day"),
    [
        (datetime(2025, 5, 8, 15, 59, 59, 999_000, UTC), "2025-05-08"),
        (datetime(2025, 5, 8, 16, 0, 0, 0, UTC), "2025-05-09"),
        (datetime(2025, 5, 9, 0, 0, 0, 0, UTC), "2025-05-09"),
        (datetime(2025, 12, 31, 16, 0, 0, 0, UTC), "2026-01-01"),
    ],
    ids=str,
)
def test_the_day_counted_is_that_of_verifying_in_shanghai(verified_at: datetime, day: str) -> None:
    """R21: it begins at 16:00 UTC."""
    assert verified(verified_at).verified_day == f"P0001@{day}"


def test_the_day_of_applying_does_not_count() -> None:
    """R21: applied for before midnight, verified after it."""
    before, after = (datetime(2025, 5, 8, 15, 50, tzinfo=UTC), datetime(2025, 5, 8, 16, 10, tzinfo=UTC))
    transfer = replace(make_transfer(created_at=before), verified_at=after)
    assert transfer.verified_day == "P0001@2025-05-09"


def test_an_unverified_application_counts_against_no_day() -> None:
    """R21."""
    assert make_transfer().verified_day is None


@given(st.lists(MOMENTS, min_size=2, max_size=6))
def test_a_later_moment_is_never_of_an_earlier_day(moments: list[datetime]) -> None:
    """R21."""
    days = [verified(moment).verified_day or "" for moment in sorted(moments)]
    assert all(earlier <= later for earlier, later in pairwise(days))
