"""GraphQL over HTTP: the schema behind `POST` and `GET /graphql`, and the explorer for browsers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from api.replies import error_reply
from api.signin import ACTOR
from domain.errors import ErrorCode, Language
from schema.build import WalletSchema
from schema.context import Context, Wiring


class WalletGraphQL(GraphQL[Context, None]):
    """Strawberry's view with our context, and JSON that leaves Chinese as it is."""

    def __init__(self, schema: WalletSchema, wiring: Wiring, *, explorer: bool) -> None:
        """Serve the schema; the explorer is for development."""
        super().__init__(schema, graphql_ide="graphiql" if explorer else None, subscription_protocols=())
        self._wiring = wiring

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Give resolvers the caller, in his or her language, and what the server shares."""
        del response
        return Context(self._wiring, request.scope[ACTOR], preferred_language(request.headers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; what is wrong about the request itself is said in GraphQL's form, with a code."""
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
