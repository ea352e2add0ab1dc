"""The driver's errors become the contract's; nothing of their own text comes out, for it may hold whole documents."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from pymongo.errors import BulkWriteError, ConnectionFailure, PyMongoError

from repositories.errors import Duplicate, StorageError, Unavailable, Unstorable
from repositories.tables import Table

DUPLICATE_KEY: Final = 11000
VALIDATION_FAILED: Final = 121
NOT_NOW: Final = {6, 7, 89, 134, 262, 9001}
"""What a server says that cannot serve just now and that the driver does not count as a lost connection: it cannot
reach another one, or was elected so lately that no majority has anything yet."""
NOT_KEPT: Final = {239, 246}
"""What a server says of a moment that it has not kept for so long."""
NOT_KEPT_SO_LONG: Final = (
    "the database has not kept that moment for so long as it took: raise its minSnapshotHistoryWindowInSeconds, or "
    "read a restored backup"
)

logger = logging.getLogger(__name__)


@contextmanager
def translated_errors(table: Table[Any] | None) -> Iterator[None]:
    """Turn the driver's errors into the contract's; those that a transaction retries pass unchanged inside it.

    The driver's own text may hold whole documents, so nothing of it is chained.
    """
    name = table.name if table is not None else "storage"
    try:
        yield
    except BulkWriteError as error:
        raise _bulk_error(name, table, error) from None
    except PyMongoError as error:
        if table is not None and error.has_error_label("TransientTransactionError"):
            raise
        code = getattr(error, "code", None)
        if isinstance(error, ConnectionFailure) or code in NOT_NOW:
            message = "the database does not answer"
            raise Unavailable(message) from None
        if code in NOT_KEPT:
            raise Unavailable(NOT_KEPT_SO_LONG) from None
        message = f"{name}: {type(error).__name__} {code}"
        logger.error("%s", message)  # noqa: TRY400 - the driver's own text may be personal
        raise StorageError(message) from None


def _bulk_error(name: str, table: Table[Any] | None, error: BulkWriteError) -> Exception:
    if error.has_error_label("TransientTransactionError"):
        return error
    problem: dict[str, Any] = next(iter(error.details.get("writeErrors", [])), {})
    if problem.get("code") == DUPLICATE_KEY:
        field = next(iter(problem.get("keyPattern", {"_id": 1})))
        return Duplicate(name, table.key if table is not None and field == "_id" else field)
    if problem.get("code") == VALIDATION_FAILED:
        return Unstorable(f"{name}: the server's validator refused the document")
    return StorageError(f"{name}: write error {problem.get('code')}")
