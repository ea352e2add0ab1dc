"""`python -m repositories.mongo --data FOLDER -- COMMAND …` runs a command with a local replica set for its storage."""

from __future__ import annotations

import argparse
import os
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
            try:
                done = subprocess.run(options.command, env=environment, check=False)  # noqa: S603 - the caller's own command
            except KeyboardInterrupt:
                return 0
            return done.returncode
    except (NoServer, NotStarted) as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
