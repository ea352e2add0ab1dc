"""Domain objects as BSON documents: the key is `_id`, integers are 64 bits wide, unique values are absent when None.

What a table seals is encrypted here, on the way out, and decrypted on the way in.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any, Final, TypeAlias, TypeVar

from bson.codec_options import CodecOptions
from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorChangeStream, AsyncIOMotorClient, AsyncIOMotorDatabase

from repositories.contract import ALTERED, UNREADABLE, Kept, Where
from repositories.mongo.macs import MAC, is_intact, mac_of
from repositories.mongo.sealing import Sealing
from repositories.records import Record, records_of
from repositories.tables import Table

E = TypeVar("E")
Client: TypeAlias = AsyncIOMotorClient[dict[str, Any]]
Database: TypeAlias = AsyncIOMotorDatabase[dict[str, Any]]
ChangeStream: TypeAlias = AsyncIOMotorChangeStream[dict[str, Any]]
CODEC_OPTIONS: Final[CodecOptions[dict[str, Any]]] = CodecOptions(tz_aware=True, tzinfo=UTC)


class Documents:
    """Turns the tables' objects into documents and back."""

    def __init__(self, sealing: Sealing) -> None:
        """Prepare a converter that writes 64-bit integers, and seal by these keys."""
        self._records = records_of(Int64)
        self._sealing = sealing

    def encode(self, table: Table[E], entity: E) -> Record:
        """Give the object's document."""
        record = self._records.encode(table, entity)
        record["_id"] = record.pop(table.key, None) or table.key_of(entity)
        for attribute in table.unique:
            if record.get(attribute) is None:
                record.pop(attribute, None)
        record[MAC] = mac_of(self._sealing.mac_key, table, record)
        self._sealing.seal_record(table, record)
        return record

    def decode(self, table: Table[E], document: Record) -> E:
        """Give the object a document was made of."""
        self._sealing.open_record(table, document)
        return self._decoded(table, document)

    def examine(self, table: Table[E], document: Record) -> Kept[E]:
        """Give the object with what is wrong about its document, if anything: altered, or beyond reading."""
        key = str(document["_id"])
        try:
            self._sealing.open_record(table, document)
            intact = is_intact(self._sealing.mac_key, table, document)
            entity = self._decoded(table, document)
        except Exception:  # noqa: BLE001 - whatever was made of it, the next one is to be looked at as well
            return Kept(key, None, UNREADABLE)
        return Kept(key, entity, None if intact else ALTERED)

    def _decoded(self, table: Table[E], document: Record) -> E:
        document[table.key] = document.pop("_id")
        return self._records.decode(table, document)

    def sealed(self, table: Table[Any], where: Where) -> Where:
        """Ask for what is kept: encrypted values where the table seals."""
        return self._sealing.seal_where(table, where) if where.keys() & set(table.sealed) else where


def field_name(table: Table[E], attribute: str) -> str:
    """Give the name under which an attribute is kept."""
    return "_id" if attribute == table.key else attribute
