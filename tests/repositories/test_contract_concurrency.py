"""Works at the same time: each is as if it ran alone, and none is lost, torn or carried out twice."""

import asyncio
import random
from dataclasses import replace

import pytest

from domain.kinship import Relation
from domain.money import Fen
from domain.outcomes import Outcome
from domain.wallets import Wallet, WalletStatus
from repositories.contract import Storage, UnitOfWork
from repositories.errors import Duplicate
from tests.factories import make_entry, make_kinship, make_outcome, make_person, make_region, make_transfer, make_wallet
from tests.repositories.storing import OVERLAP_S, Boom, balance_of, deposit, existing, store, stored

ONE, TWO, THREE = make_wallet("P0001"), make_wallet("P0002"), make_wallet("P0003")


# ---- no update is lost --------------------------------------------------------------------------------------------


async def test_two_works_that_change_what_they_read_both_count(storage: Storage) -> None:
    await store(storage, ONE)
    await asyncio.gather(deposit(storage, ONE.id, 1), deposit(storage, ONE.id, 10))
    assert await stored(storage, ONE) == replace(ONE, balance=Fen(11), seq=2)


async def test_twenty_works_on_one_account_all_count(storage: Storage) -> None:
    await store(storage, ONE)
    await asyncio.gather(*(deposit(storage, ONE.id, 2**n, pause_s=0) for n in range(20)))
    assert await stored(storage, ONE) == replace(ONE, balance=Fen(2**20 - 1), seq=20)


async def test_works_on_objects_that_are_not_guarded_all_count_as_well(storage: Storage) -> None:
    await store(storage, make_region())

    async def rename(alias: str) -> None:
        async def work(uow: UnitOfWork) -> None:
            region = await uow.regions.get("370100")
            assert region is not None
            await asyncio.sleep(OVERLAP_S)
            uow.regions.save(replace(region, aliases=(*region.aliases, alias)))

        await storage.transact(work)

    await asyncio.gather(*(rename(alias) for alias in "abcde"))
    region = await storage.read().regions.get("370100")
    assert region is not None
    assert sorted(region.aliases) == ["a", "b", "c", "d", "e"]


async def test_works_that_move_money_around_neither_make_nor_lose_any(storage: Storage) -> None:
    accounts = [replace(wallet, balance=Fen(1000)) for wallet in (ONE, TWO, THREE)]
    await store(storage, *accounts)
    numbers = random.Random(1)  # noqa: S311 - the same moves each time

    async def move(source_id: str, target_id: str, amount: int) -> None:
        async def work(uow: UnitOfWork) -> None:
            source, target = await existing(uow, source_id), await existing(uow, target_id)
            uow.accounts.save(replace(source, balance=Fen(source.balance - amount), seq=source.seq + 1))
            uow.accounts.save(replace(target, balance=Fen(target.balance + amount), seq=target.seq + 1))
            uow.entries.add(make_entry(source_id, source.seq + 1, -amount))
            uow.entries.add(make_entry(target_id, target.seq + 1, amount))

        await storage.transact(work)

    pairs = [numbers.sample(accounts, 2) for _ in range(12)]
    await asyncio.gather(*(move(source.id, target.id, numbers.randint(1, 50)) for source, target in pairs))
    for account in accounts:
        entries = await storage.read().entries.find({"account_id": account.id}, 50)
        assert await balance_of(storage, account.id) == 1000 + sum(entry.amount for entry in entries)
        assert [entry.seq for entry in entries] == list(range(len(entries), 0, -1))
    assert sum([await balance_of(storage, account.id) for account in accounts]) == 3000
    assert await storage.read().entries.count({}) == 24


async def test_a_work_that_fails_takes_nothing_from_those_beside_it(storage: Storage) -> None:
    await store(storage, ONE)

    async def fail() -> None:
        async def work(uow: UnitOfWork) -> None:
            uow.accounts.save(replace(await existing(uow, ONE.id), balance=Fen(10**6)))
            await asyncio.sleep(OVERLAP_S)
            raise Boom

        with pytest.raises(Boom):
            await storage.transact(work)

    await asyncio.gather(fail(), deposit(storage, ONE.id, 1), fail(), deposit(storage, ONE.id, 1))
    assert await balance_of(storage, ONE.id) == 2


# ---- one effect ---------------------------------------------------------------------------------------------------


async def test_the_same_key_from_twenty_tasks_at_once_has_one_effect_and_one_answer(storage: Storage) -> None:
    await store(storage, ONE)

    async def request(number: int) -> Outcome:
        async def work(uow: UnitOfWork) -> Outcome:
            earlier = await uow.outcomes.get(make_outcome("key-1").id)
            if earlier is not None:
                return earlier
            account = await existing(uow, ONE.id)
            outcome = replace(make_outcome("key-1"), fingerprint=f"{number}")
            uow.outcomes.add(outcome)
            uow.transfers.add(make_transfer("key-1"))
            uow.accounts.save(replace(account, balance=Fen(account.balance + 1), seq=account.seq + 1))
            return outcome

        return await storage.transact(work)

    answers = await asyncio.gather(*(request(number) for number in range(20)))
    assert set(answers) == {await stored(storage, make_outcome("key-1"))}
    assert await stored(storage, ONE) == replace(ONE, balance=Fen(1), seq=1)
    assert await storage.read().transfers.count({}) == 1


