"""Committed events from one change stream for the whole process, taken up again where a dropped connection left it.

Motor waits for a change in one of a few threads, so every watcher shares the one stream: any number of them cost one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from bson.timestamp import Timestamp
from pymongo.errors import OperationFailure, PyMongoError

from repositories.contract import Event, Unavailable
from repositories.mailboxes import Mailbox
from repositories.mongo.documents import Database, Documents
from repositories.tables import TABLES

RECONNECT_S: Final = 0.2
NEVER: Final = Timestamp(2**32 - 1, 1)
"""Later than any commit: until a watcher knows when it came, nothing is for it."""
HISTORY_LOST: Final = 286
_PIPELINE: Final[list[dict[str, Any]]] = [
    {
        "$match": {
            "operationType": {"$in": ["insert", "replace"]},
            "ns.coll": {"$in": [table.name for table in TABLES if table.watched]},
        },
    },
    {"$project": {"ns.coll": 1, "documentKey._id": 1, "clusterTime": 1, "fullDocument": 1}},
]
_WATCHED: Final = {table.name: table for table in TABLES if table.watched}


class Watching:
    """Listens while somebody does, and tells every watcher what was committed after it came."""

    def __init__(self, database: Database, documents: Documents) -> None:
        """Listen to that database, once somebody watches."""
        self._database = database
        self._documents = documents
        self._watchers: dict[Mailbox, Timestamp] = {}
        self._listening: asyncio.Task[None] | None = None
        self._open = asyncio.Event()

    @asynccontextmanager
    async def watch(self, wanted: Callable[[Event], bool]) -> AsyncIterator[AsyncIterator[Event]]:
        """Give what is wanted of what is committed from entering on, in the order of the commits."""
        mailbox = Mailbox(wanted)
        self._watchers[mailbox] = NEVER
        try:
            await self._listen()
            self._watchers[mailbox] = (await self._database.command("ping"))["operationTime"]
            yield mailbox.taken()
        finally:
            del self._watchers[mailbox]
            if not self._watchers:
                await self.close()

    async def _listen(self) -> None:
        if self._listening is None or self._listening.done():
            self._open.clear()
            self._listening = asyncio.create_task(self._pump())
            self._listening.add_done_callback(lambda _ended: self._lose())
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
                    self._lose()
                await asyncio.sleep(RECONNECT_S)
            finally:
                with suppress(PyMongoError):
                    await stream.close()

    def _tell(self, change: dict[str, Any]) -> None:
        table, at = _WATCHED[change["ns"]["coll"]], change["clusterTime"]
        event = Event(table.name, change["documentKey"]["_id"], self._documents.decode(table, change["fullDocument"]))
        for mailbox, entered in self._watchers.items():
            if at > entered:
                mailbox.put(event)

    def _lose(self) -> None:
        for mailbox in self._watchers:
            mailbox.lose()

    async def close(self) -> None:
        """Stop listening."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.cancel()
            with suppress(asyncio.CancelledError, PyMongoError):
                await listening
