"""In development, at this machine, the explorer's visitor may be any of the demo people; nowhere else is there any."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from api.explorer import explorer_page
from api.settings import Settings
from repositories.factory import open_storage
from tests.clients import Caller, Server, running_server

PEOPLE = "/explorer/people"
MARK = 'data-people="/explorer/people"'
BROWSER = {"Accept": "text/html"}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Give the folder of an explorer that was built, of one page."""
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "index.html").write_text('<!doctype html><div id="explorer"></div>')
    return folder


async def lent(server: Server) -> list[dict[str, str]]:
    """Ask for the people, and give them."""
    answer = await server.http.get(PEOPLE)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    people: list[dict[str, str]] = answer.json()
    return people


async def test_each_of_the_demo_people_is_signed_in_by_the_token_that_is_lent(server: Server) -> None:
    people = await lent(server)
    assert [one["name"] for one in people] == [
        *(f"person:P{number:04}" for number in range(1, 11)),
        "institution:H37010000001",
        "agency:demo",
    ]
    assert people[0]["label"] == "李建国 P0001 · 济南市"
    for one in people:
        signed_in = Caller(server.http, {"Authorization": f"Bearer {one['token']}"})
        viewer = (await signed_in.ask("{ viewer { roles person { personNo } institution { code } } }"))["viewer"]
        kind, _, name = one["name"].partition(":")
        assert viewer["roles"] == [{"person": "INSURED"}.get(kind, kind.upper())]
        assert name in ("demo", (viewer["person"] or {}).get("personNo"), (viewer["institution"] or {}).get("code"))


async def test_the_page_is_told_where_they_are(tmp_path: Path, built: Path) -> None:
    async with running_server(open_storage("memory://"), tmp_path, built) as server:
        assert MARK in (await server.http.get("/graphql", headers=BROWSER)).text
        elsewhere = await server.http.get("/graphql", headers=BROWSER | {"Host": "wallet.example"})
        assert MARK not in elsewhere.text
    assert MARK not in bytes(explorer_page(built, "").body).decode()


@pytest.mark.parametrize("settings", [{"explorer": False}, {"host": "0.0.0.0"}, {"host": "wallet.example"}])  # noqa: S104
async def test_without_the_explorer_or_for_other_machines_there_are_none(
    tmp_path: Path, built: Path, settings: dict[str, Any]
) -> None:
    async with running_server(open_storage("memory://"), tmp_path, built, **settings) as server:
        assert (await server.http.get(PEOPLE)).status_code == 404
        assert MARK not in (await server.http.get("/graphql", headers=BROWSER)).text


@pytest.mark.parametrize("explorer", [None, True, False])
def test_production_has_none_whatever_is_set(tmp_path: Path, explorer: bool | None) -> None:  # noqa: FBT001
    production = Settings.model_validate(
        {
            "mode": "production",
            "storage_url": "mongodb://db/wallet",
            "jwks_file": tmp_path / "jwks.json",
            "jwt_issuer": "i",
            "jwt_audience": "a",
            "keys_file": tmp_path / "keys.json",
            "explorer": explorer,
        }
    )
    assert not production.lends_people


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "e_vil.example", "[x", ""]
)
async def test_a_page_from_elsewhere_whose_name_was_made_to_point_here_gets_none(server: Server, host: str) -> None:
    assert (await server.http.get(PEOPLE, headers={"Host": host})).status_code == 404


async def test_they_are_read_only(server: Server) -> None:
    answer: httpx.Response = await server.http.post(PEOPLE, json={})
    assert answer.status_code == 405


@pytest.mark.parametrize(
    "passed_on",
    [
        {"X-Forwarded-For": "203.0.113.7"},
        {"Via": "1.1 proxy"},
        {"Forwarded": "for=203.0.113.7"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_nobody_is_lent_through_a_proxy_or_to_another_page(server: Server, passed_on: dict[str, str]) -> None:
    """A proxy on this machine asks by its name, for whoever reaches the proxy."""
    assert (await server.http.get(PEOPLE, headers=passed_on)).status_code == 404
    for own in ("same-origin", "none"):
        assert (await server.http.get(PEOPLE, headers={"Sec-Fetch-Site": own})).status_code == 200
