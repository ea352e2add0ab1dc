"""Headers that every answer carries, so that browsers do no more with it than they must."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
CONTENT_POLICY: Final = "Content-Security-Policy"
NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""What an answer may load, unless it brings a policy of its own: it is data."""
TRANSPORT: Final = "Strict-Transport-Security"
ONE_YEAR: Final = "max-age=31536000"
NOT_KEPT: Final = "no-store"
_STARTS: Final = {"http.response.start", "websocket.http.response.start"}


class SecurityHeaders:
    """Adds the headers; in production browsers are told to come back by https only."""

    def __init__(self, app: ASGIApp, *, production: bool) -> None:
        """Wrap an application."""
        self._app = app
        self._added = ALWAYS | ({TRANSPORT: ONE_YEAR} if production else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the headers."""
        is_private = scope["type"] == "http" and _is_private(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] in _STARTS:
                headers = MutableHeaders(scope=message)
                headers.update(self._added)
                headers.setdefault(CONTENT_POLICY, NOTHING)
                if is_private:
                    headers["Cache-Control"] = ", ".join(filter(None, (headers.get("Cache-Control"), NOT_KEPT)))
                elif scope["type"] == "http":
                    headers.setdefault("Cache-Control", NOT_KEPT)  # who may keep it says so
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_private(scope: Scope) -> bool:
    """Tell whether an answer is somebody's own: nobody on the way keeps it, nor the browser."""
    return scope["method"] == "POST" or "authorization" in Headers(scope=scope)
