"""The residents' yearly contribution as each area's agency publishes it: how much, and when it can be paid (R23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from domain.errors import PremiumNotPublished, PremiumWindowClosed, Refused, WindowMalformed, YearMalformed
from domain.money import Fen

YEARS: Final = range(2000, 2101)


@dataclass(frozen=True, slots=True)
class Premium:
    """A person's contribution (个人缴费) for a year in one area, in fen; both ends of the window are included."""

    area_code: str
    year: int
    amount: Fen
    opens_on: date
    closes_on: date
    published_at: datetime

    @property
    def id(self) -> str:
        """Identify the premium by area and year."""
        return premium_id(self.area_code, self.year)

    def is_open(self, on: date) -> bool:
        """Tell whether it can be paid on that Shanghai day."""
        return self.opens_on <= on <= self.closes_on


def premium_id(area_code: str, year: int) -> str:
    """Name the premium of an area and year."""
    return f"{area_code}:{year}"


def require_year(year: int, *path: str) -> int:
    """Refuse with INVALID_INPUT a year that no premium is published for."""
    if year not in YEARS:
        raise Refused(YearMalformed(path=path))
    return year


def require_window(year: int, opens_on: date, closes_on: date, *path: str) -> None:
    """Refuse with INVALID_INPUT a window that closes before it opens, or lies years away from the premium's."""
    if closes_on < opens_on or not (year - 1 <= opens_on.year and closes_on.year <= year + 1):
        raise Refused(WindowMalformed(path=path))


def require_published(premium: Premium | None) -> Premium:
    """Refuse with PREMIUM_NOT_PUBLISHED an area and year without a published premium (R23)."""
    if premium is None:
        raise Refused(PremiumNotPublished(path=("area_code",)))
    return premium


def require_open_window(premium: Premium, on: date) -> None:
    """Refuse with PREMIUM_WINDOW_CLOSED a day outside the window (R23)."""
    if not premium.is_open(on):
        raise Refused(PremiumWindowClosed(opens_on=premium.opens_on, closes_on=premium.closes_on))
