"""The day with the wallet can be spent as the README shows it, and spent again without moving anything twice."""

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from api.keys import development_key
from api.tokens import issue_token
from domain.actors import Actor
from examples.day import Day, read_steps
from repositories.factory import open_storage
from tests.clients import Server, running_server

ROOT = Path(__file__).parent.parent.parent


async def spend(server: Server) -> str:
    """Spend the day as the command does, and give what it prints."""
    key = development_key(server.keys)

    def sign(actor: Actor) -> str:
        return issue_token(key, actor, server.signing_time())

    def day() -> str:
        with httpx.Client(base_url=server.url, timeout=60) as http:
            return "".join(Day(http, sign).spend())

    return await asyncio.to_thread(day)


def readme() -> str:
    """Give what the README shows of the day."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, section = text.partition("## A day with the wallet")
    return section.partition("```text\n")[2].partition("```")[0]


async def test_the_day_goes_as_the_readme_shows(server: Server) -> None:
    """R1 to R26."""
    assert await spend(server) == readme()


async def test_a_day_spent_twice_moves_nothing_twice(server: Server) -> None:
    """R20."""
    await spend(server)
    first = await server.person("P0010").statement()
    await spend(server)
    assert await server.person("P0010").statement() == first


def test_the_day_has_as_many_steps_as_the_script_has_operations() -> None:
    script = (ROOT / "examples" / "day.graphql").read_text(encoding="utf-8")
    assert len(read_steps()) == script.count("\nquery ") + script.count("\nmutation ")


async def test_under_another_policy_the_day_does_not_begin(tmp_path: Path) -> None:
    """R21: the money would wait for the payee."""
    async with running_server(open_storage("memory://"), tmp_path, policy="national") as server:
        with pytest.raises(SystemExit, match="unset WALLET_POLICY"):
            await spend(server)


async def test_a_day_that_goes_wrong_says_where(server: Server) -> None:
    await server.agency.do("freezeWallet", "wallet { id }", personNo="P0001", reason="核查")
    with pytest.raises(SystemExit, match=r"applies for a transfer .* WALLET_FROZEN"):
        await spend(server)


def test_without_a_server_the_day_says_how_to_start_one(tmp_path: Path) -> None:
    environment = {"WALLET_PORT": "9", "WALLET_DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "examples.day"]
    done = subprocess.run(  # noqa: S603 - the project's own command
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "make run" in done.stderr
