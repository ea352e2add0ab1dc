"""Versions of how things are kept: what an earlier version left behind is brought up to date, once, under a lock.

A migration may be broken off anywhere and is then run again from its beginning, so each of them leaves what is up to
date as it is. The server's clock decides how long the lock holds; whoever holds it renews it as long as it lives.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from uuid import uuid4

from pymongo import ASCENDING, ReplaceOne
from pymongo.errors import DuplicateKeyError

from domain.ledger import NO_ENTRY, entry_hash
from repositories.errors import Unavailable, Unsuitable
from repositories.mongo.documents import Database, Documents
from repositories.mongo.macs import MAC
from repositories.records import Record
from repositories.tables import ACCOUNTS, ENTRIES, TABLES, Table

logger = logging.getLogger(__name__)

STATE: Final = "storage_state"
"""The collection that says which version the database has, and who is changing that."""
ID: Final = "version"
HELD_S: Final = 30
RENEWED_EVERY_S: Final = 5.0
ASKED_EVERY_S: Final = 0.2
BATCH: Final = 500
TOO_NEW: Final = "this database is kept by version {found} of the storage, this program knows {known}; use a newer one"
LOST: Final = "the lock on the database's version was lost; start again"
Migration = Callable[[Database, Documents], Awaitable[None]]


async def version_of(database: Database) -> int:
    """Give the version a database has; 0 is one that is empty, or from before there were versions."""
    state = await database[STATE].find_one({"_id": ID})
    return int(state["version"]) if state is not None else 0


async def migrate(database: Database, documents: Documents) -> None:
    """Bring a database up to date, its lock being held; Unsuitable if it is of a later version than is known here."""
    found = await version_of(database)
    if found > len(MIGRATIONS):
        raise Unsuitable(TOO_NEW.format(found=found, known=len(MIGRATIONS)))
    for version, migration in enumerate(MIGRATIONS[found:], start=found + 1):
        await migration(database, documents)
        await database[STATE].update_one({"_id": ID}, {"$set": {"version": version}})
        logger.info("the database is of version %d now", version)


# ---- the lock -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def locked(database: Database) -> AsyncIterator[None]:
    """Be the only one to change how things are kept, until leaving; whoever comes meanwhile waits."""
    holder = uuid4().hex
    while not await _take(database, holder):  # noqa: ASYNC110 - another process holds it
        await asyncio.sleep(ASKED_EVERY_S)
    inside = asyncio.current_task()
    assert inside is not None  # noqa: S101 - always within a task
    renewing = asyncio.create_task(_renew(database, holder, inside))
    try:
        yield
    except asyncio.CancelledError:
        if renewing.done() and not renewing.cancelled():
            inside.uncancel()
            raise Unavailable(LOST) from None
        raise
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        await database[STATE].update_one({"_id": ID, "holder": holder}, {"$unset": {"holder": "", "held_until": ""}})


async def _take(database: Database, holder: str) -> bool:
    with suppress(DuplicateKeyError):
        await database[STATE].insert_one({"_id": ID, "version": 0})
    free = {"_id": ID, "$expr": {"$not": [{"$gt": ["$held_until", "$$NOW"]}]}}
    taken = await database[STATE].update_one(free, _held_by(holder))
    return taken.matched_count == 1


async def _renew(database: Database, holder: str, inside: asyncio.Task[Any]) -> None:
    """Renew the lock for ever; what is being done under it ends if it is lost."""
    while True:
        await asyncio.sleep(RENEWED_EVERY_S)
        done = await database[STATE].update_one({"_id": ID, "holder": holder}, _held_by(holder))
        if not done.matched_count:
            inside.cancel()
            return


def _held_by(holder: str) -> list[Record]:
    until = {"$add": ["$$NOW", HELD_S * 1_000]}
    return [{"$set": {"holder": holder, "held_until": until}}]


# ---- the migrations -----------------------------------------------------------------------------------------------


async def chain_and_authenticate(database: Database, documents: Documents) -> None:
    """Give each entry its hash, each account the hash of its last, and each document its keyed hash."""
    async for account in database[ACCOUNTS.name].find({}, projection=["_id"]):
        head = await _chain(database, documents, account["_id"])
        await database[ACCOUNTS.name].update_one({"_id": account["_id"], "head": None}, {"$set": {"head": head}})
    async for batch in _batches(database, ENTRIES, {"hash": None}):
        for entry in batch:
            _link(documents, entry, NO_ENTRY)
        await _replace(database, ENTRIES, batch)
    for table in TABLES:
        async for batch in _batches(database, table, {MAC: None}):
            await _replace(database, table, [_written_anew(documents, table, document) for document in batch])


async def _chain(database: Database, documents: Documents, account_id: str) -> str:
    """Chain the entries of an account, the oldest first, and give the hash of the last."""
    head = NO_ENTRY
    changed: list[Record] = []
    async for entry in database[ENTRIES.name].find({"account_id": account_id}).sort("seq", ASCENDING):
        if entry.get("hash") is None:
            _link(documents, entry, head)
            changed.append(entry)
        head = entry["hash"]
        if len(changed) == BATCH:
            await _replace(database, ENTRIES, changed)
            changed = []
    await _replace(database, ENTRIES, changed)
    return head


def _link(documents: Documents, entry: Record, previous: str) -> None:
    """Let an entry's document follow the one of that hash."""
    entry |= {"previous_hash": previous, "hash": ""}
    entry["hash"] = entry_hash(documents.decode(ENTRIES, {**entry}))


def _written_anew(documents: Documents, table: Table[Any], document: Record) -> Record:
    return documents.encode(table, documents.decode(table, document))


async def _batches(database: Database, table: Table[Any], query: Record) -> AsyncIterator[list[Record]]:
    """Give what a query finds until it finds nothing any more: what is done with each lets it be found no longer."""
    while batch := await database[table.name].find(query, limit=BATCH).to_list(None):
        yield batch


async def _replace(database: Database, table: Table[Any], batch: list[Record]) -> None:
    if batch:
        writes = [ReplaceOne({"_id": document["_id"]}, document) for document in batch]
        await database[table.name].bulk_write(writes, ordered=False, bypass_document_validation=True)


MIGRATIONS: Final[tuple[Migration, ...]] = (chain_and_authenticate,)
"""What leads from each version to the next; one that was released is never changed."""
