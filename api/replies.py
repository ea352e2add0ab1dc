"""Answers outside GraphQL's own, in GraphQL's form."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from api.headers import joined_header
from api.media_types import JSON, answer_type
from domain.errors import ErrorCode
from schema.faults import TOO_OFTEN, come_again
from services.rates import TooOften


def error_reply(
    status: int, message: str, code: ErrorCode | None = None, *, retryable: bool = False, media_type: str = JSON
) -> Response:
    """Make an error answer with a code of the schema's vocabulary, or one that says to try again."""
    extensions: dict[str, object] = {"code": code.value} if code is not None else {}
    if retryable:
        extensions["retryable"] = True
    return json_reply({"errors": [{"message": message, "extensions": extensions}]}, status, media_type)


def json_reply(
    content: object, status: int = 200, media_type: str = JSON, headers: Mapping[str, str] | None = None
) -> Response:
    """Make an answer of JSON, which leaves Chinese as it is."""
    return Response(orjson.dumps(content), status, headers, f"{media_type}; charset=utf-8")


def liked_best(scope: Scope) -> str:
    """Give the kind of answer that the sender of a request likes best, JSON if it takes neither."""
    return answer_type(joined_header(scope, b"accept")) or JSON


def too_often_reply(scope: Scope, often: TooOften, message: str = "".join(TOO_OFTEN.values())) -> Response:
    """Make the answer to a request too many, of the kind its sender likes best."""
    errors = [{"message": message, "extensions": come_again(often)}]
    reply = json_reply({"errors": errors}, HTTPStatus.TOO_MANY_REQUESTS, liked_best(scope))
    reply.headers["Retry-After"] = str(often.retry_after_s)
    return reply


async def refuse(reply: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request, or a WebSocket's handshake, which is refused by that."""
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(reply)
        return
    await reply(scope, receive, send)


async def say_fault(_request: Request, fault: Exception) -> Response:
    """Answer what no route takes: an address or a method that is not there."""
    assert isinstance(fault, HTTPException)  # noqa: S101 - registered for these only
    reply = error_reply(fault.status_code, HTTPStatus(fault.status_code).phrase, ErrorCode.INVALID_INPUT)
    reply.headers.update(fault.headers or {})
    return reply
