"""WebSockets of graphql-transport-ws: well-formed messages in text, of which each operation counts like a request."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Final, Protocol, cast

from cross_web import HTTPException
from starlette.websockets import WebSocketDisconnect
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import SubscribeMessage

from api.documents import Documents, told
from schema.context import Context
from schema.faults import too_often
from services.rates import TooOften, request

BAD_REQUEST: Final = 4400
REASON_MAX_BYTES: Final = 123


class TextSocket(ASGIWebSocketAdapter):
    """A WebSocket on which JSON travels as text, which is all that browsers' clients read, in well-formed messages."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        """Give the messages; one that is none of the protocol's ends the connection."""
        async with aclosing(super().iter_json(ignore_parsing_errors=ignore_parsing_errors)) as messages:
            async for message in messages:
                if not is_message(message):
                    await self.close(BAD_REQUEST, "this is no message of graphql-transport-ws")
                    return
                yield message

    async def close(self, code: int, reason: str) -> None:
        """Close, with as much of the reason as a close frame holds."""
        await super().close(code, reason.encode()[:REASON_MAX_BYTES].decode(errors="ignore"))

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message."""
        try:
            await self.ws.send_text(self.view.encode_json_string(message))
        except WebSocketDisconnect as gone:
            raise WebSocketDisconnected from gone


def is_message(message: object) -> bool:
    """Tell whether that is a message of graphql-transport-ws, as far as its parts have the right kinds."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] not in ("subscribe", "complete"):
        return True
    if not isinstance(message.get("id"), str):
        return False
    asked = message.get("payload")
    return message["type"] == "complete" or (
        isinstance(asked, dict)
        and isinstance(asked.get("query"), str | None)
        and isinstance(asked.get("variables"), dict | None)
        and isinstance(asked.get("operationName"), str | None)
    )


class Documented(Protocol):
    """What serves documents that can be named."""

    documents: Documents


class Conversation(BaseGraphQLTransportWSHandler[Context, None]):
    """A WebSocket's messages, of which each operation counts like a request."""

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begin an operation, or answer that there are too many; the connection stays."""
        if self.connection_acknowledged:
            context = self.context
            try:
                await context.wiring.rates.spend(*request(context.actor, context.address))
            except TooOften as often:
                fault = too_often(often, context.language).formatted
                await self.send_message({"id": message["id"], "type": "error", "payload": [fault]})
                return
            try:
                text = cast("Documented", self.view).documents.text_of(message["payload"])
            except HTTPException as unknown:
                await self.send_message({"id": message["id"], "type": "error", "payload": [told(unknown)]})
                return
            message = {**message, "payload": {**message["payload"], "query": text}}
        await super().handle_subscribe(message)
