"""A server for testers to ask, on memory and on MongoDB, with things in it that an operation can be about."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from repositories.factory import open_storage
from repositories.mongo.local import in_database
from tests.clients import TLS, Caller, Server, running_server
from tests.keys import KEYS
from tests.outside.generating import Ids, Operation, operations
from tests.outside.serving import Log, in_thread, logged

OTHERS = """{
    viewer { person { id wallet { id entries { nodes { id } } } personalAccount { id entries { nodes { id } } } } }
    regions(first: 3) { nodes { id } } institutions(first: 3) { nodes { id } }
}"""
KINSHIPS = "{ viewer { person { kinships { nodes { id } } } } }"


@dataclass(frozen=True)
class Asked:
    """A running server, what to ask it, and who does."""

    operations: dict[str, Operation]
    callers: dict[str, httpx.Client]
    log: Log


@pytest.fixture(scope="module", params=["memory", "mongodb"])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """Give a running server that may be asked anything."""
    url = "memory://"
    if request.param == "mongodb":
        url = in_database(request.getfixturevalue("mongodb_url"), f"test_{uuid4().hex}")
    keys: Path = tmp_path_factory.mktemp("keys")

    @asynccontextmanager
    async def start() -> AsyncIterator[tuple[Server, Ids]]:
        async with running_server(open_storage(url, KEYS.master), keys) as server:
            yield server, await prepared(server)

    with logged() as log, in_thread(start) as (server, ids):
        signed_in = {
            "nobody": server.anonymous,
            "P0001": server.person("P0001"),
            "P0004": server.person("P0004"),
            "institution": server.hospital,
            "agency": server.agency,
        }
        callers = {name: client(server, caller) for name, caller in signed_in.items()}
        yield Asked(operations(ids), callers, log)
        for each in callers.values():
            each.close()


def client(server: Server, caller: Caller) -> httpx.Client:
    """Give somebody a client that blocks."""
    return httpx.Client(base_url=server.url, headers=caller.headers, timeout=60, verify=TLS)


async def prepared(server: Server) -> Ids:
    """Make things that an operation can be about, as P0001, and give the ids of what there is."""
    person = server.person("P0001")
    transfers = [await person.apply("P0004", "CHILD", "1.00", idempotencyKey=f"pending-{n}") for n in range(20)]
    payments = [
        await person.pay("H37010000001", "1.00", idempotencyKey=f"bill-{n}", bill=bill(f"B{n}")) for n in range(10)
    ]
    return Ids(
        [each["transfer"]["id"] for each in transfers],
        [each["payment"]["id"] for each in payments],
        ids_in(await person.ask(KINSHIPS)),
        ids_in(await person.ask(OTHERS)),
    )


def bill(number: str) -> dict[str, str]:
    """Give a bill of that number."""
    return {"number": number, "total": "100.00", "fundPaid": "70.00", "selfPaid": "30.00"}


def ids_in(answer: object) -> list[str]:
    """Give every id in an answer."""
    if isinstance(answer, list):
        return [found for part in answer for found in ids_in(part)]
    if not isinstance(answer, dict):
        return []
    own = [answer["id"]] if "id" in answer else []
    return own + [found for part in answer.values() for found in ids_in(part)]
