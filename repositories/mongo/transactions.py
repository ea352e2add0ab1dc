"""One transaction of a session: snapshot in, majority out, and a commit that is asked for until it is known.

The driver's own `with_transaction` is not used: Motor's never retries a commit, and PyMongo's runs no coroutines.
"""

from __future__ import annotations

import asyncio
import random
import time
from itertools import count
from typing import Final

from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import Primary
from pymongo.write_concern import WriteConcern

from repositories.errors import OutcomeUnknown
from repositories.mongo.observing import COMMIT_RETRIES
from repositories.mongo.threads import TRANSACTING

COMMIT_S: Final = 2.0
COMMIT_TIMEOUT_MS: Final = 5_000
BACKOFF_FIRST_S: Final = 0.005
BACKOFF_FACTOR: Final = 1.5
BACKOFF_MAX_S: Final = 0.5
UNKNOWN: Final = "the commit was not answered; ask for the outcome by idempotency key"
UNKNOWN_COMMIT: Final = "UnknownTransactionCommitResult"


def begin(session: ClientSession) -> None:
    """Begin a transaction; the server hears of it with the first command."""
    session.start_transaction(
        read_concern=ReadConcern("snapshot"),
        write_concern=WriteConcern("majority"),
        read_preference=Primary(),
        max_commit_time_ms=COMMIT_TIMEOUT_MS,
    )


async def abort(session: ClientSession) -> None:
    """Undo everything."""
    try:
        await TRANSACTING.call(session.abort_transaction)
    except PyMongoError:  # the server rolls back by itself what it does not hear of again
        return


def send_commit(session: ClientSession, deadline: float) -> float | None:
    """Commit, in a thread; give until when it is asked for again if its outcome is not known.

    That is the deadline, or COMMIT_S from now: however long the works took, the commit gets its time.
    """
    until = max(deadline, time.monotonic() + COMMIT_S)
    return None if _is_committed(session) else until


def _is_committed(session: ClientSession) -> bool:
    """Commit; False if the outcome is not known, and raises if nothing was committed."""
    try:
        session.commit_transaction()
    except PyMongoError as error:
        if not error.has_error_label(UNKNOWN_COMMIT):
            raise
        return False
    return True


async def require_committed(session: ClientSession, until: float | None) -> None:
    """Ask for a commit of unknown outcome again until it is answered; OutcomeUnknown if it is not by then."""
    if until is None:
        return
    for attempt in count():
        if time.monotonic() >= until:
            raise OutcomeUnknown(UNKNOWN) from None
        COMMIT_RETRIES.inc()
        await asyncio.sleep(backoff_s(attempt))
        if await TRANSACTING.call(_is_committed, session):
            return


def backoff_s(attempt: int) -> float:
    """Give how long to wait before trying again: longer each time, and never as long as somebody else."""
    longest = min(BACKOFF_FIRST_S * BACKOFF_FACTOR**attempt, BACKOFF_MAX_S)
    return random.uniform(0, longest)  # noqa: S311 - spreads retries, protects nothing
