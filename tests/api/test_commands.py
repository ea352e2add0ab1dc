"""The command line, run as an operator runs it."""

import re
import socket
import sys
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from api.faces import DevelopmentFaceReader
from api.keys import FACE_KEY, development_key
from api.tokens import DevelopmentReader
from repositories.mongo.local import in_database
from tests.api.commanding import run, serving

NO_KEYS = {"WALLET_STORAGE_URL": "mongodb://127.0.0.1:9/x", "WALLET_KEYS_FILE": "/none"}


@pytest.mark.parametrize(
    ("option", "subject", "caller"),
    [
        ("--person", "P0001", "person:P0001"),
        ("--institution", "H37010000001", "institution:H37010000001"),
        ("--agency", "demo", "agency:demo"),
    ],
)
async def test_a_token_is_the_last_thing_printed(tmp_path: Path, option: str, subject: str, caller: str) -> None:
    printed = run("api", "token", option, subject, WALLET_DATA_DIR=str(tmp_path))
    assert printed.returncode == 0
    token = printed.stdout.strip().splitlines()[-1]
    signed = await DevelopmentReader(development_key(tmp_path)).read(token)
    assert signed.actor.names() == (caller,)


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (("api", "token"), {}, "required"),
        (("api", "dance"), {}, "invalid choice"),
        (("api", "token", "--person", "P0001"), {"WALLET_MODE": "production"}, "WALLET_STORAGE_URL"),
        (("api", "serve"), {"WALLET_STORAGE_URL": "ftp://x"}, "mongodb"),
        (
            ("api", "serve"),
            {"WALLET_JWKS_FILE": "/none", "WALLET_JWT_ISSUER": "x", "WALLET_JWT_AUDIENCE": "x", "WALLET_PORT": "0"},
            "WALLET_JWKS_FILE",
        ),
        (("api",), {"WALLET_STORAGE_URL": "mongodb://127.0.0.1:9/x?serverSelectionTimeoutMS=100"}, "does not answer"),
        (("api", "face", "--person", "P0001", "--bill", "B1"), {}, "INSTITUTION:NUMBER:AMOUNT"),
        (("api", "face", "--person", "P0001", "--bill", "X1:B1:30.00"), {}, "H"),
        (("api", "face", "--person", "P0001", "--premium", "540100"), {}, "AREA:YEAR"),
        (("api", "face", "--person", "P 1", "--password"), {}, "digits"),
        (("api", "serve"), {"WALLET_FACE_JWKS_FILE": "/none", "WALLET_PORT": "0"}, "WALLET_FACE_JWKS_FILE"),
        (("api", "new-keys", "--after", "/none"), {}, "/none"),
        (("api", "rotate-keys"), {}, "WALLET_STORAGE_URL"),
        (("api", "prepare"), {}, "WALLET_STORAGE_URL"),
        (("api", "database-roles"), {}, "WALLET_STORAGE_URL"),
        (("api", "database-roles"), {"WALLET_STORAGE_URL": "mongodb://a:b:c/x"}, "mongodb://HOST"),
        (
            ("api", "database-roles", "--apply"),
            {"WALLET_STORAGE_URL": "mongodb://127.0.0.1:9/x?serverSelectionTimeoutMS=100"},
            "does not answer",
        ),
        (
            ("api", "rotate-keys"),
            {"WALLET_STORAGE_URL": "mongodb://127.0.0.1:9/x", "WALLET_KEYS_FILE": "/none"},
            "/none",
        ),
        (("seeds",), {}, "WALLET_STORAGE_URL"),
        (("seeds", "--demo"), {"WALLET_MODE": "production", "WALLET_STORAGE_URL": "mongodb://127.0.0.1:9/x"}, "public"),
        (("api", "new-keys", "--output", "/none/keys.json"), {}, "/none/keys.json"),
        (("api", "serve"), {"WALLET_RATE_PER_CALER": "1/minute", "WALLET_PORT": "x"}, "WALLET_RATE_PER_CALLER"),
        (("seeds",), NO_KEYS, "/none"),
        (("seeds",), {"WALLET_STORAGE_URL": "mongodb://127.0.0.1:9/x?serverSelectionTimeoutMS=100"}, "does not answer"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(arguments: tuple[str, ...], settings: dict[str, str], said: str) -> None:
    printed = run(*arguments, **settings)
    assert printed.returncode != 0
    assert said in printed.stderr
    assert "Traceback" not in printed.stderr


@pytest.mark.parametrize(
    ("options", "purpose"),
    [
        (("--transfer", "VHJhbnNmZXI6eA"), "transfer:x"),
        (("--bill", "H37010000001:B:1:30"), "bill:H37010000001:B:1:30.00"),
        (("--premium", "540100:2026"), "premium:540100:2026"),
        (("--password",), "password"),
    ],
)
async def test_a_face_assertion_is_printed(tmp_path: Path, options: tuple[str, ...], purpose: str) -> None:
    """R18."""
    printed = run("api", "face", "--person", "P0001", *options, WALLET_DATA_DIR=str(tmp_path))
    read = await DevelopmentFaceReader(development_key(tmp_path, FACE_KEY)).read(printed.stdout.strip())
    assert read is not None
    assert (read.person_no, read.purpose) == ("P0001", purpose)


def test_seeds_are_planted_by_command_and_a_second_time_as_well(mongodb_url: str) -> None:
    url = in_database(mongodb_url, f"test_{uuid4().hex}")
    for _ in range(2):
        printed = run("seeds", "--demo", WALLET_STORAGE_URL=url)
        assert (printed.returncode, printed.stdout) == (0, "planted: regions and the demo family\n"), printed.stderr


def test_a_database_is_prepared_by_command_and_a_second_time_as_well(mongodb_url: str) -> None:
    url = in_database(mongodb_url, f"test_{uuid4().hex}")
    for _ in range(2):
        printed = run("api", "prepare", WALLET_STORAGE_URL=url)
        assert printed.returncode == 0, printed.stderr
        assert printed.stdout.endswith(" is ready for this version\n")


def test_keys_are_rotated_by_command(mongodb_url: str, tmp_path: Path) -> None:
    """R28: new keys, everything by them, and the old ones are needed no more."""
    settings = {"WALLET_STORAGE_URL": in_database(mongodb_url, f"test_{uuid4().hex}")}
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    assert run("api", "new-keys", "--output", str(before)).returncode == 0
    assert run("seeds", "--demo", **settings, WALLET_KEYS_FILE=str(before)).returncode == 0
    after.write_text(run("api", "new-keys", "--after", str(before)).stdout)
    wrapped = run("api", "rotate-keys", **settings, WALLET_KEYS_FILE=str(after))
    assert "protected by local:2" in wrapped.stdout, wrapped.stderr
    sealed = run("api", "rotate-keys", "--data", **settings, WALLET_KEYS_FILE=str(after))
    assert "sealed anew by a new data key: 30 " in sealed.stdout, sealed.stderr
    refused = run("seeds", **settings, WALLET_KEYS_FILE=str(before))
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    assert "WALLET_KEYS_FILE" in refused.stderr


def test_the_server_greets_with_address_storage_and_a_token_that_works(tmp_path: Path) -> None:
    with serving(tmp_path) as (_, url, greeting):
        assert f"{url}/graphql" in greeting
        assert "memory: gone when this stops" in greeting
        token = re.search(r"Bearer [\w.-]+", greeting)
        assert token is not None
        query = {"query": "{ viewer { person { name } } }"}
        answer = httpx.post(f"{url}/graphql", json=query, headers={"Authorization": token[0]})
        assert answer.json()["data"] == {"viewer": {"person": {"name": "李建国"}}}


def test_a_server_that_is_told_to_stop_ends_its_streams_and_stops(tmp_path: Path) -> None:
    with serving(tmp_path) as (server, url, greeting):
        token = re.search(r"Bearer [\w.-]+", greeting)
        assert token is not None
        headers = {"Authorization": token[0], "Accept": "text/event-stream"}
        body = {"query": "subscription { walletActivity { kind } }"}
        with httpx.stream("POST", f"{url}/graphql", json=body, headers=headers, timeout=30) as stream:
            server.terminate()
            assert b"".join(stream.iter_raw()) in (b"", b": ping\r\n\r\n")
        server.wait(30)
        assert server.stderr is not None
        assert server.stderr.read() == ""


def test_a_keys_file_is_made_for_its_owner_and_never_over_another(tmp_path: Path) -> None:
    """R28: production's own settings are not needed, since they need the file."""
    file = tmp_path / "keys.json"
    assert run("api", "new-keys", "--output", str(file), WALLET_MODE="production").returncode == 0
    made = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    again = run("api", "new-keys", "--after", str(file), "--output", str(file))
    assert (again.returncode, "no file that was there was touched" in again.stderr, file.read_bytes()) == (
        2,
        True,
        made,
    )


@pytest.mark.parametrize("option", [("--person", "P 1"), ("--institution", "X1")])
def test_a_token_is_for_somebody_there_can_be(tmp_path: Path, option: tuple[str, str]) -> None:
    printed = run("api", "token", *option, WALLET_DATA_DIR=str(tmp_path))
    assert (printed.returncode, printed.stdout) == (2, "")
    assert "example" in printed.stderr or "digits" in printed.stderr


def test_data_that_another_server_uses_is_said_in_a_sentence(mongodb_url: str, tmp_path: Path) -> None:
    assert mongodb_url
    inner = [sys.executable, "-m", "repositories.mongo", "--data", str(tmp_path), "--", "true"]
    printed = run("repositories.mongo", "--data", str(tmp_path), "--", "env", "-u", "MONGODB_URL", *inner)
    assert "another server is still using" in printed.stderr


def test_a_command_can_be_given_a_local_replica_set(mongodb_url: str, tmp_path: Path) -> None:
    assert mongodb_url
    printed = run("repositories.mongo", "--data", str(tmp_path), "--", sys.executable, "-m", "seeds")
    assert (printed.returncode, printed.stdout) == (0, "planted: regions\n"), printed.stderr


def test_a_port_that_is_taken_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        printed = run("api", WALLET_PORT=str(taken.getsockname()[1]))
    assert (printed.returncode, printed.stdout) == (2, "")
    assert "WALLET_PORT" in printed.stderr
    assert "Traceback" not in printed.stderr
