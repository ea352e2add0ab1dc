"""GraphQL over HTTP and WebSocket: queries and mutations, subscriptions, and the explorer for browsers.

Subscriptions come over graphql-transport-ws, where a browser signs in with the connection's first message, and over
server-sent events (graphql-sse, one stream for each operation).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast

import orjson
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData, GraphQLRequestProtocol
from strawberry.http.base import BaseRequestProtocol
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UNSET, UnsetType

from api.addresses import address_of
from api.caching import cached
from api.documents import Documents, NotKnown, told
from api.explorer import explorer_page
from api.languages import preferred_language
from api.media_types import GRAPHQL, JSON, answer_type, is_json, takes_page
from api.people import is_here
from api.replies import json_reply, liked_best
from api.request_ids import request_id
from api.requests import read_body, read_parameters
from api.signin import ACTOR, count_failure, end_with, read_caller
from api.sockets import Conversation, TextSocket
from api.tokens import BadToken, TokenReader
from schema.build import WalletSchema
from schema.context import Context, Wiring
from schema.public import is_public
from services.rates import TooOften

SUBSCRIPTIONS_EACH_CONNECTION: Final = 20
ANONYMOUS_LONGEST: Final = timedelta(minutes=1)
"""How long a WebSocket may last whose first message signs nobody in."""
SUBSCRIBE_HOW: Final = (
    "订阅请使用WebSocket（graphql-transport-ws），或带请求头Accept: text/event-stream。"
    "Subscriptions need a WebSocket (graphql-transport-ws), or the header Accept: text/event-stream."
)
MUTATE_HOW: Final = "变更请用POST发送。Mutations are sent by POST."
NOT_ACCEPTABLE: Final = f"只能以{JSON}或{GRAPHQL}回答。The answer can be {JSON} or {GRAPHQL}."
NOT_JSON: Final = f"请以{JSON}（UTF-8）发送。Send the body as {JSON}, in UTF-8."
VARY: Final = "Accept, Accept-Language, Authorization"
named_text: Final[ContextVar[str | None]] = ContextVar("named_text", default=None)
"""The text of the document that the GET being answered named instead of sending."""
CONNECTION_INIT_WAIT: Final = timedelta(seconds=10)


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
    graphql_transport_ws_handler_class = Conversation

    def __init__(
        self,
        schema: WalletSchema,
        wiring: Wiring,
        tokens: TokenReader,
        documents: Documents,
        *,
        explorer: Path | None,
        people: bool = False,
    ) -> None:
        """Serve the schema, and to browsers the explorer that was built there, if they are to have one."""
        super().__init__(
            schema,
            graphql_ide="graphiql" if explorer is not None else None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL, GRAPHQL_SSE_PROTOCOL),
            connection_init_wait_timeout=CONNECTION_INIT_WAIT,
            max_subscriptions_per_connection=SUBSCRIPTIONS_EACH_CONNECTION,
        )
        self._wiring = wiring
        self._tokens = tokens
        self.documents = documents
        self._explorer = explorer
        self._people = people

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Give resolvers the caller, in his or her language, and what the server shares."""
        del response
        return Context(
            self._wiring,
            request.scope[ACTOR],
            preferred_language(request.headers),
            request_id=request_id.get(),
            end_by=partial(end_with, request.scope),
            address=address_of(request.scope),
        )

    async def on_ws_connect(self, context: Context) -> UnsetType | dict[str, object] | None:
        """Sign a WebSocket in by its first message, `{"Authorization": "Bearer TOKEN"}`; a bad token ends it."""
        named = {name.lower(): value for name, value in context.connection_params.items()}
        authorization = named.get("authorization")
        if authorization is not None:
            try:
                signed = await read_caller(self._tokens, str(authorization))
            except BadToken as bad:
                with suppress(TooOften):  # it is turned away in any case
                    await count_failure(self._wiring.rates, bad, context.address)
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
            refused = fault.__cause__
            if not isinstance(refused, InvalidOperationTypeError):
                raise
            if refused.operation_type is OperationType.SUBSCRIPTION:
                raise HTTPException(400, SUBSCRIBE_HOW) from None
            raise HTTPException(405, MUTATE_HOW) from None

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
        request = Request(scope, receive)
        try:
            named_text.set(None)
            answer = self.kept(request, await self.run(request))
        except HTTPException as fault:
            answer = _said(fault, liked_best(scope))
            if fault.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                answer.headers["Allow"] = "POST" if request.method == "GET" else "GET, POST"
        await answer(scope, receive, send)

    def kept(self, request: Request, answer: Response) -> Response:
        """Let the answer to a named document be kept on the way, if it is about what everybody sees; else as it is."""
        text, schema = named_text.get(), cast("WalletSchema", self.schema)._schema  # noqa: SLF001 - its only way out
        if text is None or isinstance(answer, Stream) or request.scope[ACTOR].roles or not is_public(schema, text):
            return answer
        return cached(request.headers, answer)

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        """Tell whether it is a browser that asks for the explorer; whoever takes anything has forgotten the query."""
        asks = any(name in request.query_params for name in ("query", "documentId", "extensions"))
        return request.method == "GET" and not asks and takes_page(accepted(request.headers))

    async def render_graphql_ide(self, request: Request) -> Response:
        """Give the explorer, in place of the library's page."""
        assert self._explorer is not None  # noqa: S101 - nothing is rendered otherwise
        host = request.headers.get("host", "")
        return explorer_page(self._explorer, host, people=self._people and is_here(host))

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData:
        """Read what is asked for, once it is known that it can be answered."""
        accept = accepted(request.headers)
        transport = self._get_stream_transport_from_headers({"accept": accept})
        protocol: GraphQLRequestProtocol = transport.protocol if transport is not None else "http"
        if transport is None and answer_type(accept) is None:
            raise HTTPException(406, NOT_ACCEPTABLE)
        if request.method == "GET":
            asked = read_parameters(request.query_params, protocol, self.documents)
            named_text.set(asked.query if "query" not in request.query_params else None)
            return asked
        if not is_json(request.content_type or ""):
            raise HTTPException(415, NOT_JSON)
        return read_body(await request.get_body(), protocol, self.documents)

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """Give what is known of the answer beforehand: of which kind it is."""
        beforehand = await super().get_sub_response(request)
        beforehand.media_type = answer_type(accepted(request.headers))
        return beforehand

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """Give an answer its form; one whose request failed before it was carried out has no data, not even null."""
        answer = await super().process_result(request, result)
        if is_request_fault(result):
            del answer["data"]
        return answer

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """Answer; the kind of answer that is GraphQL's own says by its status whether the request was at fault."""
        media_type = sub_response.media_type or JSON
        status = 400 if "data" not in response_data and media_type == GRAPHQL else 200
        answer = json_reply(response_data, status, media_type)
        answer.headers["Vary"] = VARY
        return answer

    def encode_json(self, data: object) -> bytes:
        """Write JSON."""
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> Any:  # noqa: ANN401 - what JSON holds
        """Read JSON."""
        return orjson.loads(data)


def _said(fault: HTTPException, media_type: str) -> Response:
    """Say what is wrong about the request itself; a name that is not known is no fault, and asks for the text."""
    status = 400 if isinstance(fault, NotKnown) and media_type == GRAPHQL else fault.status_code
    return json_reply({"errors": [told(fault)]}, status, media_type)


def accepted(headers: Mapping[str, str]) -> str:
    """Give the kinds of answer that a client takes; they may come in several headers."""
    return ",".join(headers.getlist("accept")) if isinstance(headers, Headers) else headers.get("accept", "")


def is_request_fault(result: ExecutionResult) -> bool:
    """Tell whether a request failed before anything was carried out, by the caller's fault."""
    return result.data is None and all(
        error.path is None and "code" in (error.extensions or {}) for error in result.errors or ()
    )
