"""Reading: what was committed is given back as it was, and a unit of work sees its own writes on top of it."""

import asyncio
from dataclasses import replace

import pytest

from domain.credentials import VerificationMethod
from domain.errors import InsufficientBalance, NotNearRelative, RegionNotOpen, VerificationFailed
from domain.kinship import Relation, revoke
from domain.money import Fen
from domain.outcomes import OutcomeStatus
from domain.regions import Opening, OpeningFact, UsePlaceFact
from domain.transfers import TransferStatus
from domain.wallets import UsePlaceChange, WalletStatus
from repositories.contract import AtMost, Prefix, Storage, UnitOfWork
from tests.factories import (
    HEFEI,
    JINAN,
    NOW,
    TODAY,
    VERIFICATION,
    after,
    make_credential,
    make_enrolment,
    make_entry,
    make_kinship,
    make_outcome,
    make_person,
    make_personal_account,
    make_region,
    make_transfer,
    make_wallet,
)
from tests.repositories.storing import ONE_OF_EACH, deposit, existing, key_of, store, stored, table_of, typed

WALLET = make_wallet(balance=500)
FILLED_IN: list[object] = [
    make_region("370000", "山东省"),
    make_region(
        aliases=("济南", "泉城"), openings=(OpeningFact(TODAY, Opening.OPEN), OpeningFact(TODAY, Opening.CLOSED))
    ),
    replace(make_region(), use_place_facts=(UsePlaceFact(TODAY, supported=True, rank=3), UsePlaceFact(TODAY, False))),  # noqa: FBT003
    make_person(enrolments=(make_enrolment(), make_enrolment(HEFEI))),
    replace(make_person(), phone=None, enrolments=()),
    make_credential(failures=5, locked_until=NOW),
    revoke(make_kinship(relation=Relation.SIBLING), "P0002", after(days=1)),
    make_personal_account(balance=500, held=20),
    replace(WALLET, status=WalletStatus.FROZEN, use_place_changes=(UsePlaceChange(JINAN, HEFEI, NOW),)),
    make_entry("institution:H1", seq=0),
    replace(make_entry(amount=-5), transfer_id=None, payment_id="payment-1"),
    replace(make_transfer(), status=TransferStatus.COMPLETED, verified_by=VerificationMethod.FACE, completed_at=NOW),
    replace(make_transfer(), expires_at=None),
    replace(make_outcome(), node=None),
    *(
        replace(make_outcome(), status=OutcomeStatus.REFUSED, node=None, refusal=refusal)
        for refusal in (
            NotNearRelative(path=("payee", "relation")),
            RegionNotOpen(region_code=HEFEI, region_name="合肥市"),
            InsufficientBalance(available=Fen(2**40)),
            VerificationFailed(attempts_left=4),
        )
    ),
]


def name_of(entity: object) -> str:
    return type(entity).__name__


@pytest.mark.parametrize("entity", ONE_OF_EACH + FILLED_IN, ids=name_of)
async def test_what_was_added_is_given_back_type_for_type(storage: Storage, entity: object) -> None:
    await store(storage, entity)
    assert typed(await stored(storage, entity)) == typed(entity)


@pytest.mark.parametrize("entity", ONE_OF_EACH, ids=name_of)
async def test_a_unit_of_work_gives_back_type_for_type_what_was_committed(storage: Storage, entity: object) -> None:
    await store(storage, entity)

    async def work(uow: UnitOfWork) -> object:
        found: object = await table_of(uow, entity).get(key_of(entity))
        return found

    assert typed(await storage.transact(work)) == typed(entity)


@pytest.mark.parametrize("entity", ONE_OF_EACH, ids=name_of)
async def test_missing_is_none(storage: Storage, entity: object) -> None:
    table = table_of(storage.read(), entity)
    assert await table.get(key_of(entity)) is None
    assert await table.get_many([key_of(entity)]) == [None]
    assert await table.find_one({}) is None


async def test_missing_is_none_inside_a_unit_of_work(storage: Storage) -> None:
    async def work(uow: UnitOfWork) -> list[object]:
        return [await uow.persons.get("P0001"), await uow.persons.find_one({"person_no": "P0001"})]

    assert await storage.transact(work) == [None, None]


