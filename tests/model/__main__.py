"""Runs new programs of money operations, as many as are asked for, and tells what they tried."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from repositories.mongo.local import in_database, local_replica_set
from tests.model.conftest import CAN_FAIL
from tests.model.interleaving import interleave_all
from tests.model.running import POLICIES, Extent, run_machine
from tests.model.stages import Stage, memory_stage, mongo_stage

EXAMPLES = {"memory": 1_000, "memory+rehearsing": 500, "mongodb": 200, "interleaved": 2_000}


@contextmanager
def stage_of(backend: str) -> Iterator[Stage]:
    """Set a stage on a backend; a server is started for it."""
    if backend != "mongodb":
        with memory_stage(f"{backend}://") as stage:
            yield stage
        return
    with (
        tempfile.TemporaryDirectory(prefix="wallet-model-") as data,
        local_replica_set(Path(data), options=[CAN_FAIL]) as url,
        mongo_stage(in_database(url, "model")) as stage,
    ):
        yield stage


def main(arguments: list[str]) -> None:
    """Run the programs on every backend that is named, under both policies."""
    parser = argparse.ArgumentParser(prog="python -m tests.model", description=__doc__)
    parser.add_argument("backends", nargs="*", metavar="backend", help=f"of {', '.join(EXAMPLES)}; all by default")
    parser.add_argument("--examples", type=int, help="programs for each policy and backend")
    parser.add_argument("--steps", type=int, default=50, help="the longest program")
    given = parser.parse_args(arguments)
    for backend in given.backends or EXAMPLES:
        for policy in POLICIES:
            if backend == "interleaved":
                first = secrets.randbelow(2**32)
                seeds = range(first, first + (given.examples or EXAMPLES[backend]))
                reruns = interleave_all(seeds, policy)
                sys.stdout.write(f"{seeds}, policy {policy}: all in some order, after {reruns} conflicts\n")
                continue
            with stage_of(backend) as stage:
                extent = Extent(given.examples or EXAMPLES[backend], given.steps, new=True, shrink=backend != "mongodb")
                run_machine(stage, policy, extent)
                sys.stdout.write(f"{backend}, policy {policy}: {extent.examples} programs, and no fen was lost\n")
                sys.stdout.writelines(f"{times:8} {what}\n" for what, times in sorted(stage.tally.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
