"""Servers as processes of their own, each on a port of its own, under settings that get in the way of nothing."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.settings import Settings
from bench.load import HEAD_END
from bench.world import MEMORY, World
from repositories.mongo.local import free_port

READY_S: Final = 90.0
STOP_S: Final = 20.0
GENEROUS: Final = {
    f"WALLET_{name.upper()}": "1000000/second" for name in Settings.model_fields if name.startswith("rate_")
}
"""Everybody comes from one address here."""
QUIET: Final = {
    "WALLET_REQUESTS_MAX": "4096",
    "WALLET_LOG_REQUESTS": "false",
    "WALLET_EXPLORER": "false",
    "WALLET_INTROSPECTION": "false",
}
NOT_INHERITED: Final = ("WALLET_", "BENCH_", "COV", "PROMETHEUS_")


class NotServing(Exception):
    """A server does not answer; the text ends with what it wrote."""


@dataclass(frozen=True, slots=True)
class Server:
    """One that answers: where, which process it is, and how long it took to be ready."""

    port: int
    pid: int
    ready_s: float

    def ask(self, request: bytes) -> bytes:
        """Send a request, and give the body of its answer, which is a good one."""
        head, _, content = request.partition(HEAD_END)
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", first.split(" ")[1], content, headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != http.client.OK or b'"errors":[{' in body or b'"errors": [{' in body:
            message = f"answered {answer.status}: {body.decode(errors='replace')[:600]}"
            raise NotServing(message)
        return body


@contextmanager
def served(
    world: World, name: str, storage_url: str = MEMORY, workers: int = 1, also: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start a contender, give it once it is ready, and stop it on leaving."""
    with running(world, [sys.executable, "-m", "bench.apps", name], storage_url, workers, also) as server:
        yield server


@contextmanager
def running(
    world: World, command: list[str], storage_url: str, workers: int = 1, also: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start a command that serves, give it once it is ready, and stop it on leaving."""
    port = free_port()
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(NOT_INHERITED)}
    settings = {
        "WALLET_DATA_DIR": str(world.folder),
        "WALLET_STORAGE_URL": storage_url,
        "WALLET_PORT": str(port),
        "WALLET_WORKERS": str(workers),
    }
    log = Path(world.folder, f"server-{port}.log")
    begun = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            env=inherited | GENEROUS | QUIET | settings | dict(also or {}),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - begun > READY_S:
                message = f"{command} does not answer: {log.read_text()[-2_000:]}"
                raise NotServing(message)
            time.sleep(0.005)
        yield Server(port, process.pid, time.perf_counter() - begun)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
