"""Claims: those of a table that nothing guards are one write, and each holds against whoever changes the object."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from pymongo import MongoClient

from domain.money import Fen
from repositories.contract import Storage, UnitOfWork
from repositories.factory import open_storage
from repositories.mongo.local import in_database
from repositories.mongo.storage import MongoStorage
from tests.factories import make_credential, make_outcome, make_wallet
from tests.keys import KEYS
from tests.repositories.mongo.sent import Sent, opened_and_heard
from tests.repositories.storing import PATIENCE_S, key_of, store, stored, table_of

DATABASE: Final = "claims"
NUMBERS: Final = [f"P{number:04}" for number in range(1, 11)]
UNGUARDED: Final = make_credential("P0001")
GUARDED: Final = make_wallet("P0001")


@pytest.fixture
async def heard(mongod: Path, mongodb_url: str) -> AsyncIterator[tuple[MongoStorage, Sent]]:
    """Give a storage with ten credentials and wallets in it, and what it sends."""
    del mongod
    async with opened_and_heard(mongodb_url, DATABASE) as (storage, sent):
        await store(storage, *map(make_credential, NUMBERS), *map(make_wallet, NUMBERS))
        sent.clear()
        yield storage, sent


@pytest.fixture
async def elsewhere(heard: tuple[MongoStorage, Sent], mongodb_url: str) -> AsyncIterator[Storage]:
    """Give what another process has of the same database."""
    del heard
    opened = open_storage(in_database(mongodb_url, DATABASE), KEYS.master)
    await opened.prepare()
    yield opened
    await opened.close()


def claims_in(client: MongoClient[dict[str, Any]], collection: str) -> dict[str, int]:
    """Tell how often each document was claimed, where any was."""
    found = client[DATABASE][collection].find({"claims": {"$exists": True}})
    return {document["_id"]: document["claims"] for document in found}


async def claim(uow: UnitOfWork, *entities: object) -> None:
    """Claim these."""
    for entity in entities:
        table = table_of(uow, entity)
        assert await table.get(key_of(entity)) is not None
        table.touch(key_of(entity))


async def change(storage: Storage, entity: object) -> None:
    """Change what is stored of it in one work."""

    async def work(uow: UnitOfWork) -> None:
        if entity is UNGUARDED:
            uow.credentials.save(replace(await _there(uow.credentials.get("P0001")), failures=1))
        else:
            account = await _there(uow.accounts.get(GUARDED.id))
            uow.accounts.save(replace(account, balance=Fen(account.balance + 1), seq=account.seq + 1))

    await storage.transact(work)


async def _there(found: Awaitable[Any]) -> Any:  # noqa: ANN401
    entity = await found
    assert entity is not None
    return entity


async def test_claims_of_a_table_that_nothing_guards_are_one_write(
    heard: tuple[MongoStorage, Sent], mongodb: MongoClient[dict[str, Any]]
) -> None:
    storage, sent = heard
    works = (partial(claim_of, number=number) for number in (*NUMBERS, "P0001", "P0001"))
    await asyncio.gather(*map(storage.transact, works))
    assert sorted(sent.writes) == [("accounts", 10), ("credentials", 1)]
    assert claims_in(mongodb, "credentials") == dict.fromkeys(NUMBERS, 1)
    assert claims_in(mongodb, "accounts") == {make_wallet(number).id: 1 for number in NUMBERS}


async def claim_of(uow: UnitOfWork, number: str) -> None:
    """Claim somebody's credential and wallet."""
    await claim(uow, make_credential(number), make_wallet(number))


async def test_every_transaction_counts_its_claims(
    heard: tuple[MongoStorage, Sent], mongodb: MongoClient[dict[str, Any]]
) -> None:
    storage, _ = heard
    for number in ("P0001", "P0002", "P0001"):
        await storage.transact(partial(claim_of, number=number))
    assert claims_in(mongodb, "credentials") == {"P0001": 2, "P0002": 1}
    assert claims_in(mongodb, "accounts") == {GUARDED.id: 2, make_wallet("P0002").id: 1}
    assert await stored(storage, UNGUARDED) == UNGUARDED
    assert await stored(storage, GUARDED) == GUARDED


async def test_what_is_changed_added_and_claimed_in_one_table_all_counts(
    heard: tuple[MongoStorage, Sent], mongodb: MongoClient[dict[str, Any]]
) -> None:
    storage, _ = heard
    changed, added = replace(make_credential("P0001"), failures=2), make_credential("P0099")

    async def work(uow: UnitOfWork) -> None:
        await claim(uow, *map(make_credential, NUMBERS))
        uow.credentials.save(changed)
        uow.credentials.add(added)

    await storage.transact(work)
    assert await stored(storage, changed) == changed
    assert await stored(storage, added) == added
    assert claims_in(mongodb, "credentials") == dict.fromkeys(NUMBERS[1:], 1)


@pytest.mark.parametrize("claimed", [UNGUARDED, GUARDED], ids=["unguarded", "guarded"])
async def test_what_was_changed_elsewhere_meanwhile_is_claimed_as_it_is_now(
    heard: tuple[MongoStorage, Sent], elsewhere: Storage, claimed: object
) -> None:
    storage, _ = heard
    await _while_claiming(storage, claimed, partial(change, elsewhere, claimed))


@pytest.mark.parametrize("claimed", [UNGUARDED, GUARDED], ids=["unguarded", "guarded"])
async def test_two_who_claim_the_same_come_one_after_the_other(
    heard: tuple[MongoStorage, Sent], elsewhere: Storage, claimed: object
) -> None:
    storage, _ = heard
    await _while_claiming(storage, claimed, lambda: elsewhere.transact(lambda uow: claim(uow, claimed)))


async def _while_claiming(storage: Storage, claimed: object, do: Callable[[], Awaitable[None]]) -> None:
    """Let that be done between looking and committing; then the claim is made again of what there is by then."""
    has_looked, may_go_on = asyncio.Event(), asyncio.Event()
    seen: list[object] = []

    async def work(uow: UnitOfWork) -> None:
        await claim(uow, make_credential("P0009"), make_wallet("P0009"), claimed)
        seen.append(await table_of(uow, claimed).get(key_of(claimed)))
        uow.outcomes.add(make_outcome("claimed"))
        has_looked.set()
        await may_go_on.wait()

    claiming = asyncio.create_task(storage.transact(work))
    async with asyncio.timeout(PATIENCE_S):
        await has_looked.wait()
        await do()
        may_go_on.set()
        await claiming
    assert len(seen) >= 2
    assert seen[-1] == await stored(storage, claimed)
    assert await stored(storage, make_outcome("claimed")) is not None


async def test_a_claim_of_what_is_not_there_is_made_by_nobody_and_the_work_is_run_again(
    heard: tuple[MongoStorage, Sent], mongodb: MongoClient[dict[str, Any]]
) -> None:
    storage, _ = heard
    runs = 0

    async def work(uow: UnitOfWork) -> None:
        nonlocal runs
        runs += 1
        await claim(uow, UNGUARDED)
        if runs == 1:  # as if it had been there
            seen: Any = vars(uow.credentials)["_read"]
            seen["P0098"] = make_credential("P0098")
            uow.credentials.touch("P0098")

    await storage.transact(work)
    assert runs == 2
    assert claims_in(mongodb, "credentials") == {"P0001": 1}
