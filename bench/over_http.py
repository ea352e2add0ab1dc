"""Reads and transfers on memory, over HTTP: servers as processes of their own, and one that puts load on them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import orjson

from bench.apps import ANSWERS, PEOPLE
from bench.figures import Figure, Results
from bench.in_process import HISTORY, reads, settings_of
from bench.load import Failed, Load, Loader
from bench.operations import Read
from bench.requests import Signing, all_requests, read_request
from bench.rounds import Round, Scale, compared, in_turn, latency_figure
from bench.servers import Server, served
from bench.stock import wiring_of
from bench.transfers import Plan
from bench.world import World, in_memory
from repositories.contract import Storage

LEVEL: Final = "http"
CLIENTS: Final = 16
PAIRS: Final = 256
LIMIT: Final = "limit"
LIMITED: Final = "b"
"""The scenario that is small enough for HTTP to be most of it."""
HALF: Final = 0.5
PEOPLE_HERE: Final = {PEOPLE: f"{PAIRS},{HISTORY}"}


def measure(world: World, scenarios: str, scale: Scale, loader: Loader) -> Results:
    """Measure those of (a) to (e) that are asked for."""
    results = Results()
    with ExitStack() as stack:
        servers = {name: stack.enter_context(served(world, name, also=PEOPLE_HERE)) for name in ("ours", "stock")}
        asked = {letter: read for letter, read in reads_of(world).items() if letter in scenarios}
        for letter, read in asked.items():
            answers = _answers(servers, read, world)
            contending = dict(servers)
            if letter == LIMITED:
                answers[LIMIT] = answers["ours"]
                folder = Path(world.folder, "answers")
                folder.mkdir()
                (folder / f"{letter}.json").write_bytes(answers[LIMIT])
                contending[LIMIT] = stack.enter_context(served(world, LIMIT, also={ANSWERS: str(folder)}))
            results.add(_read(world, read, contending, answers, scale, loader))
        if "e" in scenarios:
            plans = Plan(PAIRS)
            names = ("ours", "stock")
            runs = {
                name: transferring(world, servers[name], CLIENTS, plans, scale, loader, f"e · {name}") for name in names
            }
            level = f"{LEVEL}, {CLIENTS} clients"
            results.add(compared(in_turn("e", level, "transfers/s", scale, runs)))
    return results


def reads_of(world: World) -> dict[str, Read]:
    """Give the reads, of what there is in any world."""

    async def found() -> dict[str, Read]:
        storage: Storage = await in_memory(world.keys, 1, 0)
        return await reads(wiring_of(settings_of(world), storage))

    return asyncio.run(found())


def _answers(servers: Mapping[str, Server], read: Read, world: World) -> dict[str, bytes]:
    """Ask each server once; Failed unless they answer alike."""
    request = read_request(read, Signing(world.folder))
    answers = {name: server.ask(request) for name, server in servers.items()}
    if len({orjson.dumps(orjson.loads(answer)["data"]) for answer in answers.values()}) > 1:
        message = f"({read.scenario}) is not answered alike"
        raise Failed(message)
    return answers


def _read(
    world: World,
    read: Read,
    servers: Mapping[str, Server],
    answers: Mapping[str, bytes],
    scale: Scale,
    loader: Loader,
) -> Results:
    signing = Signing(world.folder)

    def load(name: str, per_second: float | None = None) -> Load:
        request = read_request(read, signing, f"/{read.scenario}" if name == LIMIT else "/graphql")
        clients = CLIENTS if per_second is None else 4 * CLIENTS
        return Load(servers[name].port, clients, scale.seconds, [(request,)], answers[name], per_second)

    def closed(name: str) -> Round:
        return lambda: loader.put(load(name)).rate

    level = f"{LEVEL}, {CLIENTS} clients"
    results = compared(in_turn(read.scenario, level, "/s", scale, {name: closed(name) for name in servers}))
    if not scale.short:
        for name in servers:
            most = next(figure.median for figure in results.figures if figure.contender == name)
            outcome = loader.put(load(name, most * HALF))
            results.figures.append(latency_figure(f"{read.scenario} half rate", LEVEL, name, outcome))
    return results


def transferring(
    world: World,
    server: Server,
    clients: int,
    plan: Plan,
    scale: Scale,
    loader: Loader,
    about: str,
    password: str | None = None,
) -> Round:
    """Give the rounds in which so many clients make transfers, as many as they can in the time there is."""
    guess = 200.0

    def round_of() -> float:
        nonlocal guess
        wanted = max(2 * clients, round(2 * guess * scale.seconds))
        groups = transfer_groups(world, plan, wanted, password)
        rate = loader.put(Load(server.port, clients, scale.seconds, groups), about).rate
        guess = max(guess, rate)
        return rate

    return round_of


def transfer_groups(world: World, plan: Plan, wanted: int, password: str | None = None) -> list[tuple[bytes, ...]]:
    """Give the requests of the next transfers."""
    return all_requests(plan.take(wanted), Signing(world.folder), password)


def half_rate(
    world: World, server: Server, most: float, plan: Plan, scale: Scale, loader: Loader, contender: str
) -> list[Figure]:
    """Let transfers come at half of the highest rate, at times of their own, and say how long they took."""
    rate = most * HALF
    seconds = 2 * scale.seconds
    groups = transfer_groups(world, plan, round(rate * seconds * 1.2) + 2)
    outcome = loader.put(Load(server.port, 512, seconds, groups, None, rate))
    return [
        latency_figure("f half rate", LEVEL, contender, outcome),
        latency_figure("f half rate, verify alone", LEVEL, contender, outcome, last=True),
    ]
