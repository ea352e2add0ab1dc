"""Keys and unique values: each belongs to one object, and whoever comes second writes nothing."""

import traceback
from dataclasses import replace

import pytest

from domain.kinship import Relation, revoke
from repositories.contract import Storage, UnitOfWork
from repositories.errors import Duplicate
from tests.factories import (
    NOW,
    make_coverage_report,
    make_credential,
    make_entry,
    make_kinship,
    make_outcome,
    make_person,
    make_personal_account,
    make_region,
    make_transfer,
    make_wallet,
)
from tests.repositories.storing import are_stored, store, stored, table_of

SIBLINGS = make_kinship("P0001", "P0002", Relation.SIBLING)
SPOUSES = make_kinship("P0001", "P0002")
CLASHES = [
    (make_person("P0001"), replace(make_person("P0009"), person_no="P0001"), "person_no"),
    (make_region(), make_region(full_name="济宁市"), "code"),
    (make_wallet(), make_wallet(balance=7), "id"),
    (make_entry(), make_entry(amount=7), "id"),
    (make_outcome(), make_outcome(operation="another"), "id"),
    (make_person("P0001"), replace(make_person("P0001"), person_no="P0002"), "id_number"),
    (make_transfer("key-1"), replace(make_transfer("key-2"), number=make_transfer("key-1").number), "number"),
    (SIBLINGS, make_kinship("P0002", "P0001", Relation.CHILD, earlier_ties=1), "active_pair"),
    (SPOUSES, make_kinship("P0001", "P0003"), "active_spouses"),
    (SPOUSES, make_kinship("P0003", "P0001"), "active_spouses"),
    (SPOUSES, make_kinship("P0002", "P0003"), "active_spouses"),
    (SPOUSES, make_kinship("P0003", "P0002"), "active_spouses"),
]
CLASH_NAMES = [f"{type(taken).__name__}.{field}" for taken, _, field in CLASHES]


async def save_person(storage: Storage, person_no: str, id_number_of: str) -> None:
    async def work(uow: UnitOfWork) -> None:
        person = await uow.persons.get(person_no)
        assert person is not None
        uow.persons.save(replace(person, id_number=make_person(id_number_of).id_number))

    await storage.transact(work)


@pytest.mark.parametrize(("taken", "other", "field"), CLASHES, ids=CLASH_NAMES)
async def test_a_duplicate_is_refused_and_nothing_is_written(
    storage: Storage, taken: object, other: object, field: str
) -> None:
    bystanders = [make_coverage_report(), make_credential(), make_personal_account()]
    await store(storage, taken)
    with pytest.raises(Duplicate) as caught:
        await store(storage, *bystanders[:2], other, *bystanders[2:])
    assert caught.value.field == field
    assert not any(await are_stored(storage, *bystanders))
    assert await stored(storage, taken) == taken
    assert await table_of(storage.read(), taken).count({}) == 1


@pytest.mark.parametrize(("one", "other", "field"), CLASHES[5:], ids=CLASH_NAMES[5:])
async def test_a_duplicate_within_one_work_is_refused(storage: Storage, one: object, other: object, field: str) -> None:
    with pytest.raises(Duplicate) as caught:
        await store(storage, one, other)
    assert caught.value.field == field
    assert await are_stored(storage, one, other) == [False, False]


async def test_a_duplicate_names_its_table(storage: Storage) -> None:
    await store(storage, make_person())
    with pytest.raises(Duplicate) as caught:
        await store(storage, make_person())
    assert caught.value.table == "persons"


async def test_a_duplicate_gives_no_value_away(storage: Storage) -> None:
    await store(storage, make_person("P0001"))
    with pytest.raises(Duplicate) as caught:
        await store(storage, make_person("P0001"), replace(make_person("P0001"), person_no="P0002"))
    assert make_person("P0001").id_number not in "".join(traceback.format_exception(caught.value))


async def test_saving_a_unique_value_that_is_taken_is_refused(storage: Storage) -> None:
    await store(storage, make_person("P0001"), make_person("P0002"))
    with pytest.raises(Duplicate) as caught:
        await save_person(storage, "P0002", id_number_of="P0001")
    assert caught.value.field == "id_number"
    assert await stored(storage, make_person("P0002")) == make_person("P0002")


async def test_a_unique_value_that_was_saved_is_claimed_and_the_former_one_free(storage: Storage) -> None:
    await store(storage, make_person("P0001"))
    await save_person(storage, "P0001", id_number_of="P0002")
    with pytest.raises(Duplicate):
        await store(storage, make_person("P0002"))
    await store(storage, replace(make_person("P0001"), person_no="P0003"))


async def test_an_object_that_is_saved_keeps_its_own_unique_values(storage: Storage) -> None:
    await store(storage, make_person())

    async def work(uow: UnitOfWork) -> None:
        await uow.persons.get("P0001")
        uow.persons.save(make_person(name="李建军"))

    await storage.transact(work)
    with pytest.raises(Duplicate):
        await store(storage, replace(make_person(), person_no="P0002"))


async def test_unique_values_that_are_none_or_empty_claim_nothing(storage: Storage) -> None:
    ties = [revoke(make_kinship(earlier_ties=number), "P0001", NOW) for number in range(3)]
    await store(storage, *ties)
    await store(storage, make_kinship(earlier_ties=3))
    assert await storage.read().kinships.count({"pair": SPOUSES.pair}) == 4


async def test_a_relation_other_than_spouse_claims_no_spouse(storage: Storage) -> None:
    ties = [make_kinship("P0001", f"P000{n}", Relation.SIBLING) for n in range(2, 5)]
    await store(storage, *ties, make_kinship("P0001", "P0009"))
    assert await storage.read().kinships.count({"members": "P0001"}) == 4


@pytest.mark.parametrize("claimed_first", [False, True])
async def test_a_unique_value_released_in_a_work_can_be_claimed_in_it(storage: Storage, *, claimed_first: bool) -> None:
    old, new = SPOUSES, make_kinship(earlier_ties=1)
    await store(storage, old)

    async def work(uow: UnitOfWork) -> None:
        await uow.kinships.get(old.id)
        if claimed_first:
            uow.kinships.add(new)
        uow.kinships.save(revoke(old, "P0001", NOW))
        if not claimed_first:
            uow.kinships.add(new)

    await storage.transact(work)
    assert await stored(storage, new) == new
    with pytest.raises(Duplicate):
        await store(storage, make_kinship(earlier_ties=2))
