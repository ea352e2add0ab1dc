"""Sealing everything anew, by a new data key; what an earlier version left in clear is sealed as well (R28).

From the first step on the server refuses whatever is not sealed by the new key, so a process that was not stopped
cannot write what nobody could read later. What was broken off is taken up where it was: documents say by which key they
are sealed. The old key is deleted only when no document names it.
"""

from __future__ import annotations

from typing import Any, Final

from pymongo import UpdateOne

from repositories.errors import StorageError
from repositories.mongo.documents import Database
from repositories.mongo.sealing import SEALED_BY, Sealing
from repositories.mongo.setup import set_validators
from repositories.records import Record
from repositories.tables import TABLES, Table

BATCH: Final = 500


async def reseal(database: Database, sealing: Sealing, *, authenticated: bool) -> int:
    """Seal everything by a new data key, and delete the others; give how many documents were sealed anew.

    Documents that are not authenticated yet, as an earlier version left them, stay so until they are migrated.
    """
    sealing.renew()
    await set_validators(database, sealing.seal_id)
    sealing_tables = [table for table in TABLES if table.sealed]
    sealed = sum([await _reseal(database, sealing, table, bypass=not authenticated) for table in sealing_tables])
    for table in sealing_tables:
        if await database[table.name].find_one(not_sealed_by(sealing), projection=["_id"]) is not None:
            message = f"{table.name}: something is still sealed by an older data key; run this again"
            raise StorageError(message)
    sealing.forget_others()
    return sealed


def not_sealed_by(sealing: Sealing) -> Record:
    """Ask for what the current data key has not sealed."""
    return {SEALED_BY: {"$ne": sealing.seal_id}}


async def _reseal(database: Database, sealing: Sealing, table: Table[Any], *, bypass: bool) -> int:
    collection, unsealed, sealed = database[table.name], not_sealed_by(sealing), 0
    while documents := await collection.find(unsealed, projection=list(table.sealed), limit=BATCH).to_list(None):
        writes = [UpdateOne({"_id": each["_id"]}, {"$set": _resealed(sealing, table, each)}) for each in documents]
        await collection.bulk_write(writes, ordered=False, bypass_document_validation=bypass)
        sealed += len(writes)
    return sealed


def _resealed(sealing: Sealing, table: Table[Any], document: Record) -> Record:
    values = {name: document[name] for name in table.sealed if document.get(name) is not None}
    return {SEALED_BY: sealing.seal_id} | {
        name: sealing.seal(table, name, value if isinstance(value, str) else sealing.open(table, value))
        for name, value in values.items()
    }
