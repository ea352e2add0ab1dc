"""Where it is measured: a MongoDB of one's own, keys of one's own, and databases with people in them."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pymongo import MongoClient

from bench.filling import fill_by_works, fill_database
from bench.population import SINCE, money, people
from repositories.contract import Storage
from repositories.factory import open_storage
from repositories.master_keys import MasterKeys
from repositories.mongo.documents import Client
from repositories.mongo.local import in_database, local_replica_set
from repositories.mongo.sealing import DATA_KEYS
from repositories.mongo.storage import MongoStorage, database_of
from seeds.plant import plant
from services.keys import FILE, Peppers, ServerKeys, kept_file, keys_of, new_keys
from services.passwords import Argon2Hasher

PAIRS: Final = 2_048
"""So many pairs that hardly anybody meets: eight for each of 256 clients."""
SIDE_BY_SIDE: Final = 64
"""How many transactions are under way at once where every work has its own."""
MEMORY: Final = "memory://"


@dataclass(frozen=True, slots=True)
class World:
    """A folder with keys in it, and the address of a MongoDB."""

    folder: Path
    server: str

    @property
    def keys(self) -> ServerKeys:
        """Give the keys everything is sealed by."""
        return keys_of(None, self.folder)

    def url(self, name: str) -> str:
        """Name a database."""
        return in_database(self.server, f"bench_{name}")

    def fill(self, name: str, pairs: int, history: int = 0, like: str | None = None) -> str:
        """Make a database with so many pairs, each payee with such a history, and give its address."""
        url = self.planted(name, like)
        fill_database(url, self.keys.master, chain(people(pairs), money(pairs, history)))
        return url

    def planted(self, name: str, like: str | None = None) -> str:
        """Make a database with regions and the demo family, and give its address.

        With `like`, it has the data keys of that other database, so that documents of the one fit into the other.
        """
        url = self.url(name)
        if like is not None:
            self._copy_keys(self.url(like), url)
        asyncio.run(prepare(url, self.keys))
        return url

    def _copy_keys(self, source: str, target: str) -> None:
        with MongoClient[dict[str, Any]](self.server, w="majority") as client:
            kept = list(client[database_of(source)][DATA_KEYS].find())
            vault = client[database_of(target)][DATA_KEYS]
            vault.create_index("keyAltNames", unique=True, partialFilterExpression={"keyAltNames": {"$exists": True}})
            vault.insert_many(kept)

    def drop(self, url: str) -> None:
        """Forget a database."""
        with MongoClient[dict[str, Any]](self.server) as client:
            client.drop_database(database_of(url))


@contextmanager
def world() -> Iterator[World]:
    """Start what is needed, and stop it on leaving."""
    with tempfile.TemporaryDirectory(prefix="wallet-bench-") as made:
        folder = Path(made)
        kept_file(folder / FILE, new_keys)
        with local_replica_set(folder / "mongo") as server:
            yield World(folder, server)


def cheap(peppers: Peppers) -> Argon2Hasher:
    """Make a hasher that costs nothing, for planting."""
    return Argon2Hasher(peppers, time_cost=1, memory_kib=8, parallelism=1)


async def prepare(url: str, keys: ServerKeys) -> None:
    """Make a database ready, with regions and the demo family in it."""
    async with opened(url, keys.master) as storage:
        await plant_in(storage, keys)


async def plant_in(storage: Storage, keys: ServerKeys) -> None:
    """Plant regions and the demo family, as of the same moment each time."""
    hasher = cheap(keys.peppers)
    try:
        await storage.prepare()
        await plant(storage, hasher, lambda: SINCE, demo=True)
    finally:
        hasher.close()


async def in_memory(keys: ServerKeys, pairs: int, history: int) -> Storage:
    """Give a memory storage with the demo family and so many pairs."""
    storage = open_storage(MEMORY)
    await plant_in(storage, keys)
    await fill_by_works(storage, chain(people(pairs), money(pairs, history)))
    return storage


@asynccontextmanager
async def opened(url: str, keys: MasterKeys, *, one_by_one: bool = False) -> AsyncIterator[Storage]:
    """Open a storage until leaving."""
    storage = open_wallet(url, keys, one_by_one=one_by_one)
    try:
        yield storage
    finally:
        await storage.close()


def open_wallet(url: str, keys: MasterKeys, *, one_by_one: bool = False) -> Storage:
    """Open a storage, on MongoDB also one in which no two works share a transaction."""
    is_mongo = urlsplit(url).scheme.startswith("mongodb")
    return OneByOne.at(url, keys) if one_by_one and is_mongo else open_storage(url, keys)


class OneByOne(MongoStorage):
    """Without group commit: every work has a transaction of its own, many of them side by side."""

    def __init__(self, client: Client, name: str, keys: MasterKeys, **_others: object) -> None:
        """Let nobody share, and nobody wait for others."""
        super().__init__(client, name, keys, together_max=1, side_by_side=SIDE_BY_SIDE)


def mongod_pid(server: str) -> int:
    """Give the process of the server."""
    with MongoClient[dict[str, Any]](server) as client:
        pid: int = client.admin.command("serverStatus")["pid"]
        return int(pid)


def resident_mib(pid: int) -> float:
    """Tell how much memory a process holds."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1_024
    raise ProcessLookupError(pid)
