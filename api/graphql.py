"""GraphQL over HTTP and WebSocket: queries and mutations, subscriptions, and the explorer for browsers.

Subscriptions come over graphql-transport-ws, where a browser signs in with the connection's first message, and over
server-sent events (graphql-sse, one stream for each operation).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET, UnsetType

from api.replies import error_reply
from api.signin import ACTOR, read_caller
from api.tokens import BadToken, TokenReader
from domain.errors import ErrorCode, Language
from schema.build import WalletSchema
from schema.context import Context, Wiring

SUBSCRIPTIONS_EACH_CONNECTION: Final = 20
CONNECTION_INIT_WAIT: Final = timedelta(seconds=10)


class TextSocket(ASGIWebSocketAdapter):
    """A WebSocket on which JSON travels as text, which is all that browsers' clients read."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message."""
        try:
            await self.ws.send_text(self.view.encode_json_string(message))
        except WebSocketDisconnect as gone:
            raise WebSocketDisconnected from gone


class WalletGraphQL(GraphQL[Context, None]):
    """Strawberry's view with our context, and JSON that leaves Chinese as it is."""

    websocket_adapter_class = TextSocket

    def __init__(self, schema: WalletSchema, wiring: Wiring, tokens: TokenReader, *, explorer: bool) -> None:
        """Serve the schema; the explorer is for development."""
        super().__init__(
            schema,
            graphql_ide="graphiql" if explorer else None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=CONNECTION_INIT_WAIT,
            max_subscriptions_per_connection=SUBSCRIPTIONS_EACH_CONNECTION,
        )
        self._wiring = wiring
        self._tokens = tokens

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Give resolvers the caller, in his or her language, and what the server shares."""
        del response
        return Context(self._wiring, request.scope[ACTOR], preferred_language(request.headers))

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """Sign a WebSocket in by its first message, `{"Authorization": "Bearer TOKEN"}`; a bad token ends it."""
        named = {name.lower(): value for name, value in context.connection_params.items()}
        authorization = named.get("authorization")
        if authorization is not None:
            try:
                context.actor = read_caller(self._tokens, str(authorization))
            except BadToken as bad:
                raise ConnectionRejectionError from bad
        acknowledged: UnsetType = UNSET
        return acknowledged

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; what is wrong about the request itself is said in GraphQL's form, with a code."""
        if scope["type"] == "websocket":
            await super().__call__(scope, receive, send)
            return
        try:
            answer = await self.run(Request(scope, receive))
        except HTTPException as fault:
            answer = error_reply(fault.status_code, fault.reason, ErrorCode.INVALID_INPUT)
        await answer(scope, receive, send)

    def parse_json(self, data: str | bytes) -> Any:  # noqa: ANN401 - what JSON holds
        """Read a body, which is an object."""
        body = super().parse_json(data)
        if not isinstance(body, dict | list):
            raise HTTPException(400, 'The body is a JSON object, such as {"query": "{ policy { name } }"}')
        return body

    def encode_json(self, data: object) -> bytes:
        """Write JSON."""
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> Any:  # noqa: ANN401 - what JSON holds
        """Read JSON."""
        return orjson.loads(data)


def preferred_language(headers: Mapping[str, str]) -> Language:
    """Give the language a caller prefers: English if it is asked for before Chinese, else Chinese."""
    asked = []
    for place, part in enumerate(headers.get("accept-language", "").split(",")):
        tag, _, parameter = part.strip().partition(";")
        asked.append((-_quality(parameter), place, tag.strip().lower()))
    for quality, _, tag in sorted(asked):
        for language in Language:
            if quality < 0 and tag.partition("-")[0] == language.value:
                return language
    return Language.ZH


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
