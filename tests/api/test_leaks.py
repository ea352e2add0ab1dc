"""Whatever is done to a server, its output and its errors give nobody away (R28).

Beside this, every log line and every error of the whole test run is searched (`tests/discretion.py`).
"""

import asyncio
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from websockets.asyncio.client import connect

from api.faces import issue_assertion
from api.keys import FACE_KEY, development_key
from api.tokens import issue_token
from domain.actors import Actor
from examples.day import Day
from seeds.demo import BY_NO, PASSWORD
from tests.api.commanding import serving
from tests.discretion import SECRETS, Listening, found_in, require_discreet

PAYER, PAYEE = BY_NO["P0001"], BY_NO["P0004"]
APPLY: Final = "mutation($input: ApplyTransferInput!) { applyTransfer(input: $input) { errors { message } } }"


def bad_requests(token: str) -> list[dict[str, Any]]:
    """Give requests that something is wrong about, each with something personal in it."""
    number, phone, name = PAYEE.id_number, PAYEE.phone, PAYEE.name
    body: dict[str, Any] = {"headers": {"Content-Type": "application/json"}}
    return [
        {"content": f'{{"query": "{{ {name} {number}', **body},
        {"content": json.dumps([name, number]), **body},
        {"content": name.encode("utf-16"), **body},
        {"content": number, "headers": {"Content-Type": f"text/{phone}"}},
        {"json": {"query": f"{{ viewer({name}: 1) {{ roles }} }}"}},
        {"json": {"query": f'{{ person(personNo: "{number}") {{ name }} region(code: {number}) {{ name }} }}'}},
        {
            "json": {
                "query": APPLY,
                "variables": {"input": {"payee": number, "amount": phone, "relation": PASSWORD, "source": name}},
            }
        },
        {"json": {"query": APPLY, "variables": {"input": [PASSWORD]}}},
        {
            "json": {
                "query": f'mutation {{ setPassword(input: {{newPassword: x "{PASSWORD}"}}) {{ errors {{ code }} }} }}'
            }
        },
        {"json": {"query": f'{{ viewer {{ roles }} "{number}" }}'}},
        {"json": {"query": APPLY, "variables": {"input": {number: 1, f"x{phone}": 2}}}},
        {"json": {"query": f'{{ x{number}: person(personNo: "1") {{ name }} }}'}},
        {"json": {"query": f'{{ regions(after: "{number}") {{ totalCount }} }}'}},
        {"json": {"query": f'{{ nodes(ids: ["{number}", "{phone}"]) {{ id }} }}', "operationName": name}},
        {"json": {"query": "{ viewer { roles } }"}, "headers": {"Authorization": f"Bearer {token}x{number}"}},
        {"json": {"query": "{ viewer { roles } }"}, "headers": {"Authorization": f"Basic {number}"}},
        {"json": {"query": "{ viewer { roles } }"}, "headers": {"X-Request-Id": number}},
        {"json": {"query": "{ viewer { roles } }"}, "headers": {"X-Request-Id": f"id-{phone}"}},
        {"json": {"query": "{ viewer { roles } }"}, "headers": {"X-Request-Id": f"86{phone}"}},
    ]


async def misuse_a_socket(url: str, token: str) -> str:
    """Sign in to a WebSocket with what is no token, and give why it was closed."""
    async with connect(f"ws{url.removeprefix('http')}/graphql", subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}x"}}))
        await socket.wait_closed()
        return socket.close_reason or ""


def test_a_server_that_is_used_and_misused_gives_nobody_away(tmp_path: Path) -> None:
    """R28: a whole day with it, and all that can be wrong about a request."""
    key = development_key(tmp_path)

    def sign(actor: Actor) -> str:
        return issue_token(key, actor, datetime.now(UTC))

    with serving(tmp_path) as (server, url, _), httpx.Client(base_url=url, timeout=60) as http:
        list(Day(http, sign).spend())
        token = sign(Actor(person_no=PAYER.person_no))
        face = issue_assertion(development_key(tmp_path, FACE_KEY), PAYER.person_no, "password", datetime.now(UTC))
        for request in bad_requests(token):
            signed = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            answer = http.post("/graphql", **(request | {"headers": signed | request.get("headers", {})}))
            require_discreet(answer.json())
            assert not found_in(" ".join(answer.headers.values())), request
        for address in (f"/{PAYEE.id_number}", f"/graphql?query={PAYEE.name}", f"/health/{face}"):
            require_discreet(http.get(address, headers={"Accept": "application/json"}).json())
        assert not found_in(asyncio.run(misuse_a_socket(url, token)))
        server.terminate()
        printed, logged = server.communicate(timeout=30)
    assert not found_in(printed + logged), printed + logged


def test_what_is_listened_for_is_heard() -> None:
    """R28: the search would find each of the secrets, were it there."""
    listening = Listening()
    for secret in SECRETS:
        listening.handle(logging.makeLogRecord({"name": "api", "msg": "it is %s", "args": (secret,)}))
    assert [leak.removesuffix(" in a line of api") for leak in listening.leaks] == list(SECRETS.values())
    with pytest.raises(AssertionError):
        require_discreet({"data": {"x": {"errors": [{"message": PAYER.name}]}}})
