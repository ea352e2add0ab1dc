"""A server settles what is due by itself, whether anybody looks or not (R18, R21)."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from domain.ledger import NO_ENTRY, Account
from domain.transfers import Transfer, TransferStatus
from repositories.contract import Storage
from tests.clients import NOON, Server, running_server
from tests.factories import make_transfer
from tests.repositories.storing import store, stored

PATIENCE_S = 10
EVERY_S = 0.05


@pytest.fixture
async def settling(storage: Storage, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """Give a running server whose job runs all the time; tests that ask for it run once for each backend."""
    keys = tmp_path_factory.mktemp("keys")
    async with running_server(storage, keys, policy="national", settle_every_s=EVERY_S) as running:
        yield running


async def stored_transfer(server: Server, transfer: dict[str, Any]) -> Transfer:
    """Give what is stored of a transfer: looking there settles nothing."""
    found = await server.storage.read().transfers.find_one({"number": transfer["number"]})
    assert found is not None
    return found


async def stored_account(server: Server, account_id: str) -> Account:
    """Give what is stored of an account, but for the hash of its last entry."""
    found = await server.storage.read().accounts.get(account_id)
    assert found is not None
    return replace(found, head=NO_ENTRY)


async def settled(server: Server, transfer: dict[str, Any]) -> Transfer:
    """Wait until a transfer is stored as one that waits for nobody, and give it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await stored_transfer(server, transfer)
            if not found.is_pending():
                return found
            await asyncio.sleep(0.02)


async def test_what_nobody_accepted_goes_back_by_itself(settling: Server) -> None:
    """R21."""
    father = settling.person("P0001")
    before = await stored_account(settling, "wallet:P0001")
    transfer = await father.give("P0004", "CHILD", "150.00", source="WALLET")
    assert (await stored_account(settling, "wallet:P0001")).held == 15_000
    settling.clock.now = datetime.fromisoformat(transfer["expiresAt"])
    assert (await settled(settling, transfer)).status is TransferStatus.RETURNED
    assert await stored_account(settling, "wallet:P0001") == replace(before, seq=before.seq + 1)


async def test_what_nobody_verified_expires_by_itself(settling: Server) -> None:
    """R18."""
    transfer = (await settling.person("P0001").apply("P0004", "CHILD", "1.00"))["transfer"]
    settling.clock.advance(minutes=30)
    assert (await settled(settling, transfer)).status is TransferStatus.EXPIRED


async def test_what_is_not_due_is_left_while_others_are_settled(settling: Server) -> None:
    """R18, R21."""
    father = settling.person("P0001")
    waiting = await father.give("P0004", "CHILD", "1.00")
    applied = (await father.apply("P0002", "SPOUSE", "1.00"))["transfer"]
    settling.clock.advance(minutes=30)
    await settled(settling, applied)
    assert (await stored_transfer(settling, waiting)).status is TransferStatus.PENDING_ACCEPTANCE


async def test_the_job_and_everybody_who_looks_give_back_once(settling: Server) -> None:
    """R20, R21."""
    father, daughter = settling.person("P0001"), settling.person("P0004")
    transfer = await father.give("P0004", "CHILD", "150.00", source="WALLET")
    settling.clock.now = datetime.fromisoformat(transfer["expiresAt"])
    await asyncio.gather(*(caller.balances() for caller in (father, daughter) * 5), settled(settling, transfer))
    kinds = [entry["kind"] for entry in await father.statement()]
    assert kinds == ["TRANSFER_RETURNED", "TRANSFER_IN"]


async def test_one_that_cannot_be_settled_does_not_stop_the_job(
    settling: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """R20, R21: nothing is held for it, which nothing but a fault can bring about."""
    applied = make_transfer(created_at=NOON)
    broken = replace(applied, status=TransferStatus.PENDING_ACCEPTANCE, verified_at=NOON)
    await store(settling.storage, broken)
    father = settling.person("P0003")
    with caplog.at_level(logging.ERROR, "services.settlement"):
        for number in range(2):
            transfer = (await father.apply("P0007", "CHILD", "1.00", idempotencyKey=f"k{number}"))["transfer"]
            settling.clock.advance(days=1)
            await settled(settling, transfer)
    assert await stored(settling.storage, broken) == broken
    assert set(caplog.messages) == {f"transfer {broken.id} cannot be settled: ValueError"}
