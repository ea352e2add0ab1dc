"""Connections that stay open: how many, how long, and how long without a word (WebSocket and server-sent events)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.replies import error_reply
from domain.errors import ErrorCode

STREAM: Final = b"text/event-stream"
GOING_AWAY: Final = 1001
TRY_AGAIN_LATER: Final = 1013


@dataclass(frozen=True, slots=True)
class Limits:
    """Most connections of this process at once, and in seconds how long each may last and may be silent."""

    most: int = 1_000
    longest_s: float = 3_600
    idle_s: float = 300


class Connections:
    """Turns away what is too much, and ends what lasts too long; clients connect again by themselves."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        """Wrap an application."""
        self._app = app
        self._limits = limits
        self.open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry a connection, if there is room for it."""
        if not _stays_open(scope):
            await self._app(scope, receive, send)
            return
        if self.open >= self._limits.most:
            await _turn_away(scope, receive, send)
            return
        self.open += 1
        try:
            connection = _Connection(scope, receive, send, self._limits)
            await self._app(scope, connection.receive, connection.send)
        finally:
            self.open -= 1


def _stays_open(scope: Scope) -> bool:
    if scope["type"] == "websocket":
        return True
    return scope["type"] == "http" and any(name == b"accept" and STREAM in value for name, value in scope["headers"])


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": TRY_AGAIN_LATER, "reason": "too many connections"})
        return
    message = "连接过多，请稍后再试。Too many connections are open; try again later."
    reply = error_reply(503, message, ErrorCode.FORBIDDEN)
    reply.headers["Retry-After"] = "10"
    await reply(scope, receive, send)


class _Connection:
    """One connection that stays open, with its end in sight."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: Limits) -> None:
        self._is_socket = scope["type"] == "websocket"
        self._receive = receive
        self._send = send
        self._idle_s = limits.idle_s if self._is_socket else limits.longest_s
        now = asyncio.get_running_loop().time()
        self._ends = now + limits.longest_s
        self._heard = now
        self._ended = False

    def _left_s(self) -> float:
        now = asyncio.get_running_loop().time()
        return min(self._ends, self._heard + self._idle_s) - now

    async def receive(self) -> Message:
        """Give the next message, or a disconnect once the connection has lasted or been silent too long."""
        while (left := self._left_s()) > 0:
            try:
                async with asyncio.timeout(left):
                    message = await self._receive()
            except TimeoutError:
                continue  # unless something was sent meanwhile, the time is over now
            self._heard = asyncio.get_running_loop().time()
            return message
        await self._end()
        return {"type": "websocket.disconnect", "code": GOING_AWAY} if self._is_socket else {"type": "http.disconnect"}

    async def _end(self) -> None:
        if not self._ended:
            self._ended = True
            if self._is_socket:
                await self._send({"type": "websocket.close", "code": GOING_AWAY, "reason": "connect again"})
            else:
                await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def send(self, message: Message) -> None:
        """Send a message, unless the connection has ended."""
        if not self._ended:
            self._heard = asyncio.get_running_loop().time()
            await self._send(message)
