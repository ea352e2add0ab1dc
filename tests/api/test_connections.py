"""Connections that stay open are signed in, limited in number, and ended in time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from repositories.factory import open_storage
from tests.api.subscribing import PATIENCE_S, by_socket, by_sse, leave, listening, next_of, refusal_of, socket_of, until
from tests.clients import Server, running_server

TRANSFERS = "subscription { transferUpdated { number } }"
BALANCE = gql("{ viewer { person { wallet { balance } } } }")


def socket(server: Server, protocol: str = "graphql-transport-ws", **headers: str) -> connect:
    """Open a bare WebSocket."""
    url = server.url.replace("http", "ws") + "/graphql"
    return connect(url, subprotocols=[Subprotocol(protocol)], additional_headers=headers)


async def closing_code(connection: ClientConnection) -> int:
    """Wait until the server closes, and give its code."""
    await asyncio.wait_for(connection.wait_closed(), PATIENCE_S)
    assert connection.close_code is not None
    return connection.close_code


async def test_the_legacy_protocol_is_not_spoken(shared_server: Server) -> None:
    async with socket(shared_server, "graphql-ws") as connection:
        assert connection.subprotocol is None
        assert await closing_code(connection) == 4406


async def test_messages_are_text(shared_server: Server) -> None:
    async with socket(shared_server) as connection:
        await connection.send('{"type": "connection_init"}')
        assert await connection.recv() == '{"type":"connection_ack"}'


async def test_a_bad_token_in_the_first_message_ends_the_connection(shared_server: Server) -> None:
    """R27."""
    async with socket(shared_server) as connection:
        await connection.send('{"type": "connection_init", "payload": {"Authorization": "Bearer x"}}')
        assert await closing_code(connection) == 4403


async def test_a_bad_token_in_the_handshake_is_answered_401(shared_server: Server) -> None:
    """R27."""
    with pytest.raises(InvalidStatus) as refused:
        await socket(shared_server, Authorization="Bearer x")
    assert refused.value.response.status_code == 401


async def test_a_page_of_another_origin_may_not_connect(shared_server: Server) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await socket(shared_server, Origin="https://elsewhere.example")
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
    limits: dict[str, Any] = {"connections_max": 3, "subscriptions_each_max": 2, "connection_idle_s": 0.4}
    async with running_server(open_storage("memory://"), tmp_path, **limits) as running:
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
    async with socket(strict), socket(strict), socket(strict):
        with pytest.raises(InvalidStatus) as refused:
            await socket(strict)
        assert refused.value.response.status_code == 403
        answer = await strict.http.post("/graphql", json={"query": TRANSFERS}, headers={"Accept": "text/event-stream"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert (await strict.anonymous.ask("{ policy { name } }"))["policy"] == {"name": "article"}
    async with socket(strict) as connection:
        await connection.send('{"type": "connection_init"}')
        assert await connection.recv() == '{"type":"connection_ack"}'


async def test_a_silent_connection_is_ended(strict: Server) -> None:
    async with socket(strict) as connection:
        assert await closing_code(connection) == 1001


async def test_what_is_said_keeps_a_connection_open(strict: Server) -> None:
    async with socket(strict) as connection:
        await connection.send('{"type": "connection_init"}')
        for _ in range(4):
            await asyncio.sleep(0.2)
            await connection.send('{"type": "ping"}')
            await connection.recv()
        await connection.send('{"type": "ping"}')
        assert await connection.recv() == '{"type":"pong"}'


async def test_no_connection_lasts_for_ever(tmp_path: Path) -> None:
    async with running_server(open_storage("memory://"), tmp_path, connection_longest_s=0.5) as server:
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
