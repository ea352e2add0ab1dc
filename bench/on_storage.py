"""Transfers as works on MongoDB, without HTTP and GraphQL, beside the driver that writes the same by itself.

The driver has nothing to find out: it writes what our own path wrote, taken off the wire beforehand, one transaction
for each work, acknowledged by a majority. Ours reads, judges every rule, seals, authenticates and writes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import uvloop
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from api.collecting import collecting_rarely
from bench.captured import Transaction, Written, capture
from bench.figures import Figure, Results
from bench.rounds import Scale
from bench.transfers import Plan, Work, applying, verifying
from bench.world import PAIRS, World, in_memory, open_wallet
from repositories.contract import Storage, UnitOfWork
from repositories.mongo.storage import database_of

CLIENTS: Final = (1, 16, 64)
EACH_ROUND: Final = {1: 60, 16: 240, 64: 640}
"""How many transfers are made in a round, by the number of clients."""
ROUNDS_MAX: Final = 3
"""What is replayed has to be captured first, which takes longer than the rounds."""
Job = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class Times:
    """How long a round's transfers took to apply for and to verify, round by round, in seconds."""

    apply: list[float] = field(default_factory=list)
    verify: list[float] = field(default_factory=list)

    def rates(self, number: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Give transfers a second: verified, and applied for and verified."""
        both = zip(self.apply, self.verify, strict=True)
        return tuple(number / each for each in self.verify), tuple(number / (one + two) for one, two in both)


async def run_jobs(jobs: Sequence[Job], clients: int) -> float:
    """Let so many clients do the jobs, each one after the other; give the seconds it took."""
    rest = iter(jobs)

    async def client() -> None:
        for job in rest:
            await job()

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return time.perf_counter() - begun


def measure(world: World, scale: Scale, clients: Sequence[int] = CLIENTS) -> Results:
    """Measure with so many clients each."""
    url = world.fill("ours", PAIRS)
    alike = world.fill("driver", PAIRS, like="ours")
    several = 1 if scale.short else min(scale.rounds, ROUNDS_MAX)
    needed = sum(EACH_ROUND[number] * (several + 1) for number in clients)
    captured = capture(world, url, PAIRS, needed)
    results = Results()
    cost_s = service_seconds(world)
    results.notes.append(
        f"(f) storage level: verifying a transfer takes {cost_s * 1_000:.2f} ms of the processor in services and the "
        "unit of work, as measured on memory; 'without services' is the wall time less that, else it is wall time"
    )
    with _loop() as loop, collecting_rarely():  # as the server does
        for number in clients:
            each = EACH_ROUND[number]
            taken, captured = captured[: each * (several + 1)], captured[each * (several + 1) :]
            results.add(_measured(loop, world, (url, alike), number, taken, cost_s))
    return results


def _measured(
    loop: asyncio.AbstractEventLoop,
    world: World,
    urls: tuple[str, str],
    clients: int,
    captured: Sequence[Written],
    cost_s: float,
) -> Results:
    each = EACH_ROUND[clients]
    plan = Plan(PAIRS)
    names = ("ours", "one by one", "driver")
    times = {name: Times() for name in names}
    storages = {name: open_wallet(urls[0], world.keys.master, one_by_one=name != "ours") for name in names[:2]}
    driver = Driver(urls[1])
    try:
        for storage in storages.values():
            loop.run_until_complete(storage.prepare())
        for turn, first in enumerate(range(0, len(captured), each)):
            rounds = {
                "ours": works_of(storages["ours"], plan, each),
                "one by one": works_of(storages["one by one"], plan, each),
                "driver": _replay(driver, captured[first : first + each]),
            }
            for name in names if turn % 2 else reversed(names):
                apply, verify = rounds[name]
                took = [loop.run_until_complete(run_jobs(jobs, clients)) for jobs in (apply, verify)]
                if turn:  # the first warms up
                    times[name].apply.append(took[0])
                    times[name].verify.append(took[1])
    finally:
        for storage in storages.values():
            loop.run_until_complete(storage.close())
        driver.close()
    return _results(times, clients, each, cost_s)


def _results(times: dict[str, Times], clients: int, each: int, cost_s: float) -> Results:
    level = f"storage, {clients} client{'s' if clients > 1 else ''}"
    results = Results()
    verified, both = {}, {}
    for name, found in times.items():
        verify, whole = found.rates(each)
        verified[name] = Figure("f verify", level, name, "transfers/s", verify)
        both[name] = Figure("f apply + verify", level, name, "transfers/s", whole)
    without = tuple(each / max(took - each * cost_s, took / 10) for took in times["ours"].verify)
    stored = Figure("f verify", level, "ours, without services", "transfers/s", without)
    results.figures += [*verified.values(), stored, *both.values()]
    results.compare(f"f · {level} · ours : driver", stored, verified["driver"])
    results.compare(f"f verify, wall time · {level} · ours : driver", verified["ours"], verified["driver"])
    results.compare(f"f apply + verify, wall time · {level} · ours : driver", both["ours"], both["driver"])
    results.compare(f"f verify, wall time · {level} · ours : one by one", verified["ours"], verified["one by one"])
    return results


def works_of(storage: Storage, plan: Plan, number: int) -> tuple[list[Job], list[Job]]:
    """Give the next transfers as works: to be applied for, and to be verified after that."""
    planned = plan.take(number)

    def job(work: Work) -> Job:
        return lambda: storage.transact(work)

    return [job(applying(each)) for each in planned], [job(verifying(each)) for each in planned]


def _replay(driver: Driver, written: Sequence[Written]) -> tuple[list[Job], list[Job]]:
    def job(transaction: Transaction) -> Job:
        return lambda: driver.write(transaction)

    return [job(each.apply) for each in written], [job(each.verify) for each in written]


def service_seconds(world: World) -> float:
    """Give the seconds of the processor that verifying a transfer takes above the storage, measured on memory."""
    number = 400
    spent = 0.0

    def timed(work: Work) -> Work:
        async def run(uow: UnitOfWork) -> Any:  # noqa: ANN401 - what the work gives
            nonlocal spent
            begun = time.process_time()
            result = await work(uow)
            spent += time.process_time() - begun
            return result

        return run

    async def verify_all() -> None:
        storage = await in_memory(world.keys, number, 0)
        planned = Plan(number).take(number)
        for each in planned:
            await storage.transact(applying(each))
        for each in planned:
            await storage.transact(timed(verifying(each)))

    asyncio.run(verify_all())
    return spent / number


class Driver:
    """The driver alone: a transaction for each work, with nothing to read and nothing to judge."""

    def __init__(self, url: str) -> None:
        """Write to that database."""
        self._client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(url, w="majority", maxPoolSize=100)
        self._database = self._client[database_of(url)]

    async def write(self, transaction: Transaction) -> None:
        """Write what one transaction wrote, a bulk for each collection, and commit it."""
        async with await self._client.start_session() as session:
            session.start_transaction(ReadConcern("snapshot"), WriteConcern("majority"))
            for collection, writes in transaction.bulks:
                await self._database[collection].bulk_write(writes, session=session)
            await session.commit_transaction()

    def close(self) -> None:
        """Let go."""
        self._client.close()


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Give the loop that the server runs on."""
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()
