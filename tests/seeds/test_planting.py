"""Planting: through services, and without effect the second time."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Final

import pytest

from domain.ledger import legs_balance
from domain.money import format_yuan
from domain.wallets import personal_account_id, wallet_id
from repositories.contract import Storage, UnitOfWork
from repositories.errors import Unsuitable
from repositories.tables import TABLES
from seeds.demo import FAMILY, Planter
from seeds.plant import plant
from seeds.regions import load_regions
from services.passwords import Argon2Hasher
from tests.factories import NOW, make_person
from tests.keys import cheap_hasher
from tests.repositories.storing import store

BALANCES: Final = {
    "P0001": ("5000.00", "200.00"),
    "P0002": (None, "50.00"),
    "P0003": ("3000.00", "0.00"),
    "P0004": (None, "10.00"),
    "P0005": (None, "0.00"),
    "P0006": ("2000.00", "0.00"),
    "P0007": (None, "0.00"),
    "P0008": ("1000.00", None),
    "P0009": ("800.00", None),
    "P0010": (None, None),
}


@pytest.fixture
def hasher() -> Argon2Hasher:
    """Hash cheaply."""
    return cheap_hasher()


async def contents(storage: Storage) -> dict[str, list[object]]:
    """Give everything in the storage, table by table."""
    reader = storage.read()
    return {table.name: await getattr(reader, table.name).find({}, 2_000) for table in TABLES}


async def test_the_demo_family_is_planted_with_its_balances(storage: Storage, hasher: Argon2Hasher) -> None:
    await plant(storage, hasher, lambda: NOW, demo=True)
    accounts = storage.read().accounts
    for person_no, expected in BALANCES.items():
        found = await accounts.get_many([personal_account_id(person_no), wallet_id(person_no)])
        assert tuple(format_yuan(a.balance) if a is not None else None for a in found) == expected, person_no


async def test_planting_twice_changes_nothing(storage: Storage, hasher: Argon2Hasher) -> None:
    await plant(storage, hasher, lambda: NOW, demo=True)
    once = await contents(storage)
    await plant(storage, hasher, lambda: NOW, demo=True)
    assert await contents(storage) == once


async def test_planting_that_was_broken_off_is_taken_up_again(storage: Storage, hasher: Argon2Hasher) -> None:
    await plant(storage, hasher, lambda: NOW, demo=False)
    for step in list(Planter(storage, hasher, lambda: NOW).steps())[:9]:
        await step()
    await plant(storage, hasher, lambda: NOW, demo=True)
    assert len(await storage.read().kinships.find({}, 100)) == 8


async def test_planting_leaves_what_the_agency_recorded(storage: Storage, hasher: Argon2Hasher) -> None:
    await plant(storage, hasher, lambda: NOW, demo=False)

    async def rename(uow: UnitOfWork) -> None:
        region = await uow.regions.get("210100")
        assert region is not None
        uow.regions.save(replace(region, aliases=("奉天",)))

    await storage.transact(rename)
    await plant(storage, hasher, lambda: NOW, demo=False)
    region = await storage.read().regions.get("210100")
    assert region is not None
    assert region.aliases == ("奉天",)


async def test_every_planted_journal_adds_up_to_zero(storage: Storage, hasher: Argon2Hasher) -> None:
    """R20."""
    await plant(storage, hasher, lambda: NOW, demo=True)
    entries = await storage.read().entries.find({}, 1_000)
    journals = Counter(entry.journal_id for entry in entries)
    assert set(journals.values()) == {2}
    for journal_id in journals:
        assert legs_balance([entry for entry in entries if entry.journal_id == journal_id])


async def test_without_the_demo_only_regions_are_planted(storage: Storage, hasher: Argon2Hasher) -> None:
    await plant(storage, hasher, lambda: NOW, demo=False)
    found = await contents(storage)
    assert {name: len(rows) for name, rows in found.items() if rows} == {"regions": 520, "coverage_reports": 1}


def test_the_family_is_the_documented_one() -> None:
    assert [member.phone for member in FAMILY] == [f"{13800000000 + number}" for number in range(1, 11)]


def test_an_area_printed_under_another_name_is_found_by_it() -> None:
    """R5."""
    altay = next(region for region in load_regions() if region.code == "654300")
    assert (altay.name, altay.aliases) == ("阿勒泰地区", ("阿勒泰市",))


async def test_two_processes_may_plant_at_once(storage: Storage, hasher: Argon2Hasher) -> None:
    await asyncio.gather(*(plant(storage, hasher, lambda: NOW, demo=True) for _ in range(2)))
    together = await contents(storage)
    assert len(together["persons"]) == len(together["credentials"]) == 10
    assert len(together["transfers"]) == 3


async def test_the_demo_family_is_not_planted_among_other_people(storage: Storage, hasher: Argon2Hasher) -> None:
    """Its password is public, and its money comes out of nothing."""
    await store(storage, make_person("P7001"))
    with pytest.raises(Unsuitable, match="WALLET_MODE=production"):
        await plant(storage, hasher, lambda: NOW, demo=True)
    assert await storage.read().persons.count({}) == 1
    await plant(storage, hasher, lambda: NOW, demo=False)


async def test_others_may_join_the_demo_family(storage: Storage, hasher: Argon2Hasher) -> None:
    await plant(storage, hasher, lambda: NOW, demo=True)
    await store(storage, make_person("P7001"))
    await plant(storage, hasher, lambda: NOW, demo=True)
