"""A backup that was taken while transfers went on is restored as the page says, and nothing of it is missing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from pymongo import MongoClient

from domain.transfers import TransferStatus
from repositories.errors import StorageError, Unsuitable
from repositories.factory import open_storage
from seeds.demo import FAMILY
from services.keys import new_keys, parse_keys
from tests.docs.shell import served
from tests.keys import KEYS
from tests.operations.books import differences_of
from tests.operations.cluster import HOST, Cluster, await_that, configured, free_ports, node_running
from tests.operations.load import SETTINGS, more_of, transfers_going_on
from tests.operations.page import send


@dataclass(frozen=True)
class Restored:
    """A set of one node that was made from a backup, and what had been acknowledged before it was taken."""

    cluster: Cluster
    acknowledged: list[str]


async def back_up(cluster: Cluster, acknowledged: list[str], places: dict[str, str]) -> list[str]:
    """Copy a secondary's files while transfers go on; give what was acknowledged by then, and had come there."""
    primary = cluster.primary()
    index = (primary + 1) % len(cluster.ports)
    await more_of(acknowledged)
    known = list(acknowledged)
    with cluster.node(primary) as asked, cluster.node(index, "wallet_backup") as client:
        newest = asked.admin.command("hello")["lastWrite"]["opTime"]["ts"]
        await_that(lambda: bool(client.admin.command("hello")["lastWrite"]["opTime"]["ts"] >= newest))
        await asyncio.to_thread(send, client, cluster.told('"fsync": 1'))
        await more_of(acknowledged)
        await asyncio.to_thread(
            cluster.sh,
            cluster.told("cp -a /var/lib", **places, **{"/var/lib/mongodb": f"{cluster.folder}/data{index}"}),
        )
        await more_of(acknowledged)
        send(client, cluster.told("fsyncUnlock"))
        await_that(lambda: bool(client.admin.command("hello")["lastWrite"]["opTime"]["ts"] > newest))
    return known


@contextmanager
def restored_in(cluster: Cluster, places: dict[str, str]) -> Iterator[Cluster]:
    """Restore the copy, and run it as a set of one node until leaving."""
    places = places | {"/var/lib/mongodb": str(cluster.folder / "restored")}
    (port,) = free_ports(1)
    try:
        cluster.sh(cluster.told("recoverFromOplog", **places, **{"--port 27018": f"--port {port}"}))
        with MongoClient[dict[str, Any]](HOST, port, directConnection=True) as client:
            send(client, cluster.told("dropDatabase"))
    finally:
        cluster.sh(cluster.told("a node like any other", **places))
    alone = replace(cluster, ports=free_ports(1))
    with node_running(cluster.mongod, "--config", str(configured(alone, "restored", alone.ports[0]))):
        with alone.node(0) as client:
            await_that(lambda: bool(client.admin.command("hello")))
        with alone.node(0, "admin") as client:
            send(client, alone.told('"members": [{'))
        alone.primary()
        yield alone


@pytest.fixture(scope="module")
async def restored(cluster: Cluster) -> AsyncIterator[Restored]:
    """Back up under load, and restore."""
    data_dir = cluster.folder / "wallet"
    places = {"/backup": str(cluster.folder / "backup"), "/var/log/mongodb": str(cluster.folder)}
    (cluster.folder / "backup").mkdir()
    settings = cluster.settings | SETTINGS | {"WALLET_DATA_DIR": str(data_dir)}
    with ExitStack() as stack:
        url = await asyncio.to_thread(
            stack.enter_context, served(".venv/bin/python -m api serve", cluster.here, **settings)
        )
        async with transfers_going_on(url, data_dir) as acknowledged:
            known = await back_up(cluster, acknowledged, places)
            alone = await asyncio.to_thread(stack.enter_context, restored_in(cluster, places))
        yield Restored(alone, known)


async def test_every_transfer_that_was_acknowledged_before_is_there(restored: Restored) -> None:
    """R20: and the program reads it, as its keeper and with its keys."""
    storage = open_storage(restored.cluster.url("wallet_keeper"), KEYS.master)
    try:
        await storage.prepare()
        for number in restored.acknowledged:
            transfer = await storage.read().transfers.find_one({"number": number})
            assert transfer is not None
            assert transfer.status is TransferStatus.COMPLETED
        person = await storage.read().persons.get(FAMILY[0].person_no)
        assert person is not None
        assert person.id_number == FAMILY[0].id_number
    finally:
        await storage.close()


def test_journals_add_up_to_zero_and_entries_make_the_balances(restored: Restored) -> None:
    """R20: nothing was torn, though transfers were under way when it was copied."""
    with restored.cluster.node(0, "wallet_auditor") as client:
        assert client.wallet.entries.count_documents({}) > 2 * len(restored.acknowledged)
        assert differences_of(client.wallet) == []


def test_a_difference_would_be_found(restored: Restored) -> None:
    with restored.cluster.node(0, "admin") as client:
        entry = client.wallet.entries.find_one({"balance_after": {"$ne": None}})
        assert entry is not None
        client.wallet.entries.update_one({"_id": entry["_id"]}, {"$inc": {"amount": 1}})
        assert set(differences_of(client.wallet)) == {entry["journal_id"], entry["account_id"]}
        client.wallet.entries.update_one({"_id": entry["_id"]}, {"$inc": {"amount": -1}})


def test_the_programs_own_look_finds_nothing_wrong(restored: Restored) -> None:
    settings = {
        "WALLET_STORAGE_URL": restored.cluster.url("wallet_auditor"),
        "WALLET_KEYS_FILE": str(restored.cluster.keys),
    }
    restored.cluster.sh(".venv/bin/python -m api verify", **settings)


async def test_without_the_keys_file_nobody_can_be_read(restored: Restored) -> None:
    """R28."""
    others = parse_keys(new_keys(), "another keys file")
    storage = open_storage(restored.cluster.url("wallet_keeper"), others.master)
    try:
        with pytest.raises(Unsuitable, match="keys file"):
            await storage.prepare()
        with pytest.raises(StorageError, match="master key"):
            await storage.read().persons.get(FAMILY[0].person_no)
    finally:
        await storage.close()
