"""What time has done to transfers, done: overdue applications expire, and what nobody accepted goes back (R18, R21).

A job does it for all, in every process; whoever looks at a person's money has that person's done first, so that
nobody ever sees an overdue transfer as pending. Each transfer is settled in a transaction of its own, which looks
again: who comes second finds it done.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Final, TypeVar

from repositories.contract import AnyOf, AtMost, Condition, Reader, Storage, UnitOfWork, Where
from repositories.errors import Contention, Duplicate, Unstorable
from services.transfers import settle_transfer

logger = logging.getLogger(__name__)

BATCH: Final = 100
ENOUGH: Final = 2
"""To see whether any is due beside the one that the work itself may have changed by then."""
T = TypeVar("T")


class Overdue(Exception):
    """Something is due of the person whose work it is."""


async def settle_all(storage: Storage, now: datetime, go_on: Callable[[], bool] = lambda: True) -> int:
    """Settle every transfer that is due while it may `go_on`, and give the number of those settled here.

    What cannot be settled now is left for later. Each process goes through what is due in an order of its own, so that
    they do not meet at every transfer.
    """
    settled = 0
    failed: set[str] = set()
    while due := await _due(storage.read(), {"due_at": AtMost(now)}, failed):
        random.shuffle(due)
        for transfer_id in due:
            if not go_on():
                return settled
            try:
                settled += await _settle(storage, now, transfer_id, failed)
            except Contention:
                failed.add(transfer_id)
    return settled


async def settle_of(storage: Storage, reader: Reader, now: datetime, person_nos: Collection[str]) -> int:
    """Settle what is due of these persons, as payers or payees, and give the number of transfers that were due.

    One that cannot be settled does not keep its parties from everything else. Raises Contention: try again.
    """
    seen = 0
    failed: set[str] = set()
    while person_nos and (due := await _due(reader, _of(person_nos, now), failed)):
        for transfer_id in due:
            await _settle(storage, now, transfer_id, failed)
        seen += len(due)
    return seen


async def unless_due(uow: UnitOfWork, now: datetime, person_no: str, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    """Run a work of somebody of whom nothing is due; Overdue, whatever else is wrong, if something is: settle it first.

    Both are looked up at the same time, for hardly ever is anything due.
    """
    due, result = await asyncio.gather(
        uow.transfers.find(_of([person_no], now), ENOUGH), work(uow), return_exceptions=True
    )
    if isinstance(due, BaseException):
        raise due
    if due:
        raise Overdue
    if isinstance(result, BaseException):
        raise result
    return result


def _of(person_nos: Collection[str], now: datetime) -> Where:
    parties = sorted(person_nos)
    condition: Condition = parties[0] if len(parties) == 1 else AnyOf(tuple(parties))
    return {"pending_of": condition, "due_at": AtMost(now)}


async def _due(reader: Reader, where: Where, failed: Collection[str]) -> list[str]:
    found = await reader.transfers.some(where, BATCH + len(failed))
    return [transfer.id for transfer in found if transfer.id not in failed]


async def _settle(storage: Storage, now: datetime, transfer_id: str, failed: set[str]) -> bool:
    """Settle a transfer, and tell whether it was done here; a bug is logged, and the transfer left as it is."""
    try:
        return await storage.transact(lambda uow: settle_transfer(uow, now, transfer_id))
    except (Duplicate, Unstorable, LookupError, ValueError) as error:
        logger.error("transfer %s cannot be settled: %s", transfer_id, type(error).__name__)  # noqa: TRY400
        failed.add(transfer_id)
        return False
