"""GraphQL over HTTP and WebSocket: queries and mutations, subscriptions, and the explorer for browsers.

Subscriptions come over graphql-transport-ws, where a browser signs in with the connection's first message, and over
server-sent events (graphql-sse, one stream for each operation).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.unset import UNSET, UnsetType

from api.replies import error_reply
from api.signin import ACTOR, end_with, read_caller
from api.tokens import BadToken, TokenReader
from domain.errors import ErrorCode, Language
from schema.build import WalletSchema
from schema.context import Context, Wiring

SUBSCRIPTIONS_EACH_CONNECTION: Final = 20
ANONYMOUS_LONGEST: Final = timedelta(minutes=1)
"""How long a WebSocket may last whose first message signs nobody in."""
BAD_REQUEST: Final = 4400
REASON_MAX_BYTES: Final = 123
SUBSCRIPTIONS_REFUSED: Final = "subscriptions are not allowed"
SUBSCRIBE_HOW: Final = (
    "订阅请使用WebSocket（graphql-transport-ws），或带请求头Accept: text/event-stream。"
    "Subscriptions need a WebSocket (graphql-transport-ws), or the header Accept: text/event-stream."
)
CONNECTION_INIT_WAIT: Final = timedelta(seconds=10)


class TextSocket(ASGIWebSocketAdapter):
    """A WebSocket on which JSON travels as text, which is all that browsers' clients read, in well-formed messages."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """Give the messages; one that is none of the protocol's ends the connection."""
        async with aclosing(super().iter_json(ignore_parsing_errors=ignore_parsing_errors)) as messages:
            async for message in messages:
                if not is_message(message):
                    await self.close(BAD_REQUEST, "this is no message of graphql-transport-ws")
                    return
                yield message

    async def close(self, code: int, reason: str) -> None:
        """Close, with as much of the reason as a close frame holds."""
        await super().close(code, reason.encode()[:REASON_MAX_BYTES].decode(errors="ignore"))

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message."""
        try:
            await self.ws.send_text(self.view.encode_json_string(message))
        except WebSocketDisconnect as gone:
            raise WebSocketDisconnected from gone


def is_message(message: object) -> bool:
    """Tell whether that is a message of graphql-transport-ws, as far as its parts have the right kinds."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] not in ("subscribe", "complete"):
        return True
    if not isinstance(message.get("id"), str):
        return False
    asked = message.get("payload")
    return message["type"] == "complete" or (
        isinstance(asked, dict)
        and isinstance(asked.get("query"), str)
        and isinstance(asked.get("variables"), dict | None)
        and isinstance(asked.get("operationName"), str | None)
    )


class Stream(Response):
    """A stream of events that closes what it is fed by, also when it is broken off in the middle."""

    def __init__(self, response: StreamingResponse, source: AsyncGenerator[object, None]) -> None:
        """Answer as that response does, fed by that source."""
        super().__init__()
        self._response = response
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        body: Any = self._response.body_iterator
        try:
            await self._response(scope, receive, send)
        finally:
            await body.aclose()
            await self._source.aclose()


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
        return Context(
            self._wiring,
            request.scope[ACTOR],
            preferred_language(request.headers),
            end_by=partial(end_with, request.scope),
        )

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """Sign a WebSocket in by its first message, `{"Authorization": "Bearer TOKEN"}`; a bad token ends it."""
        named = {name.lower(): value for name, value in context.connection_params.items()}
        authorization = named.get("authorization")
        if authorization is not None:
            try:
                signed = read_caller(self._tokens, str(authorization))
            except BadToken as bad:
                raise ConnectionRejectionError from bad
            context.actor = signed.actor
            context.end_by(signed.until)
        elif not context.actor.roles:
            context.end_by(datetime.now(UTC) + ANONYMOUS_LONGEST)
        acknowledged: UnsetType = UNSET
        return acknowledged

    async def execute_single(self, *arguments: Any, **named: Any) -> ExecutionResult:  # noqa: ANN401 - the library's
        """Carry out an operation that has one answer; a subscription has many, and needs a connection that stays."""
        try:
            return await super().execute_single(*arguments, **named)
        except HTTPException as fault:
            if SUBSCRIPTIONS_REFUSED in fault.reason:
                raise HTTPException(400, SUBSCRIBE_HOW) from None
            raise

    async def _create_streaming_response(
        self,
        request: Request,
        result: Any,  # noqa: ANN401 - the library's
        protocol: Any,  # noqa: ANN401 - the library's
        sub_response: Response,
    ) -> Response:
        """Answer with a stream whose subscription ends with it, however the client leaves."""
        response: Any = await super()._create_streaming_response(request, result, protocol, sub_response)
        return Stream(response, result)

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
