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

from domain.transfers import Transfer
from repositories.contract import AnyOf, AtMost, Condition, Contention, Duplicate, Reader, Storage, Unstorable, Where
from services.transfers import settle_transfer

logger = logging.getLogger(__name__)

BATCH: Final = 100


async def settle_all(storage: Storage, now: datetime) -> int:
    """Settle every transfer that is due, and give their number; one that fails is logged and left for later."""
    settled = 0
    failed: set[str] = set()
    while True:
        found = await storage.read().transfers.find({"due_at": AtMost(now)}, BATCH + len(failed))
        due = [transfer.id for transfer in found if transfer.id not in failed]
        if not due:
            return settled
        for transfer_id in due:
            try:
                await _settle(storage, now, transfer_id)
            except (Contention, Duplicate, Unstorable, LookupError, ValueError) as error:
                logger.error("transfer %s cannot be settled: %s", transfer_id, type(error).__name__)  # noqa: TRY400
                failed.add(transfer_id)
            else:
                settled += 1


async def settle_of(storage: Storage, reader: Reader, now: datetime, person_nos: Collection[str]) -> int:
    """Settle what is due of these persons, as payers or payees, and give the number of transfers."""
    settled = 0
    while person_nos and (due := await _due(reader, now, person_nos)):
        for transfer in due:
            await _settle(storage, now, transfer.id)
        settled += len(due)
    return settled


async def _due(reader: Reader, now: datetime, person_nos: Collection[str]) -> list[Transfer]:
    parties = sorted(set(person_nos))
    condition: Condition = parties[0] if len(parties) == 1 else AnyOf(tuple(parties))
    where: Where = {"pending_of": condition, "due_at": AtMost(now)}
    return await reader.transfers.find(where, BATCH)


async def _settle(storage: Storage, now: datetime, transfer_id: str) -> None:
    await storage.transact(lambda uow: settle_transfer(uow, now, transfer_id))
