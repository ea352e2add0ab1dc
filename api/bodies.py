"""A body is read before anything is done, within a limit (413) and a time (408), whether it says its length or not."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.headers import header
from api.replies import error_reply, liked_best
from domain.errors import ErrorCode

TOO_LARGE: Final = "请求体过大。The body is too large; the most it may have, in bytes: "
TOO_SLOW: Final = "请求体未在时限内到达，未做任何更改。The body did not arrive in time; nothing was done."
LONGEST_S: Final = 10.0
"""How long a body may take to arrive."""
LINGER_S: Final = 1.0
LINGER_MAX_BYTES: Final = 1_048_576
"""How much longer a body that is too large is thrown away, so that its sender gets to read the answer."""


class BodyTooLarge(Exception):
    """More came than may come."""


class BodyLimit:
    """Reads a body, refuses one that is too large or too slow, and passes on what has come as a whole.

    Nobody who sends slowly holds anything that others wait for.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, longest_s: float = LONGEST_S) -> None:
        """Wrap an application."""
        self._app = app
        self._max_bytes = max_bytes
        self._longest_s = longest_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, unless its body is too large or too slow."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._longest_s):
                body = await self._read(scope, receive)
        except BodyTooLarge:
            await self._refuse(
                scope, receive, send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{TOO_LARGE}{self._max_bytes}"
            )
            return
        except TimeoutError:
            await self._refuse(scope, receive, send, HTTPStatus.REQUEST_TIMEOUT, TOO_SLOW)
            return
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_whole() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, receive_whole, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        if _said_length(scope) > self._max_bytes:
            raise BodyTooLarge
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            if len(body) > self._max_bytes:
                raise BodyTooLarge
            if not message.get("more_body", False):
                return bytes(body)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: HTTPStatus, message: str) -> None:
        reply = error_reply(status, message, ErrorCode.INVALID_INPUT, media_type=liked_best(scope))
        reply.headers["Connection"] = "close"  # else the rest would have to be read

        async def send_unended(message: Message) -> None:
            is_body = message["type"] == "http.response.body"
            await send({**message, "more_body": True} if is_body else message)

        await reply(scope, receive, send_unended)
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                await _throw_away(receive)
        await send({"type": "http.response.body", "body": b""})


async def _throw_away(receive: Receive) -> None:
    left = LINGER_MAX_BYTES
    while left > 0:
        message = await receive()
        if not message.get("more_body", False):
            return
        left -= len(message["body"])


def _said_length(scope: Scope) -> int:
    said = header(scope, b"content-length") or ""
    return int(said) if said.isascii() and said.isdecimal() else 0
