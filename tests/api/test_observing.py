"""What the server tells of itself: metrics, traces, and a log that machines read."""

import asyncio
import json
import re
import signal
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from api.bodies import BodyLimit
from api.keys import development_key
from api.metrics import PATH
from api.tokens import issue_token
from domain.actors import Actor
from repositories.contract import UnitOfWork
from repositories.memory import MemoryStorage
from repositories.mongo.local import in_database
from tests.api.collecting import attributes_of, collecting
from tests.api.commanding import serving
from tests.clients import Server, running_server
from tests.discretion import found_in, told_in

TOKEN = "a-token-of-the-operator"
REGION = '{ region(code: "370100") { name } }'
OPERATIONS = "wallet_graphql_operations_total"
UNDER_WAY = "wallet_http_requests_under_way"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def sample(metrics: str, name: str, **labels: str) -> float:
    """Give a figure; of a series that never was, zero."""
    for line in metrics.splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found and found[1] == name and dict(re.findall(r'(\w+)="([^"]*)"', found[2] or "")) == labels:
            return float(found[3])
    return 0.0


async def metrics_of(server: Server, **headers: str) -> str:
    """Ask for the figures."""
    answer = await server.http.get(PATH, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return answer.text


# ---- metrics ------------------------------------------------------------------------------------------------------


async def test_requests_operations_and_refusals_are_counted(server: Server) -> None:
    before = await metrics_of(server)
    person = server.person("P0001")
    await person.ask(REGION)
    await person.fault('{ coverage(on: "no date") { on } }')
    assert await person.codes("applyTransfer", "transfer { id }", **application(amount="0.00")) == ["INVALID_AMOUNT"]
    await server.http.get("/nowhere/13800000001")
    after = await metrics_of(server)

    def more(name: str, **labels: str) -> float:
        return sample(after, name, **labels) - sample(before, name, **labels)

    assert more("wallet_http_requests_total", route="/graphql", status="200") == 3
    assert more("wallet_http_requests_total", route="other", status="404") == 1
    assert more("wallet_graphql_operations_total", kind="query", field="region", outcome="OK") == 1
    assert more("wallet_graphql_operations_total", kind="query", field="coverage", outcome="INVALID_INPUT") == 1
    assert more("wallet_mutations_total", mutation="applyTransfer", code="INVALID_AMOUNT") == 1
    assert more("wallet_graphql_operation_seconds_count", kind="query", field="region") == 1
    assert not found_in(told_in(after))


def application(**changes: str) -> dict[str, object]:
    """Give what `applyTransfer` is asked for."""
    payee = {"identity": {"name": "李芳", "idNumber": "370102199309183320"}}
    asked: dict[str, object] = {
        "source": "WALLET",
        "payee": payee,
        "relation": "CHILD",
        "amount": "1.00",
        "idempotencyKey": "k",
    }
    return {**asked, **changes}


async def test_what_cannot_be_an_operation_is_counted_under_no_name(server: Server) -> None:
    before = await metrics_of(server)
    await server.anonymous.fault("{ x13800000001: nothing13800000001 }")
    await server.anonymous.fault("{")
    await server.anonymous.fault("query a { region(code: 1) { name } } query b { region(code: 1) { name } }")
    await server.anonymous.ask('{ region(code: "370100") { name } policy { name } }')
    after = await metrics_of(server)
    labels = {"kind": "none", "field": "none", "outcome": "INVALID_INPUT"}
    named_none = sample(after, OPERATIONS, **labels) - sample(before, OPERATIONS, **labels)
    assert named_none == 1
    misfit = {"kind": "query", "field": "none", "outcome": "INVALID_INPUT"}
    assert sample(after, OPERATIONS, **misfit) - sample(before, OPERATIONS, **misfit) == 1
    several = {"kind": "query", "field": "several", "outcome": "OK"}
    assert sample(after, OPERATIONS, **several) - sample(before, OPERATIONS, **several) == 1
    assert "13800000001" not in after


async def test_a_mutation_too_often_is_no_defect(tmp_path: Path) -> None:
    async with running_server(MemoryStorage(), tmp_path, rate_id_lookups="1/minute") as server:
        before = await metrics_of(server)
        mutation = "mutation($input: ApplyTransferInput!) { applyTransfer(input: $input) { errors { code } } }"
        for key in ("first", "second"):
            await server.person("P0001").post(mutation, input=application(idempotencyKey=key))
        after = await metrics_of(server)
    counted = {"mutation": "applyTransfer", "code": "RETRYABLE"}
    name = "wallet_mutations_total"
    assert sample(after, name, **counted) - sample(before, name, **counted) == 1


async def test_the_figures_need_their_token_where_there_is_one(tmp_path: Path) -> None:
    async with running_server(MemoryStorage(), tmp_path, metrics_token=TOKEN) as server:
        for given in ("", "Bearer", f"Bearer {TOKEN}x", "Basic eA=="):
            refused = await server.http.get(PATH, headers={"Authorization": given} if given else {})
            assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
        assert "wallet_http_requests_total" in await metrics_of(server, Authorization=f"Bearer {TOKEN}")
        assert (await server.http.post(PATH)).headers["Allow"] == "GET, HEAD"


@pytest.mark.usefixtures("mongodb_url")
def test_several_processes_put_their_figures_together(tmp_path: Path, mongodb_url: str) -> None:
    url = in_database(mongodb_url, f"test_{uuid4().hex}")
    settings = {"WALLET_STORAGE_URL": url, "WALLET_WORKERS": "2"}
    with serving(tmp_path, **settings) as (_, address, _), httpx.Client(base_url=address) as http:
        for _ in range(40):
            httpx.post(f"{address}/graphql", json={"query": REGION}).raise_for_status()
        metrics = http.get(PATH).text
    assert sample(metrics, "wallet_http_requests_total", route="/graphql", status="200") == 40
    assert sample(metrics, "wallet_transactions_total", outcome="committed") > 0
    assert sample(metrics, "wallet_mongodb_connections", state="open") > 0
    assert sample(metrics, "wallet_mongodb_command_seconds_count", command="find") > 0


# ---- traces -------------------------------------------------------------------------------------------------------


def test_a_trace_leads_from_the_request_over_the_operation_to_the_database(tmp_path: Path, mongodb_url: str) -> None:
    url = in_database(mongodb_url, f"test_{uuid4().hex}")
    with collecting() as collected:
        settings = {"WALLET_STORAGE_URL": url, "WALLET_TRACES_URL": collected.url}
        with serving(tmp_path, **settings) as (server, address, _):
            token = issue_token(development_key(tmp_path), Actor(person_no="P0001"), datetime.now(UTC))
            headers = {"Authorization": f"Bearer {token}", "traceparent": PARENT, "tracestate": "x=13800000001"}
            mutation = "mutation($input: ApplyTransferInput!) { applyTransfer(input: $input) { errors { code } } }"
            body = {"query": mutation, "variables": {"input": application()}}
            httpx.post(f"{address}/graphql", json=body, headers=headers).raise_for_status()
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=30)
    (request,) = [span for span in collected.named("POST /graphql") if span.trace_id.hex() == PARENT.split("-")[1]]
    assert request.parent_span_id.hex() == PARENT.split("-")[2]
    assert attributes_of(request)["http.response.status_code"] == 200
    (operation,) = collected.children(request)
    assert operation.name == "mutation applyTransfer"
    (transaction,) = [span for span in collected.children(operation) if span.name == "transaction"]
    commands = {attributes_of(span)["db.operation.name"] for span in collected.children(transaction)}
    assert {"find", "insert", "commitTransaction"} <= commands
    assert not found_in(collected.told()), collected.told()
    assert "13800000001" not in collected.told()


