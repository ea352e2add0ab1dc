"""The server beside its operations: faults, languages, health, the schema."""

import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from repositories.contract import UnitOfWork
from repositories.errors import Contention, OutcomeUnknown, StorageError, Unavailable
from repositories.factory import open_storage
from repositories.staging import StoredTable
from schema.build import printed_schema
from tests.clients import Server, running_server


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ nothing }", {}),
        ("{", {}),
        ("query($c: String!) { region(code: $c) { name } }", {}),
        ('{ coverage(on: "2025-02-30") { on } }', {}),
        ('{ coverage(on: "8 May 2025") { on } }', {}),
        ("{ coverage(on: 20250508) { on } }", {}),
        ('{ coverage(on: "2025-W19-4") { on } }', {}),
    ],
)
async def test_what_a_client_got_wrong_carries_a_code_and_is_not_logged_as_our_error(
    shared_server: Server, caplog: pytest.LogCaptureFixture, query: str, variables: dict[str, object]
) -> None:
    with caplog.at_level(logging.WARNING):
        fault = await shared_server.anonymous.fault(query, **variables)
    assert fault["extensions"]["code"] == "INVALID_INPUT"
    assert caplog.records == []


async def test_messages_are_in_the_language_asked_for(shared_server: Server) -> None:
    for asked, expected in (
        ("en", "Sign in first"),
        ("zh-CN,en;q=0.5", "请先登录"),
        ("fr, en;q=0.8, zh;q=0.9", "请先登录"),
        ("en;q=0, zh", "请先登录"),
        ("en;q=x", "请先登录"),
        ("", "请先登录"),
    ):
        caller = shared_server.caller(shared_server.nobody, **{"Accept-Language": asked})
        answer = await caller.do("setPassword", "person { name }", newPassword="135790")
        assert expected in answer["errors"][0]["message"]


async def test_answers_hold_chinese_as_it_is(shared_server: Server) -> None:
    answer = await shared_server.anonymous.post('{ region(code: "370100") { name } }')
    assert "济南市".encode() in answer.content


async def test_a_query_can_be_sent_by_get_and_a_mutation_cannot(shared_server: Server) -> None:
    query = await shared_server.http.get("/graphql", params={"query": '{ region(code: "370100") { name } }'})
    assert query.json()["data"] == {"region": {"name": "济南市"}}
    mutation = await shared_server.http.get(
        "/graphql",
        params={"query": 'mutation { openRegion(input: {code: "1", on: "2025-05-08"}) { errors { code } } }'},
    )
    assert (mutation.status_code, mutation.headers["Allow"]) == (405, "POST")


async def test_health_and_the_schema_are_served(shared_server: Server) -> None:
    http = shared_server.http
    assert (await http.get("/health/live")).json() == {"status": "live"}
    assert (await http.get("/health/ready")).json() == {"status": "ready"}
    assert (await http.get("/schema.graphql")).text == printed_schema()
    assert (await http.get("/")).headers["location"] == "/graphql"


@pytest.mark.parametrize(
    ("error", "extensions", "said"),
    [
        (Contention("x"), {"retryable": True}, "重试"),
        (Unavailable("x"), {"retryable": True}, "重试"),
        (OutcomeUnknown("x"), {"outcome": "UNKNOWN"}, "outcome"),
        (StorageError("secret"), None, "服务器内部错误"),
        (RuntimeError("secret 370102196603151238"), None, "服务器内部错误"),
    ],
)
async def test_system_faults_are_honest_and_show_nothing_of_the_inside(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    extensions: dict[str, object] | None,
    said: str,
) -> None:
    """R20: what may have been done is never called failed."""

    async def fail(_work: object) -> None:
        raise error

    monkeypatch.setattr(server.storage, "transact", fail)
    query = 'mutation { openRegion(input: {code: "370100", on: "2025-05-08"}) { errors { code } } }'
    fault = await server.agency.fault(query)
    assert said in fault["message"]
    assert fault.get("extensions") == extensions
    assert "secret" not in str(fault)
    assert "secret" not in caplog.text


