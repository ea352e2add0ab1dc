"""GraphQL over HTTP as its specification has it, and what every answer carries; the audits are in tests/http."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from starlette.responses import PlainTextResponse

from api.headers import SecurityHeaders
from api.logs import RequestIdFilter, log_with_ids
from repositories.factory import open_storage
from tests.api.subscribing import bare_socket, socket_of
from tests.clients import Server, running_server

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
STREAM = "text/event-stream"
POLICY = "{ policy { name } }"
TWO = "query A { policy { name } } query B { policy { name } }"
FILLING = f"{POLICY:300000}"


async def post(server: Server, body: object, accept: str = JSON, **headers: str) -> httpx.Response:
    """Send a body as JSON."""
    return await server.http.post("/graphql", json=body, headers={"Accept": accept, **headers})


def code_of(answer: httpx.Response) -> str:
    """Give the code of the fault."""
    code: str = answer.json()["errors"][0]["extensions"]["code"]
    return code


# ---- kinds of answers and bodies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL, GRAPHQL),
        (GRAPHQL.upper(), GRAPHQL),
        (f"{GRAPHQL}; charset=utf-8", GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{JSON};q=0.9, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL}, */*", GRAPHQL),
        (f"{GRAPHQL};q=0, */*", JSON),
        (f"{GRAPHQL};q=x, */*;q=0.1", JSON),
        ("text/html, */*;q=0.8", JSON),
    ],
)
async def test_an_answer_is_of_the_kind_that_is_liked_best(shared_server: Server, accept: str, answered: str) -> None:
    answer = await post(shared_server, {"query": POLICY}, accept)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, f"{answered}; charset=utf-8")


async def test_several_accept_headers_are_one(shared_server: Server) -> None:
    headers = [("Accept", "image/png"), ("Accept", GRAPHQL)]
    answer = await shared_server.http.post("/graphql", json={"query": POLICY}, headers=headers)
    assert answer.headers["Content-Type"].startswith(GRAPHQL)


@pytest.mark.parametrize("accept", ["image/png", "text/html", f"{JSON};q=0"])
async def test_who_takes_no_kind_of_answer_there_is_gets_406(shared_server: Server, accept: str) -> None:
    answer = await post(shared_server, {"query": POLICY}, accept)
    assert (answer.status_code, code_of(answer)) == (406, "INVALID_INPUT")


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/plain; x=application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=gbk",
    ],
)
async def test_only_json_in_utf_8_is_taken_so_no_form_of_another_page_can_send_it(
    shared_server: Server, content_type: str
) -> None:
    body = json.dumps({"query": POLICY})
    answer = await shared_server.http.post("/graphql", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, code_of(answer)) == (415, "INVALID_INPUT")


@pytest.mark.parametrize("content_type", ["Application/JSON", 'application/json; charset="UTF-8"'])
async def test_json_may_say_its_charset(shared_server: Server, content_type: str) -> None:
    body = json.dumps({"query": POLICY})
    answer = await shared_server.http.post("/graphql", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 200


# ---- what is asked for --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["{", "{ nothing }", "query($code: String!) { region(code: $code) { name } }", TWO])
@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
async def test_a_request_that_fails_before_it_is_carried_out_has_no_data(
    shared_server: Server, query: str, accept: str, status: int
) -> None:
    answer = await post(shared_server, {"query": query}, accept)
    assert (answer.status_code, code_of(answer)) == (status, "INVALID_INPUT")
    assert "data" not in answer.json()


async def test_a_request_that_asks_for_too_much_is_at_fault_by_its_status(shared_server: Server) -> None:
    answer = await post(shared_server, {"query": f"{POLICY:20001}"}, GRAPHQL)
    assert (answer.status_code, code_of(answer)) == (400, "INVALID_INPUT")


async def test_what_fails_while_it_is_carried_out_has_data(shared_server: Server) -> None:
    answer = await post(shared_server, {"query": '{ policy { name } regions(after: "x") { nodes { code } } }'}, GRAPHQL)
    assert (answer.status_code, code_of(answer)) == (200, "INVALID_INPUT")
    assert "data" in answer.json()


@pytest.mark.parametrize("extra", [{"operationName": 1}, {"variables": [1]}, {"extensions": "246810"}, {"query": None}])
async def test_a_malformed_parameter_is_answered_400_and_not_repeated(
    shared_server: Server, extra: dict[str, object]
) -> None:
    answer = await post(shared_server, {"query": POLICY} | extra)
    assert (answer.status_code, code_of(answer)) == (400, "INVALID_INPUT")
    assert "246810" not in answer.text


async def test_operations_are_sent_one_by_one(shared_server: Server) -> None:
    answer = await post(shared_server, [{"query": POLICY}, {"query": POLICY}])
    assert (answer.status_code, code_of(answer)) == (400, "INVALID_INPUT")


async def test_of_several_operations_the_named_one_is_carried_out(shared_server: Server) -> None:
    answer = await post(shared_server, {"query": TWO, "operationName": "B"})
    assert answer.json()["data"] == {"policy": {"name": "article"}}


@pytest.mark.parametrize("name", ["nobody-246810", ""])
async def test_an_operation_that_is_not_there_is_a_fault_that_does_not_repeat_its_name(
    shared_server: Server, name: str
) -> None:
    answer = await post(shared_server, {"query": TWO, "operationName": name})
    assert (answer.status_code, code_of(answer)) == (200, "INVALID_INPUT")
    assert "246810" not in answer.text


@pytest.mark.parametrize("body", [{"query": TWO}, {"query": TWO, "operationName": "C"}])
async def test_which_operation_is_meant_is_not_guessed_in_a_stream_either(
    shared_server: Server, caplog: pytest.LogCaptureFixture, body: dict[str, object]
) -> None:
    answer = await post(shared_server, body, STREAM)
    assert '"code":"INVALID_INPUT"' in answer.text
    assert caplog.records == []


async def test_which_operation_is_meant_is_not_guessed_over_a_websocket_either(shared_server: Server) -> None:
    async with Client(transport=socket_of(shared_server, shared_server.anonymous)) as session:
        with pytest.raises(TransportQueryError) as fault:
            await session.execute(gql(TWO))
    assert fault.value.errors is not None
    assert fault.value.errors[0]["extensions"] == {"code": "INVALID_INPUT"}


async def test_a_get_takes_its_variables_as_json_and_an_empty_parameter_as_none(shared_server: Server) -> None:
    query = "query($code: String!) { region(code: $code) { name } }"
    parameters = {"query": query, "variables": '{"code": "370100"}', "operationName": "", "extensions": ""}
    answer = await shared_server.http.get("/graphql", params=parameters)
    assert answer.json()["data"] == {"region": {"name": "济南市"}}


@pytest.mark.parametrize("variables", ["{", "[1]", '"x"'])
async def test_a_get_with_variables_that_are_no_object_is_a_fault(shared_server: Server, variables: str) -> None:
    answer = await shared_server.http.get("/graphql", params={"query": POLICY, "variables": variables})
    assert (answer.status_code, code_of(answer)) == (400, "INVALID_INPUT")


async def test_a_get_carries_out_no_mutation_in_a_stream_either(
    shared_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    parameters = {"query": "mutation { __typename }"}
    answer = await shared_server.http.get("/graphql", params=parameters, headers={"Accept": STREAM})
    assert '"code":"INVALID_INPUT"' in answer.text
    assert caplog.records == []


async def test_who_takes_anything_and_sends_no_query_is_told_so(shared_server: Server) -> None:
    answer = await shared_server.http.get("/graphql")
    assert (answer.status_code, code_of(answer)) == (400, "INVALID_INPUT")


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("PUT", "/graphql", 405, {"GET", "POST"}),
        ("DELETE", "/graphql", 405, {"GET", "POST"}),
        ("POST", "/health/live", 405, {"GET", "HEAD"}),
        ("GET", "/nowhere", 404, {""}),
    ],
)
async def test_an_address_or_method_that_is_not_there_is_a_fault_in_graphqls_form(
    shared_server: Server, method: str, path: str, status: int, allowed: set[str]
) -> None:
    answer = await shared_server.http.request(method, path)
    assert (answer.status_code, code_of(answer)) == (status, "INVALID_INPUT")
    assert {part.strip() for part in answer.headers.get("Allow", "").split(",")} == allowed


# ---- how large a body may be --------------------------------------------------------------------------------------


async def test_a_body_that_says_it_is_too_large_is_not_read(shared_server: Server) -> None:
    answer = await post(shared_server, {"query": FILLING})
    assert (answer.status_code, code_of(answer)) == (413, "INVALID_INPUT")


async def chunks(number: int) -> AsyncIterator[bytes]:
    """Send a body without saying how long it is."""
    for _ in range(number):
        yield b" " * 10_000


@pytest.mark.parametrize("accept", [JSON, STREAM])
async def test_a_body_in_chunks_is_held_to_the_limit_as_well(shared_server: Server, accept: str) -> None:
    headers = {"Content-Type": JSON, "Accept": accept}
    answer = await shared_server.http.post("/graphql", content=chunks(30), headers=headers)
    assert (answer.status_code, code_of(answer)) == (413, "INVALID_INPUT")


async def test_a_body_without_end_is_answered_before_its_end(shared_server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(shared_server.url).port)
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n"
    writer.write(head.encode() + 27 * (b"2710\r\n" + b" " * 10_000 + b"\r\n"))
    async with asyncio.timeout(10):
        answer = (await reader.read()).decode()
    writer.close()
    assert answer.startswith("HTTP/1.1 413 ")


async def test_the_limit_of_a_body_is_a_setting(tmp_path: Path) -> None:
    async with running_server(open_storage("memory://"), tmp_path, body_max_bytes=1_024) as server:
        query = f"{POLICY:{1_024 - len(json.dumps({'query': ''}, separators=(',', ':')))}}"
        statuses = [(await post(server, {"query": each})).status_code for each in (query, query + " ")]
        assert statuses == [200, 413]


# ---- headers ------------------------------------------------------------------------------------------------------

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}
STRICT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/health/live", JSON),
        ("GET", "/schema.graphql", JSON),
        ("GET", "/nowhere", JSON),
        ("PUT", "/graphql", JSON),
        ("POST", "/graphql", JSON),
        ("POST", "/graphql", STREAM),
        ("GET", "/", "text/html"),
    ],
)
async def test_every_answer_lets_browsers_do_nothing_with_it(
    shared_server: Server, method: str, path: str, accept: str
) -> None:
    answer = await shared_server.http.request(method, path, json={"query": POLICY}, headers={"Accept": accept})
    assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS
    assert answer.headers["Content-Security-Policy"] == STRICT
    assert "Strict-Transport-Security" not in answer.headers


async def test_an_answer_that_refuses_a_token_carries_them_too(shared_server: Server) -> None:
    answer = await shared_server.http.get("/graphql", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (401, "no-store")
    assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS


async def test_in_production_browsers_come_back_by_https_only() -> None:
    app = SecurityHeaders(PlainTextResponse("x"), production=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://wallet.example") as http:
        assert (await http.get("/")).headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_nobody_keeps_an_answer_to_a_post(shared_server: Server) -> None:
    assert (await post(shared_server, {"query": POLICY})).headers["Cache-Control"] == "no-store"


async def test_nobody_keeps_a_stream_nor_alters_it(shared_server: Server) -> None:
    kept = (await post(shared_server, {"query": POLICY}, STREAM)).headers["Cache-Control"]
    assert {part.strip() for part in kept.split(",")} == {"no-cache", "no-transform", "no-store"}


async def test_nobody_keeps_an_answer_to_somebody_who_signed_in(shared_server: Server) -> None:
    headers = shared_server.person("P0001").headers
    answer = await shared_server.http.get("/graphql", params={"query": POLICY}, headers=headers)
    assert answer.headers["Cache-Control"] == "no-store"


async def test_an_answer_to_anybody_says_what_it_depends_on(shared_server: Server) -> None:
    answer = await shared_server.http.get("/graphql", params={"query": POLICY})
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Vary"] == "Accept, Accept-Language, Authorization"


# ---- request ids --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["a", "Az09._-", "x" * 64])
async def test_the_id_of_a_request_is_the_one_it_came_with(shared_server: Server, given: str) -> None:
    answer = await post(shared_server, {"query": POLICY}, **{"X-Request-Id": given})
    assert answer.headers.get_list("X-Request-Id") == [given]


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a/b", "<script>"])
async def test_an_id_that_is_none_is_replaced_by_one_made_here(shared_server: Server, given: str) -> None:
    answer = await post(shared_server, {"query": POLICY}, **{"X-Request-Id": given})
    assert UUID(answer.headers["X-Request-Id"]).version == 4


async def test_a_websocket_has_an_id_as_well(shared_server: Server) -> None:
    async with bare_socket(shared_server, **{"X-Request-Id": "from-the-gateway"}) as connection:
        assert connection.response is not None
        assert connection.response.headers["X-Request-Id"] == "from-the-gateway"


async def test_what_breaks_is_answered_500_and_found_in_the_log_by_its_id(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """R28: neither the answer nor the log shows what the error said."""

    async def fail() -> None:
        message = "secret 370102196603151238"
        raise RuntimeError(message)

    monkeypatch.setattr(server.storage, "ping", fail)
    caplog.handler.addFilter(RequestIdFilter())
    answer = await server.http.get("/health/ready", headers={"X-Request-Id": "find-me"})
    assert (answer.status_code, answer.headers["X-Request-Id"]) == (500, "find-me")
    assert answer.json() == {
        "errors": [{"message": "服务器内部错误，已记录。Internal error; it has been recorded.", "extensions": {}}]
    }
    assert [vars(record)["request_id"] for record in caplog.records] == ["find-me"]
    assert "secret" not in caplog.text


def test_the_log_shows_the_id(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    log_with_ids()
    log_with_ids()
    logging.getLogger("api").warning("something")
    assert capsys.readouterr().err == "WARNING api [-] something\n"
