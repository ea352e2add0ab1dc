"""What goes wrong while a request is carried out, and what must come of it all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Any, Final
from unittest.mock import patch

from repositories.contract import UnitOfWork
from repositories.errors import OutcomeUnknown
from repositories.mongo import groups, transactions
from tests.model.driver import Done, Driver, Work
from tests.model.requests import Answer, Request
from tests.repositories.storing import PATIENCE_S, Boom

Fail = Callable[..., None]
"""Tells a server to fail: `fail({"times": 1}, failCommands=["find"], closeConnection=True)`."""


class Fault(StrEnum):
    """What goes wrong; where there is no server to fail, its faults are reruns."""

    NONE = "none"
    RERUN = "the work is run, thrown away, and run again"
    CRASH = "the process fails between the work's last write and the commit"
    CANCELLED = "the caller goes away while the work is running"
    UNKNOWN = "the commit is carried out and never answered, so the caller asks again"
    CONFLICT = "the server reports a conflict"
    READ_LOST = "the connection is lost while reading"
    COMMIT_FAILED = "the commit is not carried out, twice"
    ANSWER_LOST = "the commit is carried out and reported as failed"


COMMIT: Final = ["commitTransaction"]
NOT_REPLICATED: Final[dict[str, Any]] = {"code": 64, "errmsg": "timed out", "errInfo": {"wtimeout": True}}
CONFLICTS: Final = {"errorCode": 112, "errorLabels": ["TransientTransactionError"]}
TELL: Final[dict[Fault, tuple[int, dict[str, Any]]]] = {
    Fault.CONFLICT: (2, {"failCommands": ["insert", "update"], **CONFLICTS}),
    Fault.READ_LOST: (1, {"failCommands": ["find"], "closeConnection": True}),
    Fault.COMMIT_FAILED: (2, {"failCommands": COMMIT, "errorCode": 50}),
    Fault.ANSWER_LOST: (1, {"failCommands": COMMIT, "writeConcernError": NOT_REPLICATED}),
}
"""What the server is told for each fault, and how often it is to fail."""
SOON_S: Final = 0.02
"""When nobody waits for a commit any more."""


async def perform(driver: Driver, request: Request, fault: Fault, fail: Fail | None) -> Answer | None:
    """Have a request carried out while that goes wrong; None where nobody gets an answer."""
    if fail is not None and fault in TELL:
        times, what = TELL[fault]
        with _failing(fail, {"times": times}, **what):
            return await driver.perform(request)
    match fault:
        case Fault.NONE:
            return await driver.perform(request)
        case Fault.CRASH:
            with suppress(Boom):
                await driver.perform(request, failing)
            return None
        case Fault.CANCELLED:
            await _cancelled(driver, request)
            return None
        case Fault.UNKNOWN:
            await _unanswered(driver, request, fail)
            return await driver.perform(request)
        case _:
            for _ in range(2):
                with suppress(Boom):
                    await driver.perform(request, failing)
            return await driver.perform(request)


@contextmanager
def _failing(fail: Fail, mode: object, **what: object) -> Iterator[None]:
    fail(mode, **what)
    try:
        yield
    finally:
        fail("off")


async def _unanswered(driver: Driver, request: Request, fail: Fail | None) -> None:
    """Have a request carried out, and hear nothing of it."""
    if fail is None:
        await driver.perform(request)
        return
    with (
        patch.object(groups, "DEADLINE_S", SOON_S),
        patch.object(transactions, "COMMIT_S", SOON_S),
        _failing(fail, "alwaysOn", failCommands=COMMIT, writeConcernError=NOT_REPLICATED),
        suppress(OutcomeUnknown),
    ):
        await driver.perform(request)


def failing(work: Work) -> Work:
    """Let the work do all it does, then fail."""

    async def fails(uow: UnitOfWork) -> Done:
        await work(uow)
        raise Boom

    return fails


async def _cancelled(driver: Driver, request: Request) -> None:
    """Go away as soon as the work has begun, and wait until it is carried through."""
    began = asyncio.Event()

    def telling(work: Work) -> Work:
        async def tells(uow: UnitOfWork) -> Done:
            began.set()
            await asyncio.sleep(0)
            return await work(uow)

        return tells

    others = asyncio.all_tasks()
    caller = asyncio.create_task(driver.perform(request, telling))
    async with asyncio.timeout(PATIENCE_S):
        await began.wait()
    caller.cancel()
    with suppress(asyncio.CancelledError):
        await caller
    if left := asyncio.all_tasks() - others:
        await asyncio.wait(left)