async def test_the_same_key_added_at_once_without_looking_has_one_effect(storage: Storage) -> None:
    async def request(number: int) -> str:
        outcome = replace(make_outcome("key-1"), fingerprint=f"{number}")
        return await refused_field(storage, outcome, make_person(f"P{number:04d}"))

    fields = await asyncio.gather(*(request(number) for number in range(10)))
    assert sorted(fields) == ["", *["id"] * 9]
    assert await storage.read().persons.count({}) == 1


async def test_one_of_those_that_claim_a_unique_value_at_once_gets_it(storage: Storage) -> None:
    async def marry(relative_no: str) -> str:
        return await refused_field(storage, make_kinship("P0001", relative_no), make_person(relative_no))

    fields = await asyncio.gather(*(marry(f"P000{n}") for n in range(2, 7)))
    assert sorted(fields) == ["", *["active_spouses"] * 4]
    assert await storage.read().kinships.count({}) == await storage.read().persons.count({}) == 1


async def refused_field(storage: Storage, *entities: object) -> str:
    """Add objects; give the field that was taken, or nothing."""
    try:
        await store(storage, *entities)
    except Duplicate as duplicate:
        return duplicate.field
    return ""


# ---- write skew ---------------------------------------------------------------------------------------------------


async def freeze_unless_last(storage: Storage, own: str, other: str, *, touching: tuple[str, ...]) -> bool:
    """Freeze a wallet, but only while another one is active: a rule over two objects of which one is written."""

    async def work(uow: UnitOfWork) -> bool:
        wallets = [await existing(uow, account_id) for account_id in (own, other)]
        for wallet in touching:
            uow.accounts.touch(wallet)
        await asyncio.sleep(OVERLAP_S)
        mine, theirs = wallets
        assert isinstance(mine, Wallet)
        assert isinstance(theirs, Wallet)
        if theirs.status is WalletStatus.FROZEN:
            return False
        uow.accounts.save(replace(mine, status=WalletStatus.FROZEN))
        return True

    return await storage.transact(work)


async def test_of_two_works_that_touch_what_they_read_the_second_sees_the_first(storage: Storage) -> None:
    await store(storage, ONE, TWO)
    both = (ONE.id, TWO.id)
    results = await asyncio.gather(
        freeze_unless_last(storage, ONE.id, TWO.id, touching=both),
        freeze_unless_last(storage, TWO.id, ONE.id, touching=both[::-1]),
    )
    assert sorted(results) == [False, True]


async def test_touching_only_what_is_not_saved_suffices(storage: Storage) -> None:
    await store(storage, ONE, TWO)
    results = await asyncio.gather(
        freeze_unless_last(storage, ONE.id, TWO.id, touching=(TWO.id,)),
        freeze_unless_last(storage, TWO.id, ONE.id, touching=(ONE.id,)),
    )
    assert sorted(results) == [False, True]


async def test_an_object_that_was_touched_before_is_claimed_again(storage: Storage) -> None:
    await store(storage, ONE, TWO)

    async def touch_both(uow: UnitOfWork) -> None:
        for wallet in (ONE, TWO):
            await existing(uow, wallet.id)
            uow.accounts.touch(wallet.id)

    await storage.transact(touch_both)
    await storage.transact(touch_both)
    results = await asyncio.gather(
        freeze_unless_last(storage, ONE.id, TWO.id, touching=(TWO.id,)),
        freeze_unless_last(storage, TWO.id, ONE.id, touching=(ONE.id,)),
    )
    assert sorted(results) == [False, True]


async def test_a_touched_object_guards_a_list_that_grows(storage: Storage) -> None:
    await store(storage, make_person("P0001"))

    async def declare_if_first(relative_no: str) -> bool:
        async def work(uow: UnitOfWork) -> bool:
            await uow.persons.get("P0001")
            uow.persons.touch("P0001")
            earlier = await uow.kinships.find({"members": "P0001"}, 5)
            await asyncio.sleep(OVERLAP_S)
            if not earlier:
                uow.kinships.add(make_kinship("P0001", relative_no, Relation.SIBLING))
            return not earlier

        return await storage.transact(work)

    assert sum(await asyncio.gather(*(declare_if_first(f"P000{n}") for n in range(2, 6)))) == 1
    assert await storage.read().kinships.count({}) == 1


async def test_works_that_touch_the_same_object_are_all_carried_out(storage: Storage) -> None:
    await store(storage, make_person("P0001"))

    async def declare(relative_no: str) -> None:
        async def work(uow: UnitOfWork) -> None:
            await uow.persons.get("P0001")
            uow.persons.touch("P0001")
            uow.kinships.add(make_kinship("P0001", relative_no, Relation.SIBLING))

        await storage.transact(work)

    await asyncio.gather(*(declare(f"P000{n}") for n in range(2, 8)))
    assert await storage.read().kinships.count({"members": "P0001"}) == 6
