"""A visitor in front of the explorer: reads and types as a person does, and notes what the browser complains of."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import ConsoleMessage, Error, Locator, Page, Request, WebSocket, expect

from tests.clients import Caller, Server

OPENED_MS: Final = 60_000
"""The first page of a run is read from a cold disk, on a machine that does other things as well."""
EDITOR: Final = '[data-uri$="operation.graphql"]'
HEADERS: Final = '[data-uri$="request-headers.json"]'
ANSWER: Final = '[data-uri$="response.json"]'
BEGINNING: Final = 20
"""So many characters of a pasted text tell that it has arrived."""
VIOLATIONS: Final = """
globalThis.violations = [];
addEventListener("securitypolicyviolation", (told) => violations.push(`${told.violatedDirective} ${told.blockedURI}`));
"""


@dataclass
class Visitor:
    """Somebody with a browser, on the explorer's page."""

    page: Page
    server: Server
    requests: list[Request] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def arrive(self) -> None:
        """Open the page, and wait until it can be typed into."""
        self.page.on("request", self._note_request)
        self.page.on("websocket", self._note_socket)
        self.page.on("console", self._note_console)
        self.page.on("pageerror", self._note_error)
        await self.page.add_init_script(VIOLATIONS)
        await self.page.goto(f"{self.server.url}/graphql")
        await self.ready()

    async def ready(self) -> None:
        """Wait until the page can be typed into, and knows the schema."""
        await expect(self.page.locator(f"{EDITOR} .view-line").first).to_be_visible(timeout=OPENED_MS)
        await expect(self.page.locator(".graphiql-spinner")).to_have_count(0, timeout=OPENED_MS)

    def _note_request(self, request: Request) -> None:
        self.requests.append(request)

    def _note_socket(self, socket: WebSocket) -> None:
        self.sockets.append(socket)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _note_error(self, error: Error) -> None:
        self.complaints.append(str(error))

    async def violations(self) -> list[str]:
        """Give what the page was kept from by its policy."""
        found: list[str] = await self.page.evaluate("globalThis.violations")
        return found

    def hosts(self) -> set[str]:
        """Give whom the browser asked for anything; what is in the page itself (`data:`) has no host."""
        asked = [request.url for request in self.requests] + [socket.url for socket in self.sockets]
        return {urlsplit(url).netloc for url in asked} - {""}

    def posted(self) -> list[str]:
        """Give the queries that were sent by POST, but for the page's own about the schema."""
        bodies = [json.loads(request.post_data or "{}") for request in self.requests if request.method == "POST"]
        return [body["query"] for body in bodies if "__schema" not in body["query"]]

    async def type(self, text: str, into: str = EDITOR) -> None:
        """Type a text in place of what is in an editor."""
        await self._enter(into)
        await self.page.keyboard.type(text)

    async def paste(self, text: str, into: str = EDITOR) -> None:
        """Paste a text in place of what is in an editor."""
        await self.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await self.page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
        await self._enter(into)
        await self.page.keyboard.press("Control+V")
        await expect(self.page.locator(into)).to_contain_text(text[:BEGINNING].splitlines()[0])

    async def _enter(self, editor: str) -> None:
        await self.page.locator(editor).click()
        await self.page.keyboard.press("Control+A")

    async def sign_in(self, caller: Caller) -> None:
        """Paste the line that `make run` prints into the Headers tab."""
        await self.paste(json.dumps(caller.headers), HEADERS)

    async def run(self) -> None:
        """Run what is in the editor, by the keyboard."""
        await self.page.keyboard.press("Control+Enter")

    @property
    def answer(self) -> Locator:
        """Point at where answers are shown."""
        return self.page.locator(ANSWER)

    async def come_to(self, example: str) -> None:
        """Come to an example's tab."""
        await self.page.locator(".graphiql-tab-button", has_text=re.compile(f"^{example}$")).click()

    @property
    def who(self) -> Locator:
        """Point at the choice of who the visitor is."""
        return self.page.get_by_label("我是 · Who am I")

    async def answered(self) -> dict[str, Any]:
        """Run what is in the editor by the button, and give what the server answers."""
        async with self.page.expect_response("**/graphql") as answer:
            await self.page.locator(".graphiql-execute-button").click()
        answered: dict[str, Any] = await (await answer.value).json()
        return answered
