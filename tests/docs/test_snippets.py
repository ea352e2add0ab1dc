"""Every snippet of the documents is run, or it is said why not."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest
from graphql import parse, validate

from repositories.factory import open_storage
from schema.picture import read_schema
from tests.clients import Server, running_server
from tests.docs.pages import PAGES, ROOT, Snippet, snippets_of
from tests.docs.sending import NODE, Reader, is_as_shown, operations_of

SNIPPETS: Final = [snippet for page in PAGES for snippet in snippets_of(page)]
HELD: Final = {
    "graphql": "is valid, and run as the page says",
    "json": "is what the snippet before it was answered",
    "js": "is run by node, unless the page says why not; its operations are valid",
    "sh": "curl: is valid and, unless it listens, run; other commands are run in test_commands.py",
    "text": "is what the js before it, `make day` (tests/examples) or a command (test_commands.py) prints",
    "yaml": "the steps of a client's CI, run in test_commands.py",
    "mermaid": "is drawn anew (test_schema_map.py), or a picture",
    "": "a picture of the layers",
}
SCHEMA: Final = read_schema()
WITH_OPERATIONS: Final = [snippet for snippet in SNIPPETS if operations_of(snippet)]
COMMANDS: Final = [snippet for snippet in SNIPPETS if snippet.kind == "sh"]
MAKEFILE: Final = (ROOT / "Makefile").read_text(encoding="utf-8")


def places(snippets: list[Snippet]) -> list[str]:
    """Name each by file and line."""
    return [snippet.place for snippet in snippets]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """Give what `make run` starts: a server on memory, with the demo family."""
    async with running_server(open_storage("memory://"), tmp_path) as running:
        yield running


@pytest.mark.parametrize("snippet", SNIPPETS, ids=places(SNIPPETS))
def test_every_snippet_is_of_a_kind_that_is_held_to_something(snippet: Snippet) -> None:
    assert snippet.kind in HELD


@pytest.mark.parametrize("snippet", WITH_OPERATIONS, ids=places(WITH_OPERATIONS))
def test_every_operation_fits_the_schema(snippet: Snippet) -> None:
    for operation in operations_of(snippet):
        assert validate(SCHEMA, parse(operation)) == []


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
async def test_the_snippets_of_a_page_do_what_the_page_says(page: Path, server: Server) -> None:
    snippets = snippets_of(page)
    async with AsyncExitStack() as stack:
        reader = Reader(server, stack)
        await reader.read(snippets)
    runnable = [one.place for one in snippets if one.kind == "graphql" and one.not_run is None]
    assert set(runnable) <= set(reader.sent)


@pytest.mark.parametrize("snippet", COMMANDS, ids=places(COMMANDS))
def test_every_command_is_there(snippet: Snippet) -> None:
    for target in re.findall(r"\bmake ([\w-]+)", snippet.text):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target
    for module in re.findall(r"python -m ([\w.]+)", snippet.text):
        assert importlib.util.find_spec(module) is not None, module


def test_javascript_is_run_where_there_is_node() -> None:
    if NODE is None:
        pytest.skip("there is no node here")
    assert any(snippet.kind == "js" and snippet.not_run is None for snippet in SNIPPETS)


def test_an_answer_that_is_not_as_shown_is_found() -> None:
    answer = {"data": {"id": "x", "all": [{"amount": "1.00"}, None], "is": True}}
    assert is_as_shown(answer, {"data": {"id": "…", "all": [{"amount": "1.00"}, None], "is": True}})
    assert not is_as_shown(answer, {"data": {"id": "…", "all": [{"amount": "1.01"}, None], "is": True}})
    assert not is_as_shown(answer, {"data": {"id": "…", "all": [{"amount": "1.00"}], "is": True}})
    assert not is_as_shown(answer, {"data": {"id": "…", "all": [{"amount": "1.00"}, None], "is": 1}})
    assert not is_as_shown(answer, {"data": {"id": "…"}})


SPOKEN_OF: Final = [ROOT / "README.zh-CN.md", ROOT / "docs" / "errors.md", ROOT / "docs" / "getting-started.md"]
_INLINE: Final = re.compile(r"`([^`\n\"]+)`")
_NAME: Final = re.compile(r"\b[a-z][A-Za-z]+\b")


@pytest.mark.parametrize("page", SPOKEN_OF, ids=[page.name for page in SPOKEN_OF])
def test_selections_within_a_sentence_name_what_the_schema_has(page: Path) -> None:
    sdl = (ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8")
    known = set(re.findall(r"^\s*(\w+)(?:\(|:)", sdl, re.MULTILINE)) | {"true", "false", "null", "on"}
    selections = [code for code in _INLINE.findall(page.read_text(encoding="utf-8")) if re.search(r"\w \{|\{ \w", code)]
    assert selections
    assert {name for code in selections for name in _NAME.findall(code)} - known == set()
