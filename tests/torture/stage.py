"""A whole system for one scenario: a replica set, a server, perhaps proxies, clients, and somebody who watches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from repositories.mongo.local import free_port
from tests.torture.cluster import Cluster, Member, replica_set
from tests.torture.history import History
from tests.torture.ledger import Client, total_of_snapshot
from tests.torture.load import Clients, Load
from tests.torture.proxy import Behaviour, Proxy, proxy_to
from tests.torture.servers import ApiServer

WATCH_PAUSE_S: Final = 0.2
RECOVERY_S: Final = 60.0
PATIENCE_MS: Final = 2_000
ELECTION_MS: Final = 10_000
"""How long members wait for a primary that is silent: MongoDB's own default."""


@dataclass(frozen=True)
class Plan:
    """What a scenario needs."""

    members: int = 1
    workers: int = 2
    clients: int = 8
    by_proxy: bool = False


@dataclass
class Stage:
    """Everything that runs, and what is counted."""

    cluster: Cluster
    server: ApiServer
    database: Client
    clients: Clients
    load: Load
    history: History
    to_database: Proxy | None = None
    to_server: Proxy | None = None
    faults: int = 0
    snapshots: int = 0
    without_primary_s: float = 0.0
    problems: list[str] = field(default_factory=list)

    def fault(self) -> None:
        """Count something that was broken on purpose."""
        self.faults += 1

    async def elected(self) -> Member:
        """Wait for a primary, and note for how long there was none."""
        since = time.monotonic()
        primary = await asyncio.to_thread(self.cluster.primary)
        self.without_primary_s = max(self.without_primary_s, time.monotonic() - since)
        return primary

    async def serving(self) -> None:
        """Wait until a write was acknowledged within the last second."""
        await self._acknowledged(lambda at: at > time.monotonic() - 1)

    async def _acknowledged(self, is_late: Callable[[float], bool]) -> None:
        """Wait until a write was acknowledged that late."""
        deadline = time.monotonic() + RECOVERY_S
        while not is_late(max(self.history.acknowledged_at, default=0)):
            if time.monotonic() > deadline:
                self.problems.append("nothing is acknowledged for a minute, and everything runs")
                return
            await asyncio.sleep(0.05)

    async def watch(self) -> None:
        """Read the total in one snapshot after the other; money that is under way is never to be seen."""
        while True:
            with suppress(PyMongoError):
                total = await asyncio.to_thread(total_of_snapshot, self.database)
                self.snapshots += 1
                if total != 0:
                    self.problems.append(f"a snapshot adds up to {total}")
            await asyncio.sleep(WATCH_PAUSE_S)

    async def recover(self) -> None:
        """Let everything run again, and wait for a write that is acknowledged after it."""
        for proxy in (self.to_database, self.to_server):
            if proxy is not None:
                proxy.behave(Behaviour.PASS)
        await asyncio.to_thread(self.cluster.heal)
        if not self.server.is_running():
            self.problems.append("the server ended by itself")
            self.server.start()
        await self.server.ready()
        healed = time.monotonic()
        await self._acknowledged(lambda at: at > healed)


@asynccontextmanager
async def staged(folder: Path, plan: Plan, election_ms: int | None = None) -> AsyncIterator[Stage]:
    """Start all a plan asks for, with the wallets filled; everything ends on leaving."""
    async with AsyncExitStack() as stack:
        cluster = stack.enter_context(replica_set(folder / "mongo", plan.members, election_ms or ELECTION_MS))
        to_database = to_server = None
        url, server_port = cluster.url, free_port()
        address = f"http://127.0.0.1:{server_port}"
        if plan.by_proxy:
            to_database = await stack.enter_async_context(
                proxy_to(cluster.members[0].port, lambda asked: b"commitTransaction" in asked)
            )
            to_server = await stack.enter_async_context(proxy_to(server_port, lambda asked: b"mutation" in asked))
            url = f"mongodb://127.0.0.1:{to_database.port}/wallet?directConnection=true&socketTimeoutMS={PATIENCE_MS}"
            address = f"http://127.0.0.1:{to_server.port}"
        server = ApiServer(folder / "api", url, plan.workers, server_port)
        stack.callback(server.kill)
        server.start()
        await server.ready()
        database: Client = stack.enter_context(
            MongoClient[dict[str, Any]](cluster.url, serverSelectionTimeoutMS=PATIENCE_MS, socketTimeoutMS=PATIENCE_MS)
        )
        history = History()
        clients = Clients(address, server.folder, history)
        stack.push_async_callback(clients.http.aclose)
        load = Load(clients, plan.clients, history)
        stage = Stage(cluster, server, database, clients, load, history, to_database, to_server)
        yield stage
