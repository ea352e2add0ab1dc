"""Days are Shanghai's; moments are UTC, to the millisecond."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dates import SHANGHAI, shanghai_date, to_milliseconds
from tests.factories import NOW

MOMENTS = st.timedeltas(timedelta(days=-20_000), timedelta(days=20_000)).map(lambda time: NOW + time)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2025, 5, 8, 15, 59, 59, 999_999, tzinfo=UTC), date(2025, 5, 8)),
        (datetime(2025, 5, 8, 16, 0, tzinfo=UTC), date(2025, 5, 9)),
        (datetime(2025, 5, 8, 23, 0, tzinfo=timezone(timedelta(hours=-10))), date(2025, 5, 9)),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(moment: datetime, day: date) -> None:
    """R21: wherever the clock is."""
    assert shanghai_date(moment) == day


@given(MOMENTS)
def test_a_stored_moment_is_utc_and_never_later(moment: datetime) -> None:
    """R26."""
    stored = to_milliseconds(moment.astimezone(SHANGHAI))
    assert (stored.tzinfo, stored.microsecond % 1_000) == (UTC, 0)
    assert timedelta(0) <= moment - stored < timedelta(milliseconds=1)
