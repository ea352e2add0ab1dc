"""A replica set of three nodes with TLS, a key file and users, made as docs/operations.md says."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from tests.api.jwks.certificates import certified
from tests.docs.shell import sh, workplace
from tests.keys import FILE
from tests.operations.page import put_into, send, snippet_with

Client: TypeAlias = MongoClient[dict[str, Any]]
HOST: Final = "127.0.0.1"
PATIENCE_S: Final = 60.0
SMALL: Final = (
    *("--nounixsocket", "--wiredTigerCacheSizeGB=0.25", "--oplogSize=128"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
)
"""So that three nodes fit on a machine that does other things as well."""

HASTE: Final = {'"chainingAllowed": false': '"chainingAllowed": false, "electionTimeoutMillis": 5000'}
"""So that nobody waits ten seconds for the first election."""


@dataclass(frozen=True)
class Cluster:
    """The set, its users' URLs, and a folder in which the page's commands run."""

    folder: Path
    here: Path
    ports: tuple[int, ...]
    mongod: Path

    @property
    def certificate(self) -> Path:
        """Give the certificate of every node, which nobody but itself has signed."""
        return self.folder / "mongodb" / "node.pem"

    @property
    def places(self) -> Mapping[str, str]:
        """Give what stands here in the place of the page's."""
        hosts = [f"{HOST}:{port}" for port in self.ports]
        return {
            **{f"db{number}:27017": host for number, host in enumerate(hosts, 1)},
            "db1,db2,db3": ",".join(hosts),
            "/etc/mongodb": str(self.folder / "mongodb"),
            "/etc/wallet": str(self.folder / "wallet"),
            "https://sign-in.example/jwks": f"http://{HOST}:9/jwks",
        }

    def told(self, part: str, **more: str) -> str:
        """Give the snippet that has this in it, in the tests' own places."""
        return put_into(snippet_with(part), {**more, **self.places})

    def sh(self, text: str, **settings: str) -> str:
        """Run a snippet, the database's own programs found."""
        return sh(text, self.here, **{**settings, "PATH": f"{self.mongod.parent}:{os.environ['PATH']}"})

    def url(self, user: str, database: str = "wallet") -> str:
        """Give the URL of a user: the one that the page has."""
        password = user.removeprefix("wallet_").upper() + "-PASSWORD"
        hosts = self.places["db1,db2,db3"]
        return (
            f"mongodb://{user}:{password}@{hosts}/{database}?replicaSet=rs0&authSource=admin"
            f"&tls=true&tlsCAFile={self.folder / 'wallet' / 'ca.pem'}"
        )

    @property
    def settings(self) -> dict[str, str]:
        """Give the environment of a server in development, as the user of servers."""
        return {"WALLET_STORAGE_URL": self.url("wallet_server"), "WALLET_KEYS_FILE": str(self.keys)}

    @property
    def keys(self) -> Path:
        """Give the keys file."""
        return self.folder / "wallet" / "keys.json"

    def node(self, index: int, user: str | None = None) -> Client:
        """Open one node, as a user or as whoever is at its machine."""
        whose: dict[str, Any] = (
            {"username": user, "password": user.removeprefix("wallet_").upper() + "-PASSWORD"} if user else {}
        )
        return MongoClient(
            HOST, self.ports[index], directConnection=True, tls=True, tlsCAFile=str(self.certificate), **whose
        )

    def is_up(self, index: int) -> bool:
        """Tell whether a node answers; an error if it does not."""
        with self.node(index) as client:
            return bool(client.admin.command("hello"))

    def is_primary(self, index: int) -> bool:
        """Tell whether a node is the one that takes writes."""
        with self.node(index) as client:
            return bool(client.admin.command("hello")["isWritablePrimary"])

    def primary(self) -> int:
        """Give the node that takes writes, once there is one."""
        await_that(lambda: any(map(self.is_primary, range(len(self.ports)))))
        return next(index for index in range(len(self.ports)) if self.is_primary(index))


def await_that(holds: Callable[[], bool]) -> None:
    """Wait until something holds; what cannot be asked yet does not hold."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        try:
            if holds():
                return
        except PyMongoError:
            pass
        assert time.monotonic() < ends
        time.sleep(0.1)


def free_ports(count: int) -> tuple[int, ...]:
    """Give ports that nobody listens on."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server((HOST, 0))) for _ in range(count)]
        return tuple(probe.getsockname()[1] for probe in probes)


@contextmanager
def node_running(mongod: Path, *arguments: str) -> Iterator[None]:
    """Run a node until leaving; what it still wanted to write is nobody's loss."""
    command = [str(mongod), *arguments, *SMALL]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:  # noqa: S603 - the tests' own server
        try:
            yield
        finally:
            server.kill()


@contextmanager
def cluster_of(folder: Path, mongod: Path) -> Iterator[Cluster]:
    """Make the set, its roles and users, and prepare its database, by the snippets of the page in their order."""
    for name in ("mongodb", "wallet"):
        (folder / name).mkdir()
    cluster = Cluster(folder, workplace(folder), free_ports(3), mongod)
    certificate = certified(folder, HOST).read_bytes()
    for path in (cluster.certificate, folder / "mongodb" / "ca.pem", folder / "wallet" / "ca.pem"):
        path.write_bytes(certificate)
    cluster.keys.write_bytes(FILE)
    cluster.sh(cluster.told("openssl rand"))
    with ExitStack() as stack:
        for index, port in enumerate(cluster.ports):
            stack.enter_context(node_running(mongod, "--config", str(configured(cluster, f"data{index}", port))))
        _initiate(cluster)
        yield cluster


def configured(cluster: Cluster, name: str, port: int) -> Path:
    """Give the configuration of a node whose files are in the folder of that name."""
    data = cluster.folder / name
    data.mkdir(exist_ok=True)
    own = {"/var/lib/mongodb": str(data), "localhost,db1": HOST, "port: 27017": f"port: {port}"}
    path = cluster.folder / f"{name}.conf"
    path.write_text(cluster.told("replSetName", **own))
    return path


def _initiate(cluster: Cluster) -> None:
    await_that(lambda: all(map(cluster.is_up, range(len(cluster.ports)))))
    with cluster.node(0) as client:
        send(client, cluster.told("replSetInitiate", **HASTE))
    with cluster.node(cluster.primary()) as client:
        send(client, cluster.told('"createUser": "admin"'))
    with cluster.node(cluster.primary(), "admin") as client:
        send(client, cluster.told("setDefaultRWConcern"))
        cluster.sh(cluster.told("database-roles --apply"))
        send(client, cluster.told('"createUser": "wallet_server"'))
    cluster.sh(cluster.told("api prepare"))
