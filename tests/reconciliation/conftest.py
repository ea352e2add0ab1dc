"""Books in which everything has happened that can happen to money, on either storage; read anew for each test."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from pymongo import MongoClient

from domain.reconciliation import Difference
from repositories.contract import Storage
from repositories.factory import open_storage
from repositories.memory import MemoryStorage
from repositories.mongo.documents import CODEC_OPTIONS
from repositories.mongo.local import in_database
from services.reconciliation import Reconciliation
from tests.clients import Server, running_server
from tests.keys import KEYS
from tests.reconciliation.scene import play
from tests.reconciliation.tampering import Tamperer


async def differences(storage: Storage) -> list[Difference]:
    """Give everything that does not agree."""
    async with storage.snapshot() as snapshot:
        return [difference async for difference in Reconciliation(snapshot).differences()]


@pytest.fixture(scope="module")
async def kept(mongodb_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Server, str]]:
    """Give the server whose books are in MongoDB, and the name of their database."""
    url = in_database(mongodb_url, f"test_{uuid4().hex}")
    async with running_server(open_storage(url, KEYS.master), tmp_path_factory.mktemp("keys"), policy="national") as it:
        await play(it)
        yield it, urlsplit(url).path[1:]


@pytest.fixture
def server_of_books(kept: tuple[Server, str]) -> Server:
    """Give the server they are kept by."""
    return kept[0]


@pytest.fixture
def books(kept: tuple[Server, str]) -> Storage:
    """Give the storage that keeps them."""
    return kept[0].storage


@pytest.fixture
def tamperer(kept: tuple[Server, str], mongodb: MongoClient[dict[str, object]]) -> Tamperer:
    """Give somebody who can write to the database."""
    tamperer = Tamperer(mongodb.get_database(kept[1], codec_options=CODEC_OPTIONS))
    tamperer.drop_unique_indexes()
    return tamperer


@pytest.fixture
async def remembered(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MemoryStorage]:
    """Give the books in memory."""
    storage = MemoryStorage()
    async with running_server(storage, tmp_path_factory.mktemp("keys"), policy="national") as it:
        await play(it)
        yield storage
