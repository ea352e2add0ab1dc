"""Servers with tight limits, and what is asked of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from repositories.factory import open_storage
from seeds.demo import BY_NO
from tests.clients import Caller, Server, running_server

POLICY: Final = "{ policy { name } }"
HOUR: Final = range(3_590, 3_601)
"""In how many seconds something may be done again whose hour has just begun."""


@asynccontextmanager
async def limited(keys: Path, **settings: object) -> AsyncIterator[Server]:
    """Start a server on memory with these limits, and no others that a test would meet."""
    async with running_server(open_storage("memory://"), keys, **settings) as server:
        yield server


async def statuses(caller: Caller, times: int) -> list[int]:
    """Ask so often, and give the statuses."""
    return [(await caller.post(POLICY)).status_code for _ in range(times)]


def retry_after(answer: httpx.Response) -> int:
    """Give in how many seconds a refused request may be sent again; header and body say the same."""
    assert answer.status_code == 429
    extensions = answer.json()["errors"][0]["extensions"]
    assert extensions == {"retryable": True, "retryAfterSeconds": int(answer.headers["Retry-After"])}
    seconds: int = extensions["retryAfterSeconds"]
    return seconds


def is_too_often(fault: dict[str, Any]) -> bool:
    """Tell whether a fault says that it was too often in its hour, and nothing was done."""
    extensions = fault["extensions"]
    return extensions["retryable"] is True and extensions["retryAfterSeconds"] in HOUR and len(extensions) == 2


def identity(person_no: str) -> dict[str, str]:
    """Name one of the demo family by name and ID number."""
    person = BY_NO[person_no]
    return {"name": person.name, "idNumber": person.id_number}
