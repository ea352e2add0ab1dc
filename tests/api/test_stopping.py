"""A server that is told to stop does to its end what it has begun."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from pymongo import MongoClient

from api.keys import development_key
from api.tokens import issue_token
from domain.actors import Actor, as_person
from domain.outcomes import outcome_id
from domain.wallets import wallet_id
from repositories.mongo.local import in_database
from tests.api.commanding import serving
from tests.api.test_observing import application, sample

APPLY = "mutation($input: ApplyTransferInput!) { applyTransfer(input: $input) { transfer { status } errors { code } } }"
PATIENCE_S = 30.0


@contextmanager
def claimed(client: MongoClient[dict[str, Any]], database: str, account_id: str) -> Iterator[None]:
    """Keep whoever wants to write that account from doing so until leaving."""
    with client.start_session() as session, session.start_transaction():
        client[database]["accounts"].update_one({"_id": account_id}, {"$inc": {"claims": 1}}, session=session)
        yield
        session.abort_transaction()


def until_refused(url: str) -> None:
    """Wait until nobody listens there."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/health/live")
        except httpx.TransportError:
            return
        time.sleep(0.02)
    pytest.fail("the server goes on listening")


@pytest.mark.parametrize("hangs_up", [False, True], ids=["the client waits", "the client has gone"])
def test_a_transfer_under_way_is_carried_to_its_end(
    tmp_path: Path, mongodb_url: str, mongodb: MongoClient[dict[str, Any]], *, hangs_up: bool
) -> None:
    url = in_database(mongodb_url, f"test_{uuid4().hex}")
    database, answers = urlsplit(url).path[1:], []
    with serving(tmp_path, WALLET_STORAGE_URL=url) as (server, address, _):
        token = issue_token(development_key(tmp_path), Actor(person_no="P0001"), datetime.now(UTC))

        def send() -> None:
            body = {"query": APPLY, "variables": {"input": application()}}
            with httpx.Client(timeout=0.5 if hangs_up else PATIENCE_S) as http:
                try:
                    sent = http.post(f"{address}/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
                    answers.append(sent.json())
                except httpx.ReadTimeout:
                    answers.append("gone")

        sending = threading.Thread(target=send)
        with claimed(mongodb, database, wallet_id("P0001")):
            sending.start()
            while not sample(httpx.get(f"{address}/metrics").text, "wallet_transaction_retries_total"):
                time.sleep(0.02)
            if hangs_up:
                sending.join()
            server.terminate()
            until_refused(address)
        sending.join()
        server.communicate(timeout=PATIENCE_S)
    done = {"data": {"applyTransfer": {"transfer": {"status": "PENDING_VERIFICATION"}, "errors": []}}}
    assert hangs_up or {"data": answers[0]["data"]} == done
    kept = mongodb[database]["outcomes"].find_one({"_id": outcome_id(as_person("P0001"), "k")})
    assert kept is not None
    assert kept["status"] == "COMPLETED"
