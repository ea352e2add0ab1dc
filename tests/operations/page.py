"""What docs/operations.md says is done: its snippets, with the tests' own places in those of the reader."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from pymongo import MongoClient

from tests.docs.pages import ROOT, snippets_of

PAGE: Final = ROOT / "docs" / "operations.md"
SNIPPETS: Final = [snippet for snippet in snippets_of(PAGE) if snippet.kind]
_COMMAND: Final = re.compile(
    r"^db\.(?:adminCommand|getSiblingDB\(\"(?P<database>\w+)\"\)\.runCommand)\((?P<document>\{.*?\})\)$",
    re.MULTILINE | re.DOTALL,
)


def snippet_with(part: str) -> str:
    """Give the first snippet that has this in it."""
    return next(snippet.text for snippet in SNIPPETS if part in snippet.text)


def put_into(text: str, places: Mapping[str, str]) -> str:
    """Put one's own places into those of the page that are in a text."""
    for named, meant in places.items():
        text = text.replace(named, meant)
    return text


def commands_of(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Give the commands of a snippet for mongosh, each with its database."""
    return [(found["database"] or "admin", json.loads(found["document"])) for found in _COMMAND.finditer(text)]


def send(client: MongoClient[dict[str, Any]], text: str) -> None:
    """Send what a snippet for mongosh says, as mongosh does."""
    commands = commands_of(text)
    assert len(commands) == text.count("db.")
    for database, document in commands:
        client[database].command(document)
