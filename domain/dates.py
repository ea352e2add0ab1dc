"""Calendar dates are Shanghai's; moments are UTC, to the millisecond."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Asia/Shanghai has had no daylight saving since 1991, so a fixed offset is exact for every date used here."""


def shanghai_date(moment: datetime) -> date:
    """Tell which calendar day it is in Shanghai at that moment."""
    return moment.astimezone(SHANGHAI).date()


def to_milliseconds(moment: datetime) -> datetime:
    """Give the moment in UTC, cut to the millisecond, the precision of every stored time."""
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
