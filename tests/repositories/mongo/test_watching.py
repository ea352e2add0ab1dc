"""Watching, when the connection drops."""

import asyncio

import pytest

from repositories.contract import Event, Storage, Unavailable, UnitOfWork
from repositories.mongo.watching import HISTORY_LOST
from tests.factories import make_transfer
from tests.repositories.mongo.conftest import Fail


async def commit(storage: Storage, key: str) -> Event:
    """Add a transfer and give the event that tells of it."""
    transfer = make_transfer(key)

    async def work(uow: UnitOfWork) -> None:
        if await uow.transfers.get(transfer.id) is None:
            uow.transfers.add(transfer)

    await storage.transact(work)
    return Event("transfers", transfer.id, transfer)


async def test_a_dropped_connection_loses_no_event(failing: Storage, fail: Fail) -> None:
    async with failing.watch() as events:
        first = await commit(failing, "watch-1")
        assert await asyncio.wait_for(anext(events), 10) == first
        fail({"times": 3}, failCommands=["getMore", "aggregate"], closeConnection=True)
        second = await commit(failing, "watch-2")
        assert await asyncio.wait_for(anext(events), 20) == second


async def test_a_server_that_cannot_be_watched_is_said_so(failing: Storage, fail: Fail) -> None:
    fail("alwaysOn", failCommands=["aggregate"], errorCode=13)
    with pytest.raises(Unavailable):
        async with failing.watch():
            pass


async def test_a_watcher_is_told_when_events_were_lost(failing: Storage, fail: Fail) -> None:
    async with failing.watch() as events:
        first = await commit(failing, "watch-3")
        assert await asyncio.wait_for(anext(events), 10) == first
        fail({"times": 1}, failCommands=["getMore"], errorCode=HISTORY_LOST)
        with pytest.raises(Unavailable, match="lost"):
            await asyncio.wait_for(anext(events), 20)
    async with failing.watch() as anew:
        second = await commit(failing, "watch-4")
        assert await asyncio.wait_for(anext(anew), 20) == second
