"""Answers outside GraphQL's own, in GraphQL's form."""

from __future__ import annotations

import orjson
from starlette.responses import Response

from domain.errors import ErrorCode


def error_reply(status: int, message: str, code: ErrorCode | None = None, *, retryable: bool = False) -> Response:
    """Make an error answer with a code of the schema's vocabulary, or one that says to try again."""
    extensions: dict[str, object] = {"code": code.value} if code is not None else {}
    if retryable:
        extensions["retryable"] = True
    body = {"errors": [{"message": message, "extensions": extensions}]}
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")
