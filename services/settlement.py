"""What time has done to transfers, done: overdue applications expire, and what nobody accepted goes back (R18, R21).

A job does it for all, in every process; whoever looks at a person's money has that person's done first, so that
nobody ever sees an overdue transfer as pending. Each transfer is settled in a transaction of its own, which looks
again: who comes second finds it done.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime
from typing import Final

from repositories.contract import AnyOf, AtMost, Condition, Contention, Duplicate, Reader, Storage, Unstorable, Where
from services.transfers import settle_transfer

logger = logging.getLogger(__name__)

BATCH: Final = 100


async def settle_all(storage: Storage, now: datetime) -> int:
    """Settle every transfer that is due, and give their number; what cannot be settled now is left for later."""
    settled = 0
    failed: set[str] = set()
    while True:
        found = await storage.read().transfers.find({"due_at": AtMost(now)}, BATCH + len(failed))
        due = [transfer.id for transfer in found if transfer.id not in failed]
        if not due:
            return settled
        for transfer_id in due:
            try:
                done = await _settle(storage, now, transfer_id)
            except Contention:
                done = False
            if done:
                settled += 1
            else:
                failed.add(transfer_id)


async def settle_of(storage: Storage, reader: Reader, now: datetime, person_nos: Collection[str]) -> int:
    """Settle what is due of these persons, as payers or payees, and give the number of transfers.

    One that cannot be settled does not keep its parties from everything else.
    """
    settled = 0
    failed: set[str] = set()
    while person_nos:
        found = await reader.transfers.find(_due_of(now, person_nos), BATCH + len(failed))
        due = [transfer.id for transfer in found if transfer.id not in failed]
        if not due:
            break
        for transfer_id in due:
            if await _settle(storage, now, transfer_id):
                settled += 1
            else:
                failed.add(transfer_id)
    return settled


def _due_of(now: datetime, person_nos: Collection[str]) -> Where:
    parties = sorted(person_nos)
    condition: Condition = parties[0] if len(parties) == 1 else AnyOf(tuple(parties))
    return {"pending_of": condition, "due_at": AtMost(now)}


async def _settle(storage: Storage, now: datetime, transfer_id: str) -> bool:
    """Settle a transfer; a bug is logged, and the transfer left as it is."""
    try:
        await storage.transact(lambda uow: settle_transfer(uow, now, transfer_id))
    except (Duplicate, Unstorable, LookupError, ValueError) as error:
        logger.error("transfer %s cannot be settled: %s", transfer_id, type(error).__name__)  # noqa: TRY400
        return False
    return True
