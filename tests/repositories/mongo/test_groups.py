"""Works that share a transaction in MongoDB: kept together, judged apart."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from domain.money import Fen
from repositories.contract import Storage, UnitOfWork
from repositories.errors import Duplicate, Unstorable
from repositories.factory import open_storage
from repositories.mongo.groups import Groups
from repositories.mongo.local import in_database
from repositories.mongo.savepoints import Result, Work
from tests.factories import make_kinship, make_outcome, make_person, make_wallet
from tests.keys import KEYS
from tests.repositories.storing import Boom, balance_of, deposit, existing, store, stored

DATABASE = "groups"
WALLET = make_wallet("P0001")
who: ContextVar[int] = ContextVar("who")


@pytest.fixture
async def grouping(mongod: Path, mongodb_url: str) -> AsyncIterator[Storage]:
    """Give a storage on an empty database of its own."""
    del mongod
    with MongoClient[dict[str, Any]](mongodb_url) as client:
        client.drop_database(DATABASE)
    opened = open_storage(in_database(mongodb_url, DATABASE), KEYS.master)
    await opened.prepare()
    yield opened
    await opened.close()


def receipts_of(url: str, collection: str) -> set[str]:
    """Name the transactions that stored what is there."""
    with MongoClient[dict[str, Any]](url) as client:
        return set(client[DATABASE][collection].distinct("receipt"))


async def keep(uow: UnitOfWork, key: str) -> None:
    """Store an outcome under that key."""
    uow.outcomes.add(make_outcome(key))


async def test_works_that_come_together_share_a_transaction(grouping: Storage, mongodb_url: str) -> None:
    await asyncio.gather(*(grouping.transact(partial(keep, key=f"key-{n}")) for n in range(50)))
    assert await grouping.read().outcomes.count({}) == 50
    assert len(receipts_of(mongodb_url, "outcomes")) == 1


async def test_no_more_than_sixty_four_share_one(grouping: Storage, mongodb_url: str) -> None:
    await asyncio.gather(*(grouping.transact(partial(keep, key=f"key-{n}")) for n in range(130)))
    assert len(receipts_of(mongodb_url, "outcomes")) == 3


async def test_one_that_raises_leaves_nothing_and_spoils_nobody(grouping: Storage, mongodb_url: str) -> None:
    async def fail(uow: UnitOfWork) -> None:
        await keep(uow, "boom")
        raise Boom

    works = [grouping.transact(partial(keep, key="one")), grouping.transact(fail)]
    told = await asyncio.gather(*works, grouping.transact(partial(keep, key="two")), return_exceptions=True)
    assert [type(each) for each in told] == [type(None), Boom, type(None)]
    assert await stored(grouping, make_outcome("boom")) is None
    assert len(receipts_of(mongodb_url, "outcomes")) == 1


async def test_works_on_one_account_are_carried_out_in_the_order_they_came_in(grouping: Storage) -> None:
    await store(grouping, WALLET)

    async def count(uow: UnitOfWork) -> int:
        account = await existing(uow, WALLET.id)
        uow.accounts.save(replace(account, seq=account.seq + 1))
        return account.seq

    assert await asyncio.gather(*(grouping.transact(count) for _ in range(30))) == list(range(30))


async def test_a_work_finds_what_one_before_it_stored_also_by_a_query(grouping: Storage) -> None:
    tie = make_kinship()
    assert tie.active_pair is not None
    pair = tie.active_pair

    async def declare(uow: UnitOfWork) -> bool:
        if await uow.kinships.find_one({"active_pair": pair}) is not None:
            return False
        uow.kinships.add(replace(tie, id=f"{tie.id}-{who.get()}"))
        return True

    async def declared(number: int) -> bool:
        who.set(number)
        return await grouping.transact(declare)

    assert await asyncio.gather(*map(declared, range(10))) == [True] + [False] * 9
    assert await grouping.read().kinships.count({}) == 1


async def test_what_cannot_be_kept_is_refused_to_whoever_wrote_it_and_to_nobody_else(grouping: Storage) -> None:
    async def overdraw(uow: UnitOfWork) -> None:
        uow.accounts.add(replace(make_wallet("P0002"), balance=Fen(-1)))

    works = [grouping.transact(partial(keep, key=f"key-{n}")) for n in range(20)]
    told = await asyncio.gather(*works[:7], grouping.transact(overdraw), *works[7:], return_exceptions=True)
    assert [type(each) for each in told] == [type(None)] * 7 + [Unstorable] + [type(None)] * 13
    assert await grouping.read().outcomes.count({}) == 20


async def test_of_two_that_claim_one_value_without_looking_one_is_a_duplicate(grouping: Storage) -> None:
    async def register(uow: UnitOfWork, person_no: str) -> None:
        uow.persons.add(make_person(person_no))

    works = [grouping.transact(partial(register, person_no=number)) for number in ("P1001", "P2001")]  # one ID number
    others = [grouping.transact(partial(keep, key=f"key-{n}")) for n in range(6)]
    told = await asyncio.gather(*works, *others, return_exceptions=True)
    assert [type(each) for each in told].count(Duplicate) == 1
    assert await grouping.read().persons.count({}) == 1
    assert await grouping.read().outcomes.count({}) == 6


async def test_of_two_that_add_under_one_key_without_looking_one_is_a_duplicate(grouping: Storage) -> None:
    told = await asyncio.gather(
        *(grouping.transact(partial(keep, key="same")) for _ in range(2)), return_exceptions=True
    )
    assert [type(each) for each in told] == [type(None), Duplicate]


async def test_a_caller_who_goes_away_takes_nothing_from_the_others(grouping: Storage) -> None:
    await store(grouping, WALLET)
    works = [asyncio.create_task(deposit(grouping, WALLET.id, 1)) for _ in range(10)]
    await asyncio.sleep(0)
    works[3].cancel()
    await asyncio.gather(*works, return_exceptions=True)
    await grouping.transact(partial(keep, key="last"))
    assert await balance_of(grouping, WALLET.id) == 10


async def test_works_that_all_raise_store_nothing_and_leave_the_storage_usable(grouping: Storage) -> None:
    async def fail(_uow: UnitOfWork) -> None:
        raise Boom

    told = await asyncio.gather(*(grouping.transact(fail) for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in told] == [Boom] * 5
    await grouping.transact(partial(keep, key="after"))
    assert await stored(grouping, make_outcome("after")) is not None


async def test_whoever_comes_just_as_the_last_group_ends_is_carried_out_as_well() -> None:
    async def attempt(works: Sequence[Work[Any]], _deadline: float) -> list[Result[Any]]:
        return [Result(value="done") for _ in works]

    async def nothing(_uow: UnitOfWork) -> None:
        return None

    groups, coming = Groups(attempt), []
    for _ in range(50):  # at each step of the event loop, so at each step of an ending as well
        coming.append(asyncio.ensure_future(groups.carry_out(nothing)))
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert await asyncio.gather(*coming) == ["done"] * 50
