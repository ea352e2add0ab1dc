"""What `verify` takes as the books grow: `python -m bench.verifying [--credits 2000 20000]`.

Each size is a database of its own, filled by allotments; the command runs in a process of its own, whose peak of memory
the system tells. Figures are compared within one run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from domain.actors import Actor
from domain.dates import to_milliseconds
from domain.money import Fen
from repositories.contract import UnitOfWork
from repositories.factory import open_storage
from repositories.master_keys import MasterKeys
from repositories.mongo.local import in_database, local_replica_set
from services.keys import new_keys, read_keys
from services.wallets import credit_personal_account

AT_ONCE: Final = 200
AGENCY: Final = Actor(agency="bench")
KIB_A_MIB: Final = 1_024


async def _fill(url: str, keys: MasterKeys, credits_wanted: int) -> None:
    """Credit one of the demo family so many times."""
    storage = open_storage(url, keys)
    now = to_milliseconds(datetime.now(UTC))

    async def some(uow: UnitOfWork, first: int) -> None:
        for number in range(first, min(first + AT_ONCE, credits_wanted)):
            key = f"bench-{number}"
            await credit_personal_account(
                uow, AGENCY, now, person_no="P0001", amount=Fen(100), period="2026-11", key=key
            )

    try:
        for first in range(0, credits_wanted, AT_ONCE):
            await storage.transact(lambda uow, first=first: some(uow, first))  # type: ignore[misc]
    finally:
        await storage.close()


def _measured(environment: dict[str, str]) -> tuple[float, float]:
    """Give the seconds and the peak of memory, in MiB, that `verify` takes."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "api", "verify"]
    verifying = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    _, status, used = os.wait4(verifying.pid, 0)
    if status:
        raise SystemExit(status)
    return time.perf_counter() - began, used.ru_maxrss / KIB_A_MIB


def main(arguments: list[str]) -> None:
    """Fill, verify, and print a line for each size."""
    parser = argparse.ArgumentParser(prog="python -m bench.verifying", description=__doc__)
    parser.add_argument("--credits", type=int, nargs="+", default=[2_000, 20_000], help="how many, for each database")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, local_replica_set(Path(folder, "mongo")) as server:
        keys = Path(folder, "keys.json")
        keys.touch(0o600)
        keys.write_bytes(new_keys())
        for wanted in options.credits:
            url = in_database(server, f"bench_{wanted}")
            environment = os.environ | {"WALLET_STORAGE_URL": url, "WALLET_KEYS_FILE": str(keys)}
            subprocess.run([sys.executable, "-m", "seeds", "--demo"], env=environment, check=True, capture_output=True)
            asyncio.run(_fill(url, read_keys(keys).master, wanted))
            seconds, peak = _measured(environment)
            sys.stdout.write(f"{2 * wanted:>9,} entries: {seconds:6.1f} s, at most {peak:5.0f} MiB\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
