"""Writing: a work is stored as a whole or not at all, and what breaks a promise of its table is refused."""

import asyncio
from dataclasses import replace

import pytest

from domain.money import Fen
from domain.wallets import wallet_id
from repositories.contract import Storage, UnitOfWork
from repositories.errors import NestedTransaction, Unstorable
from tests.factories import (
    make_entry,
    make_outcome,
    make_person,
    make_wallet,
)
from tests.repositories.storing import ONE_OF_EACH, PATIENCE_S, Boom, are_stored, existing, store, stored, table_of

# ---- whole or not at all ------------------------------------------------------------------------------------------


async def test_the_result_of_a_work_is_given_back(storage: Storage) -> None:
    result = object()

    async def work(_uow: UnitOfWork) -> object:
        return result

    assert await storage.transact(work) is result


async def test_a_work_writes_to_every_table_at_once(storage: Storage) -> None:
    await store(storage, *ONE_OF_EACH)
    assert [await stored(storage, entity) for entity in ONE_OF_EACH] == ONE_OF_EACH


async def test_an_exception_rolls_back_every_table(storage: Storage) -> None:
    async def work(uow: UnitOfWork) -> None:
        for entity in ONE_OF_EACH:
            table_of(uow, entity).add(entity)
        raise Boom

    with pytest.raises(Boom):
        await storage.transact(work)
    assert not any(await are_stored(storage, *ONE_OF_EACH))


async def test_an_exception_leaves_saved_objects_as_they_were(storage: Storage) -> None:
    await store(storage, make_person())

    async def work(uow: UnitOfWork) -> None:
        await uow.persons.get("P0001")
        uow.persons.save(make_person(name="李建军"))
        raise Boom

    with pytest.raises(Boom):
        await storage.transact(work)
    assert await stored(storage, make_person()) == make_person()


async def test_an_exception_comes_out_unchanged(storage: Storage) -> None:
    boom = Boom("as it is")

    async def work(uow: UnitOfWork) -> None:
        uow.persons.add(make_person())
        raise boom

    with pytest.raises(Boom) as caught:
        await storage.transact(work)
    assert caught.value is boom
    assert caught.value.__cause__ is None


async def test_a_work_that_raised_does_not_hinder_the_next(storage: Storage) -> None:
    async def work(uow: UnitOfWork) -> None:
        uow.persons.add(make_person())
        raise Boom

    for _ in range(3):
        with pytest.raises(Boom):
            await storage.transact(work)
    await store(storage, make_person())
    assert await are_stored(storage, make_person()) == [True]


async def test_discard_forgets_the_writes_before_it_and_keeps_those_after(storage: Storage) -> None:
    await store(storage, make_wallet())
    kept = make_person("P0002")

    async def work(uow: UnitOfWork) -> None:
        uow.persons.add(make_person("P0001"))
        uow.persons.touch("P0001")
        uow.accounts.save(replace(await existing(uow, wallet_id("P0001")), balance=Fen(9)))
        uow.discard()
        uow.persons.add(kept)

    await storage.transact(work)
    assert await are_stored(storage, make_person("P0001"), kept) == [False, True]
    assert await stored(storage, make_wallet()) == make_wallet()


async def test_what_was_discarded_is_not_read_any_more(storage: Storage) -> None:
    await store(storage, make_person())

    async def work(uow: UnitOfWork) -> list[object]:
        await uow.persons.get("P0001")
        uow.persons.save(make_person(name="李建军"))
        uow.persons.add(make_person("P0002"))
        uow.discard()
        return [await uow.persons.get("P0001"), await uow.persons.get("P0002")]

    assert await storage.transact(work) == [make_person(), None]


async def test_a_transaction_inside_another_is_refused_and_nothing_is_written(storage: Storage) -> None:
    async def work(uow: UnitOfWork) -> None:
        uow.persons.add(make_person())
        await store(storage, make_person("P0002"))

    with pytest.raises(NestedTransaction):
        await asyncio.wait_for(storage.transact(work), PATIENCE_S)
    assert await are_stored(storage, make_person(), make_person("P0002")) == [False, False]


