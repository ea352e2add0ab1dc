"""Planting: regions always, the demo family in development; a second time has no effect."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

from tqdm import tqdm

from domain.dates import to_milliseconds
from repositories.contract import Storage
from seeds.demo import Planter
from seeds.regions import load_regions, load_reports
from services.credentials import PasswordHasher
from services.regions import plant_regions


async def plant(storage: Storage, hasher: PasswordHasher, clock: Callable[[], datetime], *, demo: bool) -> None:
    """Plant what is missing, with a progress bar on a terminal."""
    regions, reports = load_regions(), load_reports()
    planter = Planter(storage, hasher, lambda: to_milliseconds(clock()))
    steps = list(planter.steps()) if demo else []
    with tqdm(total=1 + len(steps), desc="planting", leave=False, disable=None, file=sys.stderr) as bar:
        await storage.transact(lambda uow: plant_regions(uow, regions, reports))
        bar.update()
        for step in steps:
            await step()
            bar.update()
