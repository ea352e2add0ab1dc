"""The image has in it what the server needs, is asked for its health in a way that works, and installs what is locked.

No image is built here: its files are laid out in a folder, and its command is run there on the packages of the tests.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import httpx

from api.__main__ import SHUTDOWN_S
from tests.docs.test_commands import asks, served
from tests.packaging import dockerfile


def files_in(folder: Path) -> set[Path]:
    """Give whatever is in a folder."""
    return {path.relative_to(folder) for path in folder.rglob("*")}


def test_the_server_runs_from_the_files_of_the_image_alone_and_writes_none_of_them(tmp_path: Path) -> None:
    image, keys = tmp_path / "image", tmp_path / "keys"
    image.mkdir()
    dockerfile.lay_out(image)
    before = files_in(image)
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    settings = dockerfile.environment() | {"PATH": programs, "WALLET_DATA_DIR": str(keys)}
    del settings["WALLET_PORT"]
    command = shlex.join([*dockerfile.command_of("ENTRYPOINT"), *dockerfile.command_of("CMD")])
    with served(f"cd {image}\nexec {command}", tmp_path, **settings) as url:
        assert asks(url) == {"policy": {"name": "article"}}
        assert httpx.get(f"{url}/explorer/people").status_code == 404
        assert health(url) == 0
        assert files_in(image) == before
    assert health(url) != 0


def health(url: str) -> int:
    """Run what asks for the health of a container, and give how it exits."""
    port = url.rpartition(":")[2]
    name, *arguments = dockerfile.command_of("HEALTHCHECK")
    assert name == "python"
    done = subprocess.run(  # noqa: S603 - the image's own command
        [sys.executable, *arguments], env=os.environ | {"WALLET_PORT": port}, capture_output=True, check=False
    )
    return done.returncode


def test_nothing_is_sent_to_the_builder_but_what_is_copied() -> None:
    lines = (dockerfile.ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == dockerfile.sources()


def test_the_image_installs_what_is_locked() -> None:
    runs = [rest for name, rest in dockerfile.instructions() if name == "RUN"]
    (by_pip,) = [run for run in runs if "pip " in run]
    (by_npm,) = [run for run in runs if "npm " in run]
    assert "--require-hashes --no-deps -r requirements.lock" in by_pip
    assert "npm ci --ignore-scripts" in by_npm


def test_the_server_is_nobody_of_this_machine_and_is_given_the_time_it_needs_to_stop() -> None:
    assert dockerfile.rest_of("USER") == "10001:10001"
    assert dockerfile.rest_of("STOPSIGNAL") == "SIGTERM"
    compose = (dockerfile.ROOT / "compose.yaml").read_text(encoding="utf-8")
    wallet = compose.partition("\n  wallet:\n")[2]
    (given,) = [line.split()[1] for line in wallet.splitlines() if "stop_grace_period:" in line]
    assert int(given.removesuffix("s")) > SHUTDOWN_S
