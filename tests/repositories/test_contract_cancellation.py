"""A work is carried to its end whatever its caller does, and leaves nothing behind that hinders the next."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from repositories.contract import Storage, UnitOfWork
from repositories.errors import NestedTransaction
from tests.factories import make_person, make_wallet
from tests.repositories.storing import OVERLAP_S, PATIENCE_S, Boom, balance_of, deposit, store, stored

ONE = make_wallet()


async def test_a_work_is_carried_through_though_its_caller_goes_away(storage: Storage) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(uow: UnitOfWork) -> None:
        begun.set()
        await go_on.wait()
        uow.persons.add(make_person())

    caller = asyncio.create_task(storage.transact(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await stored(storage, make_person()) is None
    go_on.set()
    await eventually(lambda: stored(storage, make_person()))


async def test_works_go_on_after_a_caller_went_away(storage: Storage) -> None:
    await store(storage, ONE)
    callers = [asyncio.create_task(deposit(storage, ONE.id, 1)) for _ in range(3)]
    await asyncio.sleep(OVERLAP_S / 2)
    for caller in callers:
        caller.cancel()
    await asyncio.gather(*callers, return_exceptions=True)
    await asyncio.wait_for(deposit(storage, ONE.id, 1), PATIENCE_S)

    async def all_counted() -> bool:
        return await balance_of(storage, ONE.id) == 4

    await eventually(all_counted)


async def test_a_work_that_fails_after_its_caller_went_away_does_not_hinder_the_next(storage: Storage) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work(uow: UnitOfWork) -> None:
        uow.persons.add(make_person())
        begun.set()
        await go_on.wait()
        raise Boom

    caller = asyncio.create_task(storage.transact(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go_on.set()
    await asyncio.wait_for(store(storage, make_person("P0002")), PATIENCE_S)
    assert await stored(storage, make_person()) is None


async def test_a_transaction_in_a_task_of_a_work_is_refused_as_nested(storage: Storage) -> None:
    async def work(_uow: UnitOfWork) -> None:
        await asyncio.gather(store(storage, make_person()))

    with pytest.raises(NestedTransaction):
        await asyncio.wait_for(storage.transact(work), PATIENCE_S)
    assert await stored(storage, make_person()) is None


async def eventually(is_so: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await is_so():  # noqa: ASYNC110 - a storage in another process sets no asyncio.Event
            await asyncio.sleep(OVERLAP_S)
