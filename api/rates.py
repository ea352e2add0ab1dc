"""Uses counted in this process's memory, in moving windows; rates are written as the library `limits` has them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from math import ceil
from time import monotonic
from typing import Final, TypeAlias

from limits import RateLimitItem, parse_many

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


Counter: TypeAlias = deque[float]
"""The moments of what was let through, oldest first, by a clock that nobody sets."""


class CountedRates:
    """Counts uses against the rates that are set (see `services.rates.Rates`).

    A counter is the moments of what was let through in its window, so all of them together are no larger than what this
    process can do in that time.
    """

    def __init__(self, rates: Mapping[Rate, Sequence[RateLimitItem]], sweep_every_s: float = SWEEP_EVERY_S) -> None:
        """Begin with nothing counted."""
        self._rates = {kind: [(each.amount, each.get_expiry()) for each in items] for kind, items in rates.items()}
        self._longest_s = {kind: max(seconds for _, seconds in windows) for kind, windows in self._rates.items()}
        self._sweep_every_s = sweep_every_s
        self._counters: dict[Use, Counter] = {}

    def __len__(self) -> int:
        """Tell how many counters are held."""
        return len(self._counters)

    async def spend(self, *uses: Use) -> None:
        """Count each of the uses once; TooOften if any of them is one too many, and then none is counted."""
        now = monotonic()
        counters = [self._counter(use, now) for use in uses]
        free_at = max(map(self._free_at, uses, counters), default=0.0)
        if free_at > now:
            raise TooOften(max(1, ceil(free_at - now)))
        for use, counter in zip(uses, counters, strict=True):  # nothing was waited for, so nobody has come in between
            counter.append(now)
            self._counters[use] = counter

    def _counter(self, use: Use, now: float) -> Counter:
        """Give a counter without what has left its longest window."""
        counter = self._counters.get(use)
        if counter is None:
            return deque()
        horizon = now - self._longest_s[use[0]]
        while counter and counter[0] <= horizon:
            counter.popleft()
        return counter

    def _free_at(self, use: Use, counter: Counter) -> float:
        """Tell when there is room for one more in each of the windows: once the oldest that fills one has left it."""
        held = len(counter)
        return max((counter[-most] + seconds for most, seconds in self._rates[use[0]] if held >= most), default=0.0)

    @asynccontextmanager
    async def swept(self) -> AsyncIterator[None]:
        """Drop the counters of which everything has left its window, again and again until leaving."""
        sweeping = asyncio.create_task(self._sweep())
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self._sweep_every_s)
            for number, use in enumerate(list(self._counters)):
                if number % SWEPT_AT_ONCE == SWEPT_AT_ONCE - 1:
                    await asyncio.sleep(0)
                if not self._counter(use, monotonic()):
                    del self._counters[use]
