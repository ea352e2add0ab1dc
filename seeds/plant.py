"""Planting: regions always, the demo family in development; a second time has no effect."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

from tqdm import tqdm

from domain.dates import to_milliseconds
from repositories.contract import Storage
from repositories.errors import Unsuitable
from seeds.demo import FAMILY, Planter
from seeds.regions import load_regions, load_reports
from services.credentials import PasswordHasher
from services.regions import plant_regions


async def require_plantable(storage: Storage) -> None:
    """Refuse with Unsuitable to plant the demo family, whose password everybody knows, among other people."""
    reader = storage.read()
    first = FAMILY[0]
    planted = await reader.persons.get(first.person_no)
    is_familys = planted is not None and planted.id_number == first.id_number
    if not is_familys and await reader.persons.find({}, 1):
        message = (
            "this database holds persons, and not the demo family, so it is not one of development. Set "
            "WALLET_MODE=production, or use another database."
        )
        raise Unsuitable(message)


async def plant(storage: Storage, hasher: PasswordHasher, clock: Callable[[], datetime], *, demo: bool) -> None:
    """Plant what is missing, with a progress bar on a terminal."""
    if demo:
        await require_plantable(storage)
    regions, reports = load_regions(), load_reports()
    planter = Planter(storage, hasher, lambda: to_milliseconds(clock()))
    steps = list(planter.steps()) if demo else []
    with tqdm(total=1 + len(steps), desc="planting", leave=False, disable=None, file=sys.stderr) as bar:
        await storage.transact(lambda uow: plant_regions(uow, regions, reports))
        bar.update()
        for step in steps:
            await step()
            bar.update()
