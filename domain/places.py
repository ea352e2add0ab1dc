"""Areas with the provinces they are judged by, and rules that have nothing to go by yet (R16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from domain.coverage import require_open
from domain.errors import Refused
from domain.regions import Region

T = TypeVar("T")


class CannotJudge(Exception):
    """The rule has nothing to go by, because one before it does not hold."""


@dataclass(frozen=True, slots=True)
class Place:
    """An area with the province whose facts it is judged by."""

    area: Region
    province: Region


def existing(thing: T | None) -> T:
    """Give what a rule goes by; CannotJudge without it."""
    if thing is None:
        raise CannotJudge
    return thing


def require_a_place_open(places: Sequence[Place], today: date, *path: str) -> None:
    """Refuse as the first area that is not open does, unless one of them is open; CannotJudge without any."""
    refused: Refused | None = None
    for place in places:
        try:
            require_open(place.area, place.province, today, *path)
        except Refused as error:
            refused = refused or error
        else:
            return
    raise refused or CannotJudge
