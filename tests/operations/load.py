"""Transfers that go on while something else happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final

import httpx

from api.keys import development_key
from api.tokens import issue_token
from domain.actors import Actor
from tests.clients import GENEROUS, Caller

SETTINGS: Final = {f"WALLET_{name.upper()}": rate for name, rate in GENEROUS.items()}
"""What a server needs to be set to, so that one payer may do that much."""
PATIENCE_S: Final = 60.0


@asynccontextmanager
async def transfers_going_on(url: str, data_dir: Path) -> AsyncIterator[list[str]]:
    """Let P0001 give to P0004 again and again until leaving; the numbers of what was acknowledged are there at once."""
    token = issue_token(development_key(data_dir), Actor(person_no="P0001"), datetime.now(UTC))
    acknowledged: list[str] = []
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as http:
        payer = Caller(http, {"Authorization": f"Bearer {token}"})

        async def give() -> None:
            for number in count():
                given = await payer.give("P0004", "CHILD", "0.01", idempotencyKey=f"load-{number}")
                acknowledged.append(given["number"])

        giving = asyncio.create_task(give())
        try:
            yield acknowledged
        finally:
            giving.cancel()
            with suppress(asyncio.CancelledError):
                await giving


async def more_of(acknowledged: list[str], count_: int = 3) -> None:
    """Wait until so many more are acknowledged."""
    wanted = len(acknowledged) + count_
    async with asyncio.timeout(PATIENCE_S):
        while len(acknowledged) < wanted:  # noqa: ASYNC110 - the list tells nobody
            await asyncio.sleep(0.01)
