"""Connections that stay open: how many, how long, and how long without a word (WebSocket and server-sent events)."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FrameType
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.addresses import address_of
from api.replies import error_reply, refuse, too_often_reply
from services.rates import TooOften

CONNECTION: Final = "wallet.connection"
"""Where a request's scope holds the connection that stays open."""
STREAM: Final = b"text/event-stream"
GOING_AWAY: Final = 1001
TRY_AGAIN_LATER: Final = 1013
TRY_AGAIN_S: Final = 10
TOO_MANY_HELD: Final = "该地址的连接过多，请稍后再试。Too many connections are open from this address; try again later."
FAREWELL_S: Final = 1.0
SEND_S: Final = 30.0
"""How long a client may take to read what was sent before it counts as gone."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Most connections of this process and of one address at once; in seconds how long each may last and be silent."""

    most: int = 1_000
    most_each: int = 200
    longest_s: float = 3_600
    idle_s: float = 300


class Open:
    """The connections of this process that are open now."""

    def __init__(self) -> None:
        """Begin with none."""
        self.connections: set[Connection] = set()
        self.is_ending = False

    def end(self) -> None:
        """End them all: the process is about to stop."""
        self.is_ending = True
        for connection in self.connections:
            connection.end()


class Connections:
    """Turns away what is too much, and ends what lasts too long; clients connect again by themselves."""

    def __init__(self, app: ASGIApp, limits: Limits, open_now: Open) -> None:
        """Wrap an application."""
        self._app = app
        self._limits = limits
        self._open = open_now.connections
        self._held: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry a connection, if there is room for it."""
        if not stays_open(scope):
            await self._app(scope, receive, send)
            return
        if len(self._open) >= self._limits.most:
            await _turn_away(scope, receive, send)
            return
        address = address_of(scope)
        if self._held[address] >= self._limits.most_each:
            await refuse(too_often_reply(scope, TooOften(TRY_AGAIN_S), TOO_MANY_HELD), scope, receive, send)
            return
        connection = Connection(receive, send, self._limits, is_socket=scope["type"] == "websocket")
        self._open.add(connection)
        self._held[address] += 1
        try:
            await self._app({**scope, CONNECTION: connection}, connection.receive, connection.send)
        finally:
            self._open.discard(connection)
            self._held[address] -= 1
            if not self._held[address]:
                del self._held[address]
            connection.close()


def stays_open(scope: Scope) -> bool:
    """Tell whether it is a connection that stays open: a WebSocket, or a stream of events."""
    if scope["type"] == "websocket":
        return True
    if scope["type"] != "http":
        return False
    return any(name == b"accept" and STREAM in value.lower() for name, value in scope["headers"])


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": TRY_AGAIN_LATER, "reason": "too many connections"})
        return
    reply = error_reply(503, "连接过多，请稍后再试。Too many connections are open; try again later.", retryable=True)
    reply.headers["Retry-After"] = str(TRY_AGAIN_S)
    await reply(scope, receive, send)


class Connection:
    """One connection that stays open, with its end in sight."""

    def __init__(self, receive: Receive, send: Send, limits: Limits, *, is_socket: bool) -> None:
        """Carry what is received and sent."""
        self._is_socket = is_socket
        self._receive = receive
        self._send = send
        self._idle_s = limits.idle_s
        self._loop = asyncio.get_running_loop()
        self._ends = self._loop.time() + limits.longest_s
        self._heard = self._loop.time()
        self._over = asyncio.Event()
        self._incoming: asyncio.Task[Message] | None = None
        self._is_streaming = False

    def end(self) -> None:
        """End it now."""
        self._over.set()

    def end_by(self, moment: datetime) -> None:
        """End it at that moment, as when the sign-in it was opened with runs out, unless it ends earlier."""
        self._ends = min(self._ends, self._loop.time() + (moment - datetime.now(UTC)).total_seconds())

    def close(self) -> None:
        """Let go of what is still waited for."""
        if self._incoming is not None:
            self._incoming.cancel()

    def _left_s(self) -> float:
        ends = self._ends if self._is_streaming else min(self._ends, self._heard + self._idle_s)
        return ends - self._loop.time()

    async def receive(self) -> Message:
        """Give the next message, or a disconnect once the connection has lasted or been silent too long."""
        while not self._over.is_set() and (left := self._left_s()) > 0:
            if self._incoming is None:
                self._incoming = asyncio.ensure_future(self._receive())
            await self._first_of(self._incoming, left)
            if self._incoming.done():
                incoming, self._incoming = self._incoming, None
                self._heard = self._loop.time()
                return incoming.result()
        await self._say_farewell()
        return {"type": "websocket.disconnect", "code": GOING_AWAY} if self._is_socket else {"type": "http.disconnect"}

    async def _first_of(self, incoming: asyncio.Task[Message], left_s: float) -> None:
        """Wait for a message, for the end, or for the time to pass; another message is waited for on."""
        over = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait((incoming, over), timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()

    async def _say_farewell(self) -> None:
        self._over.set()
        farewell: Message = {"type": "http.response.body", "body": b"", "more_body": False}
        if self._is_socket:
            farewell = {"type": "websocket.close", "code": GOING_AWAY, "reason": "connect again"}
        with suppress(TimeoutError, OSError, RuntimeError):  # whoever does not read, or has left, is not waited for
            async with asyncio.timeout(FAREWELL_S):
                await self._send(farewell)

    async def send(self, message: Message) -> None:
        """Send a message; nothing once the connection has ended, and no longer to a client that does not read."""
        if self._over.is_set():
            return
        self._is_streaming = self._is_streaming or message["type"] == "http.response.start"
        try:
            async with asyncio.timeout(SEND_S):
                await self._send(message)
        except TimeoutError:
            self._over.set()
        self._heard = self._loop.time()


# ---- when the process is told to stop -----------------------------------------------------------------------------

STOPS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def once_told_to_stop(act: Callable[[], None]) -> Iterator[None]:
    """Act as soon as the process is told to stop, before whatever else it does then."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before: dict[signal.Signals, Any] = {number: signal.getsignal(number) for number in STOPS}

    def told(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)
        else:
            signal.signal(number, handler)
            signal.raise_signal(number)

    for number in STOPS:
        signal.signal(number, told)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
