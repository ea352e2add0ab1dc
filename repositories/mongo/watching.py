"""Committed events from one change stream for the whole process, taken up again where a dropped connection left it.

Motor waits for a change in one of a few threads, so every watcher shares the one stream: any number of them cost one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from bson.timestamp import Timestamp
from pymongo.errors import PyMongoError

from repositories.contract import Event
from repositories.errors import Unavailable
from repositories.mailboxes import Mailbox
from repositories.mongo.documents import Database, Documents
from repositories.tables import TABLES

logger = logging.getLogger(__name__)

RECONNECT_S: Final = 0.2
RESUMES_MAX: Final = 25
"""How often a stream is taken up again where it was, before what came meanwhile is given up for lost."""
HISTORY_LOST: Final = 286
FATAL: Final = {280, HISTORY_LOST, 10334}
"""The stream cannot be taken up again: told so, out of history, or stuck at an event that is too large."""
_WATCHED: Final = {table.name: table for table in TABLES if table.watched}
_PIPELINE: Final[list[dict[str, Any]]] = [
    {"$match": {"operationType": {"$in": ["insert", "replace"]}, "ns.coll": {"$in": list(_WATCHED)}}},
    {"$project": {"ns.coll": 1, "documentKey._id": 1, "clusterTime": 1, "fullDocument": 1}},
]
_SAID: Final = "the database does not tell what is committed"


class _Watcher:
    """A watcher's mailbox; what comes while it enters waits until it is known when it came."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self._entered: Timestamp | None = None
        self._early: list[tuple[Timestamp, Event]] = []

    def enter(self, at: Timestamp) -> None:
        self._entered = at
        for told_at, event in self._early:
            self.tell(told_at, event)
        self._early.clear()

    def tell(self, at: Timestamp, event: Event) -> None:
        if self._entered is None:
            self._early.append((at, event))
        elif at > self._entered:
            self.mailbox.put(event)


class Watching:
    """Listens while somebody does, and tells every watcher what was committed after it came."""

    def __init__(self, database: Database, documents: Documents) -> None:
        """Listen to that database, once somebody watches."""
        self._database = database
        self._documents = documents
        self._watchers: set[_Watcher] = set()
        self._pump: asyncio.Task[None] | None = None
        self._open = asyncio.Event()

    @asynccontextmanager
    async def watch(self, wanted: Callable[[Event], bool]) -> AsyncIterator[AsyncIterator[Event]]:
        """Give what is wanted of what is committed from entering on, in the order of the commits."""
        watcher = _Watcher(Mailbox(wanted))
        self._watchers.add(watcher)
        try:
            await self._listen()
            watcher.enter(await self._now())
            yield watcher.mailbox.taken()
        finally:
            self._watchers.discard(watcher)
            if not self._watchers:
                await self.close()

    async def _listen(self) -> None:
        """Wait until the stream is open; Unavailable if it cannot be opened."""
        pump = self._pump
        if pump is None or pump.done():
            self._open = asyncio.Event()
            pump = self._pump = asyncio.create_task(self._run(self._open))
        opened = asyncio.create_task(self._open.wait())
        try:
            await asyncio.wait((pump, opened), return_when=asyncio.FIRST_COMPLETED)
        finally:
            opened.cancel()
        if pump.done():
            raise Unavailable(_SAID)

    async def _now(self) -> Timestamp:
        """Give the time of the newest commit that a majority has: what readers see, and streams have told of."""
        query = {"find": next(iter(_WATCHED)), "sort": {"_id": 1}, "limit": 1, "projection": {"_id": 1}}
        try:
            answer = await self._database.command({**query, "readConcern": {"level": "majority"}})
        except PyMongoError:
            raise Unavailable(_SAID) from None
        now: Timestamp = answer["operationTime"]
        return now

    async def _run(self, opened: asyncio.Event) -> None:
        """Tell of changes until cancelled; whatever ends it otherwise, those who watch by then are told."""
        try:
            await self._follow(opened)
        except Exception as error:  # noqa: BLE001 - it would be told to nobody otherwise
            if opened.is_set():
                logger.error("the stream of changes has ended: %s", type(error).__name__)  # noqa: TRY400
                self._lose()

    async def _follow(self, opened: asyncio.Event) -> None:
        token: Any = None
        failures = 0
        while True:
            stream = self._database.watch(_PIPELINE, resume_after=token)
            try:
                while True:
                    change = await stream.try_next()  # returns after a second at most, with or without a change
                    token, failures = stream.resume_token, 0
                    opened.set()
                    if change is not None:
                        self._tell(change)
            except PyMongoError as error:
                if not opened.is_set():
                    raise
                failures += 1
                if getattr(error, "code", None) in FATAL or failures > RESUMES_MAX:
                    token, failures = None, 0
                    self._lose()
                await asyncio.sleep(RECONNECT_S)
            finally:
                with suppress(PyMongoError):
                    await stream.close()

    def _tell(self, change: dict[str, Any]) -> None:
        table, at = _WATCHED[change["ns"]["coll"]], change["clusterTime"]
        event = Event(table.name, change["documentKey"]["_id"], self._documents.decode(table, change["fullDocument"]))
        for watcher in self._watchers:
            watcher.tell(at, event)

    def _lose(self) -> None:
        for watcher in self._watchers:
            watcher.mailbox.lose()

    async def close(self) -> None:
        """Stop listening."""
        pump, self._pump = self._pump, None
        if pump is not None:
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump
