"""Uses counted in this process's memory, in moving windows, by the library `limits`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from math import ceil
from typing import Final

from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from services.rates import Rate, TooOften, Use

USES_MAX: Final = 1_000_000
WINDOW_MAX_S: Final = 86_400
SWEEP_EVERY_S: Final = 10.0
SWEPT_AT_ONCE: Final = 1_000
"""How many counters are looked at before others get their turn."""
NOTATION: Final = (
    "needs a rate such as 600/minute or 30/10minute, or several such as 30/minute;200/day, each of 1 to "
    f"{USES_MAX} times in at most a day"
)


def read_rates(text: str) -> Sequence[RateLimitItem]:
    """Read rates in the library's notation; ValueError, in a sentence, for what is none."""
    try:
        rates = parse_many(text)
    except ValueError:
        raise ValueError(NOTATION) from None
    if any(not 1 <= rate.amount <= USES_MAX or rate.get_expiry() > WINDOW_MAX_S for rate in rates):
        raise ValueError(NOTATION)
    return rates


class CountedRates:
    """Counts uses against the rates that are set (see `services.rates.Rates`).

    A counter is the moments of what was let through in its window, so all of them together are no larger than what this
    process can do in that time.
    """

    def __init__(self, rates: Mapping[Rate, Sequence[RateLimitItem]], sweep_every_s: float = SWEEP_EVERY_S) -> None:
        """Begin with nothing counted."""
        self._rates = rates
        self._sweep_every_s = sweep_every_s
        self._storage = MemoryStorage()
        self._windows = MovingWindowRateLimiter(self._storage)

    def __len__(self) -> int:
        """Tell how many counters are held."""
        return len(self._storage.events)

    async def spend(self, *uses: Use) -> None:
        """Count each of the uses once; TooOften if any of them is one too many, and then none is counted."""
        counters = [(rate, kind, whose) for kind, whose in uses for rate in self._rates[kind]]
        full = [counter for counter in counters if not await self._windows.test(*counter)]
        if full:
            free_at = max([(await self._windows.get_window_stats(*counter)).reset_time for counter in full])
            raise TooOften(max(1, ceil(free_at - time.time())))
        for counter in counters:  # nothing is waited for since the test, so nobody has come in between
            await self._windows.hit(*counter)

    @asynccontextmanager
    async def swept(self) -> AsyncIterator[None]:
        """Drop what has left its window, again and again until leaving.

        The library would do so at every use, counter by counter in a thread, which takes a core for a few thousand of
        them; it does not while its timer runs.
        """
        sweeping = self._storage.timer = asyncio.create_task(self._sweep())
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self._sweep_every_s)
            for number, key in enumerate(list(self._storage.events)):
                if number % SWEPT_AT_ONCE == SWEPT_AT_ONCE - 1:
                    await asyncio.sleep(0)
                await self._drop_expired(key)

    async def _drop_expired(self, key: str) -> None:
        newest_first, now = self._storage.events[key], time.time()
        while newest_first and newest_first[-1].expiry <= now:
            newest_first.pop()
        if not newest_first:
            await self._storage.clear(key)
