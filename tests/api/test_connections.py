"""Connections that stay open are signed in, limited in number, and ended in time."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from api.keys import development_key
from api.tokens import LEEWAY, LIFETIME, issue_token
from domain.actors import Actor
from domain.transfers import Transfer
from repositories.contract import UnitOfWork
from repositories.factory import open_storage
from tests.api.subscribing import (
    PATIENCE_S,
    bare_socket,
    by_socket,
    by_sse,
    leave,
    listening,
    next_of,
    refusal_of,
    socket_of,
    until,
)
from tests.clients import Caller, Server, running_server
from tests.factories import make_transfer

TRANSFERS = "subscription { transferUpdated { number } }"
BALANCE = gql("{ viewer { person { wallet { balance } } } }")


async def closing_code(connection: ClientConnection) -> int:
    """Wait until the server closes, and give its code."""
    await asyncio.wait_for(connection.wait_closed(), PATIENCE_S)
    assert connection.close_code is not None
    return connection.close_code


async def test_the_legacy_protocol_is_not_spoken(shared_server: Server) -> None:
    async with bare_socket(shared_server, "graphql-ws") as connection:
        assert connection.subprotocol is None
        assert await closing_code(connection) == 4406


async def test_messages_are_text(shared_server: Server) -> None:
    async with bare_socket(shared_server) as connection:
        await connection.send('{"type": "connection_init"}')
        assert await connection.recv() == '{"type":"connection_ack"}'


async def test_a_bad_token_in_the_first_message_ends_the_connection(shared_server: Server) -> None:
    """R27."""
    async with bare_socket(shared_server) as connection:
        await connection.send('{"type": "connection_init", "payload": {"Authorization": "Bearer x"}}')
        assert await closing_code(connection) == 4403


async def test_a_bad_token_in_the_handshake_is_answered_401(shared_server: Server) -> None:
    """R27."""
    with pytest.raises(InvalidStatus) as refused:
        await bare_socket(shared_server, Authorization="Bearer x")
    assert refused.value.response.status_code == 401


async def test_a_page_of_another_origin_may_not_connect(shared_server: Server) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await bare_socket(shared_server, Origin="https://elsewhere.example")
    assert refused.value.response.status_code == 403


async def test_a_token_in_the_handshake_signs_in(shared_server: Server) -> None:
    """R27."""
    headers = shared_server.person("P0002").headers
    transport = WebsocketsTransport(
        url=shared_server.url.replace("http", "ws") + "/graphql",
        headers=headers,
        subprotocols=["graphql-transport-ws"],
    )
    async with Client(transport=transport) as session:
        assert await session.execute(BALANCE) == {"viewer": {"person": {"wallet": {"balance": "50.00"}}}}


async def test_each_operation_of_a_connection_sees_what_is_true_then(server: Server) -> None:
    father = server.person("P0001")
    async with Client(transport=socket_of(server, father)) as session:
        before = await session.execute(BALANCE)
        await father.pay("H37010000001", "30.00")
        assert [before, await session.execute(BALANCE)] == [
            {"viewer": {"person": {"wallet": {"balance": balance}}}} for balance in ("200.00", "170.00")
        ]


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Server]:
    """Give a server with small limits."""
    limits: dict[str, Any] = {"connections_max": 3, "subscriptions_each_max": 2}
    async with running_server(open_storage("memory://"), tmp_path, **limits) as running:
        yield running


@pytest.fixture
async def impatient(tmp_path: Path) -> AsyncIterator[Server]:
    """Give a server that ends silent connections soon."""
    async with running_server(open_storage("memory://"), tmp_path, connection_idle_s=2) as running:
        yield running


async def test_a_person_has_so_many_subscriptions_at_once(strict: Server) -> None:
    father = strict.person("P0001")
    async with by_sse(strict, father, TRANSFERS) as one, by_sse(strict, father, TRANSFERS) as two:
        waiting = [await listening(strict, "P0001", one), await listening(strict, "P0001", two, others=1)]
        fault = await refusal_of(by_sse(strict, father, TRANSFERS))
        assert fault["extensions"] == {"retryable": True}
        for task in waiting:
            await leave(task)
    async with by_sse(strict, father, TRANSFERS) as again:
        following = await listening(strict, "P0001", again)
        assert not following.done()
        await leave(following)


async def test_a_process_has_so_many_connections_at_once(strict: Server) -> None:
    async with bare_socket(strict), bare_socket(strict), bare_socket(strict):
        with pytest.raises(InvalidStatus) as refused:
            await bare_socket(strict)
        assert refused.value.response.status_code == 403
        answer = await strict.http.post("/graphql", json={"query": TRANSFERS}, headers={"Accept": "text/event-stream"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert (await strict.anonymous.ask("{ policy { name } }"))["policy"] == {"name": "article"}
    async with bare_socket(strict) as connection:
        await connection.send('{"type": "connection_init"}')
        assert await connection.recv() == '{"type":"connection_ack"}'


async def test_a_silent_connection_is_ended(impatient: Server) -> None:
    async with bare_socket(impatient) as connection:
        assert await closing_code(connection) == 1001


async def test_what_is_said_keeps_a_connection_open(impatient: Server) -> None:
    async with bare_socket(impatient) as connection:
        await connection.send('{"type": "connection_init"}')
        for _ in range(4):
            await asyncio.sleep(0.6)
            await connection.send('{"type": "ping"}')
            await connection.recv()
        await connection.send('{"type": "ping"}')
        assert await connection.recv() == '{"type":"pong"}'


async def test_no_connection_lasts_for_ever(tmp_path: Path) -> None:
    async with running_server(open_storage("memory://"), tmp_path, connection_longest_s=1.5) as server:
        father = server.person("P0001")
        async with by_sse(server, father, TRANSFERS) as events:
            with pytest.raises((StopAsyncIteration, httpx.RemoteProtocolError)):
                await next_of(events)
        with pytest.raises(TransportConnectionFailed):
            async with by_socket(server, father, TRANSFERS) as events:
                await next_of(events)
        await until(lambda: not server.feeds.listening)


async def test_who_leaves_is_listened_for_no_longer(shared_server: Server) -> None:
    father = shared_server.person("P0001")
    async with by_socket(shared_server, father, TRANSFERS) as events:
        following = await listening(shared_server, "P0001", events)
        await leave(following)
    await until(lambda: not shared_server.feeds.listening)


async def test_what_is_no_operation_is_a_fault_over_a_connection_too(shared_server: Server) -> None:
    async with Client(transport=socket_of(shared_server, shared_server.anonymous)) as session:
        with pytest.raises(TransportQueryError) as fault:
            await session.execute(gql("{ nothing }"))
    assert fault.value.errors[0]["extensions"] == {"code": "INVALID_INPUT"} if fault.value.errors else False


@pytest.mark.parametrize(
    "message",
    [
        "[1]",
        '"x"',
        '{"type": 1}',
        '{"type": "subscribe", "id": [1], "payload": {"query": "{ policy { name } }"}}',
        '{"type": "subscribe", "id": "1", "payload": "x"}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 5}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ policy { name } }", "variables": [1]}}',
        f'{{"type": "{"x" * 300}"}}',
        "no json",
    ],
)
async def test_what_is_no_message_of_the_protocol_ends_the_connection(shared_server: Server, message: str) -> None:
    async with bare_socket(shared_server) as connection:
        await connection.send('{"type": "connection_init"}')
        await connection.recv()
        await connection.send(message)
        assert await closing_code(connection) == 4400


async def test_a_connection_ends_with_its_sign_in(server: Server) -> None:
    """R27."""
    issued = datetime.now(UTC) - LIFETIME - LEEWAY + timedelta(seconds=4)
    token = issue_token(development_key(server.keys), Actor(person_no="P0001"), issued)
    signed = Caller(server.http, {"Authorization": f"Bearer {token}"})
    async with by_sse(server, signed, TRANSFERS) as events, bare_socket(server, **signed.headers) as by_header:
        async with bare_socket(server) as by_message:
            init = {"type": "connection_init", "payload": signed.headers}
            await by_message.send(json.dumps(init))
            following = await listening(server, "P0001", events)
            assert [await closing_code(connection) for connection in (by_header, by_message)] == [1001, 1001]
        with pytest.raises((StopAsyncIteration, httpx.RemoteProtocolError)):
            await asyncio.wait_for(following, PATIENCE_S)


def subscription(server: Server, accept: str = "text/event-stream") -> bytes:
    """Give a request for a stream as it is written to a socket."""
    many = " ".join(f"n{n}: payee {{ name personNo area {{ code fullName pinyin }} }}" for n in range(90))
    body = json.dumps({"query": f"subscription {{ transferUpdated {{ {many} }} }}"})
    token = server.person("P0001").headers["Authorization"]
    return (
        f"POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nAccept: {accept}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


@asynccontextmanager
async def raw_stream(server: Server, accept: str = "text/event-stream") -> AsyncIterator[asyncio.StreamReader]:
    """Subscribe by a bare socket, which nothing is read from."""
    port = httpx.URL(server.url).port
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    writer.write(subscription(server, accept))
    await until(lambda: server.feeds.listening["P0001"] > 0)
    try:
        yield reader
    finally:
        writer.transport.abort()


async def flood(server: Server, number: int) -> None:
    """Let more happen than a client that does not read has room for."""
    for n in range(number):
        transfer = make_transfer(f"flood-{n}", amount=100)
        await server.storage.transact(partial(_add, transfer))


async def _add(transfer: Transfer, uow: UnitOfWork) -> None:
    uow.transfers.add(transfer)


async def test_a_client_that_does_not_read_and_leaves_is_listened_for_no_longer(tmp_path: Path) -> None:
    async with running_server(open_storage("memory://"), tmp_path) as server:
        gc.disable()
        try:
            async with raw_stream(server):
                await flood(server, 900)
            await until(lambda: not server.feeds.listening)
        finally:
            gc.enable()


@pytest.mark.parametrize("accept", ["text/event-stream", "TEXT/Event-Stream"])
async def test_a_client_that_does_not_read_is_ended_in_time_all_the_same(tmp_path: Path, accept: str) -> None:
    limits = {"connection_longest_s": 1}
    async with running_server(open_storage("memory://"), tmp_path, **limits) as server, raw_stream(server, accept):
        await flood(server, 900)
        await until(lambda: not server.feeds.listening)


async def test_an_empty_query_over_a_connection_is_a_fault_and_no_bug_of_ours(
    shared_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async with bare_socket(shared_server) as connection:
        await connection.send('{"type": "connection_init"}')
        await connection.recv()
        await connection.send('{"type": "subscribe", "id": "1", "payload": {"query": ""}}')
        answer = json.loads(await connection.recv())
    assert (answer["type"], answer["payload"][0]["extensions"]) == ("error", {"code": "INVALID_INPUT"})
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
