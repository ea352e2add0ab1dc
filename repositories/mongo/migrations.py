"""Versions of how things are kept: what an earlier version left behind is brought up to date, once, under a lock.

A migration may be broken off anywhere and is then run again from its beginning, so each of them leaves what is up to
date as it is. The server's clock decides how long the lock holds; whoever holds it renews it as long as it lives.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final
from uuid import uuid4

from bson.int64 import Int64
from pymongo import ASCENDING, ReplaceOne
from pymongo.errors import DuplicateKeyError, PyMongoError

from domain.ledger import NO_ENTRY, entry_hash
from repositories.errors import Unavailable, Unsuitable
from repositories.mongo.documents import Database, Documents
from repositories.mongo.macs import MAC, is_intact, mac_of
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
ASKED_TIMES: Final = 10
ALTERED: Final = (
    "the version of this database (`storage_state`) was altered or taken away by other than this program. Put back "
    "what the last backup says of it, then let `python -m api verify` look at the rest."
)
LOST: Final = "the lock on the database's version was lost; start again"
Migration = Callable[[Database, Documents], Awaitable[None]]


async def is_up_to_date(database: Database, documents: Documents) -> bool:
    """Tell whether no migration is left to do; Unsuitable if the database is of a version that is not known here."""
    state = await database[STATE].find_one({"_id": ID})
    return state is not None and _version(documents, state) == len(MIGRATIONS)


async def migrate(database: Database, documents: Documents, holder: str) -> None:
    """Bring a database up to date as the holder of its lock; Unsuitable if its version is not known here."""
    found = _version(documents, await database[STATE].find_one({"_id": ID}) or {})
    for version, migration in enumerate(MIGRATIONS[found:], start=found + 1):
        await migration(database, documents)
        done = await database[STATE].update_one({"_id": ID, "holder": holder}, {"$set": state_of(documents, version)})
        if not done.matched_count:
            raise Unavailable(LOST)
        logger.info("the database is of version %d now", version)


def _version(documents: Documents, state: Record) -> int:
    """Read the version off a state that this program wrote."""
    version = state.get("version")
    said = {"_id": ID, "version": version, MAC: state.get(MAC)}
    if not isinstance(version, int) or not is_intact(documents.mac_key, STATE, said):
        raise Unsuitable(ALTERED)
    if version > len(MIGRATIONS):
        raise Unsuitable(TOO_NEW.format(found=version, known=len(MIGRATIONS)))
    return version


def state_of(documents: Documents, version: int) -> Record:
    """Write that a database is of that version, as only this program can."""
    said = {"version": Int64(version)}
    return {**said, MAC: mac_of(documents.mac_key, STATE, {"_id": ID, **said})}


# ---- the lock -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def locked(database: Database, documents: Documents, *, has_new_keys: bool) -> AsyncIterator[str]:
    """Be the only one to change how things are kept, until leaving, under a name; whoever comes meanwhile waits.

    A database that does not say its version is from before there were versions, or new, if nobody had keys for it yet.
    """
    await _begin(database, documents, may=has_new_keys)
    holder = uuid4().hex
    if not await _take(database, holder):
        logger.warning("another process is changing how things are kept; waiting for it")
        while not await _take(database, holder):  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(ASKED_EVERY_S)
    inside = asyncio.current_task()
    assert inside is not None  # noqa: S101 - always within a task
    renewing = asyncio.create_task(_renew(database, holder, inside))
    try:
        yield holder
    except asyncio.CancelledError:
        if renewing.done() and not renewing.cancelled():
            inside.uncancel()
            raise Unavailable(LOST) from None
        raise
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        with suppress(PyMongoError):  # it ends by itself
            mine = {"_id": ID, "holder": holder}
            await database[STATE].update_one(mine, {"$unset": {"holder": "", "held_until": ""}})


async def _begin(database: Database, documents: Documents, *, may: bool) -> None:
    """Let a database say that it is of version 0, unless it said something before."""
    for _ in range(ASKED_TIMES):
        if await database[STATE].find_one({"_id": ID}, projection=["_id"]) is not None:
            return
        if may or not await _holds_anything(database):
            with suppress(DuplicateKeyError):
                await database[STATE].insert_one({"_id": ID, **state_of(documents, 0)})
            return
        await asyncio.sleep(ASKED_EVERY_S)  # whoever has made the keys may be about to
    raise Unsuitable(ALTERED)


async def _holds_anything(database: Database) -> bool:
    return any([await database[table.name].find_one({}, projection=["_id"]) is not None for table in TABLES])


async def _take(database: Database, holder: str) -> bool:
    free = {"_id": ID, "$expr": {"$not": [{"$gt": ["$held_until", "$$NOW"]}]}}
    taken = await database[STATE].update_one(free, _held_by(holder))
    return taken.matched_count == 1


async def _renew(database: Database, holder: str, inside: asyncio.Task[Any]) -> None:
    """Renew the lock for ever; what is being done under it ends if it is lost, or cannot be renewed in time."""
    renewed = time.monotonic()
    while True:
        await asyncio.sleep(RENEWED_EVERY_S)
        try:
            done = await database[STATE].update_one({"_id": ID, "holder": holder}, _held_by(holder))
        except PyMongoError:
            is_held = time.monotonic() < renewed + HELD_S - RENEWED_EVERY_S
        else:
            is_held, renewed = done.matched_count == 1, time.monotonic()
        if not is_held:
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
        without = {"_id": account["_id"], "head": None}
        await database[ACCOUNTS.name].update_one(without, {"$set": {"head": head}}, bypass_document_validation=True)
    async for batch in _batches(database, ENTRIES, {"hash": None}):
        for entry in batch:
            _link(documents, entry, NO_ENTRY)
        await _replace(database, ENTRIES, batch, unless="hash")
    for table in TABLES:
        async for batch in _batches(database, table, {MAC: None}):
            anew = [_written_anew(documents, table, document) for document in batch]
            await _replace(database, table, anew, unless=MAC)


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
            await _replace(database, ENTRIES, changed, unless="hash")
            changed = []
    await _replace(database, ENTRIES, changed, unless="hash")
    return head


def _link(documents: Documents, entry: Record, previous: str) -> None:
    """Let an entry's document follow the one of that hash."""
    entry |= {"previous_hash": previous, "hash": ""}
    entry["hash"] = entry_hash(documents.decode(ENTRIES, {**entry}))


def _written_anew(documents: Documents, table: Table[Any], document: Record) -> Record:
    return documents.encode(table, documents.decode(table, document))


async def _batches(database: Database, table: Table[Any], query: Record) -> AsyncIterator[list[Record]]:
    """Give what a query finds, by key; what is done with each may let it be found no longer."""
    last: Record = {}
    while batch := await database[table.name].find({**query, **last}).sort("_id", ASCENDING).to_list(BATCH):
        last = {"_id": {"$gt": batch[-1]["_id"]}}
        yield batch


async def _replace(database: Database, table: Table[Any], batch: list[Record], *, unless: str) -> None:
    """Write documents anew, unless they have that by now: somebody else may have come, and even have gone on."""
    if batch:
        writes = [ReplaceOne({"_id": document["_id"], unless: None}, document) for document in batch]
        await database[table.name].bulk_write(writes, ordered=False, bypass_document_validation=True)


MIGRATIONS: Final[tuple[Migration, ...]] = (chain_and_authenticate,)
"""What leads from each version to the next; one that was released is never changed."""
