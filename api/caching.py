"""Answers that may be kept on the way: what everybody sees, asked for by name, so that an address stands for it."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response

KEPT: Final = "public, max-age=60"
"""For a minute, then to be asked for again with its tag; openings and closings are by the day."""


def cached(headers: Headers, answer: Response) -> Response:
    """Give an answer its tag and how long it keeps; 304 for who has it still. Faults are kept by nobody."""
    if answer.status_code != 200 or b'"errors":' in bytes(answer.body):  # noqa: PLR2004 - what all went well is
        return answer
    tag = f'"{sha256(answer.body).hexdigest()[:32]}"'
    fresh = {"ETag": tag, "Cache-Control": KEPT, "Vary": answer.headers["Vary"]}
    if is_held(headers, tag):
        return Response(status_code=304, headers=fresh)
    answer.headers.update(fresh)
    return answer


def is_held(headers: Headers, tag: str) -> bool:
    """Tell whether a client has the answer of that tag."""
    known = [each.strip().removeprefix("W/") for each in headers.get("if-none-match", "").split(",")]
    return tag in known or "*" in known
