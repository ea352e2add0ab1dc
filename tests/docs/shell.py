"""A shell in which the commands of the docs are run as a reader runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from repositories.mongo.local import free_port
from tests.docs.pages import ROOT

START_S: Final = 60.0


def workplace(folder: Path, *left_out: str) -> Path:
    """Make a folder in which commands find what they find in a clone, and leave behind what they write."""
    here = folder / "clone"
    here.mkdir()
    for entry in (*ROOT.glob("[!.]*"), ROOT / ".venv"):
        if entry.exists() and entry.name not in left_out:
            (here / entry.name).symlink_to(entry)
    return here


def environment(**settings: str) -> dict[str, str]:
    """Give the environment of a reader, who sets nothing that the snippet does not."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("WALLET_", "COVERAGE_"))}
    return inherited | settings


def sh(text: str, folder: Path, **settings: str) -> str:
    """Run a snippet and give what it printed; it stops at the first command that fails."""
    done = subprocess.run(  # noqa: S603 - what our own docs say
        ["/bin/bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def served(text: str, folder: Path, **settings: str) -> Iterator[str]:
    """Run a snippet whose last command serves; give the address once it answers, and stop it on leaving."""
    port = free_port()
    url, log = f"http://127.0.0.1:{port}", folder / "log.txt"
    with (
        log.open("w") as output,
        subprocess.Popen(  # noqa: S603 - what our own docs say
            ["/bin/bash", "-euo", "pipefail", "-c", text],
            cwd=folder,
            env=environment(WALLET_PORT=str(port), **settings),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as shell,
    ):
        try:
            ends = time.monotonic() + START_S
            while not _answers(url):
                assert shell.poll() is None, log.read_text()
                assert time.monotonic() < ends, log.read_text()
                time.sleep(0.2)
            yield url
        finally:
            os.killpg(shell.pid, signal.SIGTERM)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready").is_success
    except httpx.HTTPError:
        return False


def asks(url: str) -> object:
    """Ask what anybody may."""
    return httpx.post(f"{url}/graphql", json={"query": "{ policy { name } }"}).json()["data"]
