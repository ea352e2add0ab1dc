"""The server as an operator runs it, with several workers, killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from api.settings import Settings
from repositories.mongo.local import free_port
from tests.api.commanding import ROOT
from tests.torture.cluster import NeverReady

READY_S: Final = 90.0
STOP_S: Final = 30.0
WORKER: Final = b"spawn_main"
"""What the command line of a worker has in it."""
NOT_INHERITED: Final = ("WALLET_", "COV")
"""A process that is killed leaves half a file of coverage behind, so none is measured."""


@dataclass
class ApiServer:
    """`python -m api serve` on a port, its workers, and what it wrote to standard error."""

    folder: Path
    storage_url: str
    workers: int
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> dict[str, str]:
        """Give the environment it runs in: development, rates nobody reaches, and passwords that cost nothing."""
        rates = {f"WALLET_{name.upper()}": "1000000/second" for name in Settings.model_fields if name[:5] == "rate_"}
        return {
            "WALLET_DATA_DIR": str(self.folder),
            "WALLET_STORAGE_URL": self.storage_url,
            "WALLET_PORT": str(self.port),
            "WALLET_WORKERS": str(self.workers),
            "WALLET_ARGON2_TIME_COST": "1",
            "WALLET_ARGON2_MEMORY_KIB": "8",
            **rates,
        }

    @property
    def log(self) -> Path:
        """Name the file that has what it wrote to standard error."""
        return self.folder / "server.log"

    def start(self) -> None:
        """Start it; it is not ready yet."""
        self.port = self.port or free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "api", "serve"],
                cwd=ROOT,
                env=inherited | self.settings,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )

    async def ready(self) -> None:
        """Wait until it answers and its storage does."""
        deadline = time.monotonic() + READY_S
        async with httpx.AsyncClient(timeout=5) as http:
            while time.monotonic() < deadline:
                if not self.is_running():
                    break
                try:
                    answer = await http.get(f"http://127.0.0.1:{self.port}/health/ready")
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)
                    continue
                if answer.status_code == 200:
                    return
                await asyncio.sleep(0.1)
        message = f"the server is not ready; {self.log} ends with:\n{self.log.read_text()[-2_000:]}"
        raise NeverReady(message)

    def is_running(self) -> bool:
        """Tell whether the process that looks after the workers lives."""
        return self.process is not None and self.process.poll() is None

    def worker_pids(self) -> list[int]:
        """Name the workers that there are now."""
        if self.process is None:
            return []
        own = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        pids = own.read_text().split() if own.exists() else []
        return [int(pid) for pid in pids if WORKER in _command_of(pid)]

    def kill_worker(self, pid: int) -> None:
        """Kill one worker in the middle of whatever it does."""
        os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        """Kill all its processes at once."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """Tell it to stop, and wait until it has."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()


def _command_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
