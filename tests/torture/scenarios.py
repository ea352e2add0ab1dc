"""What may break, one scenario each; every one ends with everything running again, and is judged then."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tests.api.commanding import run
from tests.discretion import found_in
from tests.torture.judging import Judgement, counts, judge
from tests.torture.ledger import read_ledger
from tests.torture.proxy import Behaviour
from tests.torture.stage import Plan, Stage, staged

OUTAGE_S: Final = (0.2, 2.0)
"""Between these, at random, something that was ended stays away."""


@dataclass(frozen=True)
class Scenario:
    """What a system is made of, and what is done to it again and again until `until`, by the monotonic clock."""

    about: str
    plan: Plan
    disturb: Callable[[Stage, float], Awaitable[None]]


@dataclass(frozen=True)
class Report:
    """What came of a scenario."""

    name: str
    seconds: float
    counted: Counter[str]
    faults: int
    snapshots: int
    without_primary_s: float
    gap_s: float
    slowest_s: float
    judgement: Judgement


async def _pause(until: float, least_s: float, most_s: float) -> bool:
    """Wait a while; tell whether there is time for one more."""
    await asyncio.sleep(min(random.uniform(least_s, most_s), max(0.0, until - time.monotonic())))  # noqa: S311
    return time.monotonic() < until


def _outage_s() -> float:
    return random.uniform(*OUTAGE_S)  # noqa: S311 - chance, not secrecy


# ---- scenarios ----------------------------------------------------------------------------------------------------


async def bank(_stage: Stage, until: float) -> None:
    """Break nothing: money goes round among few, and whoever adds it up always finds the same."""
    await asyncio.sleep(max(0.0, until - time.monotonic()))


async def kill_server(stage: Stage, until: float) -> None:
    """Kill a worker in the middle of what it does, which is then replaced; now and then all of the server at once."""
    while await _pause(until, 0.5, 3.0):
        await stage.serving()
        stage.fault()
        workers = stage.server.worker_pids()
        if workers and random.random() < 0.75:  # noqa: S311
            with suppress(ProcessLookupError):
                os.kill(random.choice(workers), signal.SIGKILL)  # noqa: S311
        else:
            stage.server.kill()
            stage.server.start()
            await stage.server.ready()


async def kill_database(stage: Stage, until: float) -> None:
    """Kill the only mongod, now and then a worker meanwhile, and start it again on the data it has."""
    [member] = stage.cluster.members
    while await _pause(until, 1.0, 4.0):
        stage.fault()
        member.kill()
        workers = stage.server.worker_pids()
        if workers and random.random() < 0.3:  # noqa: S311 - it starts again while there is no database
            with suppress(ProcessLookupError):
                os.kill(random.choice(workers), signal.SIGKILL)  # noqa: S311
        await asyncio.sleep(_outage_s())
        member.start()
        await stage.elected()


async def lose_replies(stage: Stage, until: float) -> None:
    """Lose replies after the commit went through: those of the database to the server, those of the server."""
    proxies = [proxy for proxy in (stage.to_database, stage.to_server) if proxy is not None]
    while await _pause(until, 0.2, 1.0):
        stage.fault()
        proxy = random.choice(proxies)  # noqa: S311
        proxy.chance = random.choice((0.1, 0.5, 1.0))  # noqa: S311
        proxy.behave(random.choice((Behaviour.LOSE, Behaviour.LOSE, Behaviour.DROP, Behaviour.CUT)))  # noqa: S311
        await _pause(until, 0.5, 4.0)
        proxy.behave(Behaviour.PASS)
    stage.faults += sum(proxy.lost for proxy in proxies)


async def hang_up(stage: Stage, until: float) -> None:
    """Let clients close their connections in the middle of what they asked for."""
    stage.clients.hang_up = 0.4
    await asyncio.sleep(max(0.0, until - time.monotonic()))
    stage.clients.hang_up = 0.0
    stage.faults = stage.history.hung_up


async def kill_primary(stage: Stage, until: float) -> None:
    """Kill the primary; it comes back once another one has taken over."""
    while await _pause(until, 2.0, 5.0):
        stage.fault()
        primary = await stage.elected()
        primary.kill()
        await stage.elected()
        await _pause(until, 1.0, 4.0)
        primary.start()


async def stop_primary(stage: Stage, until: float) -> None:
    """Let the primary hang with its connections open; it goes on, believing that it still is one, after another is."""
    while await _pause(until, 2.0, 5.0):
        stage.fault()
        primary = await stage.elected()
        primary.stop()
        await stage.elected()
        await _pause(until, 1.0, 4.0)
        primary.go_on()


async def step_down(stage: Stage, until: float) -> None:
    """Ask the primary to step down, as an operator does for maintenance."""
    while await _pause(until, 2.0, 5.0):
        stage.fault()
        primary = await stage.elected()
        await asyncio.to_thread(primary.step_down)


THREE: Final = Plan(members=3)
SCENARIOS: Final[Mapping[str, Scenario]] = MappingProxyType(
    {
        "bank": Scenario("nothing breaks; twelve clients, few accounts", Plan(clients=12), bank),
        "kill-server": Scenario("`kill -9` of workers, and of the whole server", Plan(), kill_server),
        "kill-database": Scenario("`kill -9` of the only mongod", Plan(), kill_database),
        "lose-replies": Scenario("replies lost after the commit", Plan(by_proxy=True), lose_replies),
        "hang-up": Scenario("clients hang up in the middle", Plan(), hang_up),
        "kill-primary": Scenario("`kill -9` of the primary of three", THREE, kill_primary),
        "stop-primary": Scenario("`SIGSTOP` of the primary of three, then `SIGCONT`", THREE, stop_primary),
        "step-down": Scenario("`replSetStepDown` of the primary of three", THREE, step_down),
    }
)


async def play(name: str, seconds: float, election_ms: int | None = None, logs: Path | None = None) -> Report:
    """Run a scenario with that many seconds of faults, judge what came of it, and keep the server's log in `logs`."""
    scenario = SCENARIOS[name]
    with tempfile.TemporaryDirectory(prefix="wallet-torture-") as folder:
        async with staged(Path(folder), scenario.plan, election_ms) as stage:
            report = await _played(name, scenario, stage, seconds)
            if logs is not None:
                (logs / f"{name}.log").write_text(stage.server.log.read_text())
            return report


