"""What the tests share: a real MongoDB server, and a storage of every kind."""

import asyncio
import logging
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from prometheus_client import generate_latest
from pymongo import MongoClient

from repositories.contract import Storage
from repositories.factory import open_storage
from repositories.mongo.local import NoServer, find_mongod, in_database, local_replica_set
from repositories.mongo.migrations import STATE
from repositories.mongo.sealing import DATA_KEYS
from tests.discretion import Listening, Watching, found_in, told_in
from tests.keys import KEYS


@pytest.fixture(scope="session")
def listening() -> Iterator[Listening]:
    """Listen to all that is logged in the whole run."""
    handler = Listening()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture(scope="session")
def watching() -> Iterator[Watching]:
    """Look at all that is traced in the whole run, and at last at all that was counted."""
    spans, provider = Watching(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    trace.set_tracer_provider(provider)
    yield spans
    assert not found_in(told_in(generate_latest().decode()))


@pytest.fixture(autouse=True)
def _nothing_personal_is_told(listening: Listening, watching: Watching) -> Iterator[None]:
    """R28: whatever a test is about, what it had logged, traced and counted gives nobody away."""
    listening.leaks.clear()
    watching.leaks.clear()
    yield
    assert not listening.leaks
    assert not watching.leaks


@pytest.fixture(scope="session")
def mongod() -> Path:
    """Give the program of a MongoDB server."""
    try:
        return find_mongod()
    except NoServer as error:
        _give_up(error)


@pytest.fixture(scope="session")
def mongodb_url() -> Iterator[str]:
    """Give the URL of a replica set, without a database in it."""
    with tempfile.TemporaryDirectory(prefix="wallet-mongodb-") as data:
        try:
            with local_replica_set(Path(data)) as url:
                yield url
        except NoServer as error:
            _give_up(error)


@pytest.fixture(scope="session")
def mongodb(mongodb_url: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """Give a client of the replica set, for what goes past the storage."""
    with MongoClient[dict[str, Any]](mongodb_url) as client:
        yield client


def _give_up(error: NoServer) -> NoReturn:
    if os.environ.get("REQUIRE_MONGODB") == "1":
        pytest.fail(str(error), pytrace=False)
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def mongodb_database(mongodb_url: str) -> str:
    """Give the URL of a database that is ready for use; whoever uses it leaves it empty."""
    url = in_database(mongodb_url, f"test_{uuid4().hex}")

    async def prepare() -> None:
        async with _opened(url):
            pass

    with ThreadPoolExecutor() as aside:  # this thread's event loop may be running
        aside.submit(lambda: asyncio.run(prepare())).result()
    return url


@pytest.fixture(params=["memory", "memory+rehearsing", "mongodb"])
async def storage(request: pytest.FixtureRequest) -> AsyncIterator[Storage]:
    """Give an empty storage that is ready for use; whatever asks for it runs once for each backend."""
    if request.param != "mongodb":
        async with _opened(f"{request.param}://") as opened:
            yield opened
        return
    url: str = request.getfixturevalue("mongodb_database")
    database = request.getfixturevalue("mongodb")[urlsplit(url).path[1:]]
    opened = open_storage(url, KEYS.master)
    yield opened
    await opened.close()
    for name in set(database.list_collection_names()) - {
        DATA_KEYS,
        STATE,
    }:  # validators take what is sealed by that key only
        database[name].delete_many({})


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Storage]:
    opened = open_storage(url, KEYS.master)
    await opened.prepare()
    yield opened
    await opened.close()
