"""`python -m bench` runs every scenario against its baselines, in turn in one run, and prints tables.

`--write` puts them into docs/performance.md, draws docs/performance.png and keeps the ratios; `--check` runs a short
form and compares its ratios with those kept.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bench import growth, guard, in_process, on_mongo, on_storage, over_http
from bench.figures import Results
from bench.growth import Size
from bench.load import Loader, loader
from bench.rounds import Scale
from bench.table import PAGE, lines, report, written_into
from bench.world import World, world

SCENARIOS: Final = ("a", "b", "c", "d", "e", "f", "g", "workers")
CHECKED: Final = ("a", "b", "c", "d", "e", "f")
PICTURE: Final = "![How much better the first is than the second](performance.png)"
Part = Callable[[], Results]


@dataclass(frozen=True, slots=True)
class Run:
    """What is needed to measure, and what is asked for."""

    world: World
    loader: Loader
    scale: Scale
    only: tuple[str, ...]
    size: Size

    def parts(self) -> Iterator[tuple[str, Part]]:
        """Give what is measured, part by part."""
        small = "".join(letter for letter in self.only if letter in "abcde")
        one = (on_mongo.TARGETED,)
        if small:
            yield f"{small}, in the process", lambda: in_process.measure(self.world, small, self.scale)
            http = "b" if self.scale.short else small
            if http in small:
                yield f"{http}, over HTTP", lambda: over_http.measure(self.world, http, self.scale, self.loader)
        if "f" in self.only:
            storage, servers = (one, one) if self.scale.short else (on_storage.CLIENTS, on_mongo.CLIENTS)
            yield "f, on storage", lambda: on_storage.measure(self.world, self.scale, storage)
            yield "f, over HTTP", lambda: on_mongo.measure(self.world, self.scale, self.loader, servers)
        if "workers" in self.only:
            yield "processes", lambda: on_mongo.measure_workers(self.world, self.scale, self.loader)
        if "g" in self.only:
            yield "g, starting", lambda: growth.measure_start(self.world, self.scale)
            yield "g, growing", lambda: growth.measure(self.world, self.scale, self.loader, self.size)


def measured(options: argparse.Namespace, scale: Scale) -> Results:
    """Run everything that is asked for, and say on the way what comes of it."""
    results = Results()
    with world() as place, loader() as sender:
        run = Run(place, sender, scale, tuple(options.only), Size(options.persons, options.entries))
        for name, part in run.parts():
            begun = time.perf_counter()
            found = part()
            results.add(found)
            sys.stderr.write("\n".join([f"{name} ({time.perf_counter() - begun:.0f} s)", *lines(found), ""]))
            sys.stderr.flush()
    return results


def main(arguments: list[str]) -> int:
    """Measure, print, and keep or compare; 1 if a ratio has fallen, 2 if there are none to compare with."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # servers are stopped on the way out
    options = _read(arguments)
    if options.check:
        return _check(options)
    results = measured(options, Scale(options.rounds, options.seconds))
    text = report(results)
    sys.stdout.write(f"{text}\n")
    if options.write:
        from bench.plot import draw  # noqa: PLC0415 - it takes a while, and nothing else needs it

        command = shlex.join(["python", "-m", "bench", *arguments])
        PAGE.write_text(
            written_into(PAGE.read_text(encoding="utf-8"), f"{PICTURE}\n\n{text}", command), encoding="utf-8"
        )
        guard.write_ratios(results)
        draw(results)
    return 0


def _check(options: argparse.Namespace) -> int:
    results = measured(options, Scale(min(options.rounds, 3), min(options.seconds, 1.0), short=True))
    sys.stdout.write(f"{report(results)}\n")
    if not guard.FILE.exists():
        sys.stdout.write(f"there is no {guard.FILE} to compare with: `python -m bench --write` makes it\n")
        return 2
    problems = list(guard.fallen(guard.read_ratios(), guard.guarded(results), options.tolerance))
    sys.stdout.write("".join(f"{problem}\n" for problem in problems) or "no ratio has fallen\n")
    return 1 if problems else 0


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", type=_scenarios, help=f"which scenarios, with commas between: {','.join(SCENARIOS)}")
    parser.add_argument("--seconds", type=float, default=1.5, help="how long a round of load lasts (default 1.5)")
    parser.add_argument("--rounds", type=int, default=5, help="how often contenders take turns (default 5)")
    parser.add_argument("--persons", type=int, default=10_000, help="persons in the large database of (g)")
    parser.add_argument("--entries", type=int, default=210_000, help="entries in the large database of (g)")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE}, draw, and keep the ratios")
    parser.add_argument("--check", action="store_true", help=f"a short form; compare ratios with {guard.FILE}")
    parser.add_argument("--tolerance", type=float, default=guard.TOLERANCE, help="how much of a ratio may be missing")
    options = parser.parse_args(arguments)
    options.only = options.only or (CHECKED if options.check else SCENARIOS)
    return options


def _scenarios(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if not set(names) <= set(SCENARIOS):
        message = f"choose from {', '.join(SCENARIOS)}"
        raise argparse.ArgumentTypeError(message)
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
