"""Where the model's examples run, one after another: a storage that begins each time with the same world in it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

from pymongo import MongoClient

from repositories.contract import Storage
from repositories.factory import open_storage
from repositories.mongo.migrations import STATE
from repositories.mongo.sealing import DATA_KEYS
from tests.keys import KEYS
from tests.model.faults import Fail
from tests.model.world import WORLD
from tests.repositories.storing import store

T = TypeVar("T")

LONGEST_S: Final = 60.0
"""After which something never ends."""


class Stage(Protocol):
    """A place for examples; Hypothesis is not asynchronous, so the stage has the event loop."""

    fail: Fail | None
    tally: Counter[str]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something to its end."""
        ...

    def begin(self) -> Storage:
        """Give the storage as it is when an example begins."""
        ...


class _Looping:
    """The stage's own event loop, which is nobody's current one."""

    def __init__(self) -> None:
        """Begin to count what happens."""
        self.tally: Counter[str] = Counter()
        self.loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something to its end."""
        return self.loop.run_until_complete(asyncio.wait_for(work, LONGEST_S))


class MemoryStage(_Looping):
    """A storage in memory, a new one for every example."""

    fail: Fail | None = None

    def __init__(self, url: str) -> None:
        """Open storages of that URL."""
        super().__init__()
        self._url = url

    def begin(self) -> Storage:
        """Open another storage."""
        storage = open_storage(self._url)
        self.run(store(storage, *WORLD))
        return storage


class MongoStage(_Looping):
    """A database, emptied for every example, on a server that can be told to fail."""

    fail: Fail | None

    def __init__(self, url: str, client: MongoClient[dict[str, Any]]) -> None:
        """Open the storage of that URL; `client` is for what goes past it."""
        super().__init__()
        self._database = client[urlsplit(url).path[1:]]
        self.storage = open_storage(url, KEYS.master)
        self.run(self.storage.prepare())

        def fail(mode: object, **data: object) -> None:
            client.admin.command({"configureFailPoint": "failCommand", "mode": mode, "data": data})

        self.fail = fail

    def begin(self) -> Storage:
        """Empty the database, and plant the world anew."""
        for name in set(self._database.list_collection_names()) - {DATA_KEYS, STATE}:
            self._database[name].delete_many({})
        self.run(store(self.storage, *WORLD))
        return self.storage


@contextmanager
def memory_stage(url: str) -> Iterator[Stage]:
    """Set a stage in memory."""
    stage = MemoryStage(url)
    yield stage
    stage.loop.close()


@contextmanager
def mongo_stage(url: str) -> Iterator[Stage]:
    """Set a stage in the database of that URL."""
    with MongoClient[dict[str, Any]](url) as client:
        stage = MongoStage(url, client)
        yield stage
        stage.run(stage.storage.close())
        stage.loop.close()
