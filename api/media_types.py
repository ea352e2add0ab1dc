"""Which kind of answer a client takes, and which kind of body it sent (GraphQL over HTTP)."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from typing import Final

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"
"""The kind whose status tells whether an operation was carried out; JSON's is 200 for any well-formed request."""
PAGE: Final = "text/html"
OFFERED: Final = (JSON, GRAPHQL)
"""What an answer can be; whoever takes anything gets the first."""
HEADERS_KEPT: Final = 64
"""How many values of a header are remembered as they were read; clients send a few, always the same."""
_CHARSETS: Final = {"utf-8", "utf8"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much a client wants a kind of answer, and how exactly it said so."""

    exactness: int
    quality: float
    place: int


@lru_cache(maxsize=HEADERS_KEPT)
def answer_type(accept: str) -> str | None:
    """Give the kind of answer that a client likes best; none if it takes neither, JSON if it does not say."""
    if not accept.strip():
        return JSON
    wanted = [(found, kind) for kind in OFFERED if (found := _wanted(accept, kind)) and found.quality > 0]
    return min(wanted, key=lambda each: (-each[0].quality, each[0].place), default=(None, None))[1]


def takes_page(accept: str) -> bool:
    """Tell whether a page was asked for by name, as browsers do."""
    found = _wanted(accept, PAGE)
    return found is not None and found.exactness == _EXACT and found.quality > 0


@lru_cache(maxsize=HEADERS_KEPT)
def is_json(content_type: str) -> bool:
    """Tell whether a body is JSON in UTF-8. No form of a foreign page can send that without being asked first."""
    header = Message()
    header["content-type"] = content_type
    charset = header.get_content_charset() or "utf-8"
    return content_type.strip() != "" and header.get_content_type() == JSON and charset in _CHARSETS


_EXACT: Final = 2


def _wanted(accept: str, kind: str) -> Wanted | None:
    """Give the most exact of the ranges that cover a kind."""
    ranges = {kind: _EXACT, kind.partition("/")[0] + "/*": 1, "*/*": 0}
    found = []
    for place, part in enumerate(accept.split(",")):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if name in ranges:
            found.append(Wanted(ranges[name], quality(parameters), place))
    return max(found, key=lambda each: (each.exactness, -each.place), default=None)


def quality(parameters: list[str]) -> float:
    """Read how much something is wanted off the parameters behind it: 1 if they do not say, 0 if they say nonsense."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
