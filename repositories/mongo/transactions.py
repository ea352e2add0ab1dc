"""One transaction of a session: snapshot in, majority out, and a commit that is asked for until it is known.

The driver's own `with_transaction` is not used: Motor's never retries a commit.
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


def send_commit(session: ClientSession) -> PyMongoError | None:
    """Commit, in a thread, and give what went wrong if the outcome is not known; raises if nothing was committed."""
    try:
        session.commit_transaction()
    except PyMongoError as error:
        if not error.has_error_label(UNKNOWN_COMMIT):
            raise
        return error
    return None


async def require_committed(session: ClientSession, unknown: PyMongoError | None, deadline: float) -> None:
    """Ask for the commit again until it is answered; OutcomeUnknown if that is not by the deadline, or in COMMIT_S."""
    deadline = max(deadline, time.monotonic() + COMMIT_S)  # however long the works took, the commit gets its time
    for attempt in count():
        if unknown is None:
            return
        if time.monotonic() >= deadline:
            message = "the commit was not answered; ask for the outcome by idempotency key"
            raise OutcomeUnknown(message) from None
        COMMIT_RETRIES.inc()
        await asyncio.sleep(backoff_s(attempt))
        unknown = await TRANSACTING.call(send_commit, session)


def backoff_s(attempt: int) -> float:
    """Give how long to wait before trying again: longer each time, and never as long as somebody else."""
    longest = min(BACKOFF_FIRST_S * BACKOFF_FACTOR**attempt, BACKOFF_MAX_S)
    return random.uniform(0, longest)  # noqa: S311 - spreads retries, protects nothing
