"""What data costs: memory, and how a wallet page and transfers change where there is a hundred times as much."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

from pymongo import MongoClient

from bench.figures import Figure, Results
from bench.filling import fill_database
from bench.load import Load, Loader
from bench.memory import FIGURES
from bench.operations import WALLET
from bench.over_http import transferring
from bench.population import money, people
from bench.requests import Signing, read_request
from bench.rounds import Round, Scale, compared, in_turn
from bench.servers import Server, running, served
from bench.transfers import Plan
from bench.world import MEMORY, World, resident_mib
from repositories.mongo.storage import database_of

TIMES: Final = 100
CLIENTS: Final = 32
STARTS: Final = 5
MIB: Final = 1_048_576
PER_PERSONS, PER_ENTRIES = 100_000, 1_000_000
IMPORTS: Final = "import argon2, motor.motor_asyncio, pydantic_settings, starlette.applications, strawberry, uvicorn"


@dataclass(frozen=True, slots=True)
class Size:
    """How many persons there are in the larger database, and how many entries."""

    persons: int
    entries: int

    @property
    def pairs(self) -> int:
        """Give the number of pairs that is."""
        return self.persons // 2

    @property
    def history(self) -> int:
        """Give how many transfers every payee has got, for so many entries: two each, and two of the allotment."""
        return max(20, (self.entries // self.pairs - 2) // 2)

    @property
    def filled(self) -> int:
        """Give how many entries there are then."""
        return self.pairs * 2 * (1 + self.history)


def measure(world: World, scale: Scale, loader: Loader, size: Size) -> Results:
    """Measure memory, and the same load on a small and on a large database."""
    results = measure_memory(size)
    small = world.fill("small", max(2, size.pairs // TIMES), size.history)
    large, figures = _filled(world, size)
    results.figures += figures
    with ExitStack() as stack:
        servers = {
            f"{TIMES}× the data": stack.enter_context(served(world, "ours", large)),
            "little data": stack.enter_context(served(world, "ours", small)),
        }
        reads = {name: _reading(world, server, scale, loader) for name, server in servers.items()}
        results.add(compared(in_turn("g wallet page (c)", f"http, {CLIENTS} clients", "/s", scale, reads)))
        pairs = [size.pairs, max(2, size.pairs // TIMES)]
        writes = {
            name: transferring(world, server, CLIENTS, Plan(number), scale, loader, name)
            for (name, server), number in zip(servers.items(), pairs, strict=True)
        }
        results.add(compared(in_turn("g transfers (f)", f"http, {CLIENTS} clients", "transfers/s", scale, writes)))
        for name, server in servers.items():
            held = (resident_mib(server.pid),)
            results.figures.append(Figure("g memory", "server process on MongoDB", name, "MiB", held))
    world.drop(large)
    return results


def _reading(world: World, server: Server, scale: Scale, loader: Loader) -> Round:
    request = read_request(WALLET, Signing(world.folder))
    load = Load(server.port, CLIENTS, scale.seconds, [(request,)], server.ask(request))
    return lambda: loader.put(load).rate


def _filled(world: World, size: Size) -> tuple[str, list[Figure]]:
    """Make the large database, and say what its people take and what their entries take."""
    url = world.planted("large")
    steps = (
        ("100,000 persons", people(size.pairs), PER_PERSONS / size.persons),
        ("1,000,000 entries", money(size.pairs, size.history), PER_ENTRIES / size.filled),
    )
    figures = []
    for name, rows, factor in steps:
        before = _stored_mib(url)
        fill_database(url, world.keys.master, rows)
        grown = (_stored_mib(url) - before) * factor
        figures.append(Figure("g memory", "MongoDB, data and indexes", f"per {name}", "MiB", (grown,)))
    return url, figures


def _stored_mib(url: str) -> float:
    with MongoClient[dict[str, Any]](url) as client:
        stats = client[database_of(url)].command("dbStats")
    return float(stats["dataSize"] + stats["indexSize"]) / MIB


# ---- memory and starting ------------------------------------------------------------------------------------------


def measure_memory(size: Size) -> Results:
    """Measure what people and entries take in memory storage, in a process that does nothing else."""
    command = [sys.executable, "-m", "bench.memory", str(size.pairs), str(size.history)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own command
    empty, persons, entries = map(float, done.stdout.split())
    factors = PER_PERSONS / size.persons, PER_ENTRIES / size.filled
    values = (persons - empty) * factors[0], (entries - persons) * factors[1]
    results = Results()
    for name, value in zip(FIGURES, values, strict=True):
        results.figures.append(Figure("g memory", "memory storage, resident", f"per {name}", "MiB", (value,)))
    results.notes.append(
        f"memory: measured with {size.persons:,} persons and {size.filled:,} entries, and reckoned from there; with "
        "persons come ties and payers' wallets, with entries the transfers and outcomes they are of (two each). "
        "mongod's cache is limited to 256 MiB here"
    )
    return results


def measure_start(world: World, scale: Scale) -> Results:
    """Measure the time from starting the process until it says that it is ready."""
    url = world.planted("start")
    serve = [sys.executable, "-m", "api", "serve"]

    def ready(storage_url: str) -> Round:
        def start() -> float:
            with running(world, serve, storage_url) as server:
                return server.ready_s

        return start

    def imports() -> float:
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", IMPORTS], check=True)  # noqa: S603 - our own text
        return time.perf_counter() - begun

    starting = Scale(min(STARTS, scale.rounds), scale.seconds, scale.short)
    runs = {"on memory": ready(MEMORY), "on MongoDB": ready(url), "the libraries' imports alone": imports}
    return Results(in_turn("g cold start", "process", "s", starting, runs))
