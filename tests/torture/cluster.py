"""A replica set of several servers on this machine, whose members can be killed, stopped and started again."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from repositories.mongo.local import Process, free_port, running_member

HOST: Final = "127.0.0.1"
START_S: Final = 60.0
ASK_MS: Final = 500
"""How long a member may take to say what it is; one that is stopped never does."""
STEP_DOWN_S: Final = 5
"""How long a primary that stepped down does not come back."""

Client = MongoClient[dict[str, Any]]


class NeverReady(Exception):
    """What was started did not become ready in time."""


@dataclass
class Member:
    """One server of the set, and its data."""

    data: Path
    port: int
    process: Process | None = None
    _running: ExitStack = field(default_factory=ExitStack)

    @property
    def host(self) -> str:
        """Name it as the set does."""
        return f"{HOST}:{self.port}"

    def start(self) -> None:
        """Start it on the data it has."""
        self._running = ExitStack()
        self.process = self._running.enter_context(running_member(self.data, self.port))

    def kill(self) -> None:
        """End it as a power failure does; its data stays."""
        self._send(signal.SIGKILL)
        self.end()

    def stop(self) -> None:
        """Let it hang: its connections stay open, and nothing is answered."""
        self._send(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on after it hung."""
        self._send(signal.SIGCONT)

    def end(self) -> None:
        """End it, in whatever state it is."""
        self._send(signal.SIGCONT)
        self._running.close()
        self.process = None

    def _send(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def client(self) -> Client:
        """Open a client of this member alone."""
        return Client(HOST, self.port, directConnection=True, serverSelectionTimeoutMS=ASK_MS, socketTimeoutMS=ASK_MS)

    def is_primary(self) -> bool:
        """Ask it whether it takes writes."""
        with suppress(PyMongoError), self.client() as client:
            return bool(client.admin.command("hello")["isWritablePrimary"])
        return False

    def step_down(self) -> None:
        """Ask it to let another one be primary; it closes its connections, this one too."""
        with suppress(PyMongoError), Client(HOST, self.port, directConnection=True) as client:
            client.admin.command("replSetStepDown", STEP_DOWN_S, secondaryCatchUpPeriodSecs=STEP_DOWN_S - 1)


@dataclass(frozen=True)
class Cluster:
    """A replica set `wallet`."""

    members: tuple[Member, ...]

    @property
    def url(self) -> str:
        """Give the URL of its database, for a server or a client."""
        hosts = ",".join(member.host for member in self.members)
        return f"mongodb://{hosts}/wallet?replicaSet=wallet"

    def primary(self) -> Member:
        """Find the member that takes writes, waiting until there is one."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            for member in self.members:
                if member.process is not None and member.is_primary():
                    return member
            time.sleep(0.1)
        message = "the replica set has no primary"
        raise NeverReady(message)

    def heal(self) -> None:
        """Let every member run, and wait for a primary."""
        for member in self.members:
            if member.process is None:
                member.start()
            member.go_on()
        self.primary()


@contextmanager
def replica_set(folder: Path, size: int, election_ms: int = 10_000) -> Iterator[Cluster]:
    """Start a set of that size until leaving; `election_ms` is how long members wait for a primary that is silent."""
    cluster = Cluster(tuple(Member(folder / f"member-{number}", free_port()) for number in range(size)))
    try:
        for member in cluster.members:
            member.start()
        _initiate(cluster, election_ms)
        cluster.primary()
        yield cluster
    finally:
        for member in cluster.members:
            member.end()


def _initiate(cluster: Cluster, election_ms: int) -> None:
    members = [{"_id": number, "host": member.host} for number, member in enumerate(cluster.members)]
    config = {"_id": "wallet", "members": members, "settings": {"electionTimeoutMillis": election_ms}}
    deadline = time.monotonic() + START_S
    while True:
        try:
            with Client(HOST, cluster.members[0].port, directConnection=True, serverSelectionTimeoutMS=1_000) as client:
                client.admin.command("replSetInitiate", config)
        except (OperationFailure, PyMongoError) as error:  # a member that is asked for its consent is not up yet
            if time.monotonic() > deadline:
                raise NeverReady(str(error)) from None
            time.sleep(0.2)
        else:
            return
