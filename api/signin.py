"""Who is calling: no token is anonymous, a good one names the caller, a bad one is answered 401 (R27)."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from api.addresses import address_of
from api.connections import CONNECTION, Connection
from api.headers import header
from api.replies import error_reply, liked_best, refuse, too_often_reply
from api.tokens import INVALID, BadToken, CannotTell, Expired, Signed, TokenReader
from domain.actors import ANONYMOUS
from domain.errors import ErrorCode
from services.rates import Rates, TooOften, failed_sign_in, request

ACTOR: Final = "wallet.actor"
TOKEN_MAX_CHARS: Final = 16_384
COME_AGAIN_S: Final = 5
"""When a token may be sent again that nobody could verify."""
_SCHEME: Final = "bearer"


class SignIn:
    """Puts the caller into the request, before anything else looks at it."""

    def __init__(self, app: ASGIApp, tokens: TokenReader, rates: Rates) -> None:
        """Wrap an application."""
        self._app = app
        self._tokens = tokens
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the caller off the Authorization header."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        authorization = header(scope, b"authorization")
        scope[ACTOR] = ANONYMOUS
        try:
            if authorization is not None:
                signed = await read_caller(self._tokens, authorization)
                scope[ACTOR] = signed.actor
                end_with(scope, signed.until)
        except CannotTell as unknown:
            reply = error_reply(
                HTTPStatus.SERVICE_UNAVAILABLE, str(unknown), retryable=True, media_type=liked_best(scope)
            )
            reply.headers["Retry-After"] = str(COME_AGAIN_S)
            await refuse(reply, scope, receive, send)
            return
        except BadToken as bad:
            await self._refuse(bad, scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _refuse(self, bad: BadToken, scope: Scope, receive: Receive, send: Send) -> None:
        reply = error_reply(401, str(bad), ErrorCode.UNAUTHENTICATED, media_type=liked_best(scope))
        reply.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        try:
            await count_failure(self._rates, bad, address_of(scope))
        except TooOften as often:
            reply = too_often_reply(scope, often)
        await refuse(reply, scope, receive, send)


async def count_failure(rates: Rates, bad: BadToken, address: str) -> None:
    """Count a sign-in that failed, and one whose time is over like a request by nobody; TooOften.

    Good ones go on at an address where others fail, for families and whole hospitals share one; what keeps tokens from
    being guessed is their signature.
    """
    is_guess = not isinstance(bad, Expired | CannotTell)
    await rates.spend(*(failed_sign_in(address) if is_guess else request(ANONYMOUS, address)))


def end_with(scope: Scope, until: datetime) -> None:
    """Let a connection that stays open end by then; any other has long been answered."""
    connection = scope.get(CONNECTION)
    if isinstance(connection, Connection):
        connection.end_by(until)


async def read_caller(tokens: TokenReader, authorization: str) -> Signed:
    """Read the caller off an Authorization header or its like; BadToken says what is wrong with it."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != _SCHEME or not token.strip():
        message = "请使用Bearer令牌登录。Send the header as: Authorization: Bearer TOKEN"
        raise BadToken(message)
    if len(token) > TOKEN_MAX_CHARS:
        raise BadToken(INVALID)
    return await tokens.read(token.strip())
