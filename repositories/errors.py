"""What goes wrong in a storage, whichever it is; drivers' errors never come out as they are."""

from __future__ import annotations


class StorageError(Exception):
    """Something went wrong in the storage; nothing was written unless a subclass says otherwise."""


class Unstorable(StorageError):
    """The value cannot be kept: out of range, too precise, below a floor, or not as it was read. A bug."""


class Duplicate(StorageError):
    """Another object holds a key or a unique value; nothing was written."""

    def __init__(self, table: str, field: str) -> None:
        """Name where, never the value: it may be personal."""
        super().__init__(f"{table}.{field} is taken")
        self.table = table
        self.field = field


class Unsearchable(StorageError):
    """A condition names what the table neither keeps nor lists by. A bug."""


class NestedTransaction(StorageError):
    """A work tried to start another one; do both in the one unit of work."""


class Contention(StorageError):
    """Too many concurrent changes of the same objects within the time limit; nothing was written, try again."""


class Unavailable(StorageError):
    """The storage does not answer; nothing was written, try again later."""


class OutcomeUnknown(StorageError):
    """The commit was sent and not answered: it may have been carried out. Ask by idempotency key."""


class Unsuitable(StorageError):
    """The server cannot keep the promises of this contract; the text says how to mend it."""
