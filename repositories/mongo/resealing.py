"""Sealing everything anew, by a new data key; what an earlier version left in clear is sealed as well (R28)."""

from __future__ import annotations

from typing import Any

from repositories.mongo.documents import Database
from repositories.mongo.sealing import Sealing
from repositories.records import Record
from repositories.tables import TABLES, Table


async def reseal(database: Database, sealing: Sealing) -> int:
    """Make a new data key, seal everything by it, and delete the others; give how many values were sealed.

    Nobody else may write meanwhile: an older key is deleted once nothing found here needs it.
    """
    sealing.renew()
    sealed = 0
    for table in TABLES:
        if table.sealed:
            sealed += await _reseal(database, sealing, table)
    sealing.forget_others()
    return sealed


async def _reseal(database: Database, sealing: Sealing, table: Table[Any]) -> int:
    collection, sealed = database[table.name], 0
    async for document in collection.find({}, projection=list(table.sealed)):
        kept = {name: document[name] for name in table.sealed if document.get(name) is not None}
        anew = {name: value for name, value in kept.items() if not sealing.is_current(value)}
        if anew:
            renewed = _resealed(sealing, table, anew)
            await collection.update_one({"_id": document["_id"]}, {"$set": renewed}, bypass_document_validation=True)
            sealed += len(anew)
    return sealed


def _resealed(sealing: Sealing, table: Table[Any], values: Record) -> Record:
    return {
        name: sealing.seal(table, name, value if isinstance(value, str) else sealing.open(table, name, value))
        for name, value in values.items()
    }
