"""Requests are held to how often they may come; only health is asked for as often as one likes."""

from __future__ import annotations

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from api.addresses import address_of
from api.replies import refuse, too_often_reply
from api.signin import ACTOR
from services.rates import Rates, TooOften, request

HEALTH: Final = "/health/"


class Throttle:
    """Counts each request, a WebSocket's handshake too, and answers 429 to what is too much, before it is read."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        """Wrap an application."""
        self._app = app
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless there are too many."""
        if scope["type"] in ("http", "websocket") and not scope["path"].startswith(HEALTH):
            try:
                await self._rates.spend(*request(scope[ACTOR], address_of(scope)))
            except TooOften as often:
                await refuse(too_often_reply(scope, often), scope, receive, send)
                return
        await self._app(scope, receive, send)
