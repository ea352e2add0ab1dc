"""The explorer's page is under a strict policy, its files are kept for ever, and where it is not built it says so."""

import shutil
from pathlib import Path

import pytest

from api.explorer import explorer_page, policy
from repositories.factory import open_storage
from tests.clients import running_server

BROWSER = {"Accept": "text/html"}
STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws://{0} wss://{0}; "
    "font-src 'self'; img-src 'self' data:; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Give the folder of an explorer that was built, of one page and one file."""
    folder = tmp_path / "dist"
    (folder / "files").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>页</title>")
    (folder / "files" / "explorer-ABC.js").write_text("1")
    return folder


async def test_the_page_comes_under_the_strict_policy_and_is_asked_for_anew(tmp_path: Path, built: Path) -> None:
    async with running_server(open_storage("memory://"), tmp_path, built) as server:
        page = await server.http.get("/graphql", headers=BROWSER)
        assert "页" in page.text
        assert page.headers["Content-Security-Policy"] == STRICT.format(server.url.removeprefix("http://"))
        assert (page.headers["Cache-Control"], page.headers["Vary"]) == ("no-cache", "Accept")
        assert page.headers["X-Frame-Options"] == "DENY"


async def test_its_files_are_kept_for_ever_and_nothing_else_is(tmp_path: Path, built: Path) -> None:
    async with running_server(open_storage("memory://"), tmp_path, built) as server:
        file = await server.http.get("/explorer/explorer-ABC.js")
        assert (file.text, file.headers["Content-Type"]) == ("1", "text/javascript; charset=utf-8")
        assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert file.headers["Content-Security-Policy"].startswith("default-src 'none'")
        for path in ("/explorer/none.js", "/explorer/", "/explorer/index.html", "/explorer/..%2findex.html"):
            missing = await server.http.get(path)
            assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "no-store")


async def test_where_it_is_not_built_the_page_says_what_is_missing_and_what_to_do(tmp_path: Path) -> None:
    async with running_server(open_storage("memory://"), tmp_path, tmp_path / "none") as server:
        page = await server.http.get("/graphql", headers=BROWSER)
        assert (page.status_code, page.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
        assert page.text.index("尚未构建") < page.text.index("is not built")
        assert page.text.count("make explorer") == 2
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert (await server.http.get("/explorer/explorer-ABC.js")).status_code == 404


async def test_it_is_there_as_soon_as_it_is_built(tmp_path: Path, built: Path) -> None:
    later = tmp_path / "later"
    async with running_server(open_storage("memory://"), tmp_path, later) as server:
        assert (await server.http.get("/explorer/explorer-ABC.js")).status_code == 404
        shutil.copytree(built, later)
        assert (await server.http.get("/graphql", headers=BROWSER)).status_code == 200
        assert (await server.http.get("/explorer/explorer-ABC.js")).status_code == 200


async def test_where_it_is_not_shown_there_is_neither_page_nor_file(tmp_path: Path, built: Path) -> None:
    async with running_server(open_storage("memory://"), tmp_path, built, explorer=False) as server:
        assert (await server.http.get("/graphql", headers=BROWSER)).status_code == 404
        assert (await server.http.get("/explorer/explorer-ABC.js")).status_code == 404


@pytest.mark.parametrize("host", ["", "[::1]:8000", "x; script-src *", "x y", "x:y"])
def test_a_host_that_a_policy_cannot_hold_is_left_out(built: Path, host: str) -> None:
    assert "connect-src 'self';" in policy(host)
    assert explorer_page(built, host).headers["Content-Security-Policy"] == policy(host)
