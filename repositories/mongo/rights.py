"""What a database user may not do is said in a sentence, with who may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pymongo.errors import PyMongoError

from repositories.errors import Unsuitable

UNAUTHORIZED: Final = 13
NOT_PREPARED: Final = (
    "this database is not as this version needs it, and the user of WALLET_STORAGE_URL may not change that. Run "
    "`python -m api prepare` as a user that may (docs/operations.md)."
)
NO_ROLE: Final = (
    "the user of WALLET_STORAGE_URL may not look at what it needs to: it has not its role, or one of an earlier "
    "version (`python -m api database-roles`, docs/operations.md)."
)


def is_unauthorized(error: PyMongoError) -> bool:
    """Tell whether the server refused because of who asked."""
    cause = getattr(error, "cause", error)
    return getattr(cause, "code", None) == UNAUTHORIZED


@contextmanager
def changing_the_database() -> Iterator[None]:
    """Say who may make the database ready, where this user may not; Unsuitable then."""
    try:
        yield
    except PyMongoError as error:
        if is_unauthorized(error):
            raise Unsuitable(NOT_PREPARED) from None
        raise
