"""What a snapshot gives, on every storage."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TypeVar

from domain.money import Fen
from repositories.contract import Storage, UnitOfWork
from repositories.tables import ACCOUNTS, ENTRIES, PAYMENTS, TABLES
from tests.factories import make_entry, make_payment, make_wallet
from tests.repositories.storing import ONE_OF_EACH, existing, store, typed

E = TypeVar("E")


async def all_of(stream: AsyncIterator[E]) -> list[E]:
    """Read to the end."""
    return [item async for item in stream]


async def test_a_snapshot_holds_all_there_is(storage: Storage) -> None:
    await store(storage, *ONE_OF_EACH)
    async with storage.snapshot() as snapshot:
        found = [item for table in TABLES for item in await all_of(snapshot.scan(table))]
        assert [typed(item) for item in found] == [typed(item) for item in ONE_OF_EACH]
        assert [await snapshot.count(table) for table in TABLES] == [1] * len(TABLES)
        assert await all_of(snapshot.flaws()) == []


async def test_a_snapshot_stays_as_it_was(storage: Storage) -> None:
    await store(storage, make_wallet())
    async with storage.snapshot() as snapshot:
        assert await snapshot.count(ACCOUNTS) == 1

        async def change(uow: UnitOfWork) -> None:
            account = await existing(uow, make_wallet().id)
            uow.accounts.save(replace(account, balance=Fen(7), seq=1))
            uow.accounts.add(make_wallet("P0002"))

        await storage.transact(change)
        assert await all_of(snapshot.scan(ACCOUNTS)) == [make_wallet()]
        assert await snapshot.fetch(ACCOUNTS, ["wallet:P0001", "wallet:P0002"]) == {"wallet:P0001": make_wallet()}
        assert await snapshot.count(ACCOUNTS) == 1
    async with storage.snapshot() as later:
        assert await later.count(ACCOUNTS) == 2


async def test_a_table_is_read_by_key_or_by_an_attribute_and_then_in_its_order(storage: Storage) -> None:
    entries = [make_entry(f"wallet:P000{person}", seq) for person in (2, 1) for seq in (1, 3, 2)]
    fund = [make_entry("fund:1", 0, journal_id=f"journal-{number}") for number in (1, 2)]
    await store(storage, *entries, *fund)
    async with storage.snapshot() as snapshot:
        assert [entry.id for entry in await all_of(snapshot.scan(ENTRIES))] == sorted(e.id for e in [*entries, *fund])
        assert [(entry.account_id, entry.seq) for entry in await all_of(snapshot.scan(ENTRIES, "account_id"))] == [
            ("fund:1", 0),
            ("fund:1", 0),
            *(("wallet:P0001", seq) for seq in (3, 2, 1)),
            *(("wallet:P0002", seq) for seq in (3, 2, 1)),
        ]


async def test_what_has_none_for_the_attribute_is_left_out(storage: Storage) -> None:
    await store(storage, make_payment())
    async with storage.snapshot() as snapshot:
        found = {by: len(await all_of(snapshot.scan(PAYMENTS, by))) for by in ("bill_id", "premium_id")}
        assert found == {"bill_id": 1, "premium_id": 0}
        assert await snapshot.fetch(PAYMENTS, ["nobody"]) == {}
