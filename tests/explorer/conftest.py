"""A real browser, and in it the explorer of a running server."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, NoReturn

import pytest
from playwright.async_api import Browser, async_playwright

from api.explorer import BUILT, NEEDS, is_built
from repositories.factory import open_storage
from tests.clients import Server, running_server
from tests.explorer.visiting import Visitor

CALM: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
"""Options of a browser that does nothing by itself, and reaches no other machine."""


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Give a browser, for an explorer that is built."""
    chromium = shutil.which("chromium")
    if chromium is None:
        _give_up("there is no chromium on the PATH (Debian: apt-get install chromium)")
    if not is_built(BUILT):
        _give_up(f"the explorer is not built: {NEEDS}")
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=CALM)
        yield launched
        await launched.close()


def _give_up(missing: str) -> NoReturn:
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """Give a running server."""
    async with running_server(open_storage("memory://"), tmp_path) as running:
        yield running


@pytest.fixture
async def visitor(browser: Browser, server: Server) -> AsyncIterator[Visitor]:
    """Give somebody who has opened the explorer; whoever leaves has nothing to complain of."""
    async with await browser.new_context(locale="zh-CN") as context:
        visiting = Visitor(await context.new_page(), server)
        await visiting.arrive()
        yield visiting
        assert visiting.complaints == []
        assert await visiting.violations() == []
        assert visiting.hosts() == {server.url.removeprefix("http://")}
