"""Servers with the demo family: a fresh one for tests that change things, a shared one for those that only look."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from repositories.contract import Storage
from repositories.factory import open_storage
from repositories.mongo.local import in_database
from tests.clients import Server, running_server
from tests.keys import KEYS


@pytest.fixture
async def server(storage: Storage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give a running server; tests that ask for it run once for each backend."""
    keys: Path = tmp_path_factory.mktemp("keys")
    async with running_server(storage, keys) as running:
        yield running


@pytest.fixture
async def national(storage: Storage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give a running server under policy `national`; tests that ask for it run once for each backend."""
    async with running_server(storage, tmp_path_factory.mktemp("keys"), policy="national") as running:
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