# ---- the log ------------------------------------------------------------------------------------------------------


def test_the_log_is_json_with_a_line_for_each_request_if_that_is_wanted(tmp_path: Path) -> None:
    settings = {"WALLET_LOG_FORMAT": "json", "WALLET_LOG_REQUESTS": "true"}
    with serving(tmp_path, **settings) as (server, address, _):
        httpx.post(f"{address}/graphql", json={"query": REGION}, headers={"X-Request-Id": "find-me"})
        server.terminate()
        _, logged = server.communicate(timeout=30)
    lines = [json.loads(line) for line in logged.splitlines()]
    (line,) = [line for line in lines if line["requestId"] == "find-me"]
    assert line["logger"] == "wallet.requests"
    assert line["level"] == "INFO"
    assert re.fullmatch(r"POST /graphql 200 in [0-9.]+ ms", line["message"])
    assert {name: line[name] for name in ("method", "route", "status")} == {
        "method": "POST",
        "route": "/graphql",
        "status": 200,
    }


# ---- overload -----------------------------------------------------------------------------------------------------


async def test_requests_beyond_what_the_process_carries_are_refused_at_once(tmp_path: Path) -> None:
    """Nothing of what is refused is done."""
    storage, free = MemoryStorage(), asyncio.Event()

    async def hold(_uow: UnitOfWork) -> None:
        await free.wait()

    async with running_server(storage, tmp_path, requests_max=1) as server:
        holding = asyncio.create_task(storage.transact(hold))
        first = asyncio.create_task(server.person("P0001").codes("applyTransfer", "transfer { id }", **application()))
        while sample(await metrics_of(server), UNDER_WAY, kind="request") < 2:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        refused = await server.person("P0001").post(REGION)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert refused.json()["errors"][0]["extensions"] == {"retryable": True}
        assert (await server.http.get("/health/ready")).status_code == 200
        free.set()
        await holding
        assert await first == []
        assert (await server.person("P0001").post(REGION)).status_code == 200


async def test_who_sends_slowly_holds_no_place(tmp_path: Path) -> None:
    """Else a few connections that send nothing would keep everybody out."""
    async with running_server(MemoryStorage(), tmp_path, requests_max=1) as server:
        address = urlsplit(server.url)
        slow = [await asyncio.open_connection(address.hostname, address.port) for _ in range(5)]
        for _, writer in slow:
            head = (
                "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
            )
            writer.write(head.encode())
            await writer.drain()
        while sample(await metrics_of(server), UNDER_WAY, kind="request") < 6:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        assert (await server.anonymous.post(REGION)).status_code == 200
        for _, writer in slow:
            writer.close()
            await writer.wait_closed()


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    sent: list[Message] = []

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise AssertionError

    limited = BodyLimit(app, max_bytes=10, longest_s=0.01)
    await limited({"type": "http", "method": "POST", "path": "/graphql", "headers": []}, never, send)
    assert sent[0]["status"] == 408
    assert b"nothing was done" in sent[1]["body"]


async def test_who_leaves_before_the_answer_is_no_fault_of_the_server(server: Server) -> None:
    before = await metrics_of(server)
    reader, writer = await asyncio.open_connection(urlsplit(server.url).hostname, urlsplit(server.url).port)
    writer.write(b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert not await reader.read()
    left = {"route": "/graphql", "status": "499"}
    name = "wallet_http_requests_total"
    async with asyncio.timeout(30):
        while sample(await metrics_of(server), name, **left) == sample(before, name, **left):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
