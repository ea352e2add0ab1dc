"""Sends the snippets of a page to a running server, in their order, as whoever the page says."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import OperationDefinitionNode, OperationType, parse

from domain.actors import Actor
from tests.api.subscribing import Events, by_sse, listening
from tests.clients import Caller, Server
from tests.docs.pages import ROOT, Snippet

ADDRESS: Final = "http://127.0.0.1:8000"
PATIENCE_S: Final = 60.0
NODE: Final = shutil.which("node")
CURL: Final = re.compile(r"^curl .*?-d '(?P<body>\{.*?\})'$", re.MULTILINE | re.DOTALL)
_TOKEN: Final = re.compile(r"api token --(?P<role>\w+) (?P<whose>\w+)\)")
_OPERATION: Final = re.compile(r"\b(?:ask\(\s*|query: )\"(?P<operation>[^\"]+)\"")


def is_subscription(query: str) -> bool:
    """Tell whether the operation is one to listen to."""
    return any(
        isinstance(node, OperationDefinitionNode) and node.operation is OperationType.SUBSCRIPTION
        for node in parse(query).definitions
    )


def curls_of(snippet: Snippet) -> list[tuple[str, str | None]]:
    """Give the operation of every curl command, and whose token it sends."""
    found = []
    for command in CURL.finditer(snippet.text):
        token = _TOKEN.search(command[0])
        found.append((json.loads(command["body"])["query"], token["whose"] if token is not None else None))
    return found


def operations_of(snippet: Snippet) -> list[str]:
    """Give every operation that a snippet holds, whatever it is written in."""
    if snippet.kind == "graphql":
        return [snippet.text]
    if snippet.kind == "sh":
        return [operation for operation, _ in curls_of(snippet)]
    return [found["operation"] for found in _OPERATION.finditer(snippet.text)] if snippet.kind == "js" else []


def is_as_shown(answered: Any, shown: Any) -> bool:  # noqa: ANN401 - what JSON holds
    """Tell whether an answer is the one that is shown; "…" is any text."""
    if shown == "…":
        return isinstance(answered, str)
    if isinstance(shown, dict) and isinstance(answered, dict):
        return list(answered) == list(shown) and all(is_as_shown(answered[name], shown[name]) for name in shown)
    if isinstance(shown, list) and isinstance(answered, list):
        return len(answered) == len(shown) and all(map(is_as_shown, answered, shown))
    return type(answered) is type(shown) and bool(answered == shown)


@dataclass(slots=True)
class Reader:
    """Somebody who tries everything on a page, from top to bottom."""

    server: Server
    stack: AsyncExitStack
    answer: Any = None
    last_id: str = ""
    last_cursor: str = ""
    following: asyncio.Task[dict[str, Any]] | None = None
    shown: str | None = None
    sent: list[str] = field(default_factory=list)

    async def read(self, snippets: list[Snippet]) -> None:
        """Send what can be sent, and compare with what is shown after it."""
        for snippet in snippets:
            if snippet.not_run is None:
                await self._take(snippet)
        assert self.following is None, "nothing came of a subscription"

    async def _take(self, snippet: Snippet) -> None:
        if snippet.kind == "graphql":
            await self._send(snippet, snippet.text, snippet.sender)
        elif snippet.kind == "sh":
            for operation, whose in curls_of(snippet):
                if not is_subscription(operation):
                    await self._send(snippet, operation, whose)
        elif snippet.kind == "js":
            self.answer = await self._run(snippet)
            self.sent.append(snippet.place)
        elif snippet.kind in {"json", "text"}:
            self._compare(snippet)

    def _compare(self, snippet: Snippet) -> None:
        if self.following is not None:
            self.shown = snippet.text
        elif snippet.kind == "text":
            assert snippet.text == self.answer or not isinstance(self.answer, str), f"{snippet.place}: {self.answer}"
        else:
            require_as_shown(self.answer, snippet.text, snippet.place)
        self.answer = None

    async def _send(self, snippet: Snippet, operation: str, whose: str | None) -> None:
        caller = self._caller(whose)
        text = operation.replace('"ID"', f'"{self.last_id}"').replace('"CURSOR"', f'"{self.last_cursor}"')
        self.sent.append(snippet.place)
        if is_subscription(text):
            events: Events = await self.stack.enter_async_context(by_sse(self.server, caller, text))
            self.following = await listening(self.server, (whose or "").split()[0], events)
            return
        self.answer = (await caller.post(text)).json()
        self._remember(self.answer)
        if self.following is not None:
            event = await asyncio.wait_for(self.following, PATIENCE_S)
            self.following = None
            require_as_shown({"data": event}, self.shown or "", snippet.place)

    def _caller(self, whose: str | None) -> Caller:
        name, _, language = (whose or "").partition(" in ")
        headers = {"Accept-Language": "en"} if language == "English" else {}
        if not name:
            return self.server.caller(self.server.nobody, **headers)
        if name == "agency":
            return self.server.caller(Actor(agency="test"), **headers)
        is_person = len(name) == len("P0001")
        actor = Actor(person_no=name) if is_person else Actor(institution_code=name)
        return self.server.caller(actor, **headers)

    def _remember(self, answered: Any) -> None:  # noqa: ANN401 - what JSON holds
        for part in answered if isinstance(answered, list) else []:
            self._remember(part)
        for name, part in answered.items() if isinstance(answered, dict) else []:
            if name == "id":
                self.last_id = part
            elif name == "endCursor":
                self.last_cursor = part
            else:
                self._remember(part)

    async def _run(self, snippet: Snippet) -> str | None:
        if NODE is None:
            return None
        token = self._caller("P0001").headers["Authorization"].removeprefix("Bearer ")
        script = snippet.text.replace(ADDRESS, self.server.url).replace("TOKEN", token)
        running = await asyncio.create_subprocess_exec(
            NODE, "--input-type=module", "--eval", script, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await asyncio.wait_for(running.communicate(), PATIENCE_S)
        assert running.returncode == 0, snippet.place
        return said.decode()


def require_as_shown(answered: Any, text: str, place: str) -> None:  # noqa: ANN401 - what JSON holds
    """Demand that an answer is as shown, in all that is shown at its top."""
    shown = json.loads(text)
    of_these = {name: answered[name] for name in answered if name in shown}
    assert is_as_shown(of_these, shown), f"{place}: {json.dumps(of_these, ensure_ascii=False)}"
