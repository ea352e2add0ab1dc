"""Committed events from a change stream, taken up again where a dropped connection left it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from pymongo.errors import PyMongoError

from repositories.contract import TABLES, Event
from repositories.mongo.documents import ChangeStream, Database

RECONNECT_S: Final = 0.2
_PIPELINE: Final[list[dict[str, Any]]] = [
    {
        "$match": {
            "operationType": {"$in": ["insert", "replace"]},
            "ns.coll": {"$in": [table.name for table in TABLES if table.watched]},
        },
    },
    {"$project": {"ns.coll": 1, "documentKey._id": 1}},
]


@asynccontextmanager
async def watch(database: Database) -> AsyncIterator[AsyncIterator[Event]]:
    """Give what is committed from entering on, in the order of the commits."""
    stream = database.watch(_PIPELINE)
    first = await stream.try_next()  # opens the stream on the server, so nothing after this is missed
    events = _events(database, stream, first)
    try:
        yield events
    finally:
        await events.aclose()


async def _events(
    database: Database, stream: ChangeStream, first: dict[str, Any] | None
) -> AsyncGenerator[Event, None]:
    if first is not None:
        yield _event(first)
    while True:
        token = stream.resume_token
        try:
            async for change in stream:
                token = stream.resume_token
                yield _event(change)
        except PyMongoError:
            await asyncio.sleep(RECONNECT_S)
            stream = database.watch(_PIPELINE, resume_after=token)
        except BaseException:
            await stream.close()
            raise


def _event(change: dict[str, Any]) -> Event:
    return Event(change["ns"]["coll"], change["documentKey"]["_id"])
