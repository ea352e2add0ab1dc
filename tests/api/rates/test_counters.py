"""Counters are exact, dropped once they have expired, and cheap however many there are."""

import asyncio
import time
from contextlib import suppress

import pytest

from api.rates import CountedRates, read_rates
from services.rates import UNLIMITED, Rate, TooOften
from tests.api.subscribing import until

NOBODY = Rate.REQUESTS_OF_NOBODY
ADDRESS = Rate.REQUESTS_OF_ADDRESS


def counted(rate: str, of_address: str = "1000000/second", sweep_every_s: float = 0.02) -> CountedRates:
    """Count by these rates."""
    return CountedRates({NOBODY: read_rates(rate), ADDRESS: read_rates(of_address)}, sweep_every_s)


async def test_a_use_that_is_refused_is_counted_nowhere() -> None:
    rates = counted("5/hour", "2/hour")
    for _ in range(2):
        await rates.spend((NOBODY, "a"), (ADDRESS, "a"))
    for _ in range(9):
        with pytest.raises(TooOften):
            await rates.spend((NOBODY, "a"), (ADDRESS, "a"))
    for _ in range(3):
        await rates.spend((NOBODY, "a"))
    with pytest.raises(TooOften):
        await rates.spend((NOBODY, "a"))


async def test_of_uses_that_come_at_once_no_more_are_let_through_than_may_be() -> None:
    rates = counted("10/hour")
    async with rates.swept():
        results = await asyncio.gather(*(rates.spend((NOBODY, "a")) for _ in range(50)), return_exceptions=True)
    assert [result is None for result in results].count(True) == 10


async def test_the_window_moves_so_no_burst_passes_at_its_border() -> None:
    rates = counted("4/2second")
    let_through: list[float] = []
    while len(let_through) < 8:
        with suppress(TooOften):
            await rates.spend((NOBODY, "a"))
            let_through.append(time.monotonic())
        await asyncio.sleep(0.02)
    assert all(later - earlier > 1.9 for earlier, later in zip(let_through, let_through[4:], strict=False))


async def test_the_wait_is_until_the_oldest_use_leaves_the_window() -> None:
    rates = counted("2/10second")
    await rates.spend((NOBODY, "a"))
    await asyncio.sleep(2)
    await rates.spend((NOBODY, "a"))
    with pytest.raises(TooOften) as often:
        await rates.spend((NOBODY, "a"))
    assert often.value.retry_after_s in (7, 8)


async def test_counters_are_dropped_once_they_have_expired() -> None:
    rates = counted("2/second")
    async with rates.swept():
        for number in range(2_500):
            await rates.spend((NOBODY, str(number)))
        assert len(rates) > 0
        await until(lambda: len(rates) == 0)
        await rates.spend((NOBODY, "1"))
        assert len(rates) == 1


async def test_what_has_left_the_window_of_a_counter_in_use_is_dropped_from_it() -> None:
    rates = counted("1000/second")
    async with rates.swept():
        for _ in range(30):
            for _ in range(20):
                await rates.spend((NOBODY, "a"))
            await asyncio.sleep(0.1)
        [held] = rates._storage.events.values()  # noqa: SLF001 - what is dropped of it shows nowhere else
        assert len(held) < 500


async def test_counting_is_as_cheap_with_many_counters_as_with_few() -> None:
    rates = counted("600/minute", sweep_every_s=60)
    async with rates.swept():
        for number in range(20_000):
            await rates.spend((NOBODY, str(number)))
        began = time.process_time()
        for _ in range(500):
            await rates.spend((NOBODY, "a"))
            await asyncio.sleep(0)
        assert time.process_time() - began < 1  # the library's own sweep would look at ten million counters


async def test_where_nothing_is_limited_everything_may_be_done() -> None:
    for _ in range(100):
        await UNLIMITED.spend((NOBODY, "a"))


@pytest.mark.parametrize(
    "text",
    ["", "often", "600", "600/fortnight", "0/minute", "1000001/second", "5/2day", "1/year", "5/minute;", "-1/day"],
)
def test_what_is_no_rate_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="needs a rate such as 600/minute"):
        read_rates(text)


def test_rates_are_written_as_the_library_has_them() -> None:
    assert [str(rate) for rate in read_rates("30 per 10 minute; 200/day")] == ["30 per 10 minute", "200 per 1 day"]
