"""Headers of requests, and those that every answer carries, so that browsers do no more with it than they must."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Raw = tuple[bytes, bytes]
"""A header's name, in small letters, and its value."""
ALWAYS: Final[tuple[Raw, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
CONTENT_POLICY: Final = b"content-security-policy"
NOTHING: Final[Raw] = (
    CONTENT_POLICY,
    b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
)
"""What an answer may load, unless it brings a policy of its own: it is data."""
TRANSPORT: Final[Raw] = (b"strict-transport-security", b"max-age=31536000")
"""By https only, for a year."""
KEEPING: Final = b"cache-control"
NOT_KEPT: Final = b"no-store"
STARTS: Final = {"http.response.start", "websocket.http.response.start"}


def header(scope: Scope, name: bytes) -> str | None:
    """Give a header of a request by its name in small letters; the first, if there are several."""
    for each, value in scope["headers"]:
        if each == name:
            text: str = value.decode("latin-1")
            return text
    return None


def joined_header(scope: Scope, name: bytes) -> str:
    """Give a header that may come several times, as one; an empty one if there is none."""
    return b",".join([value for each, value in scope["headers"] if each == name]).decode("latin-1")


def set_headers(message: Message, headers: Iterable[Raw]) -> None:
    """Set headers of an answer that is about to begin, in place of those of the same names."""
    ours = dict(headers)
    message["headers"] = [each for each in message.get("headers", ()) if each[0] not in ours] + [*ours.items()]


class SecurityHeaders:
    """Adds the headers; in production browsers are told to come back by https only."""

    def __init__(self, app: ASGIApp, *, production: bool) -> None:
        """Wrap an application."""
        self._app = app
        self._added = (*ALWAYS, TRANSPORT) if production else ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] in STARTS:
                given = dict(message.get("headers", ()))
                policy = () if CONTENT_POLICY in given else (NOTHING,)
                set_headers(message, (*self._added, *policy, *_kept(scope, given.get(KEEPING))))
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _kept(scope: Scope, said: bytes | None) -> Sequence[Raw]:
    """Let nobody keep an answer on the way, nor a browser, if it is somebody's own or does not say that it may be."""
    if scope["type"] != "http":
        return ()
    if said is None:
        return ((KEEPING, NOT_KEPT),)
    is_private = scope["method"] == "POST" or header(scope, b"authorization") is not None
    return ((KEEPING, said + b", " + NOT_KEPT),) if is_private else ()
