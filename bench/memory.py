"""What people and their money take in memory storage: `python -m bench.memory PAIRS HISTORY`.

It prints what the process holds at first, with all persons, and with their entries as well, in MiB.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from typing import Final

from bench.filling import fill_by_works
from bench.population import money, people
from bench.world import MEMORY, resident_mib
from repositories.factory import open_storage

FIGURES: Final = ("100,000 persons", "1,000,000 entries")


async def _fill(pairs: int, history: int) -> None:
    storage = open_storage(MEMORY)
    await fill_by_works(storage, people(1))
    storage = open_storage(MEMORY)
    _say()
    for rows in (people(pairs), money(pairs, history)):
        await fill_by_works(storage, rows)
        _say()


def _say() -> None:
    gc.collect()
    sys.stdout.write(f"{resident_mib(os.getpid()):.1f}\n")


if __name__ == "__main__":
    asyncio.run(_fill(int(sys.argv[1]), int(sys.argv[2])))
