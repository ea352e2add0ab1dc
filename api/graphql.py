"""GraphQL over HTTP and WebSocket: queries and mutations, subscriptions, and the explorer for browsers.

Subscriptions come over graphql-transport-ws, where a browser signs in with the connection's first message, and over
server-sent events (graphql-sse, one stream for each operation).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData, process_result
from strawberry.http.streaming import HTTPStreamTransport
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_SSE_PROTOCOL, GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UNSET, UnsetType

from api.addresses import address_of
from api.caching import cached
from api.connections import stays_open
from api.documents import Documents, NotKnown, told
from api.explorer import explorer_page
from api.headers import header, joined_header
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
GET_OR_POST: Final = "GraphQL only supports GET and POST requests."
MUTATE_HOW: Final = "变更请用POST发送。Mutations are sent by POST."
NOT_ACCEPTABLE: Final = f"只能以{JSON}或{GRAPHQL}回答。The answer can be {JSON} or {GRAPHQL}."
NOT_JSON: Final = f"请以{JSON}（UTF-8）发送。Send the body as {JSON}, in UTF-8."
ALLOWED: Final = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}
"""What may be asked for by each method that there is."""
VARY: Final = "Accept, Accept-Language, Authorization"
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
        return self._context_of(request.scope)

    def _context_of(self, scope: Scope) -> Context:
        return Context(
            self._wiring,
            scope[ACTOR],
            preferred_language(header(scope, b"accept-language") or ""),
            request_id=request_id.get(),
            end_by=partial(end_with, scope),
            address=address_of(scope),
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; what is wrong about the request itself is said in GraphQL's form, with a code."""
        if scope["type"] == "websocket":
            await super().__call__(scope, receive, send)
            return
        try:
            answer = await self._answer(Request(scope, receive))
        except HTTPException as fault:
            answer = _said(fault, liked_best(scope))
            if fault.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                answer.headers["Allow"] = "POST" if scope["method"] == "GET" else "GET, POST"
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        """Answer with a page, a stream of events, or, as almost always, with one result."""
        if request.method not in ALLOWED:
            raise HTTPException(405, GET_OR_POST)
        accept = joined_header(request.scope, b"accept")
        if request.method == "GET" and takes_page(accept) and not is_asking(request):
            return self._page(request)
        stream = self._get_stream_transport_from_headers({"accept": accept}) if stays_open(request.scope) else None
        media_type = answer_type(accept)
        if stream is None and media_type is None:
            raise HTTPException(406, NOT_ACCEPTABLE)
        asked = await self._read(request)
        if stream is not None:
            return await self._stream(request, asked, stream)
        result = await self._carry_out(request, asked)
        answer = one_answer(answer_of(result), media_type or JSON)
        return self._kept(request, asked, answer) if request.method == "GET" else answer

    async def _read(self, request: Request) -> GraphQLRequestData:
        if request.method == "GET":
            return read_parameters(request.query_params, self.documents)
        if not is_json(header(request.scope, b"content-type") or ""):
            raise HTTPException(415, NOT_JSON)
        return read_body(await request.body(), self.documents)

    async def _carry_out(self, request: Request, asked: GraphQLRequestData) -> ExecutionResult:
        """Carry out an operation that has one answer; a subscription has many, and needs a connection that stays."""
        try:
            return await self.schema.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=self._context_of(request.scope),
                operation_name=asked.operation_name,
                allowed_operation_types=ALLOWED[request.method],
                operation_extensions=asked.extensions,
            )
        except InvalidOperationTypeError as refused:
            if refused.operation_type is OperationType.SUBSCRIPTION:
                raise HTTPException(400, SUBSCRIBE_HOW) from None
            raise HTTPException(405, MUTATE_HOW) from None

    async def _stream(self, request: Request, asked: GraphQLRequestData, stream: HTTPStreamTransport) -> Response:
        """Answer with a stream whose operation ends with it, however the client leaves."""
        results: Any = await self.schema.stream(
            asked.query,
            variable_values=asked.variables,
            context_value=self._context_of(request.scope),
            operation_name=asked.operation_name,
            allowed_operation_types={*ALLOWED[request.method], OperationType.SUBSCRIPTION},
            operation_extensions=asked.extensions,
        )
        events = self._stream_result(request, results, stream)()
        return Stream(StreamingResponse(events, headers=stream.headers), results)

    def _kept(self, request: Request, asked: GraphQLRequestData, answer: Response) -> Response:
        """Let the answer to a named document be kept on the way, if it is about what everybody sees; else as it is."""
        graph = cast("WalletSchema", self.schema)._schema  # noqa: SLF001 - its only way out
        if "query" in request.query_params or request.scope[ACTOR].roles or not is_public(graph, asked.query or ""):
            return answer
        return cached(request.headers, answer)

    def _page(self, request: Request) -> Response:
        """Give the explorer, in place of the library's page."""
        if self._explorer is None:
            raise HTTPException(404, HTTPStatus.NOT_FOUND.phrase)
        host = header(request.scope, b"host") or ""
        return explorer_page(self._explorer, host, people=self._people and is_here(host))

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """Give an event of a stream its form."""
        del request
        return answer_of(result)

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


def is_asking(request: Request) -> bool:
    """Tell whether a GET asks for anything; a browser that does not gets a page, others have forgotten the query."""
    return any(name in request.query_params for name in ("query", "documentId", "extensions"))


def one_answer(content: GraphQLHTTPResponse, media_type: str) -> Response:
    """Answer; the kind of answer that is GraphQL's own says by its status whether the request was at fault."""
    status = 400 if "data" not in content and media_type == GRAPHQL else 200
    return json_reply(content, status, media_type, {"Vary": VARY})


def answer_of(result: ExecutionResult) -> GraphQLHTTPResponse:
    """Give an answer its form; one whose request failed before it was carried out has no data, not even null."""
    answer = process_result(result)
    if is_request_fault(result):
        del answer["data"]
    return answer


def is_request_fault(result: ExecutionResult) -> bool:
    """Tell whether a request failed before anything was carried out, by the caller's fault."""
    return result.data is None and all(
        error.path is None and "code" in (error.extensions or {}) for error in result.errors or ()
    )
