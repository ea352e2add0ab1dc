"""`python -m tests.examples.clients` lets the typed clients live through their story at a server of its own.

The server is a real one on a free port, on memory; `examples/README.md` says how to send them to another.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from repositories.factory import open_storage
from tests.clients import Server, running_server
from tests.outside.serving import in_thread

ROOT: Final = Path(__file__).parents[2]
STORY_S: Final = 120
CLIENTS: Final = {
    "python": [sys.executable, "-m", "examples.python.transfer"],
    "typescript": ["npm", "--prefix", "examples/typescript", "--silent", "start"],
}


def signed_in(server: Server) -> dict[str, str]:
    """Give what a client takes from the environment: where the server is, and two sign-ins."""
    tokens = {"WALLET_TOKEN": "P0001", "WALLET_PAYEE_TOKEN": "P0004"}
    found = {name: server.person(who).headers["Authorization"].removeprefix("Bearer ") for name, who in tokens.items()}
    return {"WALLET_URL": f"{server.url}/graphql", **found}


def main() -> int:
    """Run every client, one after the other, and say how many came through."""
    with tempfile.TemporaryDirectory(prefix="wallet-clients-") as name:

        def start() -> AbstractAsyncContextManager[Server]:
            return running_server(open_storage("memory://"), Path(name))

        with in_thread(start) as server:
            passed = [_run(client, os.environ | signed_in(server)) for client in CLIENTS]
    sys.stdout.write(f"clients: {sum(passed)} passed, {len(passed) - sum(passed)} failed\n")
    return 0 if all(passed) else 1


def _run(client: str, environment: dict[str, str]) -> bool:
    sys.stdout.write(f"{client}:\n")
    sys.stdout.flush()
    done = subprocess.run(CLIENTS[client], cwd=ROOT, env=environment, timeout=STORY_S, check=False)  # noqa: S603 - ours
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