async def test_get_many_keeps_the_order_of_the_keys_with_none_for_missing_ones(storage: Storage) -> None:
    one, two = make_person("P0001"), make_person("P0002")
    await store(storage, one, two)
    found = await storage.read().persons.get_many(["P0002", "P0009", "P0001", "P0002"])
    assert found == [two, None, one, two]


async def test_get_many_inside_a_unit_of_work_keeps_the_order_of_the_keys(storage: Storage) -> None:
    one, two, three = make_person("P0001"), make_person("P0002"), make_person("P0003")
    await store(storage, one, two)

    async def work(uow: UnitOfWork) -> list[object]:
        uow.persons.add(three)
        await uow.persons.get("P0001")
        return [*await uow.persons.get_many(["P0003", "P0002", "P0009", "P0001", "P0002"])]

    assert await storage.transact(work) == [three, two, None, one, two]


async def test_get_many_of_no_keys_is_empty(storage: Storage) -> None:
    assert await storage.read().persons.get_many([]) == []


async def test_an_added_object_can_be_read_in_the_same_work(storage: Storage) -> None:
    person = make_person()

    async def work(uow: UnitOfWork) -> list[object]:
        uow.persons.add(person)
        return [await uow.persons.get("P0001"), await uow.persons.find_one({"id_number": person.id_number})]

    assert await storage.transact(work) == [person, person]


async def test_a_saved_object_is_read_as_saved_in_the_same_work(storage: Storage) -> None:
    await store(storage, make_person())
    renamed = make_person(name="李建军")

    async def work(uow: UnitOfWork) -> list[object]:
        await uow.persons.get("P0001")
        uow.persons.save(renamed)
        return [await uow.persons.get("P0001"), *await uow.persons.find({}, 5)]

    assert await storage.transact(work) == [renamed, renamed]


async def test_a_missing_object_is_found_once_it_is_added_in_the_same_work(storage: Storage) -> None:
    async def work(uow: UnitOfWork) -> object:
        assert await uow.persons.get("P0001") is None
        uow.persons.add(make_person())
        return await uow.persons.get("P0001")

    assert await storage.transact(work) == make_person()


async def test_find_merges_own_writes_with_committed_objects_in_order(storage: Storage) -> None:
    regions = [make_region(f"3701{n:02d}", position=n) for n in range(5)]
    await store(storage, regions[0], regions[2], regions[4])

    async def work(uow: UnitOfWork) -> list[object]:
        uow.regions.add(regions[3])
        uow.regions.add(regions[1])
        return [*await uow.regions.find({"province_code": "370000"}, 4)]

    assert await storage.transact(work) == regions[:4]


async def test_find_merges_own_writes_newest_first_in_a_descending_table(storage: Storage) -> None:
    transfers = [make_transfer(f"key-{n}", created_at=after(seconds=-n)) for n in range(5)]
    await store(storage, transfers[0], transfers[2], transfers[4])

    async def work(uow: UnitOfWork) -> list[object]:
        uow.transfers.add(transfers[3])
        uow.transfers.add(transfers[1])
        return [*await uow.transfers.find({"pending_of": "P0001"}, 4)]

    assert await storage.transact(work) == transfers[:4]


async def test_find_sees_what_own_writes_made_match(storage: Storage) -> None:
    first, last = make_region("370100", position=1), make_region("370200", position=9)
    await store(storage, first, last)
    moved = replace(last, position=0, aliases=("泉城",))

    async def work(uow: UnitOfWork) -> list[object]:
        await uow.regions.get("370200")
        uow.regions.save(moved)
        return [await uow.regions.find({"search_keys": Prefix("泉")}, 2), await uow.regions.find({}, 2)]

    assert await storage.transact(work) == [[moved], [moved, first]]


