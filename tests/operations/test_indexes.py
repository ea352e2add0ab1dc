"""Whatever an operation or the job asks of MongoDB is found along an index, and little else is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any, Final
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from repositories.mongo.documents import CODEC_OPTIONS
from repositories.mongo.setup import indexes_of
from repositories.tables import AUDIT_RECORDS, ENTRIES, TABLES
from services.settlement import settle_all
from tests.clients import Server, running_server
from tests.golden.playing import Player
from tests.golden.scenarios import POLICIES, read_scenarios
from tests.operations.asking import storage_asking
from tests.operations.explaining import Document, Plan, Sending, asked_for, deep_pages, explained, fill, shape_of

LISTS: Final = """query ($institutions: InstitutionFilter, $regions: RegionFilter, $records: AuditFilter) {
  institutions(filter: $institutions, first: 3) { totalCount nodes { code } }
  regions(filter: $regions, first: 3) { totalCount nodes { code } }
  auditLog(filter: $records, first: 3) { totalCount nodes { id } }
  region(code: "370000") {
    institutions(filter: $institutions, first: 3) { totalCount nodes { code } }
    areas(first: 3) { totalCount nodes { code } }
  }
}"""
INSTITUTIONS: Final = {"areaCode": "370100", "kind": "HOSPITAL", "acceptsWallet": True, "search": "ji"}
REGIONS: Final = {"provinceCode": "370000", "level": "AREA", "walletOpen": True, "search": "ji"}
RECORDS: Final = {
    "account": "u-1",
    "actor": "person:P0001",
    "on": "2025-06-02",
    "operation": "applyTransfer",
    "requestId": "r-1",
    "status": "REFUSED",
}
BESIDE_MAX: Final = 3
"""How much may be looked at beside what is returned: what has the same place as where a page begins."""


def subsets(whole: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """Give every choice of what may be asked for."""
    for size in range(len(whole) + 1):
        yield from map(dict, combinations(whole.items(), size))


async def look_through_all_lists(server: Server) -> None:
    """Ask with every combination of filters, and of the trail with each by itself."""
    for institutions, regions in zip(subsets(INSTITUTIONS), subsets(REGIONS), strict=True):
        await server.agency.ask(LISTS, institutions=institutions, regions=regions)
    for name, value in RECORDS.items():
        await server.agency.ask(LISTS, records={name: value})


@pytest.fixture(scope="module")
async def plans(
    mongodb_url: str, mongodb: MongoClient[Document], tmp_path_factory: pytest.TempPathFactory
) -> list[Plan]:
    """Give how everything is carried out that all operations ask, each under its policy."""
    sending, plans = Sending(), dict[str, Plan]()
    for policy in POLICIES:
        database = mongodb.get_database(f"test_{uuid4().hex}", codec_options=CODEC_OPTIONS)
        storage = storage_asking(mongodb_url, database.name, sending)
        async with running_server(storage, tmp_path_factory.mktemp("keys"), policy=policy) as server:
            sending.taken()  # what starting and planting asked
            await Player(server).play(each for each in read_scenarios() if each.policy == policy)
            await look_through_all_lists(server)
            await settle_all(storage, server.clock())
        fill(database)
        plans = {shape_of(each): explained(database, each) for each in with_deep_pages(database, sending)} | plans
        mongodb.drop_database(database.name)
    return list(plans.values())


def with_deep_pages(database: Database[Document], sending: Sending) -> Iterator[Document]:
    """Give all that was sent, and of each list two pages from its middle."""
    for command in sending.taken():
        yield command
        yield from deep_pages(database, command)


def searches(plan: Plan) -> bool:
    """Tell whether texts are asked for by their beginning: what begins so is in no order but that of the texts."""
    return "$regex" in str(plan.command)


def combines(plan: Plan) -> bool:
    """Tell whether the trail is asked for by several things at once, where any one has its index."""
    table = AUDIT_RECORDS.name
    return table in plan.command.values() and len(asked_for(plan.command) & AUDIT_RECORDS.looked_up_by) > 1


def is_narrow(plan: Plan) -> bool:
    """Tell whether little is looked at beside what is returned: nothing at all to count."""
    most = 0 if "aggregate" in plan.command else plan.returned + BESIDE_MAX
    return plan.documents <= most


def collections_of(plans: Iterable[Plan], command: str) -> set[str]:
    """Name the collections that such a command was sent to."""
    return {plan.command[command] for plan in plans if command in plan.command}


def test_all_tables_are_asked_for_and_listed_as_far_as_there_are_lists(plans: list[Plan]) -> None:
    """What is shown below is shown of all; refunds and used assertions are only added to."""
    assert collections_of(plans, "find") >= {table.name for table in TABLES} - {"coverage_reports", "face_assertions"}
    assert collections_of(plans, "aggregate") == {
        *("regions", "kinships", "entries", "transfers", "institutions", "payments", "refunds", "audit_records")
    }
    assert collections_of(plans, "update") >= {"accounts", "transfers", "persons", "kinships", "bills", "payments"}


def test_no_collection_is_scanned(plans: list[Plan]) -> None:
    assert [plan for plan in plans if "COLLSCAN" in plan.stages] == []


def test_nothing_is_sorted_but_what_was_searched_for(plans: list[Plan]) -> None:
    """Of that only the keys, before anything is read of what is not on the page, or all that was found of it."""
    assert [plan for plan in plans if "SORT" in plan.stages and not searches(plan)] == []


def test_little_is_looked_at_that_is_not_returned(plans: list[Plan]) -> None:
    """However deep in a list a page begins."""
    assert [plan for plan in plans if not (is_narrow(plan) or searches(plan) or combines(plan))] == []


def test_a_missing_index_is_noticed(mongodb: MongoClient[Document]) -> None:
    """The measure measures."""
    database = mongodb.get_database(f"test_{uuid4().hex}", codec_options=CODEC_OPTIONS)
    command: dict[str, Any] = {
        "find": ENTRIES.name,
        "filter": {"account_id": "a"},
        "sort": {"seq": -1, "_id": -1},
        "limit": 3,
    }
    try:
        database[ENTRIES.name].insert_many(
            [{"_id": str(n), "account_id": "a" if n % 10 else "b", "seq": n} for n in range(100)]
        )
        bare = explained(database, command)
        database[ENTRIES.name].create_indexes(indexes_of(ENTRIES))
        indexed = explained(database, command)
    finally:
        mongodb.drop_database(database.name)
    assert {"COLLSCAN", "SORT"} == set(bare.stages)
    assert not is_narrow(bare)
    assert set(indexed.stages) == {"LIMIT", "FETCH", "IXSCAN"}
    assert is_narrow(indexed)
