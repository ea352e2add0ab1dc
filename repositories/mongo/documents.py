"""Domain objects as BSON documents: the key is `_id`, integers are 64 bits wide, unique values are absent when None.

What a table seals is encrypted here, on the way out, and decrypted on the way in.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any, Final, TypeAlias, TypeVar

import bson
from bson.codec_options import CodecOptions
from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorChangeStream, AsyncIOMotorClient, AsyncIOMotorDatabase

from repositories.contract import Where
from repositories.mongo.macs import MAC, is_intact, mac_of
from repositories.mongo.sealing import SEALED_BY, Sealing
from repositories.records import Record, records_of
from repositories.tables import Table

E = TypeVar("E")
Client: TypeAlias = AsyncIOMotorClient[dict[str, Any]]
Database: TypeAlias = AsyncIOMotorDatabase[dict[str, Any]]
ChangeStream: TypeAlias = AsyncIOMotorChangeStream[dict[str, Any]]
ALTERED: Final = "was altered by other than this program"
UNREADABLE: Final = "cannot be read"
CODEC_OPTIONS: Final[CodecOptions[dict[str, Any]]] = CodecOptions(tz_aware=True, tzinfo=UTC)


class Documents:
    """Turns the tables' objects into documents and back."""

    def __init__(self, sealing: Sealing) -> None:
        """Prepare a converter that writes 64-bit integers, and seal by these keys."""
        self._records = records_of(Int64)
        self._sealing = sealing

    @property
    def mac_key(self) -> bytes:
        """Give the secret that documents are authenticated by."""
        return self._sealing.mac_key

    def encode(self, table: Table[E], entity: E, also: Record | None = None) -> Record:
        """Give the object's document, with what it is to say `also`."""
        record = self._records.encode(table, entity) | (also or {})
        record["_id"] = record.pop(table.key, None) or table.key_of(entity)
        for attribute in table.unique:
            if record.get(attribute) is None:
                record.pop(attribute, None)
        record[MAC] = mac_of(self.mac_key, table.name, record)
        self._sealing.seal_record(table, record)
        return record

    def decode(self, table: Table[E], document: Record) -> E:
        """Give the object a document was made of."""
        self._sealing.open_record(table, document)
        return self._decoded(table, document)

    def examine(self, table: Table[E], document: Record, raw: bytes) -> str | None:
        """Say what is wrong about a document, if anything: altered, or beyond reading.

        A name that stands twice is one value to the driver and another to the server's indexes, so the bytes are
        compared as well.
        """
        sealed_by = self._sealing.seal_id if table.sealed else None
        try:
            intact = document.get(SEALED_BY) == sealed_by and bson.encode(document) == raw
            self._sealing.open_record(table, document)
            intact &= is_intact(self.mac_key, table.name, document)
            self._decoded(table, document)
        except Exception:  # noqa: BLE001 - whatever was made of it, the next one is to be looked at as well
            return UNREADABLE
        return None if intact else ALTERED

    def _decoded(self, table: Table[E], document: Record) -> E:
        document[table.key] = document.pop("_id")
        return self._records.decode(table, document)

    def sealed(self, table: Table[Any], where: Where) -> Where:
        """Ask for what is kept: encrypted values where the table seals."""
        return self._sealing.seal_where(table, where) if where.keys() & set(table.sealed) else where


def field_name(table: Table[E], attribute: str) -> str:
    """Give the name under which an attribute is kept."""
    return "_id" if attribute == table.key else attribute
