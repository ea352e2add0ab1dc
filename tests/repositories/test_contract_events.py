"""Events: watchers hear of what was committed to watched tables, once each, in the order of the commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from domain.transfers import cancel
from domain.wallets import wallet_id
from repositories.contract import EVENTS_MAX, Event, Storage, UnitOfWork
from repositories.errors import Unavailable
from tests.factories import make_entry, make_outcome, make_person, make_transfer, make_wallet
from tests.repositories.storing import PATIENCE_S, Boom, deposit, existing, following, store, stored

LAST = make_transfer("last")


def added(key: str) -> Event:
    return Event("transfers", make_transfer(key).id, make_transfer(key))


async def until_last(storage: Storage, events: AsyncIterator[Event]) -> list[Event]:
    """Give the events up to now, by way of a last one."""
    await store(storage, LAST)
    heard: list[Event] = []
    while added("last") not in heard:
        heard += await following(events, 1)
    return heard[:-1]


async def test_a_watcher_hears_of_what_was_added(storage: Storage) -> None:
    async with storage.watch() as events:
        await store(storage, make_transfer("key-1"))
        assert await following(events, 1) == [added("key-1")]


async def test_a_watcher_hears_of_what_was_saved(storage: Storage) -> None:
    transfer = make_transfer("key-1")
    await store(storage, transfer)

    async def work(uow: UnitOfWork) -> None:
        await uow.transfers.get(transfer.id)
        uow.transfers.save(cancel(transfer))

    async with storage.watch() as events:
        await storage.transact(work)
        assert await until_last(storage, events) == [Event("transfers", transfer.id, cancel(transfer))]


async def test_a_watcher_hears_of_every_object_of_a_work(storage: Storage) -> None:
    entries = [make_entry(seq=n) for n in (1, 2)]
    async with storage.watch() as events:
        await store(storage, *entries, make_transfer("key-1"))
        heard = await until_last(storage, events)
    assert len(heard) == 3
    assert set(heard) == {*(Event("entries", entry.id, entry) for entry in entries), added("key-1")}


async def test_events_come_in_the_order_of_the_commits(storage: Storage) -> None:
    keys = [f"key-{n}" for n in (3, 1, 4, 5, 2)]
    async with storage.watch() as events:
        for key in keys:
            await store(storage, make_transfer(key))
        assert await until_last(storage, events) == [added(key) for key in keys]


async def test_events_of_one_account_come_in_its_order_though_works_run_at_once(storage: Storage) -> None:
    await store(storage, make_wallet())

    async def post() -> None:
        async def work(uow: UnitOfWork) -> None:
            account = await existing(uow, wallet_id("P0001"))
            uow.accounts.save(replace(account, seq=account.seq + 1))
            uow.entries.add(make_entry(account.id, account.seq + 1))

        await storage.transact(work)

    async with storage.watch() as events:
        await asyncio.gather(*(post() for _ in range(6)))
        heard = await until_last(storage, events)
    assert heard == [Event("entries", make_entry(seq=n).id, make_entry(seq=n)) for n in range(1, 7)]


async def test_what_was_rolled_back_gives_no_event(storage: Storage) -> None:
    async def work(uow: UnitOfWork) -> None:
        uow.transfers.add(make_transfer("key-1"))
        await uow.transfers.find({}, 5)
        raise Boom

    async with storage.watch() as events:
        with pytest.raises(Boom):
            await storage.transact(work)
        assert await until_last(storage, events) == []


async def test_what_was_discarded_gives_no_event(storage: Storage) -> None:
    async def work(uow: UnitOfWork) -> None:
        uow.transfers.add(make_transfer("key-1"))
        uow.discard()

    async with storage.watch() as events:
        await storage.transact(work)
        assert await until_last(storage, events) == []


async def test_what_was_only_touched_or_saved_as_it_was_gives_no_event(storage: Storage) -> None:
    transfers = [make_transfer(f"key-{n}") for n in range(3)]
    await store(storage, *transfers)

    async def work(uow: UnitOfWork) -> None:
        await uow.transfers.get_many([transfer.id for transfer in transfers])
        uow.transfers.touch(transfers[0].id)
        uow.transfers.save(transfers[1])
        uow.transfers.touch(transfers[2].id)
        uow.transfers.save(transfers[2])

    async with storage.watch() as events:
        await storage.transact(work)
        assert await until_last(storage, events) == []


async def test_tables_that_are_not_watched_give_no_event(storage: Storage) -> None:
    async with storage.watch() as events:
        await store(storage, make_person(), make_outcome(), make_wallet())
        await deposit(storage, wallet_id("P0001"), 1)
        assert await until_last(storage, events) == []


async def test_what_was_committed_before_is_not_heard_of(storage: Storage) -> None:
    await store(storage, make_transfer("key-1"))
    async with storage.watch() as events:
        assert await until_last(storage, events) == []


async def test_two_watchers_hear_the_same(storage: Storage) -> None:
    async with storage.watch() as one, storage.watch() as two:
        await store(storage, make_transfer("key-1"))
        await store(storage, make_transfer("key-2"))
        expected = [added("key-1"), added("key-2")]
        assert await following(one, 2) == expected
        assert await following(two, 2) == expected


async def test_a_watcher_that_left_does_not_keep_others_from_hearing(storage: Storage) -> None:
    async with storage.watch() as staying:
        async with storage.watch():
            await store(storage, make_transfer("key-1"))
        await store(storage, make_transfer("key-2"))
        assert await following(staying, 2) == [added("key-1"), added("key-2")]


async def test_many_watchers_hear_the_same_and_keep_nobody_waiting(storage: Storage) -> None:
    async with AsyncExitStack() as watching:
        watchers = [await watching.enter_async_context(storage.watch()) for _ in range(30)]
        hearing = [asyncio.create_task(following(events, 1)) for events in watchers]
        await asyncio.sleep(0.05)
        async with asyncio.timeout(2):
            for n in range(5):
                await store(storage, make_person(f"P{n}"))
        await store(storage, make_transfer("key-1"))
        assert await asyncio.gather(*hearing) == [[added("key-1")]] * 30


async def test_a_watcher_may_wait_before_anything_happens(storage: Storage) -> None:
    async with storage.watch() as events:
        waiting = asyncio.create_task(following(events, 1))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await store(storage, make_transfer("key-1"))
        assert await asyncio.wait_for(waiting, PATIENCE_S) == [added("key-1")]


async def test_a_watcher_may_be_cancelled_while_it_waits(storage: Storage) -> None:
    async def listen() -> None:
        async with storage.watch() as events:
            await following(events, 1)

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.05)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    await store(storage, make_transfer("key-1"))


async def test_what_an_event_names_can_be_read(storage: Storage) -> None:
    async with storage.watch() as events:
        await store(storage, make_transfer("key-1"))
        [event] = await following(events, 1)
        assert await storage.read().transfers.get(event.key) == await stored(storage, make_transfer("key-1"))


async def test_a_watcher_hears_of_what_it_wants_only(storage: Storage) -> None:
    wanted = added("key-2")
    async with storage.watch(lambda event: event in (wanted, added("last"))) as events:
        await store(storage, make_transfer("key-1"), make_entry())
        await store(storage, make_transfer("key-2"))
        assert await until_last(storage, events) == [wanted]


async def test_a_watcher_that_falls_behind_is_told_what_to_do(storage: Storage) -> None:
    async with (
        storage.watch(lambda event: event.table == "entries") as slow,
        storage.watch(added("last").__eq__) as quick,
    ):
        await store(storage, *(make_entry(seq=n) for n in range(1, EVENTS_MAX + 3)))
        assert await until_last(storage, quick) == []
        assert len(await following(slow, EVENTS_MAX)) == EVENTS_MAX
        with pytest.raises(Unavailable, match="watch anew"):
            await following(slow, 1)
