"""Domain objects as BSON documents: the key is `_id`, integers are 64 bits wide, unique values are absent when None."""

from __future__ import annotations

from datetime import UTC
from typing import Any, Final, TypeAlias, TypeVar

from bson.codec_options import CodecOptions
from bson.int64 import Int64
from motor.motor_asyncio import AsyncIOMotorChangeStream, AsyncIOMotorClient, AsyncIOMotorDatabase

from repositories.records import Record, records_of
from repositories.tables import Table

E = TypeVar("E")
Client: TypeAlias = AsyncIOMotorClient[dict[str, Any]]
Database: TypeAlias = AsyncIOMotorDatabase[dict[str, Any]]
ChangeStream: TypeAlias = AsyncIOMotorChangeStream[dict[str, Any]]
CODEC_OPTIONS: Final[CodecOptions[dict[str, Any]]] = CodecOptions(tz_aware=True, tzinfo=UTC)


class Documents:
    """Turns the tables' objects into documents and back."""

    def __init__(self) -> None:
        """Prepare a converter that writes 64-bit integers."""
        self._records = records_of(Int64)

    def encode(self, table: Table[E], entity: E) -> Record:
        """Give the object's document."""
        record = self._records.encode(table, entity)
        record["_id"] = record.pop(table.key, None) or table.key_of(entity)
        for attribute in table.unique:
            if record.get(attribute) is None:
                record.pop(attribute, None)
        return record

    def decode(self, table: Table[E], document: Record) -> E:
        """Give the object a document was made of."""
        document[table.key] = document.pop("_id")
        return self._records.decode(table, document)


def field_name(table: Table[E], attribute: str) -> str:
    """Give the name under which an attribute is kept."""
    return "_id" if attribute == table.key else attribute
