"""A server's user can do all that a server does, and the database itself refuses it what no server may do."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymongo.errors import OperationFailure

from repositories.contract import Storage
from repositories.errors import StorageError, Unsuitable
from repositories.factory import open_storage
from repositories.mongo.macs import MAC
from repositories.mongo.migrations import STATE, state_of
from repositories.mongo.rights import UNAUTHORIZED
from repositories.mongo.sealing import DATA_KEYS
from repositories.mongo.storage import MongoStorage
from repositories.tables import AUDIT_RECORDS, ENTRIES, TABLES, Table
from tests.api.commanding import run
from tests.docs.shell import served
from tests.factories import make_audit_record, make_entry
from tests.keys import KEYS
from tests.operations.cluster import Client, Cluster
from tests.repositories.storing import following, store

SERVER, KEEPER, AUDITOR = "wallet_server", "wallet_keeper", "wallet_auditor"
UNCHANGED = [table for table in TABLES if table.append_only]
NOTHING = {"_id": "of nobody"}


@pytest.fixture(scope="module")
def day(cluster: Cluster) -> str:
    """Spend a day at a server in development whose user is that of servers, and give what is printed."""
    settings = cluster.settings | {"WALLET_DATA_DIR": str(cluster.folder / "wallet"), "WALLET_SETTLE_EVERY_S": "0.1"}
    with served(".venv/bin/python -m api serve", cluster.here, **settings) as url:
        return cluster.sh(".venv/bin/python -m examples.day", **settings, WALLET_PORT=url.rpartition(":")[2])


@pytest.fixture
def as_user(cluster: Cluster) -> Iterator[Callable[[str], Client]]:
    """Give a way to sign in to the primary, past the program."""
    opened: list[Client] = []

    def sign_in(user: str) -> Client:
        opened.append(cluster.node(cluster.primary(), user))
        return opened[-1]

    yield sign_in
    for client in opened:
        client.close()


@pytest.fixture
def another(cluster: Cluster, as_user: Callable[[str], Client]) -> Iterator[str]:
    """Give a database that nobody has prepared yet, with the same users."""
    cluster.sh(".venv/bin/python -m api database-roles --apply", WALLET_STORAGE_URL=cluster.url("admin", "another"))
    admin = as_user("admin")
    for role in ("server", "keeper"):
        admin.admin.command("grantRolesToUser", f"wallet_{role}", roles=[f"another_{role}"])
    yield "another"
    admin.drop_database("another")


def refused(act: Callable[[], object]) -> bool:
    """Tell whether the database says that this user may not."""
    try:
        act()
    except OperationFailure as error:
        return error.code == UNAUTHORIZED
    return False


@asynccontextmanager
async def opened(cluster: Cluster, user: str, database: str = "wallet") -> AsyncIterator[Storage]:
    """Open the storage as a user, and make it ready."""
    storage = open_storage(cluster.url(user, database), KEYS.master)
    try:
        await storage.prepare()
        yield storage
    finally:
        await storage.close()


async def prepare(cluster: Cluster, user: str, database: str = "wallet") -> None:
    """Make the storage ready as a user."""
    async with opened(cluster, user, database):
        pass


def test_a_server_lives_through_a_whole_day(day: str) -> None:
    assert '"PARTLY_REFUNDED", "refundedAmount": "12.50"' in day.splitlines()[-1]


async def test_a_server_hears_what_is_committed(cluster: Cluster, another: str) -> None:
    await prepare(cluster, KEEPER, another)
    async with opened(cluster, SERVER, another) as storage, storage.watch() as events:
        entry = make_entry("wallet:P9999", 1, 1)
        await store(storage, entry)
        assert [event.key for event in await following(events, 1)] == [entry.id]


@pytest.mark.parametrize("table", UNCHANGED, ids=lambda table: table.name)
@pytest.mark.parametrize("user", [SERVER, AUDITOR])
def test_what_is_append_only_is_changed_by_nobody(
    as_user: Callable[[str], Client], day: str, table: Table[Any], user: str
) -> None:
    """R20, R28: one that is there, where there is one."""
    assert day
    collection = as_user(user).wallet[table.name]
    found = collection.find_one() or NOTHING
    one = {"_id": found["_id"]}
    assert refused(lambda: collection.update_one(one, {"$set": {"amount": 1}}))
    assert refused(lambda: collection.replace_one(one, found))
    assert refused(lambda: collection.find_one_and_update(one, {"$inc": {"claims": 1}}))
    assert refused(lambda: collection.delete_one(one))
    assert refused(lambda: collection.aggregate([{"$match": one}, {"$merge": table.name}]))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("user", [SERVER, KEEPER, AUDITOR])
def test_nobody_removes_anything(as_user: Callable[[str], Client], table: Table[Any], user: str) -> None:
    collection = as_user(user).wallet[table.name]
    assert refused(lambda: collection.delete_many({}))
    assert refused(lambda: collection.find_one_and_delete({}))
    assert refused(collection.drop)
    assert refused(lambda: collection.rename("another"))


@pytest.mark.parametrize("table", [table for table in TABLES if not table.append_only], ids=lambda table: table.name)
def test_a_server_changes_what_may_change(as_user: Callable[[str], Client], table: Table[Any]) -> None:
    """The claim is a change as well."""
    assert as_user(SERVER).wallet[table.name].update_one(NOTHING, {"$inc": {"claims": 1}}).matched_count == 0


def test_a_server_makes_and_shapes_nothing(as_user: Callable[[str], Client]) -> None:
    database = as_user(SERVER).wallet
    entries = database[ENTRIES.name]
    assert refused(lambda: database.create_collection("another"))
    assert refused(lambda: database.another.insert_one({}))
    assert refused(lambda: entries.create_index("amount"))
    assert refused(lambda: entries.drop_index("by_account_id"))
    assert refused(lambda: database.command("collMod", ENTRIES.name, validator={}))
    assert refused(lambda: entries.insert_one({}, bypass_document_validation=True))
    assert refused(lambda: database[DATA_KEYS].insert_one({}))
    assert refused(lambda: database[DATA_KEYS].update_one({}, {"$set": {"status": 0}}))


@pytest.mark.parametrize("table", [ENTRIES, AUDIT_RECORDS], ids=lambda table: table.name)
def test_whoever_prepares_changes_no_entry_and_no_audit_record(
    as_user: Callable[[str], Client], table: Table[Any]
) -> None:
    collection = as_user(KEEPER).wallet[table.name]
    assert refused(lambda: collection.update_one({}, {"$set": {"amount": 1}}))


def test_an_auditor_adds_nothing(as_user: Callable[[str], Client]) -> None:
    assert refused(lambda: as_user(AUDITOR).wallet[ENTRIES.name].insert_one({}))


async def test_where_an_index_is_missing_a_server_says_who_has_to_prepare(
    cluster: Cluster, as_user: Callable[[str], Client]
) -> None:
    as_user("admin").wallet[ENTRIES.name].drop_index("by_account_id")
    with pytest.raises(Unsuitable, match="python -m api prepare"):
        await prepare(cluster, SERVER)
    await prepare(cluster, KEEPER)
    await prepare(cluster, SERVER)


async def test_where_a_validator_is_of_another_version_a_server_says_who_has_to_prepare(
    cluster: Cluster, as_user: Callable[[str], Client]
) -> None:
    as_user("admin").wallet.command("collMod", ENTRIES.name, validator={})
    with pytest.raises(Unsuitable, match="python -m api prepare"):
        await prepare(cluster, SERVER)
    await prepare(cluster, KEEPER)
    await prepare(cluster, SERVER)


async def test_where_there_is_no_data_key_a_server_says_who_has_to_prepare(cluster: Cluster, another: str) -> None:
    with pytest.raises(Unsuitable, match="python -m api prepare"):
        await prepare(cluster, SERVER, another)
    await prepare(cluster, KEEPER, another)
    await prepare(cluster, SERVER, another)


async def test_what_is_append_only_is_written_anew_by_a_migrator_alone(
    cluster: Cluster, another: str, as_user: Callable[[str], Client]
) -> None:
    """A database from before there were versions, with a record that has no keyed hash yet."""
    await prepare(cluster, KEEPER, another)
    async with opened(cluster, SERVER, another) as storage:
        await store(storage, make_audit_record())
        assert isinstance(storage, MongoStorage)
        before = state_of(storage._documents, 0)  # noqa: SLF001 - only the program can write it
    admin = as_user("admin")
    records = admin[another][AUDIT_RECORDS.name]
    records.update_one({}, {"$unset": {MAC: ""}}, bypass_document_validation=True)
    admin[another][STATE].update_one({}, {"$set": before})
    with pytest.raises(Unsuitable, match="python -m api prepare"):
        await prepare(cluster, KEEPER, another)
    admin.admin.command("grantRolesToUser", "wallet_keeper", roles=["another_migrator"])
    await prepare(cluster, KEEPER, another)
    admin.admin.command("revokeRolesFromUser", "wallet_keeper", roles=["another_migrator"])
    assert [MAC in record for record in records.find()] == [True]
    await prepare(cluster, SERVER, another)


async def test_a_user_without_the_role_is_told_so(cluster: Cluster) -> None:
    with pytest.raises(Unsuitable, match="database-roles"):
        await prepare(cluster, SERVER, "of_somebody_else")
    with pytest.raises(Unsuitable, match="database-roles"):
        await prepare(cluster, "wallet_backup")


async def test_a_user_that_is_none_is_not_let_in(cluster: Cluster) -> None:
    with pytest.raises(StorageError, match="the user"):
        await prepare(cluster, "wallet_nobody")


def test_roles_are_made_by_who_may_only(cluster: Cluster) -> None:
    printed = run("api", "database-roles", "--apply", WALLET_STORAGE_URL=cluster.url(KEEPER))
    assert (printed.returncode, "userAdminAnyDatabase" in printed.stderr, "Traceback" in printed.stderr) == (
        2,
        True,
        False,
    )


def test_keys_are_rotated_by_whoever_prepares(cluster: Cluster, day: str, as_user: Callable[[str], Client]) -> None:
    """R28: everything is sealed anew, outcomes as well, though no server may change them."""
    assert day
    settings = {"WALLET_STORAGE_URL": cluster.url(KEEPER), "WALLET_KEYS_FILE": str(cluster.keys)}
    assert "sealed anew" in cluster.sh(".venv/bin/python -m api rotate-keys --data", **settings)
    names = [key["keyAltNames"] for key in as_user(AUDITOR).wallet[DATA_KEYS].find()]
    assert sorted(names) == [["integrity"], ["personal-data"]]
