"""Transfers on MongoDB over HTTP, with and without group commit, spread and hot; and one process against two."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Final

from bench.figures import Figure, Ratio, Results
from bench.filling import fill_database
from bench.load import Load, Loader
from bench.operations import REGION, WALLET, Read
from bench.over_http import LEVEL, half_rate, transferring
from bench.population import payer_no
from bench.requests import Signing, read_request
from bench.rounds import Round, Scale, compared, in_turn
from bench.servers import Server, served
from bench.transfers import HOT_SHARE, Plan
from bench.world import PAIRS, World
from domain.credentials import Credential
from repositories.tables import CREDENTIALS
from seeds.demo import PASSWORD
from services.keys import Peppers
from services.passwords import Argon2Hasher

CLIENTS: Final = (1, 16, 64, 256)
TARGETED: Final = 64
"""With how many clients the targets are about."""
WITH_PASSWORD: Final = 64
"""How many pairs have a password."""
PASSWORD_CLIENTS: Final = 16
READERS: Final = 32
OURS, ALONE, STOCK = "ours", "one by one", "stock"
APP_OF: Final = {OURS: "ours", ALONE: "one_by_one", STOCK: "stock"}
UNIT: Final = "transfers/s"
ROUNDS_MAX: Final = 3
"""There is much to measure here, and a round takes longer than its load."""


def level_of(clients: int) -> str:
    """Name what it is measured at."""
    return f"{LEVEL}, {clients} client{'s' if clients > 1 else ''}"


def measure(world: World, scale: Scale, loader: Loader, clients: Sequence[int] = CLIENTS) -> Results:
    """Measure transfers by face, with so many clients each."""
    url, scale = world.fill("http", PAIRS, history=1), _fewer(scale)
    results = Results()
    spread, hot = Plan(PAIRS), Plan(PAIRS, HOT_SHARE)
    with ExitStack() as stack:
        names = (OURS, ALONE) if scale.short else (OURS, ALONE, STOCK)
        servers = {name: stack.enter_context(served(world, APP_OF[name], url)) for name in names}
        for number in clients:
            contending = names if number == TARGETED else names[:2]

            def run(scenario: str, names: Sequence[str], plan: Plan, clients: int = number) -> Results:
                runs = {
                    name: transferring(
                        world, servers[name], clients, plan, scale, loader, f"{scenario}, {clients} clients · {name}"
                    )
                    for name in names
                }
                return compared(in_turn(scenario, level_of(clients), UNIT, scale, runs))

            found, hottest = run("f spread", contending, spread), run("f hot payee", names[:2], hot)
            results.add(found)
            results.figures += hottest.figures  # how much worse it is one by one is a matter of chance
            results.ratios.append(hot_to_spread(number, hottest.figures[0], found.figures[0]))
        if not scale.short:
            most = max(figure.median for figure in results.figures if _is_ours_spread(figure))
            results.figures += half_rate(world, servers[OURS], most, spread, scale, loader, OURS)
            results.add(_by_password(world, url, servers[OURS], scale, loader))
    results.notes += loader.sent_again()
    return results


def _fewer(scale: Scale) -> Scale:
    return replace(scale, rounds=min(scale.rounds, ROUNDS_MAX))


def _is_ours_spread(figure: Figure) -> bool:
    return (figure.scenario, figure.contender) == ("f spread", OURS)


def hot_to_spread(clients: int, hot: Figure, spread: Figure) -> Ratio:
    """Compare what a hot payee leaves of the rate, median with median: they were not run in turn."""
    return Ratio(f"f · {level_of(clients)} · hot : spread", (hot.median / spread.median,))


def _by_password(world: World, url: str, server: Server, scale: Scale, loader: Loader) -> Results:
    """Measure transfers verified by password, whose comparison is slow on purpose."""
    hashed = asyncio.run(_hashed(world.keys.peppers))
    numbers = range(1, WITH_PASSWORD + 1)
    rows = [(CREDENTIALS, Credential(payer_no(number), hashed, 1, 0, None)) for number in numbers]
    fill_database(url, world.keys.master, rows)
    plans = Plan(WITH_PASSWORD)
    run = transferring(world, server, PASSWORD_CLIENTS, plans, scale, loader, "by password", PASSWORD)
    return Results(in_turn("f spread, by password", level_of(PASSWORD_CLIENTS), UNIT, scale, {OURS: run}))


async def _hashed(peppers: Peppers) -> str:
    hasher = Argon2Hasher(peppers)
    try:
        return await hasher.hash(PASSWORD)
    finally:
        hasher.close()


# ---- processes ----------------------------------------------------------------------------------------------------


def measure_workers(world: World, scale: Scale, loader: Loader) -> Results:
    """Measure what a second process adds, to reads and to writes."""
    url, scale = world.fill("workers", PAIRS, history=20), _fewer(scale)
    results = Results()
    with ExitStack() as stack:
        counts = {"2 workers": 2, "1 worker": 1}
        servers = {name: stack.enter_context(served(world, OURS, url, number)) for name, number in counts.items()}
        for read in (REGION, WALLET):
            runs = {name: _reading(world, server, read, scale, loader) for name, server in servers.items()}
            scenario = f"{read.scenario} on MongoDB"
            results.add(compared(in_turn(scenario, level_of(READERS), "/s", scale, runs)))
        plan = Plan(PAIRS)
        writing = {
            name: transferring(world, each, TARGETED, plan, scale, loader, name) for name, each in servers.items()
        }
        results.add(compared(in_turn("f spread", f"{level_of(TARGETED)}, processes", UNIT, scale, writing)))
    results.notes.append(
        "processes: there are two cores, and mongod and the client that puts the load on have a share of both; what a "
        "second process adds is what these leave"
    )
    return results


def _reading(world: World, server: Server, read: Read, scale: Scale, loader: Loader) -> Round:
    request = read_request(read, Signing(world.folder))
    expected = server.ask(request)
    load = Load(server.port, READERS, scale.seconds, [(request,)], expected)
    return lambda: loader.put(load).rate
