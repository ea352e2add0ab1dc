"""`make golden` plays the golden operations on memory, and writes their answers down as they came: review the diff."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from repositories.factory import open_storage
from tests.clients import running_server
from tests.golden.playing import Player
from tests.golden.scenarios import POLICIES, Scenario, read_scenarios
from tests.keys import KEYS


async def play(keys: Path) -> list[Scenario]:
    """Play what is written for each policy at a server of its own."""
    played: list[Scenario] = []
    for policy in POLICIES:
        scenarios = [each for each in read_scenarios() if each.policy == policy]
        async with running_server(open_storage("memory://", KEYS.master), keys, policy=policy) as server:
            played += await Player(server).play(scenarios)
    return played


def main() -> None:
    """Write every file whose answers have changed."""
    with TemporaryDirectory() as keys:
        for scenario in asyncio.run(play(Path(keys))):
            if scenario.path.read_text(encoding="utf-8") != scenario.written():
                scenario.path.write_text(scenario.written(), encoding="utf-8")
                sys.stdout.write(f"{scenario.path.name}: other answers than before\n")


if __name__ == "__main__":
    main()
