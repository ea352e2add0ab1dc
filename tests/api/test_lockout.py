"""Whoever is locked out stays out, whatever becomes of the server meanwhile (R18)."""

from pathlib import Path
from uuid import uuid4

import pytest

from repositories.factory import open_storage
from repositories.mongo.local import in_database
from tests.clients import Server, running_server
from tests.keys import KEYS

HOSPITAL = "H37010000001"


async def tried(server: Server, key: str, password: str) -> str | None:
    """Pay with that password, and give the code it was refused with."""
    paid = await server.person("P0001").pay(HOSPITAL, "1.00", verification={"password": password}, idempotencyKey=key)
    return paid["errors"][0]["code"] if paid["errors"] else None


@pytest.mark.parametrize("right", ["246810", "135790"], ids=["right", "wrong"])
async def test_a_lock_outlasts_the_server(mongodb_url: str, tmp_path: Path, right: str) -> None:
    """R18: tries are counted in the database, so another process goes on where this one ended."""
    url = in_database(mongodb_url, f"test_{uuid4().hex}")
    async with running_server(open_storage(url, KEYS.master), tmp_path) as server:
        codes = [await tried(server, f"first-{number}", "135790") for number in range(3)]
    async with running_server(open_storage(url, KEYS.master), tmp_path) as server:
        codes += [await tried(server, f"second-{number}", "135790") for number in range(2)]
        codes.append(await tried(server, "second-right", right))
    assert codes == ["VERIFICATION_FAILED"] * 5 + ["VERIFICATION_LOCKED"]
    async with running_server(open_storage(url, KEYS.master), tmp_path) as server:
        assert await tried(server, "third", right) == "VERIFICATION_LOCKED"
        server.clock.advance(minutes=15)
        assert await tried(server, "fourth", "246810") is None
