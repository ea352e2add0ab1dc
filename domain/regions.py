"""Where the wallet is open: pooling areas, their provinces, and the dated facts that say so (R1 to R5)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final, TypeVar

from domain.errors import Refused, SearchTooLong

SEARCH_MAX_CHARACTERS: Final = 100
PLANTED: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When the facts of the seed count as recorded: before any other."""


class RegionLevel(StrEnum):
    """A province-level unit, or a pooling area in one."""

    PROVINCE = "PROVINCE"
    AREA = "AREA"


class RegionKind(StrEnum):
    """What a region is; pooling areas are not only cities (R5)."""

    PROVINCE = "PROVINCE"
    MUNICIPALITY = "MUNICIPALITY"
    AUTONOMOUS_REGION = "AUTONOMOUS_REGION"
    SPECIAL_ADMINISTRATIVE_REGION = "SPECIAL_ADMINISTRATIVE_REGION"
    XPCC = "XPCC"
    PREFECTURE_CITY = "PREFECTURE_CITY"
    AUTONOMOUS_PREFECTURE = "AUTONOMOUS_PREFECTURE"
    PREFECTURE = "PREFECTURE"
    LEAGUE = "LEAGUE"
    PROVINCE_MANAGED_CITY = "PROVINCE_MANAGED_CITY"
    DISTRICT = "DISTRICT"
    COUNTY = "COUNTY"
    AUTONOMOUS_COUNTY = "AUTONOMOUS_COUNTY"
    NEW_AREA = "NEW_AREA"
    DEMONSTRATION_ZONE = "DEMONSTRATION_ZONE"
    FORESTRY_DISTRICT = "FORESTRY_DISTRICT"
    SPECIAL_ZONE = "SPECIAL_ZONE"
    PROVINCIAL_LEVEL = "PROVINCIAL_LEVEL"
    ENTERPRISE = "ENTERPRISE"
    XPCC_DIVISION = "XPCC_DIVISION"


class ProvinceCoverage(StrEnum):
    """How much of a province is open."""

    FULL = "FULL"
    PARTIAL = "PARTIAL"
    UNPUBLISHED = "UNPUBLISHED"
    NONE = "NONE"


class Opening(StrEnum):
    """What a dated fact says of a region: open, closed, or (a province) named as open with no area published (R3)."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    ANNOUNCED = "ANNOUNCED"


@dataclass(frozen=True, slots=True)
class OpeningFact:
    """From that day on the region is in this state; of facts of one day, the one recorded last is the newer."""

    on: date
    state: Opening
    recorded_at: datetime = PLANTED

    @property
    def age(self) -> tuple[date, datetime]:
        """Give what facts are compared by: the greater one is the newer."""
        return self.on, self.recorded_at


@dataclass(frozen=True, slots=True)
class UsePlaceFact:
    """From that day on the province supports changing the use place, or no longer (R11).

    `rank` is its place in the list of the source, from 1; 0 where there is no list.
    """

    on: date
    supported: bool
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Region:
    """A province-level unit or a pooling area (统筹区), with the dated facts that are known of it.

    Facts are in the order of their dates, those of one date in the order in which they were recorded, so the newest
    fact of a day is the last one not after it. `position` is the place in the article's order of the country.
    """

    code: str
    name: str
    full_name: str
    pinyin: str
    initials: str
    level: RegionLevel
    kind: RegionKind
    province_code: str | None
    position: int
    aliases: tuple[str, ...] = ()
    openings: tuple[OpeningFact, ...] = ()
    use_place_facts: tuple[UsePlaceFact, ...] = ()

    @property
    def search_keys(self) -> tuple[str, ...]:
        """Give every text whose beginning finds the region: any part of its names, code, pinyin, initials (R5)."""
        return (*name_keys(self.full_name, *self.aliases), self.code, self.pinyin, self.initials)

    def is_province(self) -> bool:
        """Tell a province-level unit from a pooling area."""
        return self.level is RegionLevel.PROVINCE


def name_keys(*names: str) -> tuple[str, ...]:
    """Give every ending of the names, so that a search by prefix finds any part of a name."""
    return tuple(dict.fromkeys(name[start:] for name in names for start in range(len(name))))


def require_search(text: str, *path: str) -> str:
    """Refuse with INVALID_INPUT a search longer than any name."""
    if len(text) > SEARCH_MAX_CHARACTERS:
        raise Refused(SearchTooLong(path=path))
    return text


def search_text(text: str) -> str:
    """Bring what a user typed into the form of the search keys: half-width, small letters, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().replace("'", "").split())


def province_code_of(code: str) -> str:
    """Give the code of the province that a region's code belongs to."""
    return f"{code[:2]}0000"


F = TypeVar("F", OpeningFact, UsePlaceFact)


def newest_fact(facts: Sequence[F], on: date) -> F | None:
    """Give the fact in force on that day: the last one not after it."""
    return next((fact for fact in reversed(facts) if fact.on <= on), None)


def with_opening(region: Region, on: date, state: Opening, recorded_at: datetime = PLANTED) -> Region:
    """Record that the region is in this state from that day on (R4).

    What is true already is recorded all the same, in place of the same fact of that day: a fact of the province, or of
    an area, may have come between.
    """
    others = tuple(fact for fact in region.openings if (fact.on, fact.state) != (on, state))
    return replace(region, openings=_by_date((*others, OpeningFact(on, state, recorded_at))))


def with_use_place_fact(region: Region, fact: UsePlaceFact) -> Region:
    """Record whether the province supports changing the use place from that day on, in place of a fact of it (R11).

    What is so already is recorded all the same: a fact of a day before may come yet. A province keeps its place in the
    list of the source.
    """
    if any((known.on, known.supported) == (fact.on, fact.supported) for known in region.use_place_facts):
        return region
    others = tuple(known for known in region.use_place_facts if known.on != fact.on)
    rank = fact.rank or max((known.rank for known in region.use_place_facts), default=0)
    return replace(region, use_place_facts=_by_date((*others, replace(fact, rank=rank))))


def _by_date(facts: tuple[F, ...]) -> tuple[F, ...]:
    return tuple(sorted(facts, key=lambda fact: fact.on))
