"""How often one may ask: by address, by caller, by nobody; over HTTP, events and WebSockets."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from api.keys import development_key
from api.tokens import LIFETIME, issue_token
from domain.actors import Actor
from tests.api.rates.limited import HOUR, POLICY, is_too_often, limited, retry_after, statuses
from tests.api.subscribing import bare_socket
from tests.clients import Server

GRAPHQL = "application/graphql-response+json"


async def test_a_request_too_many_is_answered_429_in_graphql_form_and_says_when_to_come_again(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_per_caller="3/hour") as server:
        father = server.person("P0001")
        assert await statuses(father, 4) == [200, 200, 200, 429]
        answer = await father.post(POLICY)
        assert retry_after(answer) in HOUR
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        message = answer.json()["errors"][0]["message"]
        assert message == (
            "请求过于频繁，未做任何更改，请稍后再试。Too many requests; nothing was changed. Try again later."
        )


@pytest.mark.parametrize(
    ("accept", "answered"),
    [("*/*", "application/json"), (GRAPHQL, GRAPHQL), ("text/event-stream", "application/json")],
)
async def test_a_request_too_many_is_answered_in_the_kind_that_is_liked_best(
    tmp_path: Path, accept: str, answered: str
) -> None:
    async with limited(tmp_path, rate_per_caller="1/hour") as server:
        assert await statuses(server.person("P0001"), 1) == [200]
        answer = await server.person("P0001", Accept=accept).post(POLICY)
        assert (answer.status_code, answer.headers["Content-Type"]) == (429, f"{answered}; charset=utf-8")
        assert answer.headers["X-Request-Id"]
        assert answer.headers["Cache-Control"] == "no-store"


async def test_whoever_has_waited_as_long_as_told_may_go_on(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_per_caller="3/2second") as server:
        father = server.person("P0001")
        while (answer := await father.post(POLICY)).status_code == 200:
            pass
        assert retry_after(answer) in (1, 2)
        await asyncio.sleep(retry_after(answer))
        assert (await father.post(POLICY)).status_code == 200


async def test_nothing_is_carried_out_of_a_request_too_many(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_per_caller="1/hour") as server:
        father = server.person("P0001")
        assert await statuses(father, 1) == [200]
        mutation = 'mutation { setPassword(input: { newPassword: "975310" }) { errors { code } } }'
        assert (await father.post(mutation)).status_code == 429
        credential = await server.storage.read().credentials.get("P0001")
        assert credential is not None
        assert (credential.version, credential.failures) == (1, 0)


async def test_another_caller_at_the_same_address_goes_on(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_per_caller="2/hour") as server:
        assert await statuses(server.person("P0001"), 3) == [200, 200, 429]
        assert await statuses(server.person("P0002"), 3) == [200, 200, 429]
        assert await statuses(server.anonymous, 3) == [200] * 3


async def test_what_one_caller_asks_too_often_takes_nothing_from_the_address(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_per_caller="2/hour", rate_per_address="4/hour") as server:
        assert await statuses(server.person("P0001"), 10) == [200, 200, *[429] * 8]
        assert await statuses(server.person("P0002"), 3) == [200, 200, 429]
        assert await statuses(server.person("P0003"), 1) == [429]


async def test_nobodys_requests_leave_room_for_whoever_is_signed_in_at_that_address(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_anonymous="2/hour", rate_per_address="4/hour") as server:
        assert await statuses(server.anonymous, 9) == [200, 200, *[429] * 7]
        assert await statuses(server.person("P0001"), 3) == [200, 200, 429]


async def test_a_hospital_and_an_agency_are_counted_by_name_and_not_by_address(tmp_path: Path) -> None:
    rates = {"rate_per_address": "1/hour", "rate_per_caller": "1/hour", "rate_per_institution": "5/hour"}
    async with limited(tmp_path, **rates) as server:
        assert await statuses(server.person("P0001"), 2) == [200, 429]
        assert await statuses(server.hospital, 6) == [*[200] * 5, 429]
        assert await statuses(server.institution("P37010000001"), 5) == [200] * 5
        assert await statuses(server.agency, 6) == [*[200] * 5, 429]
        both = Actor(person_no="P0002", institution_code="H37010000001")
        assert await statuses(server.caller(both), 1) == [429]


async def test_several_rates_hold_together_and_the_longest_wait_is_told(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_per_caller="3/minute;4/hour") as server:
        father = server.person("P0001")
        assert await statuses(father, 4) == [200, 200, 200, 429]
        assert retry_after(await father.post(POLICY)) in range(50, 61)


async def test_every_address_of_the_server_counts_but_that_of_health(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_anonymous="1/hour") as server:
        assert await statuses(server.anonymous, 2) == [200, 429]
        for path, status in {"/health/live": 200, "/health/ready": 200, "/schema.graphql": 429, "/no": 429}.items():
            assert [(await server.http.get(path)).status_code for _ in range(3)] == [status] * 3


async def test_neither_addresses_nor_names_are_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """R28."""
    caplog.set_level("DEBUG", "root")
    async with limited(tmp_path, rate_per_caller="1/hour", rate_failed_sign_ins="1/hour") as server:
        assert await statuses(server.person("P0001"), 2) == [200, 429]
        assert await statuses(server.caller(server.nobody, Authorization="Bearer x"), 2) == [401, 429]
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]  # not the client's
    assert not [text for text in ours if "127.0.0.1" in text or "P0001" in text]


# ---- signing in ---------------------------------------------------------------------------------------------------


async def test_sign_ins_that_fail_are_counted_for_themselves(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_failed_sign_ins="3/hour") as server:
        forged = server.caller(server.nobody, Authorization="Bearer x.y.z")
        assert await statuses(forged, 4) == [401, 401, 401, 429]
        assert retry_after(await forged.post(POLICY)) in HOUR
        assert await statuses(server.person("P0001"), 2) == [200, 200]
        assert await statuses(server.anonymous, 2) == [200, 200]


async def test_a_sign_in_whose_time_is_over_is_no_guess(tmp_path: Path) -> None:
    rates = {"rate_failed_sign_ins": "1/hour", "rate_anonymous": "3/hour"}
    async with limited(tmp_path, **rates) as server:
        late = server.caller(server.nobody, Authorization=f"Bearer {expired_token(server)}")
        assert await statuses(late, 4) == [401, 401, 401, 429]


def expired_token(server: Server) -> str:
    """Give a token that was good once."""
    issued = datetime.now(UTC) - LIFETIME - timedelta(minutes=1)
    return issue_token(development_key(server.keys), Actor(person_no="P0001"), issued)


# ---- WebSockets ---------------------------------------------------------------------------------------------------


async def refused_handshake(server: Server, **headers: str) -> InvalidStatus:
    """Try to connect, and give what is answered."""
    with pytest.raises(InvalidStatus) as refused:
        await bare_socket(server, **headers)
    return refused.value


async def test_handshakes_count_like_requests(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_anonymous="2/hour") as server:
        async with bare_socket(server), bare_socket(server):
            answer = (await refused_handshake(server)).response
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) in HOUR
        assert await statuses(server.anonymous, 1) == [429]


async def test_failed_sign_ins_of_handshakes_and_of_first_messages_count(tmp_path: Path) -> None:
    async with limited(tmp_path, rate_failed_sign_ins="3/hour") as server:
        assert (await refused_handshake(server, Authorization="Bearer x")).response.status_code == 401
        for _ in range(3):
            async with bare_socket(server) as connection:
                await connection.send(json.dumps({"type": "connection_init", "payload": {"Authorization": "Bearer x"}}))
                await connection.wait_closed()
                assert connection.close_code == 4403
        assert (await refused_handshake(server, Authorization="Bearer x")).response.status_code == 429


async def operation(connection: Any, number: int) -> dict[str, Any]:  # noqa: ANN401 - the library's
    """Send an operation over a WebSocket and give what is said first."""
    await connection.send(json.dumps({"type": "subscribe", "id": str(number), "payload": {"query": POLICY}}))
    message: dict[str, Any] = json.loads(await connection.recv())
    if message["type"] == "next":
        assert json.loads(await connection.recv())["type"] == "complete"
    return message


@pytest.mark.parametrize(("person_no", "rate"), [("P0001", "rate_per_caller"), (None, "rate_anonymous")])
async def test_operations_of_a_websocket_count_and_the_connection_stays(
    tmp_path: Path, person_no: str | None, rate: str
) -> None:
    most = "2/hour" if person_no else "3/hour"  # by nobody, the handshake counts as well
    async with limited(tmp_path, **{rate: most}) as server, bare_socket(server) as connection:
        signed = server.person(person_no).headers if person_no else {}
        await connection.send(json.dumps({"type": "connection_init", "payload": signed}))
        assert json.loads(await connection.recv())["type"] == "connection_ack"
        assert [(await operation(connection, number))["type"] for number in range(3)] == ["next", "next", "error"]
        refused = await operation(connection, 9)
        assert (refused["id"], is_too_often(refused["payload"][0])) == ("9", True)
        await connection.send('{"type": "ping"}')
        assert await connection.recv() == '{"type":"pong"}'


async def test_an_address_holds_so_many_connections_at_once(tmp_path: Path) -> None:
    async with limited(tmp_path, connections_per_address=2, trusted_proxies="127.0.0.1") as server:
        async with bare_socket(server), bare_socket(server):
            answer = (await refused_handshake(server)).response
            assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
            streamed = await server.anonymous.http.post(
                "/graphql", json={"query": POLICY}, headers={"Accept": "text/event-stream"}
            )
            assert (streamed.status_code, streamed.headers["Retry-After"]) == (429, "10")
            async with bare_socket(server, **{"X-Forwarded-For": "203.0.113.9"}):
                assert await statuses(server.anonymous, 1) == [200]
        async with bare_socket(server), bare_socket(server):
            pass
