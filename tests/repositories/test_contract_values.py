"""Values: whatever can be kept comes back exactly, and what cannot be kept is refused alike by every backend."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.credentials import VerificationMethod
from domain.identity import IdNumber
from domain.money import Fen
from domain.transfers import TransferStatus
from domain.wallets import UsePlaceChange
from repositories.contract import Storage, UnitOfWork
from repositories.errors import Unstorable
from tests.factories import (
    HEFEI,
    JINAN,
    NOW,
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
from tests.repositories.storing import existing, store, stored, typed

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)
TEXTS = [
    "",
    " ",
    "𠮷野",
    "👨‍👩‍👧",
    "e\u0301",
    "é",
    "$gt",
    "a.b",
    "$a.$b",
    "{}",
    "null",
    "a\x00b",
    "\n",
    "'\"\\",
    "李" * 5000,
]
SHORT_TEXTS = TEXTS[:-1]


async def all_come_back(storage: Storage, entities: Sequence[object]) -> None:
    await store(storage, *entities)
    assert [typed(await stored(storage, entity)) for entity in entities] == [typed(entity) for entity in entities]


async def test_any_text_is_given_back_as_it_was(storage: Storage) -> None:
    await all_come_back(storage, [replace(make_person(f"P{n}"), name=text) for n, text in enumerate(TEXTS)])


async def test_any_short_text_can_be_a_key(storage: Storage) -> None:
    await all_come_back(storage, [replace(make_credential(), person_no=text) for text in SHORT_TEXTS])


async def test_any_short_text_can_be_a_unique_value_and_is_found_by_it(storage: Storage) -> None:
    persons = [replace(make_person(f"P{n}"), id_number=IdNumber(text)) for n, text in enumerate(SHORT_TEXTS)]
    await store(storage, *persons)
    assert [await storage.read().persons.find_one({"id_number": text}) for text in SHORT_TEXTS] == persons


async def test_any_short_text_can_be_looked_up_as_a_key(storage: Storage) -> None:
    regions = [make_region(text, position=n) for n, text in enumerate(SHORT_TEXTS)]
    await store(storage, *regions)
    assert [await storage.read().regions.find({"code": text}, 5) for text in SHORT_TEXTS] == [[r] for r in regions]
    assert await storage.read().regions.get_many(SHORT_TEXTS) == regions


async def test_texts_that_only_look_alike_are_different(storage: Storage) -> None:
    await all_come_back(storage, [replace(make_credential(), person_no=key) for key in ("é", "e\u0301", "É", "a", "A")])


async def test_any_balance_of_64_bits_is_given_back_exactly(storage: Storage) -> None:
    numbers = [INT64_MAX, INT64_MAX - 1, 2**53 + 1, 2**31, 0]
    accounts = [make_personal_account(f"P{n}", balance=number, held=number) for n, number in enumerate(numbers)]
    await all_come_back(storage, accounts)


async def test_any_amount_of_64_bits_is_given_back_exactly(storage: Storage) -> None:
    numbers = [INT64_MIN, INT64_MAX, -1, -(2**53) - 1, 0]
    await all_come_back(storage, [make_entry(seq=n, amount=number) for n, number in enumerate(numbers)])


async def test_guarded_values_of_64_bits_can_be_saved(storage: Storage) -> None:
    account = make_wallet(balance=INT64_MAX)
    await store(storage, account)

    async def work(uow: UnitOfWork) -> None:
        uow.accounts.save(replace(await existing(uow, account.id), balance=Fen(INT64_MAX - 1)))

    await storage.transact(work)
    assert await stored(storage, account) == replace(account, balance=Fen(INT64_MAX - 1))


async def test_any_utc_time_is_given_back_to_the_millisecond(storage: Storage) -> None:
    moments = [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2025, 5, 8, 15, 59, 59, 1_000, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
    ]
    await all_come_back(storage, [replace(make_person(f"P{n}"), registered_at=at) for n, at in enumerate(moments)])


async def test_absent_and_empty_are_different(storage: Storage) -> None:
    await all_come_back(
        storage, [replace(make_entry(seq=1), transfer_id=None), replace(make_entry(seq=2), transfer_id="")]
    )


async def test_a_value_can_become_none_and_a_tuple_empty(storage: Storage) -> None:
    region = make_region(aliases=("泉城",))
    transfer = replace(
        make_transfer(), status=TransferStatus.COMPLETED, verified_by=VerificationMethod.FACE, completed_at=NOW
    )
    await store(storage, region, transfer)

    async def work(uow: UnitOfWork) -> None:
        await uow.regions.get(region.code)
        await uow.transfers.get(transfer.id)
        uow.regions.save(replace(region, aliases=()))
        uow.transfers.save(make_transfer())

    await storage.transact(work)
    assert typed(await stored(storage, region)) == typed(replace(region, aliases=()))
    assert typed(await stored(storage, transfer)) == typed(make_transfer())


# ---- what cannot be kept ------------------------------------------------------------------------------------------

UNFIT_TIMES = {
    "with microseconds": NOW + timedelta(microseconds=1),
    "without a zone": NOW.replace(tzinfo=None),
    "in another zone": NOW.astimezone(timezone(timedelta(hours=8))),
}
PERSON = make_person()
WALLET = make_wallet()
TIE = make_kinship()
UNFIT: dict[str, object] = {
    "balance over 64 bits": make_wallet(balance=INT64_MAX + 1),
    "amount over 64 bits": make_entry(amount=INT64_MAX + 1),
    "amount under 64 bits": make_entry(amount=INT64_MIN - 1),
    "position over 64 bits": make_region(position=2**64),
    "balance below zero": make_wallet(balance=-1),
    "held below zero": make_personal_account(balance=5, held=-1),
    "seq below zero": replace(WALLET, seq=-1),
    "half a character": replace(WALLET, use_area_code="\ud842"),
    "held over balance": make_wallet(balance=5, held=6),
    **{f"registered at a time {kind}": replace(PERSON, registered_at=unfit) for kind, unfit in UNFIT_TIMES.items()},
    **{f"locked until a time {kind}": make_credential(locked_until=unfit) for kind, unfit in UNFIT_TIMES.items()},
    **{f"declared at a time {kind}": replace(TIE, declared_at=unfit) for kind, unfit in UNFIT_TIMES.items()},
    **{
        f"accepted at a time {kind}": replace(TIE, commitment=replace(TIE.commitment, accepted_at=unfit))
        for kind, unfit in UNFIT_TIMES.items()
    },
    **{
        f"moved at a time {kind}": replace(WALLET, use_place_changes=(UsePlaceChange(JINAN, HEFEI, unfit),))
        for kind, unfit in UNFIT_TIMES.items()
    },
}


@pytest.mark.parametrize("entity", UNFIT.values(), ids=UNFIT.keys())
async def test_an_unfit_value_is_refused_and_nothing_is_written(storage: Storage, entity: object) -> None:
    with pytest.raises(Unstorable):
        await store(storage, make_person("P0009"), entity, make_outcome())
    assert await stored(storage, entity) is None
    assert await stored(storage, make_person("P0009")) is None
    assert await stored(storage, make_outcome()) is None


@pytest.mark.parametrize(
    "changes",
    [{"balance": -1}, {"held": -1}, {"held": 11}, {"seq": -1}, {"balance": 2**63}, {"opened_at": datetime(2025, 5, 8)}],  # noqa: DTZ001
    ids=str,
)
async def test_saving_an_unfit_value_is_refused_and_nothing_is_written(
    storage: Storage, changes: dict[str, object]
) -> None:
    wallet = make_wallet(balance=10)
    await store(storage, wallet)

    async def work(uow: UnitOfWork) -> None:
        uow.persons.add(make_person())
        uow.accounts.save(replace(await existing(uow, wallet.id), **changes))  # type: ignore[arg-type]

    with pytest.raises(Unstorable):
        await storage.transact(work)
    assert await stored(storage, wallet) == wallet
    assert await stored(storage, make_person()) is None


async def test_what_was_unfit_before_the_end_of_a_work_does_not_matter(storage: Storage) -> None:
    async def work(uow: UnitOfWork) -> None:
        uow.accounts.add(make_wallet(balance=-1))
        uow.accounts.save(make_wallet(balance=1))

    await storage.transact(work)
    assert await stored(storage, WALLET) == make_wallet(balance=1)
