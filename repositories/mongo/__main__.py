"""`python -m repositories.mongo --data FOLDER -- COMMAND …` runs a command with a local replica set for its storage."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from repositories.mongo.local import NoServer, NotStarted, in_database, local_replica_set
from repositories.mongo.storage import DATABASE_DEFAULT


def main(arguments: list[str]) -> int:
    """Start the set, run the command with WALLET_STORAGE_URL naming it, stop the set."""
    parser = argparse.ArgumentParser(prog="python -m repositories.mongo", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder in which the data is kept")
    parser.add_argument("command", nargs="+", help="what to run")
    options = parser.parse_args(arguments)
    try:
        with local_replica_set(options.data) as url:
            environment = {**os.environ, "WALLET_STORAGE_URL": in_database(url, DATABASE_DEFAULT)}
            return _run(options.command, environment)
    except (NoServer, NotStarted) as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _run(command: list[str], environment: dict[str, str]) -> int:
    """Run a command to its end, however long it takes to end once it is told to, and give its status.

    A terminal's interruption reaches it by itself; who ends this program ends it.
    """
    handlers = {number: signal.signal(number, _go_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with subprocess.Popen(command, env=environment) as process:  # noqa: S603 - the caller's own command
            signal.signal(signal.SIGTERM, lambda *_: process.terminate())
            return process.wait()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _go_on(*_: object) -> None:
    """Do nothing about a signal, which the command does not inherit."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
