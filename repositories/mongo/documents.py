"""Domain objects as BSON documents: the key is `_id`, integers are 64 bits wide, unique values are absent when None.

What a table seals is encrypted here, on the way out, and decrypted on the way in. What was read lately is remembered by
the very bytes it was made of, so it is never older than these.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final, Generic, TypeAlias, TypeVar

import bson
from bson.codec_options import CodecOptions
from bson.int64 import Int64
from bson.raw_bson import RawBSONDocument
from motor.motor_asyncio import (
    AsyncIOMotorChangeStream,
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorDatabase,
)

from repositories.contract import Where
from repositories.mongo.macs import CLAIMS, MAC, is_intact, mac_of
from repositories.mongo.recent import Recent
from repositories.mongo.sealing import SEALED_BY, Sealing
from repositories.records import Record, records_of
from repositories.tables import Table

E = TypeVar("E")
Client: TypeAlias = AsyncIOMotorClient[dict[str, Any]]
Database: TypeAlias = AsyncIOMotorDatabase[dict[str, Any]]
Session: TypeAlias = AsyncIOMotorClientSession
ChangeStream: TypeAlias = AsyncIOMotorChangeStream[dict[str, Any]]
ALTERED: Final = "was altered by other than this program"
UNREADABLE: Final = "cannot be read"
CODEC_OPTIONS: Final[CodecOptions[dict[str, Any]]] = CodecOptions(tz_aware=True, tzinfo=UTC)
AS_BYTES: Final[CodecOptions[RawBSONDocument]] = CodecOptions(document_class=RawBSONDocument)
RECEIPT: Final = "receipt"
"""What a document says of the transaction that stored it."""
REMEMBERED_MAX: Final = 16_384
REMEMBERED_BYTES_MAX: Final = 4_096
"""Of documents up to this size that many are remembered: forty megabytes or so, with the objects."""
_CLAIMS: Final = b"\x10" + CLAIMS.encode() + b"\0"
"""How the count of claims begins, a 32-bit integer; the server puts it last, with a zero byte behind."""


@dataclass(frozen=True, slots=True)
class Kept(Generic[E]):
    """An object as it is kept: under which key, and which receipt names it."""

    entity: E
    key: str
    receipt: str | None


class Documents:
    """Turns the tables' objects into documents and back."""

    def __init__(self, sealing: Sealing) -> None:
        """Prepare a converter that writes 64-bit integers, and seal by these keys."""
        self._records = records_of(Int64)
        self._sealing = sealing
        self._read: Recent[tuple[str, bytes], Kept[Any]] = Recent(REMEMBERED_MAX)

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

    def read(self, table: Table[E], raw: bytes) -> Kept[E]:
        """Give the object that a document's bytes say, the same one for the same bytes; claims do not count."""
        place = table.name, without_claims(raw)
        known = self._read.get(place)
        if known is None:
            document = bson.decode(raw, CODEC_OPTIONS)
            has_claims_last = next(reversed(document)) == CLAIMS
            key, receipt = document["_id"], document.get(RECEIPT)
            known = Kept(self.decode(table, document), key, receipt)
            if len(raw) <= REMEMBERED_BYTES_MAX and (has_claims_last or not seems_claimed(raw)):
                self._read.put(place, known)
        return known

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


def seems_claimed(raw: bytes) -> bool:
    """Tell whether a document ends like one that counts its claims; a text or a binary value may look so as well."""
    return raw[-13:-5] == _CLAIMS


def without_claims(raw: bytes) -> bytes:
    """Give the bytes between a document's length and its end, or the count of its claims."""
    return raw[4:-13] if seems_claimed(raw) else raw[4:-1]


def field_name(table: Table[E], attribute: str) -> str:
    """Give the name under which an attribute is kept."""
    return "_id" if attribute == table.key else attribute
