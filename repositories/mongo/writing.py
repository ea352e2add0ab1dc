"""The end of a transaction: a receipt of what is new, one bulk command for each collection, and the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from pymongo import InsertOne, ReplaceOne, UpdateMany, UpdateOne
from pymongo.client_session import ClientSession

from repositories.mongo.documents import RECEIPT, Database, Documents, field_name
from repositories.mongo.macs import CLAIMS
from repositories.mongo.receipts import RECEIPTS, new_receipt, receipt_of
from repositories.mongo.threads import TRANSACTING
from repositories.mongo.transactions import send_commit
from repositories.mongo.translation import translated_errors
from repositories.records import Record
from repositories.staging import Change, NotAsRead
from repositories.tables import Table

Write = InsertOne[Any] | ReplaceOne[Any] | UpdateOne | UpdateMany
Receipts = Mapping[tuple[str, str], str]
"""The receipts that name what was read, by table and key."""
ONE_CLAIM_MORE: Final[Record] = {"$inc": {CLAIMS: 1}}


@dataclass(frozen=True, slots=True)
class Bulk:
    """What is written to one table at once, and of how many documents that is."""

    table: Table[Any]
    writes: list[Write]
    documents: int


class Writing:
    """Writes changes inside a transaction."""

    def __init__(self, database: Database, documents: Documents) -> None:
        """Write into that database."""
        self._database = database
        self._documents = documents

    async def commit(
        self, changes: Sequence[Change[Any]], receipts: Receipts, session: ClientSession, deadline: float
    ) -> float | None:
        """Write everything and commit; give until when the commit is asked for again if its outcome is not known.

        Raises Duplicate, NotAsRead or Unstorable if something cannot be written, and nothing is then.
        """
        name = new_receipt()
        receipt = receipt_of(name, changes, self._documents.mac_key)
        bulks = [
            self._bulk(table, list(group), receipts, name)
            for table, group in groupby(changes, key=lambda change: change.table)
        ]
        return await TRANSACTING.call(self._send, receipt, bulks, session, deadline)

    def _send(
        self, receipt: Record | None, bulks: Sequence[Bulk], session: ClientSession, deadline: float
    ) -> float | None:
        """Send one command after the other, without going back to the event loop in between."""
        database = self._database.delegate
        if receipt is not None:
            database[RECEIPTS].insert_one(receipt, session=session)
        for bulk in bulks:
            with translated_errors(bulk.table):
                done = database[bulk.table.name].bulk_write(bulk.writes, session=session)
            if done.inserted_count + done.matched_count != bulk.documents:
                raise NotAsRead(bulk.table.name)
        return send_commit(session, deadline)

    def _bulk(self, table: Table[Any], changes: Sequence[Change[Any]], receipts: Receipts, new: str) -> Bulk:
        """Give the writes of one table; claims that nothing guards are one, however many."""
        claimed = [change.key for change in changes if change.before == change.after and not table.guarded]
        writes: list[Write] = [UpdateMany({"_id": {"$in": claimed}}, ONE_CLAIM_MORE)] if claimed else []
        writes += [
            self._write(change, receipts.get((table.name, change.key)), new)
            for change in changes
            if change.before != change.after or table.guarded
        ]
        return Bulk(table, writes, len(changes))

    def _write(self, change: Change[Any], receipt: str | None, new: str) -> Write:
        """Write a change; what is replaced goes on naming the receipt of its first version."""
        table = change.table
        if change.before is None:
            return InsertOne(self._documents.encode(table, change.after, {RECEIPT: new}))
        guard = {field_name(table, name): getattr(change.before, name) for name in table.guarded}
        query = {"_id": change.key, **guard}
        if change.before == change.after:
            return UpdateOne(query, ONE_CLAIM_MORE)
        named = {RECEIPT: receipt} if receipt is not None else {}
        return ReplaceOne(query, self._documents.encode(table, change.after, named))
