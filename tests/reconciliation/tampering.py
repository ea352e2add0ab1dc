"""Doing to a database what nobody should: past the program, as somebody would who can write to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bson.binary import Binary
from bson.int64 import Int64
from pymongo.database import Database

from repositories.mongo.macs import CLAIMS
from repositories.mongo.receipts import RECEIPTS
from repositories.tables import TABLES

Document = dict[str, Any]
Path = tuple[str | int, ...]
COLLECTIONS: Final = (*(table.name for table in TABLES), RECEIPTS)
ROLLED_BACK: Final = ("accounts", "transfers", "payments", "bills")
"""What changes when money moves; whatever else there is of it is only added to."""
APART: Final = frozenset({"_id", CLAIMS})
"""What identifies a document, and the count of claims, which is part of nothing."""


def leaves(value: object, path: Path = ()) -> Iterator[Path]:
    """Give the way to every value in a document that holds no others; an empty list counts as one."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if path or name not in APART:
                yield from leaves(inner, (*path, name))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path


def other_than(value: object) -> object:
    """Give another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return Int64(value + 1)
    if isinstance(value, datetime):
        return value + timedelta(milliseconds=1)
    if isinstance(value, Binary | bytes):
        return Binary(bytes([value[0] ^ 1]) + value[1:], getattr(value, "subtype", 0))
    if isinstance(value, list):
        return ["x"]
    return f"{value}x" if isinstance(value, str) else "x"


def at(value: Any, path: Path) -> Any:  # noqa: ANN401 - what a document holds
    """Give what a path leads to."""
    for step in path:
        value = value[step]
    return value


@dataclass(frozen=True)
class Tamperer:
    """Somebody who can write to the database."""

    database: Database[Document]

    def documents(self, collection: str) -> list[Document]:
        """Give what a collection holds."""
        return list(self.database[collection].find().sort("_id"))

    def put(self, collection: str, document: Document) -> None:
        """Put a document in the place of the one that has its id, or where none is."""
        self.database[collection].replace_one(
            {"_id": document["_id"]}, document, upsert=True, bypass_document_validation=True
        )

    def alter(self, collection: str, document: Document, path: Path) -> None:
        """Give one value of a document another one."""
        name = ".".join(str(step) for step in path)
        self.database[collection].update_one(
            {"_id": document["_id"]},
            {"$set": {name: other_than(at(document, path))}},
            bypass_document_validation=True,
        )

    def delete(self, collection: str, document: Document) -> None:
        """Take a document away."""
        self.database[collection].delete_one({"_id": document["_id"]})

    @contextmanager
    def undone(self, *collections: str) -> Iterator[None]:
        """Put everything back on leaving."""
        before = {name: self.documents(name) for name in collections}
        try:
            yield
        finally:
            for name, documents in before.items():
                self.database[name].delete_many({})
                if documents:
                    self.database[name].insert_many(documents, bypass_document_validation=True)

    def drop_unique_indexes(self) -> None:
        """Let twins be put in: who can write can do this first."""
        for name in COLLECTIONS:
            for index in list(self.database[name].list_indexes()):
                if index.get("unique"):
                    self.database[name].drop_index(index["name"])
