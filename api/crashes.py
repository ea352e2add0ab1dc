"""What breaks inside is logged without its text, which may hold personal data, and answered 500 without its stack."""

from __future__ import annotations

import logging
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.replies import error_reply, liked_best

logger = logging.getLogger(__name__)

INTERNAL: Final = "服务器内部错误，已记录。Internal error; it has been recorded."


class Broken(Exception):
    """An answer that had begun broke off."""


class Crashes:
    """Stands between what breaks and whoever is outside."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, whatever happens."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        is_begun = scope["type"] == "websocket"

        async def send_noted(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except ClientDisconnect:
            return  # whoever asked has left
        except Exception as error:
            name = type(error).__name__
            logger.exception("%s", name, exc_info=(RuntimeError, RuntimeError(name), error.__traceback__))
            if is_begun:
                raise Broken(name) from None
            await error_reply(500, INTERNAL, media_type=liked_best(scope))(scope, receive, send)
