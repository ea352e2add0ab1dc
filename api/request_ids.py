"""Every request has an id: the caller's, or one made here. It is in the answer and in the log of what it led to."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Final
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.headers import STARTS, header, set_headers
from domain.identity import holds_a_number

HEADER: Final = b"x-request-id"
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_STARTS: Final = STARTS | {"websocket.accept"}

request_id: Final = ContextVar("request_id", default="-")
"""The id of the request that is being answered."""


class RequestIds:
    """Gives each request its id."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the id."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        given = header(scope, HEADER) or ""
        own = given if _WELL_FORMED.fullmatch(given) and not holds_a_number(given) else str(uuid4())

        async def send_with_id(message: Message) -> None:
            if message["type"] in _STARTS:
                set_headers(message, ((HEADER, own.encode()),))
            await send(message)

        token = request_id.set(own)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            request_id.reset(token)
