"""Watching, when the connection drops."""

import asyncio
from typing import Any

import pytest
from pymongo import MongoClient

from repositories.contract import Event, Storage, UnitOfWork
from repositories.errors import Unavailable
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


async def test_entering_while_the_database_does_not_answer_is_said_so(failing: Storage, fail: Fail) -> None:
    async with failing.watch():
        fail("alwaysOn", failCommands=["find"], errorCode=13)
        with pytest.raises(Unavailable):
            async with failing.watch():
                pass


async def test_who_comes_as_the_last_one_leaves_loses_nothing(failing: Storage) -> None:
    for n in range(5):
        async with failing.watch():
            coming = asyncio.create_task(hear_one(failing, f"watch-coming-{n}"))
            await asyncio.sleep(0)
        assert (await asyncio.wait_for(coming, 20)).entity == make_transfer(f"watch-coming-{n}")


async def hear_one(storage: Storage, key: str) -> Event:
    """Watch, add a transfer, and give the first event."""
    async with storage.watch() as events:
        await commit(storage, key)
        return await anext(events)


async def test_what_cannot_be_read_off_the_stream_is_told_as_lost(
    failing: Storage, failing_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with failing.watch() as events:
        with MongoClient[dict[str, Any]](failing_url) as client:
            client["failing"]["entries"].with_options().insert_one(
                {"_id": "strange", "secret": "王秀英"}, bypass_document_validation=True
            )
        with pytest.raises(Unavailable, match="lost"):
            await asyncio.wait_for(anext(events), 20)
    assert "王秀英" not in caplog.text
    with MongoClient[dict[str, Any]](failing_url) as client:
        client["failing"]["entries"].delete_one({"_id": "strange"})