async def _played(name: str, scenario: Scenario, stage: Stage, seconds: float) -> Report:
    before = await asyncio.to_thread(read_ledger, stage.database)
    await stage.load.stake()
    stage.history.acknowledged_at.clear()
    began = time.monotonic()
    load, watch = asyncio.create_task(stage.load.run()), asyncio.create_task(stage.watch())
    try:
        await scenario.disturb(stage, began + seconds)
        await stage.recover()
        stage.load.stop()
        await load
    finally:
        load.cancel()
        watch.cancel()
    took_s, counted = time.monotonic() - began, counts(stage.history)
    gap_s, slowest_s = stage.history.longest_gap_s(), stage.history.slowest_s
    judgement = await judge(stage.history, stage.clients, stage.database, before)
    judgement.problems += stage.problems
    judgement.problems += [f"the log tells {kind}" for kind in found_in(stage.server.log.read_text())]
    judgement.problems += await asyncio.to_thread(_verified, stage)
    return Report(
        name,
        took_s,
        counted,
        stage.faults,
        stage.snapshots,
        stage.without_primary_s,
        gap_s,
        slowest_s,
        judgement,
    )


def _verified(stage: Stage) -> list[str]:
    """Let the project's own command re-derive everything from the entries."""
    if "verify" not in run("api", "--help").stdout:
        return []
    done = run("api", "verify", **stage.server.settings)
    return [] if done.returncode == 0 else [f"verify: {line}" for line in (done.stdout + done.stderr).splitlines()]
