"""The project's commands and its server, run as an operator runs them: processes of their own."""

import atexit
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from repositories.mongo.local import free_port

DATA = tempfile.TemporaryDirectory(prefix="wallet-commands-")
"""Where commands keep keys of their own, unless told otherwise."""
atexit.register(DATA.cleanup)
ROOT = Path(__file__).parent.parent.parent


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a module of the project and give what it printed."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("WALLET_")}
    environment = inherited | {"WALLET_DATA_DIR": DATA.name} | settings
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(  # noqa: S603 - the project's own commands
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@contextmanager
def serving(tmp_path: Path, **changes: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Start the server as an operator does; give it, its address and its greeting once it is ready."""
    port = free_port()
    settings = {"WALLET_DATA_DIR": str(tmp_path), "WALLET_PORT": str(port), "WALLET_ARGON2_MEMORY_KIB": "8"}
    settings |= changes
    with subprocess.Popen(
        [sys.executable, "-m", "api"],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            greeting = "".join(server.stdout.readline() for _ in range(5))
            url = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 30
            while True:
                try:
                    httpx.get(f"{url}/health/ready").raise_for_status()
                    break
                except httpx.HTTPError:
                    assert time.monotonic() < deadline
                    time.sleep(0.1)
            yield server, url, greeting
        finally:
            server.terminate()
