"""Every document says by a keyed hash that it was written by this program, whoever else can write to the database.

The hash is of the document as it is kept, sealed values in clear, so it outlasts every rotation of keys that seal.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Any, Final

import orjson
from bson.binary import Binary

from repositories.mongo.sealing import SEALED_BY
from repositories.records import Record
from repositories.tables import Table

MAC: Final = "mac"
CLAIMS: Final = "claims"
"""How often a document was claimed: counted by the server, and part of nothing."""
MAC_BYTES: Final = 16
_APART: Final = frozenset((MAC, CLAIMS, SEALED_BY))


def mac_of(key: bytes, table: Table[Any], record: Record) -> Binary:
    """Give the keyed hash of a document of that table, its sealed values in clear; TypeError for what none can hold."""
    said = {name: value for name, value in record.items() if name not in _APART}
    canonical = orjson.dumps([table.name, said], option=orjson.OPT_SORT_KEYS)
    return Binary(hmac.digest(key, canonical, sha256)[:MAC_BYTES])


def is_intact(key: bytes, table: Table[Any], record: Record) -> bool:
    """Tell whether a document is as this program wrote it."""
    try:
        expected = mac_of(key, table, record)
    except TypeError:
        return False
    given = record.get(MAC)
    return isinstance(given, bytes) and hmac.compare_digest(given, expected)
