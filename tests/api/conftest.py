"""Servers with the demo family: a fresh one for tests that change things, a shared one for those that only look."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from repositories.contract import Storage
from repositories.factory import open_storage
from repositories.memory import MemoryStorage
from repositories.mongo.local import in_database
from repositories.mongo.sealing import DATA_KEYS, SEALING_KEYS
from repositories.tables import TABLES
from seeds.plant import plant
from tests.clients import Clock, Server, running_server
from tests.keys import KEYS, cheap_hasher


@pytest.fixture(scope="session")
def planting() -> dict[bytes, dict[str, list[dict[str, Any]]]]:
    """Keep what planting leaves in MongoDB, by data key and collection; it is done once, for it takes longer than most.

    Tests of keys change the data key, and then it is done again.
    """
    return {}


@pytest.fixture
async def planted(
    request: pytest.FixtureRequest, storage: Storage, planting: dict[bytes, dict[str, list[dict[str, Any]]]]
) -> Storage:
    """Give a storage in which a server finds that all is planted already; memory is left to the server."""
    if isinstance(storage, MemoryStorage):
        return storage
    url: str = request.getfixturevalue("mongodb_database")
    database = request.getfixturevalue("mongodb")[urlsplit(url).path[1:]]
    key: bytes = (database[DATA_KEYS].find_one(SEALING_KEYS) or {})["_id"]
    if key not in planting:
        await plant(storage, cheap_hasher(), Clock(), demo=True)
        planting[key] = {table.name: list(database[table.name].find()) for table in TABLES}
    else:
        for name, documents in planting[key].items():
            if documents:
                database[name].insert_many(documents, ordered=False)
    return storage


@pytest.fixture
async def server(planted: Storage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give a running server; tests that ask for it run once for each backend."""
    keys: Path = tmp_path_factory.mktemp("keys")
    async with running_server(planted, keys) as running:
        yield running


@pytest.fixture
async def national(planted: Storage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give a running server under policy `national`; tests that ask for it run once for each backend."""
    async with running_server(planted, tmp_path_factory.mktemp("keys"), policy="national") as running:
        yield running


@pytest.fixture(scope="module", params=["memory", "mongodb"])
async def shared_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    """Give a running server that no test changes."""
    url = "memory://"
    if request.param == "mongodb":
        url = in_database(request.getfixturevalue("mongodb_url"), f"test_{uuid4().hex}")
    async with running_server(open_storage(url, KEYS.master), tmp_path_factory.mktemp("keys")) as running:
        yield running
