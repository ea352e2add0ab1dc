"""`python -m api verify`, as an operator and a script run it."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from bson.int64 import Int64
from pymongo import MongoClient

from repositories.factory import open_storage
from repositories.mongo.local import in_database
from tests.api.commanding import run
from tests.clients import running_server
from tests.keys import FILE, KEYS
from tests.reconciliation.scene import play


@pytest.fixture
async def url(mongodb_url: str, tmp_path: Path) -> str:
    """Give the URL of books in which something has happened."""
    url = in_database(mongodb_url, f"test_{uuid4().hex}")
    async with running_server(open_storage(url, KEYS.master), tmp_path, policy="national") as server:
        await play(server)
    return url


@pytest.fixture
def settings(url: str, tmp_path: Path) -> dict[str, str]:
    """Give what says where the books are, and by which keys they are kept."""
    keys = tmp_path / "keys.json"
    keys.touch(0o600)
    keys.write_bytes(FILE)
    return {"WALLET_STORAGE_URL": url, "WALLET_KEYS_FILE": str(keys)}


def test_books_that_agree_are_said_to(settings: dict[str, str]) -> None:
    done = run("api", "verify", **settings)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("everything agrees; read 520 regions,")
    assert done.stdout.count("\n") == 1


def test_each_difference_is_a_line_and_the_status_is_one(
    url: str, settings: dict[str, str], mongodb: MongoClient[dict[str, Any]]
) -> None:
    accounts = mongodb[urlsplit(url).path[1:]].accounts
    balance = (accounts.find_one({"_id": "wallet:P0004"}) or {})["balance"]
    accounts.update_one({"_id": "wallet:P0004"}, {"$set": {"balance": Int64(balance + 1)}})
    done = run("api", "verify", **settings)
    assert (done.returncode, done.stderr) == (1, "")
    altered, differs, summary = done.stdout.splitlines()
    assert altered == "accounts wallet:P0004: was altered by other than this program"
    assert differs.startswith("entries wallet:P0004#")
    assert differs.endswith(f"leaves {balance}, the next one begins with {balance + 1}")
    assert summary.startswith("2 differences; read")
    lines = [json.loads(line) for line in run("api", "verify", "--json", **settings).stdout.splitlines()]
    assert lines[0]["key"] == "wallet:P0004"
    assert lines[1]["key"].startswith("wallet:P0004#")
    assert lines[-1]["differences"] == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"WALLET_STORAGE_URL": "memory://"}, "memory is gone by now"),
        ({"WALLET_STORAGE_URL": "mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=100"}, "does not answer"),
    ],
)
def test_books_that_cannot_be_read_are_no_books_that_differ(
    settings: dict[str, str], changed: dict[str, str], said: str
) -> None:
    done = run("api", "verify", **(settings | changed))
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
