"""A client for one person: queries and mutations go over HTTP, subscriptions over a WebSocket.

Operations are checked against the committed schema before they are sent, and money comes as `Decimal`, times as
`datetime`: never as a `float`, which is not exact.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from gql.utilities import update_schema_scalar
from graphql import GraphQLScalarType, GraphQLSchema, build_schema, parse, separate_operations

EXAMPLES: Final = Path(__file__).parents[1]
SCALARS: Final = (
    GraphQLScalarType("Money", serialize=str, parse_value=Decimal),
    GraphQLScalarType("Date", serialize=date.isoformat, parse_value=date.fromisoformat),
    GraphQLScalarType("DateTime", serialize=datetime.isoformat, parse_value=datetime.fromisoformat),
)
Answer = dict[str, Any]


def read_schema() -> GraphQLSchema:
    """Read the committed schema, and say what its scalars are in Python."""
    schema = build_schema((EXAMPLES.parent / "schema" / "schema.graphql").read_text(encoding="utf-8"))
    for scalar in SCALARS:
        update_schema_scalar(schema, scalar.name, scalar)
    return schema


def read_operations() -> dict[str, GraphQLRequest]:
    """Read the operations by their names, each with the fragments that it uses."""
    text = (EXAMPLES / "transfer.graphql").read_text(encoding="utf-8")
    return {name: GraphQLRequest(document) for name, document in separate_operations(parse(text)).items()}


SCHEMA: Final = read_schema()
OPERATIONS: Final = read_operations()


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who is signed in."""

    http: AsyncClientSession
    socket: AsyncClientSession

    async def send(self, operation: str, field: str, **variables: object) -> Answer:
        """Send an operation, and give what its field answers."""
        request = GraphQLRequest(OPERATIONS[operation], variable_values=variables)
        data = await self.http.execute(request, serialize_variables=bool(variables))  # gql insists on there being some
        answer: Answer = data[field]
        return answer

    async def listen(self, operation: str, field: str) -> AsyncIterator[Answer]:
        """Give one event after the other."""
        async for data in self.socket.subscribe(OPERATIONS[operation]):
            yield data[field]


@asynccontextmanager
async def signed_in(url: str, token: str) -> AsyncIterator[Caller]:
    """Open both connections, and close them on leaving."""
    headers = {"Authorization": f"Bearer {token}"}
    over_http = HTTPXAsyncTransport(url, headers=headers)
    over_socket = WebsocketsTransport("ws" + url.removeprefix("http"), init_payload=headers)
    async with _client(over_http) as http, _client(over_socket) as socket:
        yield Caller(http, socket)


def _client(transport: HTTPXAsyncTransport | WebsocketsTransport) -> Client:
    return Client(schema=SCHEMA, transport=transport, parse_results=True)
