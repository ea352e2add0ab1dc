"""Answers outside GraphQL's own, in GraphQL's form."""

from __future__ import annotations

import orjson
from starlette.responses import Response

from domain.errors import ErrorCode


def error_reply(status: int, message: str, code: ErrorCode) -> Response:
    """Make an error answer with a code of the schema's vocabulary."""
    body = {"errors": [{"message": message, "extensions": {"code": code.value}}]}
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")