@pytest.mark.parametrize("error", [Contention("x"), Unavailable("x")])
async def test_a_mutation_whose_answer_cannot_be_loaded_is_not_called_undone(
    server: Server, monkeypatch: pytest.MonkeyPatch, error: StorageError
) -> None:
    """R20: it was committed, and the database went away before the account was read again."""
    commit = server.storage.transact

    async def commit_and_go_away(work: Callable[[UnitOfWork], Awaitable[object]]) -> object:
        result = await commit(work)
        away.setattr(StoredTable, "get_many", go_away)
        return result

    async def go_away(_table: object, _keys: object) -> None:
        raise error

    with monkeypatch.context() as away:
        away.setattr(server.storage, "transact", commit_and_go_away)
        fault = await server.agency.fault(
            "mutation($input: CreditPersonalAccountInput!) "
            "{ creditPersonalAccount(input: $input) { personalAccount { area { name } } } }",
            input={"personNo": "P0001", "amount": "1.00", "period": "2031-01", "idempotencyKey": "shown-to-nobody"},
        )
    path = ["creditPersonalAccount", "personalAccount"]
    assert (fault["path"], fault["extensions"]) == (path, {"outcome": "UNKNOWN"})
    told = await server.agency.ask('{ outcome(idempotencyKey: "shown-to-nobody") { status } }')
    assert told == {"outcome": {"status": "COMPLETED"}}


async def test_a_server_whose_storage_is_away_is_not_ready(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail() -> None:
        message = "away"
        raise Unavailable(message)

    monkeypatch.setattr(server.storage, "ping", fail)
    answer = await server.http.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"status": "storage does not answer"})


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("null", "application/json"),
        ('"x"', "application/json"),
        ("1", "application/json"),
        ("{", "application/json"),
        ("", "application/json"),
        ("[]", "application/json"),
        ('{"query": 1}', "application/json"),
        ("{}", "application/json"),
        ("{ policy { name } }", "text/plain"),
    ],
)
async def test_a_body_that_is_no_request_is_a_fault_with_a_code(
    shared_server: Server, caplog: pytest.LogCaptureFixture, body: str, content_type: str
) -> None:
    answer = await shared_server.http.post("/graphql", content=body, headers={"Content-Type": content_type})
    assert 400 <= answer.status_code < 500
    assert answer.json()["errors"][0]["extensions"]["code"] == "INVALID_INPUT"
    assert caplog.records == []


VERIFY = "mutation($input: VerifyTransferInput!) { verifyTransfer(input: $input) { errors { code } } }"


async def test_a_fault_does_not_repeat_what_was_sent(shared_server: Server) -> None:
    """R28: front ends keep error messages."""
    fault = await shared_server.person("P0001").fault(VERIFY, input={"id": "x", "verification": {"password": "246810"}})
    assert "246810" not in str(fault)
    assert "transferId" in fault["message"]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (VERIFY, {"input": {"transferId": "x", "verification": {"password": 246810}}}),
        (VERIFY, {"input": {"transferId": "x", "verification": {"password": ["246810"]}}}),
        (VERIFY, {"input": {"transferId": "x", "verification": "246810"}}),
        ('mutation { setPassword(input: {newPassword: 246810, currentPassword: ""}) { errors { code } } }', {}),
        ('{ regions(first: "246810") { totalCount } }', {}),
    ],
)
async def test_nor_what_was_sent_as_a_number_or_the_other_way_round(
    shared_server: Server, query: str, variables: dict[str, object]
) -> None:
    """R28: it tells what kind of thing was expected, which is enough."""
    fault = await shared_server.person("P0001").fault(query, **variables)
    assert fault["extensions"] == {"code": "INVALID_INPUT"}
    assert fault["message"]
    assert "246810" not in str(fault)


async def test_a_subscription_that_is_no_stream_says_how_to_subscribe(shared_server: Server) -> None:
    body = {"query": "subscription { walletActivity { kind } }"}
    answer = await shared_server.http.post("/graphql", json=body, headers=shared_server.person("P0001").headers)
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["extensions"]) == (400, {"code": "INVALID_INPUT"})
    assert "text/event-stream" in error["message"]


async def test_a_server_may_keep_its_schema_and_its_explorer_to_itself(tmp_path: Path) -> None:
    shut = {"introspection": False, "explorer": False}
    async with running_server(open_storage("memory://"), tmp_path, **shut) as server:
        assert (await server.http.get("/schema.graphql")).status_code == 404
        assert (await server.http.get("/graphql", headers={"Accept": "text/html"})).status_code == 404
        assert (await server.anonymous.fault("{ __schema { types { name } } }"))["extensions"] == {
            "code": "INVALID_INPUT"
        }
        assert "Did you mean" not in (await server.anonymous.fault("{ polcy { name } }"))["message"]


async def test_the_code_is_the_same_in_either_language(shared_server: Server) -> None:
    answers = [
        await shared_server.caller(shared_server.nobody, **{"Accept-Language": language}).fault("{ regionz { name } }")
        for language in ("zh-CN", "en")
    ]
    assert [answer["extensions"] for answer in answers] == [{"code": "INVALID_INPUT"}] * 2
    assert [bool(re.search(r"[\u4e00-\u9fff]", answer["message"])) for answer in answers] == [True, False]
