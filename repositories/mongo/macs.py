"""Every document says by a keyed hash that it was written by this program, whoever else can write to the database.

The hash is of the document as it is kept, sealed values in clear, so it outlasts every rotation of keys that seal.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import bson
from bson.binary import Binary
from bson.errors import InvalidDocument
from bson.int64 import Int64

from repositories.mongo.sealing import SEALED_BY
from repositories.records import Record

MAC: Final = "mac"
CLAIMS: Final = "claims"
"""How often a document was claimed: counted by the server, and part of nothing."""
MAC_BYTES: Final = 16
_APART: Final = frozenset((MAC, CLAIMS, SEALED_BY))
_PLAIN: Final = frozenset((str, Int64, datetime, bool, type(None)))


def mac_of(key: bytes, collection: str, record: Record) -> Binary:
    """Give the keyed hash of a collection's document, sealed values in clear."""
    said = {name: value if type(value := record[name]) in _PLAIN else _in_order(value) for name in _said(tuple(record))}
    hashing = _hashing(key).copy()
    hashing.update(bson.encode({collection: said}))
    return Binary(hashing.digest()[:MAC_BYTES])


@lru_cache(maxsize=8)
def _hashing(key: bytes) -> hmac.HMAC:
    """Begin a hash by that key; it is gone on with in a copy."""
    return hmac.new(key, digestmod="sha256")


@lru_cache(maxsize=1_024)
def _said(names: tuple[str, ...]) -> tuple[str, ...]:
    """Give the names that are hashed, in order; documents of one kind have the same ones."""
    return tuple(name for name in sorted(names) if name not in _APART)


def _in_order(value: Any) -> Any:  # noqa: ANN401 - what a document holds
    """Sort what is named: BSON says the type of each value, but keeps names in whatever order they come."""
    if type(value) in _PLAIN:  # most are
        return value
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value)}
    return [_in_order(each) for each in value] if isinstance(value, list | tuple) else value


def is_intact(key: bytes, collection: str, record: Record) -> bool:
    """Tell whether a document is as this program wrote it."""
    try:
        expected = mac_of(key, collection, record)
    except (InvalidDocument, TypeError, OverflowError):
        return False
    given = record.get(MAC)
    return isinstance(given, bytes) and hmac.compare_digest(given, expected)
