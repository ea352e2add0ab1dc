"""Whatever is done to a server, its output and its errors give nobody away (R28).

Beside this, every log line, error, span and metric of the whole test run is searched (`tests/discretion.py`).
"""

import asyncio
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from websockets.asyncio.client import connect

from api.faces import issue_assertion
from api.keys import FACE_KEY, development_key
from api.tokens import issue_token
from domain.actors import Actor
from examples.day import Day
from seeds.demo import BY_NO, PASSWORD
from tests.api.collecting import collecting
from tests.api.commanding import serving
from tests.discretion import SECRETS, Listening, Watching, found_in, require_discreet, told_in

PAYER, PAYEE = BY_NO["P0001"], BY_NO["P0004"]
DEEDS: Final = ("applyTransfer", "verifyTransfer", "payMedicalExpense", "payPremium", "refundPayment")
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
    """R28: a whole day with it, and all that can be wrong about a request; in log, metrics and traces alike."""
    key = development_key(tmp_path)

    def sign(actor: Actor) -> str:
        return issue_token(key, actor, datetime.now(UTC))

    with (
        collecting() as collected,
        serving(tmp_path, WALLET_TRACES_URL=collected.url, WALLET_LOG_REQUESTS="true") as (server, url, _),
        httpx.Client(base_url=url, timeout=60) as http,
    ):
        list(Day(http, sign).spend())
        token = sign(Actor(person_no=PAYER.person_no))
        face = issue_assertion(development_key(tmp_path, FACE_KEY), PAYER.person_no, "password", datetime.now(UTC))
        for request in bad_requests(token):
            signed = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
            answer = http.post("/graphql", **(request | {"headers": signed | request.get("headers", {})}))
            require_discreet(answer.json())
            assert not found_in(" ".join(answer.headers.values())), request
        http.request(PAYEE.phone, "/graphql", headers={"traceparent": f"00-{PAYEE.phone:0>32}-{PAYEE.phone:0>16}-01"})
        for address in (f"/{PAYEE.id_number}", f"/graphql?query={PAYEE.name}", f"/health/{face}"):
            require_discreet(http.get(address, headers={"Accept": "application/json"}).json())
        assert not found_in(asyncio.run(misuse_a_socket(url, token)))
        metrics = http.get("/metrics").text
        server.terminate()
        printed, logged = server.communicate(timeout=30)
    assert not found_in(printed + logged), printed + logged
    assert sum(line.startswith("wallet_mutations_total{") for line in metrics.splitlines()) > len(DEEDS)
    assert not found_in(told_in(metrics)), metrics
    assert {f"mutation {deed}" for deed in DEEDS} <= {span.name for span in collected.spans}
    assert not found_in(collected.told()), collected.told()


def test_what_is_listened_for_is_heard() -> None:
    """R28: the search would find each of the secrets, were it there."""
    listening = Listening()
    for secret in SECRETS:
        listening.handle(logging.makeLogRecord({"name": "api", "msg": "it is %s", "args": (secret,)}))
    assert [leak.removesuffix(" in a line of api") for leak in listening.leaks] == list(SECRETS.values())
    with pytest.raises(AssertionError):
        require_discreet({"data": {"x": {"errors": [{"message": PAYER.name}]}}})
    watching = Watching()
    tracer = TracerProvider()
    tracer.add_span_processor(SimpleSpanProcessor(watching))
    for secret in SECRETS:
        with tracer.get_tracer("test").start_as_current_span("find", attributes={"wallet.subject": secret}):
            pass
    assert [leak.removesuffix(" in a span find") for leak in watching.leaks] == list(SECRETS.values())
    assert found_in(told_in(f'wallet_mutations_total{{code="{PAYER.name}"}} 1.0')) == [f"name of {PAYER.person_no}"]
    assert not found_in(told_in(f"wallet_transaction_seconds_sum 0.{PASSWORD}"))
