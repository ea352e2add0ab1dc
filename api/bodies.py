"""No body is read beyond its limit, whether it says its length or comes in chunks (413)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.replies import error_reply, liked_best
from domain.errors import ErrorCode

TOO_LARGE: Final = "请求体过大。The body is too large; the most it may have, in bytes: "
LINGER_S: Final = 1.0
LINGER_MAX_BYTES: Final = 1_048_576
"""How much longer a body that is too large is thrown away, so that its sender gets to read the answer."""


class BodyTooLarge(Exception):
    """More came than may come."""


class BodyLimit:
    """Refuses a body that is too large, at the latest when its first byte too many arrives."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        """Wrap an application."""
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, unless its body is too large."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        left = self._max_bytes
        is_answered = False

        async def receive_within() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise BodyTooLarge
            return message

        async def send_noted(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        try:
            if _said_length(scope) > self._max_bytes:
                raise BodyTooLarge  # noqa: TRY301 - the same answer as below
            await self._app(scope, receive_within, send_noted)
        except BodyTooLarge:
            if is_answered:
                raise
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = error_reply(413, f"{TOO_LARGE}{self._max_bytes}", ErrorCode.INVALID_INPUT, media_type=liked_best(scope))
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
    said = Headers(scope=scope).get("content-length", "")
    return int(said) if said.isascii() and said.isdecimal() else 0
