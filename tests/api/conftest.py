"""A server with the demo family, on every storage."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from repositories.contract import Storage
from tests.clients import Server, running_server


@pytest.fixture
async def server(storage: Storage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give a running server; tests that ask for it run once for each backend."""
    keys: Path = tmp_path_factory.mktemp("keys")
    async with running_server(storage, keys) as running:
        yield running
