"""Premiums as the areas' agencies publish them (R23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.actors import Actor, require_agency
from domain.ledger import require_amount
from domain.money import Fen
from domain.premiums import Premium, require_window, require_year
from repositories.contract import Reader, UnitOfWork
from services.regions import require_areas


@dataclass(frozen=True, slots=True)
class Publication:
    """What an area's agency publishes; not yet checked."""

    area_code: str
    year: int
    amount: Fen
    opens_on: date
    closes_on: date


async def publish(uow: UnitOfWork, actor: Actor, now: datetime, asked: Publication) -> Premium:
    """Publish an area's premium for a year, in place of an earlier publication; what was paid stays paid (R23)."""
    require_year(asked.year, "year")
    require_amount(asked.amount, "amount")
    require_window(asked.year, asked.opens_on, asked.closes_on, "closes_on")
    require_agency(actor)
    await require_areas(uow.regions, [asked.area_code], "area_code")
    premium = Premium(asked.area_code, asked.year, asked.amount, asked.opens_on, asked.closes_on, now)
    if await uow.premiums.get(premium.id) is None:
        uow.premiums.add(premium)
    else:
        uow.premiums.save(premium)
    return premium


async def see_many(reader: Reader, ids: Sequence[str]) -> list[Premium | None]:
    """Give these premiums, which anybody may see (R23, R27)."""
    return await reader.premiums.get_many(ids)
