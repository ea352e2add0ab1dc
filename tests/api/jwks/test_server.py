"""A server whose callers sign in at an identity provider (R27, R28)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportConnectionFailed
from gql.transport.websockets import WebsocketsTransport
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from websockets.exceptions import ConnectionClosed

from api.app import make_rates, make_reader
from api.jwks import require_keys
from api.keys import development_key
from api.settings import Misconfigured, Mode, Settings
from api.signin import ACTOR, TOKEN_MAX_CHARS, SignIn
from api.tokens import issue_token
from domain.actors import Actor
from repositories.factory import open_storage
from tests.api.jwks.providing import AUDIENCE, ISSUER, Provider, key_for, member, published_in, signed
from tests.api.subscribing import socket_of
from tests.clients import Caller, Server, running_server

VIEWER = "{ viewer { person { personNo } } }"


def settings_for(folder: Path, **changes: object) -> dict[str, Any]:
    """Give settings of a provider whose key k1 is in a file."""
    path = published_in(folder, member(key_for("RS256"), "k1"))
    return {"jwks_file": path, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, **changes}


async def test_in_development_tokens_of_both_kinds_are_accepted(tmp_path: Path) -> None:
    """R27."""
    async with running_server(open_storage("memory://"), tmp_path, **settings_for(tmp_path)) as server:
        by_provider = Caller(server.http, {"Authorization": f"Bearer {signed()}"})
        for caller in (by_provider, server.person("P0001")):
            assert (await caller.ask(VIEWER))["viewer"] == {"person": {"personNo": "P0001"}}


def opened_with(server: Server, token: str) -> WebsocketsTransport:
    """Give a WebSocket whose first message signs in with that token."""
    return socket_of(server, Caller(server.http, {"Authorization": f"Bearer {token}"}))


async def test_a_socket_is_signed_in_by_its_first_message(tmp_path: Path) -> None:
    """R27."""
    async with (
        running_server(open_storage("memory://"), tmp_path, **settings_for(tmp_path)) as server,
        Client(transport=opened_with(server, signed())) as session,
    ):
        assert await session.execute(gql(VIEWER)) == {"viewer": {"person": {"personNo": "P0001"}}}


async def test_a_socket_with_a_bad_token_is_ended(tmp_path: Path) -> None:
    """R27."""
    async with running_server(open_storage("memory://"), tmp_path, **settings_for(tmp_path)) as server:
        with pytest.raises(TransportConnectionFailed) as ended:
            await opened_with(server, signed(key=key_for("RS256", 1))).connect()
    assert isinstance(ended.value.__cause__, ConnectionClosed)
    assert ended.value.__cause__.rcvd is not None
    assert ended.value.__cause__.rcvd.code == 4403


async def test_a_bad_token_is_answered_401_and_nothing_of_it_is_said_or_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """R27, R28."""
    token = signed(key=key_for("RS256", 1), person="P0042")
    async with running_server(open_storage("memory://"), tmp_path, **settings_for(tmp_path)) as server:
        with caplog.at_level("DEBUG"):
            answer = await Caller(server.http, {"Authorization": f"Bearer {token}"}).post(VIEWER)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    ours = "".join(record.getMessage() for record in caplog.records if record.name.startswith("api"))
    for part in ("k1", "P0042", *token.split(".")):
        assert part not in answer.text
        assert part not in ours


async def whoami(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
    """Answer with the caller's names."""
    await PlainTextResponse(",".join(Request(scope).scope[ACTOR].names()))(scope, receive, send)


def in_production(folder: Path) -> Settings:
    """Give settings of production."""
    kept: dict[str, Any] = {"storage_url": "mongodb://127.0.0.1/wallet?replicaSet=x", "keys_file": folder / "keys.json"}
    return Settings(mode=Mode.PRODUCTION, data_dir=folder / "data", **kept, **settings_for(folder))


async def asked_in_production(settings: Settings, token: str) -> httpx.Response:
    """Ask a production server who one is."""
    app = SignIn(whoami, make_reader(settings), make_rates(settings))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://wallet") as http:
        return await http.get("/", headers={"Authorization": f"Bearer {token}"})


async def test_production_accepts_the_providers_tokens(tmp_path: Path) -> None:
    """R27."""
    answer = await asked_in_production(in_production(tmp_path), signed())
    assert (answer.status_code, answer.text) == (200, "person:P0001")


async def test_production_refuses_development_tokens(tmp_path: Path) -> None:
    """R27."""
    settings = in_production(tmp_path)
    token = issue_token(development_key(settings.data_dir), Actor(person_no="P0001"), datetime.now(UTC))
    assert (await asked_in_production(settings, token)).status_code == 401


def test_production_makes_no_development_key(tmp_path: Path) -> None:
    """R27."""
    settings = in_production(tmp_path)
    make_reader(settings)
    assert not settings.data_dir.exists()


def test_production_has_no_reader_without_a_provider(tmp_path: Path) -> None:
    """R27."""
    settings = Settings.model_construct(mode=Mode.PRODUCTION, data_dir=tmp_path)
    with pytest.raises(Misconfigured, match="WALLET_JWKS_URL"):
        make_reader(settings)


async def test_while_no_keys_can_be_had_callers_are_told_to_come_again(tmp_path: Path) -> None:
    """R27: whoever is not signed in goes on as ever."""
    settings = Settings.model_construct(
        mode=Mode.PRODUCTION,
        data_dir=tmp_path,
        jwks_url="http://127.0.0.1:9/",
        jwt_issuer=ISSUER,
        jwt_audience=AUDIENCE,
    )
    answer = await asked_in_production(settings, signed())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["errors"][0]["extensions"] == {"retryable": True}


async def test_a_token_longer_than_any_is_refused_unread(tmp_path: Path) -> None:
    """R27."""
    answer = await asked_in_production(in_production(tmp_path), signed(more="x" * TOKEN_MAX_CHARS))
    assert answer.status_code == 401


async def test_keys_that_cannot_be_had_are_said_in_a_sentence_before_the_server_starts(
    tmp_path: Path, provider: Provider
) -> None:
    """R27."""
    provider.status = 404
    named: dict[str, Any] = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    with pytest.raises(Misconfigured, match=r"WALLET_JWKS_FILE.*No such file"):
        await require_keys(Settings(jwks_file=tmp_path / "none.json", **named))
    with pytest.raises(Misconfigured, match=r"WALLET_JWKS_URL.*File not found|Not Found"):
        await require_keys(Settings(jwks_url=provider.url, **named))


async def test_a_provider_that_is_away_does_not_keep_the_server_from_starting(
    provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    """R27: regions and institutions are for everybody, and it may be back soon."""
    named: dict[str, Any] = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    provider.status = 503
    await require_keys(Settings(jwks_url=provider.url, **named))
    await require_keys(Settings(jwks_url="http://127.0.0.1:9/", **named))
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == ["WALLET_JWKS_URL"] * 2


async def test_keys_that_can_be_had_let_the_server_start(provider: Provider) -> None:
    """R27."""
    await require_keys(Settings(jwks_url=provider.url, jwt_issuer=ISSUER, jwt_audience=AUDIENCE))
    await require_keys(Settings())
    assert provider.requests == 1
