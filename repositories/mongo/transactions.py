"""The project's own transaction runner: snapshot in, majority out, conflicts run again, commits asked for until known.

The driver's own `with_transaction` is not used: Motor's never retries a commit. Errors fall into four classes:
transient (run the work again), ambiguous commit (ask again, then `OutcomeUnknown`), business (the work raised: roll
back, and let it out unchanged), bug (the same).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Final, TypeVar

from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo.errors import ConnectionFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import Primary
from pymongo.write_concern import WriteConcern

from repositories.errors import Contention, Duplicate, OutcomeUnknown, Unavailable
from repositories.mongo.documents import Client
from repositories.mongo.observing import COMMIT_RETRIES, RETRIES

T = TypeVar("T")
Session = AsyncIOMotorClientSession

DEADLINE_S: Final = 5.0
COMMIT_S: Final = 2.0
QUEUE_S: Final = 20.0
"""With the work's own deadline less than an operation may take, and enough for a hundred works on one account."""
COMMIT_TIMEOUT_MS: Final = 5_000
DUPLICATES_MAX: Final = 3
CONTENTION: Final = "too many concurrent changes of the same objects; try again"
BACKOFF_FIRST_S: Final = 0.005
BACKOFF_FACTOR: Final = 1.5
BACKOFF_MAX_S: Final = 0.5
TRANSIENT: Final = "TransientTransactionError"
UNKNOWN_COMMIT: Final = "UnknownTransactionCommitResult"


class Conflict(Exception):
    """A guarded value was not as read: run the work again."""


async def run_transaction(client: Client, queue: asyncio.Lock, work: Callable[[Session], Awaitable[T]]) -> T:
    """Run a work in one transaction, again after conflicts, until it is committed or the deadline has passed.

    The first attempt is made at once. Whoever loses a conflict joins the process's queue and goes on alone there, so
    that many works on one account take turns instead of undoing each other. A database that does not answer is no
    conflict: whoever waits for it stands in nobody's way, and nobody stands in the queue for longer than QUEUE_S.
    """
    deadline = time.monotonic() + DEADLINE_S
    async with await client.start_session() as session:
        try:
            return await _attempt(session, work, deadline)
        except (Duplicate, Conflict):
            pass
        except PyMongoError as error:
            if not error.has_error_label(TRANSIENT):
                raise
            if isinstance(error, ConnectionFailure):
                _require_time(error, deadline)
                RETRIES.inc()
                return await _until_done(session, work, deadline)
        RETRIES.inc()
        async with _turn(queue):
            return await _until_done(session, work, time.monotonic() + DEADLINE_S)


@asynccontextmanager
async def _turn(queue: asyncio.Lock) -> AsyncIterator[None]:
    """Wait for one's turn and have it until leaving; Contention if it does not come."""
    try:
        async with asyncio.timeout(QUEUE_S):
            await queue.acquire()
    except TimeoutError:
        raise Contention(CONTENTION) from None
    try:
        yield
    finally:
        queue.release()


async def _until_done(session: Session, work: Callable[[Session], Awaitable[T]], deadline: float) -> T:
    """Run a work until it is committed; a Duplicate a few times only.

    What was committed since the snapshot of the run before is visible to the next one, which can then answer for it.
    """
    for attempt in count():
        try:
            return await _attempt(session, work, deadline)
        except Duplicate:
            if attempt >= DUPLICATES_MAX:
                raise
        except Conflict:
            if time.monotonic() >= deadline:
                raise Contention(CONTENTION) from None
        except PyMongoError as error:
            if not error.has_error_label(TRANSIENT):
                raise
            _require_time(error, deadline)
        RETRIES.inc()
        await asyncio.sleep(_backoff_s(attempt))
    raise AssertionError


def _require_time(error: PyMongoError, deadline: float) -> None:
    """Give up once the deadline has passed: Unavailable if the database did not answer, Contention otherwise."""
    if time.monotonic() < deadline:
        return
    if isinstance(error, ConnectionFailure):
        message = "the database did not answer in time; nothing was written"
        raise Unavailable(message) from None
    raise Contention(CONTENTION) from None


def _backoff_s(attempt: int) -> float:
    longest = min(BACKOFF_FIRST_S * BACKOFF_FACTOR**attempt, BACKOFF_MAX_S)
    return random.uniform(0, longest)  # noqa: S311 - spreads retries, protects nothing


async def _attempt(session: Session, work: Callable[[Session], Awaitable[T]], deadline: float) -> T:
    session.start_transaction(
        read_concern=ReadConcern("snapshot"),
        write_concern=WriteConcern("majority"),
        read_preference=Primary(),
        max_commit_time_ms=COMMIT_TIMEOUT_MS,
    )
    try:
        result = await work(session)
    except BaseException:
        await _abort(session)
        raise
    await _commit(session, deadline)
    return result


async def _abort(session: Session) -> None:
    try:
        await session.abort_transaction()
    except PyMongoError:  # the server rolls back by itself what it does not hear of again
        return


async def _commit(session: Session, deadline: float) -> None:
    deadline = max(deadline, time.monotonic() + COMMIT_S)  # however long the work took, the commit gets its time
    attempt = 0
    while True:
        try:
            await session.commit_transaction()
        except PyMongoError as error:
            if not error.has_error_label(UNKNOWN_COMMIT):
                raise
            if time.monotonic() >= deadline:
                message = "the commit was not answered; ask for the outcome by idempotency key"
                raise OutcomeUnknown(message) from None
            COMMIT_RETRIES.inc()
            await asyncio.sleep(_backoff_s(attempt))
            attempt += 1
        else:
            return
