"""What encrypting and decrypting a value costs, on the event loop and in a thread: `python -m bench.sealing`."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient

from repositories.mongo.local import local_replica_set
from repositories.mongo.sealing import Sealing
from repositories.tables import PERSONS
from services.keys import new_keys, parse_keys

ROUNDS: Final = 9
EACH: Final = 500
ID_NUMBER: Final = "370102196603151238"


async def _median_us(one: Callable[[], Awaitable[object]]) -> float:
    """Give the median over the rounds of what one of them takes, in microseconds."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(EACH):
            await one()
        rounds.append((time.perf_counter() - began) / EACH * 1e6)
    return statistics.median(rounds)


async def _measure(sealing: Sealing) -> None:
    loop, threads = asyncio.get_running_loop(), ThreadPoolExecutor(1)
    sealed = sealing.seal(PERSONS, "id_number", ID_NUMBER)

    async def here() -> object:
        return sealing.open(PERSONS, sealed)

    async def seal_here() -> object:
        return sealing.seal(PERSONS, "phone", "13800000001")

    async def there() -> object:
        return await loop.run_in_executor(threads, sealing.open, PERSONS, sealed)

    opening, encrypting, in_thread = [await _median_us(one) for one in (here, seal_here, there)]
    sys.stdout.write(
        f"decrypting a value on the loop: {opening:.0f} µs\n"
        f"encrypting one at random: {encrypting / opening:.1f} times as much\n"
        f"decrypting it in a thread: {in_thread / opening:.1f} times as much\n"
    )


def main() -> None:
    """Measure on a MongoDB of one's own."""
    with tempfile.TemporaryDirectory() as data, local_replica_set(Path(data)) as url, MongoClient[Any](url) as client:
        sealing = Sealing(client, "bench", parse_keys(new_keys(), "bench").master)
        sealing.prepare()
        asyncio.run(_measure(sealing))


if __name__ == "__main__":
    main()
