"""The plan for shards names every table, every unique attribute, and every hot query that it would be slow for."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pymongo import MongoClient

from repositories.mongo.migrations import STATE
from repositories.mongo.receipts import RECEIPTS
from repositories.mongo.sealing import DATA_KEYS
from repositories.mongo.sharding import EVERYWHERE, SHARDED, UNIQUE, UNSHARDED
from repositories.tables import TABLES
from services.settlement import settle_all
from tests.clients import running_server
from tests.operations.asking import Asked, Asking, live_hot_hours, live_hot_hours_nationally, storage_asking
from tests.operations.page import PAGE


@pytest.fixture(scope="module")
async def asked(
    mongodb_url: str, mongodb: MongoClient[dict[str, object]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[set[Asked]]:
    """Give what is asked in hot hours."""
    database, asking, keys = f"test_{uuid4().hex}", Asking(), tmp_path_factory.mktemp("keys")
    hot: set[Asked] = set()
    for policy, live in (("article", live_hot_hours), ("national", live_hot_hours_nationally)):
        storage = storage_asking(mongodb_url, database, asking)
        async with running_server(storage, keys, policy=policy) as server:
            asking.taken()  # what starting and planting asked
            await live(server)
            await settle_all(storage, server.clock())
            hot |= asking.taken()
    yield {each for each in hot if each.collection not in UNSHARDED}
    mongodb.drop_database(database)


def goes_everywhere(asked: Asked) -> bool:
    """Tell whether all shards would be asked: a filter needs what a key begins with, a document all of it."""
    names = [name for name, _ in SHARDED[asked.collection]]
    return not set(names[:1] if asked.command != "insert" else names) <= asked.equal


def row(name: str, *cells: str) -> str:
    """Write a row of one of the page's tables."""
    return "| " + " | ".join((f"`{name}`", *cells)) + " |"


def test_every_table_is_in_the_plan_and_on_the_page() -> None:
    assert {table.name for table in TABLES} | {DATA_KEYS, RECEIPTS, STATE} == SHARDED.keys() | UNSHARDED.keys()
    page = PAGE.read_text(encoding="utf-8")
    for name, key in SHARDED.items():
        shown = ", ".join(f"{attribute}: {kind}" for attribute, kind in key)
        assert f"| `{name}` | `{{{shown}}}` |" in page
    for name, why in UNSHARDED.items():
        assert row(name, why) in page


def test_every_unique_attribute_of_a_sharded_table_has_its_way() -> None:
    """None of them is or begins with a shard key."""
    unique = {f"{table.name}.{attribute}" for table in TABLES if table.name in SHARDED for attribute in table.unique}
    assert unique == UNIQUE.keys()
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"`{name}`" in page for name in UNIQUE)


def test_every_query_that_would_go_everywhere_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for each in EVERYWHERE:
        assert row(f"{each.collection}.{each.attribute}", each.remedy) in page


def test_every_hot_query_carries_its_shard_key_or_is_named(asked: set[Asked]) -> None:
    named = {(each.collection, each.attribute) for each in EVERYWHERE}
    astray = [
        each
        for each in asked
        if goes_everywhere(each) and not any((each.collection, name) in named for name in each.attributes)
    ]
    assert astray == []


def test_every_query_that_is_named_is_really_sent(asked: set[Asked]) -> None:
    sent = {(each.collection, name) for each in asked if goes_everywhere(each) for name in each.attributes}
    assert [each for each in EVERYWHERE if (each.collection, each.attribute) not in sent] == []


def test_no_write_goes_everywhere(asked: set[Asked]) -> None:
    """In a transaction it would make every shard a part of it."""
    writes = [each for each in asked if each.command not in ("find", "aggregate")]
    assert {each.collection for each in writes} >= {"accounts", "entries", "transfers", "outcomes", "payments", "bills"}
    assert [each for each in writes if goes_everywhere(each)] == []
