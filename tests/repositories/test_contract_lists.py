"""Lists: conditions hold all together and mean the same everywhere, in the table's order, up to a limit."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.kinship import Relation, revoke
from domain.regions import Region, RegionLevel
from domain.transfers import cancel
from repositories.contract import AllOf, AnyOf, AtMost, Condition, Prefix, Storage, UnitOfWork, Where
from repositories.errors import Unsearchable
from tests.factories import (
    HEFEI,
    JINAN,
    NOW,
    after,
    make_entry,
    make_institution,
    make_kinship,
    make_person,
    make_region,
    make_transfer,
)
from tests.repositories.storing import store

SHANDONG = make_region("370000", "山东省", position=1)
OF_JINAN = make_region(JINAN, "济南市", position=2, aliases=("泉城",))
OF_QINGDAO = make_region("370200", "青岛市", position=3)
OF_HEFEI = make_region(HEFEI, "合肥市", position=4)
REGIONS = [SHANDONG, OF_JINAN, OF_QINGDAO, OF_HEFEI]

CONDITIONS: list[tuple[Where, list[Region]]] = [
    ({}, REGIONS),
    ({"province_code": "370000"}, [OF_JINAN, OF_QINGDAO]),
    ({"province_code": ""}, []),
    ({"level": RegionLevel.PROVINCE}, [SHANDONG]),
    ({"position": 3}, [OF_QINGDAO]),
    ({"code": HEFEI}, [OF_HEFEI]),
    ({"code": Prefix("3701")}, [OF_JINAN]),
    ({"code": AnyOf((HEFEI, JINAN, "990000"))}, [OF_JINAN, OF_HEFEI]),
    ({"code": AnyOf(())}, []),
    ({"search_keys": "泉城"}, [OF_JINAN]),
    ({"search_keys": "泉"}, []),
    ({"search_keys": Prefix("泉")}, [OF_JINAN]),
    ({"search_keys": Prefix("南")}, [OF_JINAN]),
    ({"search_keys": Prefix("市")}, [OF_JINAN, OF_QINGDAO, OF_HEFEI]),
    ({"search_keys": Prefix("")}, REGIONS),
    ({"search_keys": Prefix("PY")}, []),
    ({"search_keys": AnyOf(("泉城", "合肥市"))}, [OF_JINAN, OF_HEFEI]),
    ({"search_keys": Prefix("市"), "province_code": "370000"}, [OF_JINAN, OF_QINGDAO]),
    ({"search_keys": Prefix("市"), "province_code": AnyOf(("370000",)), "position": 3}, [OF_QINGDAO]),
    ({"search_keys": "泉城", "province_code": "340000"}, []),
]


@pytest.mark.parametrize(("where", "expected"), CONDITIONS, ids=[str(where) for where, _ in CONDITIONS])
async def test_find_gives_what_all_conditions_hold_for(storage: Storage, where: Where, expected: list[Region]) -> None:
    await store(storage, *reversed(REGIONS))
    regions = storage.read().regions
    assert await regions.find(where, 10) == expected
    assert await regions.find_one(where) == next(iter(expected), None)
    assert await regions.count(where) == len(expected)


async def test_conditions_mean_the_same_for_own_writes(storage: Storage) -> None:
    async def work(uow: UnitOfWork) -> list[list[Region]]:
        for region in reversed(REGIONS):
            uow.regions.add(region)
        return [await uow.regions.find(where, 10) for where, _ in CONDITIONS]

    assert await storage.transact(work) == [expected for _, expected in CONDITIONS]


async def test_conditions_mean_the_same_for_committed_objects_inside_a_work(storage: Storage) -> None:
    await store(storage, *REGIONS)

    async def work(uow: UnitOfWork) -> list[list[Region]]:
        return [await uow.regions.find(where, 10) for where, _ in CONDITIONS]

    assert await storage.transact(work) == [expected for _, expected in CONDITIONS]


METACHARACTERS = list(".()[]{}^$|?*+\\/#~&- \n")


async def test_a_prefix_is_text_and_no_pattern(storage: Storage) -> None:
    named = [make_region(f"3701{n:02d}", position=n, aliases=(f"{text}x",)) for n, text in enumerate(METACHARACTERS)]
    await store(storage, *named)
    found = [await storage.read().regions.find({"search_keys": Prefix(text)}, 50) for text in METACHARACTERS]
    assert found == [[region] for region in named]


async def test_a_dot_in_a_prefix_is_a_dot(storage: Storage) -> None:
    dotted = make_region(JINAN, aliases=("a.b",))
    await store(storage, dotted, make_region(HEFEI, aliases=("axb",)))
    assert await storage.read().regions.find({"search_keys": Prefix("a.")}, 5) == [dotted]


async def test_any_text_may_be_asked_for_though_nothing_matches(storage: Storage) -> None:
    await store(storage, *REGIONS)
    conditions: list[Condition] = ["a\x00b", Prefix("a\x00b"), AnyOf(("a\x00b",)), Prefix("𠮷"), Prefix("泉" * 2000)]
    assert [await storage.read().regions.count({"search_keys": condition}) for condition in conditions] == [0] * 5


async def test_a_prefix_does_not_match_within_a_text_of_several_lines(storage: Storage) -> None:
    await store(storage, replace(make_region(), pinyin="one\ntwo"))
    assert await storage.read().regions.find({"search_keys": Prefix("two")}, 5) == []


async def test_an_element_matches_whatever_its_place_in_the_tuple(storage: Storage) -> None:
    tie = make_kinship("P0001", "P0002", Relation.PARENT)
    await store(storage, tie, make_kinship("P0003", "P0004"))
    kinships = storage.read().kinships
    assert await kinships.find({"members": "P0001"}, 5) == [tie]
    assert await kinships.find({"members": "P0002"}, 5) == [tie]
    assert await kinships.find({"sides": "P0002:CHILD"}, 5) == [tie]
    assert await kinships.find({"sides": "P0001:CHILD"}, 5) == []


async def test_two_conditions_may_hold_for_different_tuples_of_one_object(storage: Storage) -> None:
    tie = make_kinship("P0001", "P0002", Relation.PARENT)
    await store(storage, tie, make_kinship("P0001", "P0003", Relation.SIBLING))
    where: Where = {"members": "P0001", "sides": AnyOf(("P0002:CHILD", "P0009:CHILD")), "pair": tie.pair}
    assert await storage.read().kinships.find(where, 5) == [tie]


async def test_a_changed_object_is_listed_as_it_is_now(storage: Storage) -> None:
    tie = make_kinship()
    await store(storage, tie)

    async def work(uow: UnitOfWork) -> None:
        await uow.kinships.get(tie.id)
        uow.kinships.save(revoke(tie, "P0001", NOW))

    await storage.transact(work)
    kinships = storage.read().kinships
    assert await kinships.find({"active_pair": tie.pair}, 5) == []
    assert await kinships.find({"pair": tie.pair}, 5) == [revoke(tie, "P0001", NOW)]


async def test_an_ascending_table_lists_the_first_first(storage: Storage) -> None:
    persons = [make_person(f"P000{n}") for n in range(5)]
    await store(storage, *persons[::2], *persons[1::2])
    assert await storage.read().persons.find({}, 10) == persons


async def test_a_descending_table_lists_the_newest_first(storage: Storage) -> None:
    transfers = [make_transfer(f"key-{n}", created_at=after(milliseconds=n)) for n in range(5)]
    await store(storage, *transfers[::2], *transfers[1::2])
    assert await storage.read().transfers.find({}, 10) == transfers[::-1]


async def test_ties_in_an_ascending_order_are_broken_by_the_key(storage: Storage) -> None:
    regions = [make_region(f"37010{n}", position=7) for n in range(5)]
    await store(storage, *regions[::2], *regions[1::2])
    assert await storage.read().regions.find({}, 10) == regions


async def test_ties_in_a_descending_order_are_broken_by_the_key_backwards(storage: Storage) -> None:
    transfers = sorted((make_transfer(f"key-{n}") for n in range(5)), key=lambda transfer: transfer.id, reverse=True)
    await store(storage, *transfers[::2], *transfers[1::2])
    assert await storage.read().transfers.find({}, 10) == transfers


async def test_keys_are_ordered_by_code_point(storage: Storage) -> None:
    persons = [
        replace(make_person(f"P{n}"), person_no=key) for n, key in enumerate(["", "A", "Z", "a", "é", "李", "𠮷"])
    ]
    await store(storage, *persons[::2], *persons[1::2])
    assert await storage.read().persons.find({}, 10) == persons


async def test_entries_that_all_have_number_zero_come_last_in_the_order_of_their_keys(storage: Storage) -> None:
    numbered = [make_entry(seq=n) for n in (3, 2, 1)]
    unnumbered = [make_entry("fund:1", seq=0, journal_id=f"journal-{n}") for n in (2, 1)]
    await store(storage, *unnumbered, *numbered)
    assert await storage.read().entries.find({}, 10) == numbered + unnumbered


@pytest.mark.parametrize("limit", [0, 1, 3, 4, 5])
async def test_find_gives_at_most_its_limit(storage: Storage, limit: int) -> None:
    await store(storage, *REGIONS)

    async def work(uow: UnitOfWork) -> list[Region]:
        return await uow.regions.find({}, limit)

    assert await storage.read().regions.find({}, limit) == REGIONS[:limit]
    assert await storage.transact(work) == REGIONS[:limit]


async def test_the_newest_of_a_list_is_found_first(storage: Storage) -> None:
    old, new = make_transfer("key-1"), make_transfer("key-2", created_at=NOW + timedelta(days=1))
    await store(storage, new, old, make_transfer("key-3", "P0008", "P0009", created_at=after(days=2)))
    assert await storage.read().transfers.find_one({"pending_of": "P0001"}) == new
    assert await storage.read().transfers.count({"pending_of": "P0002"}) == 2


async def test_what_has_all_of_several_values_is_found(storage: Storage) -> None:
    hospital = make_institution()
    await store(storage, hospital, make_institution("P34010000001", "合肥安康大药房", "340100"))
    found = storage.read().institutions
    assert await found.find({"within": AllOf(("370000", "370100"))}, 5) == [hospital]
    assert await found.find({"within": AllOf(("370000", "340100"))}, 5) == []
    assert await found.count({"within": AllOf(("340000",)), "accepts_wallet": True}) == 1
    assert await found.count({"accepts_wallet": False}) == 0


async def test_what_is_due_by_a_moment_is_found(storage: Storage) -> None:
    early, late = make_transfer("early"), make_transfer("late", created_at=after(minutes=1))
    await store(storage, early, late, cancel(make_transfer("cancelled")))
    due = storage.read().transfers
    assert await due.find({"due_at": AtMost(after(minutes=30))}, 5) == [early]
    assert await due.find({"due_at": AtMost(after(minutes=31)), "pending_of": "P0001"}, 5) == [late, early]
    assert await due.find({"due_at": AtMost(after(minutes=29))}, 5) == []


async def test_a_condition_on_what_is_not_kept_is_refused(storage: Storage) -> None:
    with pytest.raises(Unsearchable):
        await storage.read().transfers.find({"parties": "P0001"}, 5)
    with pytest.raises(Unsearchable):
        await storage.read().transfers.count({"parties": "P0001"})
    with pytest.raises(Unsearchable):
        await storage.transact(lambda uow: uow.transfers.find_one({"scope": "SAME_PROVINCE"}))
