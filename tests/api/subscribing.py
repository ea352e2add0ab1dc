"""Real clients of subscriptions: graphql-transport-ws by gql, server-sent events by httpx-sse."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Final

from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport
from httpx_sse import aconnect_sse
from websockets import Subprotocol
from websockets.asyncio.client import connect

from tests.clients import Caller, Server

PATIENCE_S: Final = 15.0
Events = AsyncGenerator[dict[str, Any], None]
Subscribe = Callable[..., AbstractAsyncContextManager[Events]]


def bare_socket(server: Server, protocol: str = "graphql-transport-ws", **headers: str) -> connect:
    """Open a bare WebSocket."""
    url = server.url.replace("http", "ws") + "/graphql"
    return connect(url, subprotocols=[Subprotocol(protocol)], additional_headers=headers)


def socket_of(server: Server, caller: Caller) -> WebsocketsTransport:
    """Give a WebSocket whose first message signs the caller in."""
    return WebsocketsTransport(
        url=server.url.replace("http", "ws") + "/graphql",
        init_payload=caller.headers,
        subprotocols=["graphql-transport-ws"],
    )


@asynccontextmanager
async def by_socket(server: Server, caller: Caller, query: str, **variables: object) -> AsyncIterator[Events]:
    """Subscribe over graphql-transport-ws."""
    async with Client(transport=socket_of(server, caller)) as session:
        events: Any = session.subscribe(GraphQLRequest(query, variable_values=variables))
        yield events
        await events.aclose()


@asynccontextmanager
async def by_sse(server: Server, caller: Caller, query: str, **variables: object) -> AsyncIterator[Events]:
    """Subscribe over server-sent events, one stream for the operation."""
    body = {"query": query, "variables": variables}
    async with aconnect_sse(server.http, "POST", "/graphql", json=body, headers=dict(caller.headers)) as source:

        async def events() -> Events:
            async for event in source.aiter_sse():
                if event.event == "complete":
                    return
                answer = json.loads(event.data)
                if "errors" in answer:
                    message = "refused"
                    raise TransportQueryError(message, errors=answer["errors"])
                yield answer["data"]

        following = events()
        yield following
        await following.aclose()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another task does."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - the server has no event for tests to wait on
            await asyncio.sleep(0.01)


async def listening(server: Server, person_no: str, events: Events, *, others: int = 0) -> asyncio.Task[dict[str, Any]]:
    """Ask for the next event, and wait until the server listens for it, beside that many others."""
    following = asyncio.ensure_future(anext(events))
    await until(lambda: server.feeds.listening[person_no] > others or following.done())
    return following


async def leave(following: asyncio.Task[dict[str, Any]]) -> None:
    """Wait for the next event no longer."""
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


async def next_of(events: Events) -> dict[str, Any]:
    """Give the next event."""
    return await asyncio.wait_for(anext(events), PATIENCE_S)


async def refusal_of(subscription: AbstractAsyncContextManager[Events]) -> dict[str, Any]:
    """Give the fault that a subscription is refused with."""
    try:
        async with subscription as events:
            await next_of(events)
    except TransportQueryError as refused:
        fault: dict[str, Any] = (refused.errors or [{}])[0]
        return fault
    raise AssertionError
