"""No more requests at once than the process can carry: what is too many is refused at once, and nothing is done."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from prometheus_client import Counter
from starlette.types import ASGIApp, Receive, Scope, Send

from api.connections import CONNECTION
from api.replies import error_reply, liked_best
from api.throttling import HEALTH

TRY_AGAIN_S: Final = 1
CROWDED: Final = (
    "系统繁忙，未做任何更改，请稍后重试。"
    "The server has as much to do as it can carry; nothing was done, try again soon."
)
REFUSED: Final = Counter("wallet_http_refused", "Requests refused because too many were under way.")


class Crowding:
    """Counts the requests under way, and answers 503 to those that would be too many, once they have come whole.

    Whatever waits inside, for the database or for one another, is thereby bounded as well. Connections that stay open
    have bounds of their own, and health can be asked for always.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        """Wrap an application that carries so many requests at once."""
        self._app = app
        self._most = most
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, if there is room for it."""
        if CONNECTION in scope or scope["type"] != "http" or scope["path"].startswith(HEALTH):
            await self._app(scope, receive, send)
            return
        if self._under_way >= self._most:
            REFUSED.inc()
            await _crowded(scope)(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1


def _crowded(scope: Scope) -> ASGIApp:
    reply = error_reply(HTTPStatus.SERVICE_UNAVAILABLE, CROWDED, retryable=True, media_type=liked_best(scope))
    reply.headers["Retry-After"] = str(TRY_AGAIN_S)
    return reply
