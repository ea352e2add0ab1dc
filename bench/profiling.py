"""Where the time goes: `python -m bench.profiling [--write]` profiles what does not reach its target.

py-spy looks 500 times a second which frames have the interpreter; each sample is put down to the part of the program
that is innermost. `--write` puts the tables into docs/performance.md.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop

from api.collecting import collecting_rarely
from bench import over_http
from bench.load import Load, Loader, loader
from bench.on_mongo import TARGETED
from bench.on_storage import run_jobs, works_of
from bench.over_http import CLIENTS, HALF, transfer_groups, transferring
from bench.requests import Signing, read_request
from bench.rounds import Scale
from bench.servers import served
from bench.table import PAGE, number, table, written_into
from bench.transfers import Plan
from bench.world import MEMORY, PAIRS, World, mongod_pid, opened, world
from services.keys import keys_of

PLACE: Final = "profile"
EACH_S: Final = 6
SAMPLES_A_SECOND: Final = 500
JIFFIES_A_SECOND: Final = 100
EACH_ROUND: Final = 640
PARTS: Final = {
    "uvicorn and Starlette": ("uvicorn/", "starlette/"),
    "api: middlewares, sign-in, throttling, the view": ("api/",),
    "rate limits (limits)": ("limits/",),
    "schema: plans, limits, resolvers": ("schema/",),
    "Strawberry and graphql-core": ("strawberry/", "graphql/"),
    "services and domain: the rules": ("services/", "domain/"),
    "repositories: units of work, groups, records, documents": ("repositories/",),
    "records (cattrs)": ("cattrs/", "<cattrs"),
    "PyMongo and bson": ("pymongo/", "bson/", "motor/"),
    "seals and signatures": ("pymongocrypt/", "cryptography/", "jwt/"),
    "metrics and traces": ("prometheus_client/", "opentelemetry/"),
}
REST: Final = "Python's own library, the event loop"


@dataclass(frozen=True, slots=True)
class Profile:
    """What one process was seen doing while it was under load, and what it and mongod had of the processor."""

    about: str
    parts: Counter[str]
    held: float
    server_cores: float
    mongod_cores: float

    def lines(self) -> Iterator[str]:
        """Say it in Markdown."""
        had = f"the process had {self.server_cores:.2f} of a core, mongod {self.mongod_cores:.2f}"
        yield f"**{self.about}**: {had}; the interpreter was held {self.held:.0%} of the time, namely by"
        yield ""
        whole = self.parts.total() or 1
        rows = [(part, f"{number(100 * seen / whole)} %") for part, seen in self.parts.most_common()]
        yield table(("part", "share"), rows, (1,))
        yield ""


def part_of(stack: str) -> str:
    """Name the part that the innermost frame is of which is of any."""
    for frame in reversed(stack.split(";")):
        place = frame.rpartition("(")[2] if "(" in frame else frame
        for part, beginnings in PARTS.items():
            if place.startswith(beginnings) or frame.startswith(beginnings):
                return part
    return REST


def parts_of(text: str) -> Counter[str]:
    """Count samples by part, in what py-spy writes: a stack and how often it was seen, line by line."""
    parts: Counter[str] = Counter()
    for line in text.splitlines():
        stack, _, seen = line.rpartition(" ")
        parts[part_of(stack)] += int(seen)
    return parts


def seconds_of(pid: int) -> float:
    """Tell what a process has had of the processor so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / JIFFIES_A_SECOND


def profiled(place: World, about: str, pid: int, load: Callable[[], object]) -> Profile:
    """Profile a process while it is under that load."""
    mongod = mongod_pid(place.server)
    kept = Path(place.folder, "profile.txt")
    begun, before = time.perf_counter(), (seconds_of(pid), seconds_of(mongod))
    command = ["py-spy", "record", "--pid", str(pid), "--duration", str(EACH_S), "--rate", str(SAMPLES_A_SECOND)]
    command += ["--gil", "--format", "raw", "--output", str(kept)]
    spy = subprocess.Popen([Path(sys.executable).with_name(command[0]), *command[1:]], stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    try:
        load()
        took = time.perf_counter() - begun
        cores = [(seconds_of(each) - was) / took for each, was in zip((pid, mongod), before, strict=True)]
        failed = spy.wait(2 * EACH_S)
    finally:
        spy.kill()
    if failed:
        message = "py-spy may not look at other processes: run this as root, or set kernel.yama.ptrace_scope to 0"
        raise SystemExit(message)
    parts = parts_of(kept.read_text(encoding="utf-8"))
    return Profile(about, parts, parts.total() / (EACH_S * SAMPLES_A_SECOND), *cores)


def profiles(place: World, sender: Loader) -> Iterator[Profile]:
    """Profile what misses its target."""
    read = over_http.reads_of(place)["b"]
    with served(place, "ours", MEMORY, also=over_http.PEOPLE_HERE) as server:
        request = read_request(read, Signing(place.folder))
        expected = server.ask(request)
        load = Load(server.port, CLIENTS, EACH_S + 1, [(request,)], expected)
        yield profiled(place, f"(b) over HTTP, {CLIENTS} clients", server.pid, lambda: sender.put(load))
    yield _on_storage(place)
    url, plan = place.fill("http", PAIRS, history=1), Plan(PAIRS)
    with served(place, "ours", url) as server:
        run = transferring(place, server, TARGETED, plan, Scale(1, 2), sender, "transfers")
        most = max(run() for _ in range(3))
        groups = transfer_groups(place, plan, round(most * HALF * EACH_S * 1.4))
        load = Load(server.port, 512, EACH_S + 1, groups, None, most * HALF)
        about = f"(f) over HTTP, {most * HALF:.0f} transfers a second, half of the highest rate"
        yield profiled(place, about, server.pid, lambda: sender.put(load))


def _on_storage(place: World) -> Profile:
    """Profile transfers as works on the storage, in a process of its own."""
    url = place.fill("storage", PAIRS)
    command = [sys.executable, "-m", "bench.profiling", "--storage", url, "--folder", str(place.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own command
        if process.stdout is not None:
            process.stdout.readline()  # it is at work
        about = f"(f) applying for and verifying transfers on storage, {TARGETED} clients"
        try:
            return profiled(place, about, process.pid, lambda: time.sleep(EACH_S))
        finally:
            process.terminate()


async def transfer_for_ever(url: str, folder: Path) -> None:
    """Make transfers until somebody ends it."""
    plan = Plan(PAIRS)
    async with opened(url, keys_of(None, folder).master) as storage:
        await storage.prepare()
        with collecting_rarely():
            sys.stdout.write("at work\n")
            sys.stdout.flush()
            while True:
                for jobs in works_of(storage, plan, EACH_ROUND):
                    await run_jobs(jobs, TARGETED)


def main(arguments: list[str]) -> None:
    """Profile, print, and write down if that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.profiling", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE}")
    parser.add_argument("--storage", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.storage is not None:
        uvloop.run(transfer_for_ever(options.storage, options.folder))
        return
    with world() as place, loader() as sender:
        text = "\n".join(line for profile in profiles(place, sender) for line in profile.lines()).strip()
    sys.stdout.write(f"{text}\n")
    if options.write:
        page = written_into(PAGE.read_text(encoding="utf-8"), text, "make bench-profile ARGS=--write", PLACE)
        PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
