"""Committed events from one change stream for the whole process, taken up again where a dropped connection left it.

Motor waits for a change in one of a few threads, so every watcher shares the one stream: any number of them cost one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from bson.timestamp import Timestamp
from pymongo.errors import OperationFailure, PyMongoError

from repositories.contract import TABLES, Event, Unavailable
from repositories.mongo.documents import Database

RECONNECT_S: Final = 0.2
HISTORY_LOST: Final = 286
_PIPELINE: Final[list[dict[str, Any]]] = [
    {
        "$match": {
            "operationType": {"$in": ["insert", "replace"]},
            "ns.coll": {"$in": [table.name for table in TABLES if table.watched]},
        },
    },
    {"$project": {"ns.coll": 1, "documentKey._id": 1, "clusterTime": 1}},
]
Heard = tuple[Timestamp, Event]


class Watching:
    """Listens while somebody does, and tells every watcher what was committed after it came."""

    def __init__(self, database: Database) -> None:
        """Listen to that database, once somebody watches."""
        self._database = database
        self._queues: set[asyncio.Queue[Heard]] = set()
        self._listening: asyncio.Task[None] | None = None
        self._open = asyncio.Event()

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[Event]]:
        """Give what is committed from entering on, in the order of the commits."""
        queue: asyncio.Queue[Heard] = asyncio.Queue()
        self._queues.add(queue)
        try:
            await self._listen()
            entered = (await self._database.command("ping"))["operationTime"]
            yield _after(entered, queue)
        finally:
            self._queues.discard(queue)
            if not self._queues:
                await self.close()

    async def _listen(self) -> None:
        if self._listening is None:
            self._open.clear()
            self._listening = asyncio.create_task(self._pump())
        opened = asyncio.create_task(self._open.wait())
        await asyncio.wait((self._listening, opened), return_when=asyncio.FIRST_COMPLETED)
        if self._listening.done():
            opened.cancel()
            message = "the database does not tell what is committed"
            raise Unavailable(message)

    async def _pump(self) -> None:
        token = None
        while True:
            stream = self._database.watch(_PIPELINE, resume_after=token)
            try:
                while True:
                    change = await stream.try_next()  # returns after a second at most, with or without a change
                    token = stream.resume_token
                    self._open.set()
                    if change is not None:
                        self._tell(change)
            except PyMongoError as error:
                if not self._open.is_set():
                    raise
                if isinstance(error, OperationFailure) and error.code == HISTORY_LOST:
                    token = None
                await asyncio.sleep(RECONNECT_S)
            finally:
                with suppress(PyMongoError):
                    await stream.close()

    def _tell(self, change: dict[str, Any]) -> None:
        event = Event(change["ns"]["coll"], change["documentKey"]["_id"])
        for queue in self._queues:
            queue.put_nowait((change["clusterTime"], event))

    async def close(self) -> None:
        """Stop listening."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.cancel()
            with suppress(asyncio.CancelledError, PyMongoError):
                await listening


async def _after(entered: Timestamp, queue: asyncio.Queue[Heard]) -> AsyncIterator[Event]:
    while True:
        at, event = await queue.get()
        if at > entered:
            yield event