async def test_find_fills_its_limit_though_own_writes_took_objects_out(storage: Storage) -> None:
    regions = [make_region(f"3701{n:02d}", position=n) for n in range(4)]
    await store(storage, *regions)

    async def work(uow: UnitOfWork) -> list[object]:
        for region in await uow.regions.find({}, 2):
            uow.regions.save(replace(region, province_code="990000"))
        return [*await uow.regions.find({"province_code": "370000"}, 2)]

    assert await storage.transact(work) == regions[2:]


async def test_what_a_running_work_added_is_invisible_to_readers(storage: Storage) -> None:
    async def work(uow: UnitOfWork) -> list[object]:
        uow.persons.add(make_person())
        await uow.persons.find({}, 1)
        reader = storage.read().persons
        return [await reader.get("P0001"), await reader.find({}, 1), await reader.count({})]

    assert await storage.transact(work) == [None, [], 0]


async def test_what_a_running_work_saved_is_invisible_to_readers(storage: Storage) -> None:
    await store(storage, make_person())

    async def work(uow: UnitOfWork) -> object:
        await uow.persons.get("P0001")
        uow.persons.save(make_person(name="李建军"))
        return await storage.read().persons.get("P0001")

    assert await storage.transact(work) == make_person()
    assert await storage.read().persons.get("P0001") == make_person(name="李建军")


async def test_a_reader_sees_what_was_committed_after_it_was_made(storage: Storage) -> None:
    reader = storage.read()
    await store(storage, make_person())
    assert await reader.persons.get("P0001") == make_person()


async def test_a_work_sees_one_moment_though_others_commit(storage: Storage) -> None:
    one, two = make_wallet("P0001"), make_wallet("P0002")
    await store(storage, one, two)
    begun = asyncio.Event()

    async def meanwhile() -> None:
        await begun.wait()
        await deposit(storage, two.id, 5, pause_s=0)

    async def work(uow: UnitOfWork) -> int:
        await existing(uow, one.id)
        begun.set()
        await asyncio.sleep(0.1)
        return (await existing(uow, two.id)).balance

    other = asyncio.create_task(meanwhile())
    assert await storage.transact(work) == 0
    await other
    assert await stored(storage, two) == replace(two, balance=Fen(5), seq=1)


async def test_what_was_read_in_a_unit_of_work_can_be_read_again(storage: Storage) -> None:
    await store(storage, make_person())

    async def work(uow: UnitOfWork) -> bool:
        return await uow.persons.get("P0001") is await uow.persons.find_one({"person_no": "P0001"})

    assert await storage.transact(work)


async def test_a_saved_object_replaces_the_stored_one_in_every_field(storage: Storage) -> None:
    before = make_person(enrolments=(make_enrolment(), make_enrolment(HEFEI)))
    saved = replace(before, name="李", phone=None, enrolments=(make_enrolment(HEFEI),), registered_at=after(days=1))
    await store(storage, before)

    async def work(uow: UnitOfWork) -> None:
        await uow.persons.get("P0001")
        uow.persons.save(saved)

    await storage.transact(work)
    assert typed(await stored(storage, before)) == typed(saved)


async def test_what_was_read_can_be_changed_and_saved(storage: Storage) -> None:
    await store(storage, WALLET)

    async def work(uow: UnitOfWork) -> None:
        wallet = await existing(uow, WALLET.id)
        uow.accounts.save(replace(wallet, balance=Fen(wallet.balance + 7)))

    await storage.transact(work)
    assert typed(await stored(storage, WALLET)) == typed(replace(WALLET, balance=Fen(507)))


async def test_some_are_found_for_which_all_conditions_hold_and_no_more_than_asked_for(storage: Storage) -> None:
    """In whatever order."""
    transfers = [make_transfer(f"key-{n}", payee_no=f"P{n}") for n in range(4)]
    overdue = AtMost(NOW + VERIFICATION)
    await store(storage, *transfers, make_transfer("later", created_at=after(minutes=1)))
    table = storage.read().transfers
    assert {each.id for each in await table.some({"due_at": overdue}, 9)} == {each.id for each in transfers}
    few = await table.some({"due_at": overdue}, 2)
    assert len(few) == 2
    assert set(few) < set(transfers)
    assert await table.some({"due_at": overdue}, 0) == []