async def test_a_work_may_go_on_after_a_nested_one_was_refused(storage: Storage) -> None:
    async def work(uow: UnitOfWork) -> None:
        with pytest.raises(NestedTransaction):
            await store(storage, make_person("P0002"))
        uow.persons.add(make_person())

    await asyncio.wait_for(storage.transact(work), PATIENCE_S)
    assert await are_stored(storage, make_person(), make_person("P0002")) == [True, False]


async def test_preparing_again_keeps_everything(storage: Storage) -> None:
    await store(storage, *ONE_OF_EACH)
    await storage.prepare()
    assert all(await are_stored(storage, *ONE_OF_EACH))


async def test_a_storage_that_is_ready_answers(storage: Storage) -> None:
    await storage.ping()


# ---- how tables are written ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("entity", [make_entry(), make_outcome()], ids=["entries", "outcomes"])
async def test_an_append_only_table_refuses_to_save(storage: Storage, entity: object) -> None:
    await store(storage, entity)

    async def work(uow: UnitOfWork) -> None:
        table = table_of(uow, entity)
        table.save(await table.get(entity.id))  # type: ignore[attr-defined]

    with pytest.raises(Unstorable):
        await storage.transact(work)


async def test_saving_what_was_never_read_is_refused(storage: Storage) -> None:
    await store(storage, make_person())

    async def work(uow: UnitOfWork) -> None:
        uow.persons.save(make_person(name="李建军"))

    with pytest.raises(Unstorable):
        await storage.transact(work)
    assert await stored(storage, make_person()) == make_person()


async def test_saving_what_was_read_as_missing_is_refused(storage: Storage) -> None:
    async def work(uow: UnitOfWork) -> None:
        await uow.persons.get("P0001")
        uow.persons.save(make_person())

    with pytest.raises(Unstorable):
        await storage.transact(work)


async def test_touching_what_was_never_read_is_refused(storage: Storage) -> None:
    await store(storage, make_person())

    async def work(uow: UnitOfWork) -> None:
        uow.persons.touch("P0001")

    with pytest.raises(Unstorable):
        await storage.transact(work)


async def test_adding_what_was_read_is_refused(storage: Storage) -> None:
    await store(storage, make_person())

    async def work(uow: UnitOfWork) -> None:
        await uow.persons.get("P0001")
        uow.persons.add(make_person(name="李建军"))

    with pytest.raises(Unstorable):
        await storage.transact(work)
    assert await stored(storage, make_person()) == make_person()


async def test_adding_twice_in_one_work_is_refused(storage: Storage) -> None:
    with pytest.raises(Unstorable):
        await store(storage, make_person(), make_person(name="李建军"))
    assert await are_stored(storage, make_person()) == [False]


async def test_what_was_added_can_be_saved_in_the_same_work(storage: Storage) -> None:
    async def work(uow: UnitOfWork) -> None:
        uow.persons.add(make_person())
        uow.persons.save(make_person(name="李建军"))

    await storage.transact(work)
    assert await stored(storage, make_person()) == make_person(name="李建军")


async def test_what_find_gave_can_be_saved(storage: Storage) -> None:
    await store(storage, make_person())

    async def work(uow: UnitOfWork) -> None:
        for person in await uow.persons.find({}, 5):
            uow.persons.save(replace(person, name="李建军"))

    await storage.transact(work)
    assert await stored(storage, make_person()) == make_person(name="李建军")


async def test_a_touched_object_stays_as_it_is(storage: Storage) -> None:
    await store(storage, *ONE_OF_EACH)

    async def work(uow: UnitOfWork) -> None:
        await existing(uow, wallet_id("P0001"))
        await uow.persons.get("P0001")
        uow.accounts.touch(wallet_id("P0001"))
        uow.persons.touch("P0001")

    await storage.transact(work)
    assert [await stored(storage, entity) for entity in ONE_OF_EACH] == ONE_OF_EACH


async def test_a_touched_object_can_be_saved_afterwards(storage: Storage) -> None:
    await store(storage, make_person())

    async def work(uow: UnitOfWork, name: str) -> None:
        await uow.persons.get("P0001")
        uow.persons.touch("P0001")
        if name:
            uow.persons.save(make_person(name=name))

    await storage.transact(lambda uow: work(uow, ""))
    await storage.transact(lambda uow: work(uow, "李建军"))
    assert await stored(storage, make_person()) == make_person(name="李建军")
