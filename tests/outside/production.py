"""A server under the settings of production: an identity provider's keys, nothing to discover, no explorer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn

from api.app import create_app
from api.settings import Mode, Settings
from repositories.factory import open_storage
from services.keys import new_keys
from tests.api.jwks.providing import AUDIENCE, ISSUER, key_for, member, published_in
from tests.clients import QuickServer


def production_settings(folder: Path) -> Settings:
    """Give settings that production starts with."""
    keys_file = folder / "server-keys.json"
    keys_file.write_bytes(new_keys())
    keys_file.chmod(0o600)
    return Settings(
        mode=Mode.PRODUCTION,
        storage_url="mongodb://127.0.0.1/wallet?replicaSet=rs0",
        data_dir=folder / "data",
        keys_file=keys_file,
        jwks_file=published_in(folder, member(key_for("RS256"), "k1")),
        jwt_issuer=ISSUER,
        jwt_audience=AUDIENCE,
    )


@asynccontextmanager
async def production(folder: Path) -> AsyncIterator[str]:
    """Start a server, for once on memory, with the country's regions in it, and give its address."""
    app = create_app(production_settings(folder), open_storage("memory://"))
    config = uvicorn.Config(
        app, port=0, log_level="warning", ws="websockets-sansio", lifespan="on", server_header=False, access_log=False
    )
    server = QuickServer(config)
    url = f"http://127.0.0.1:{await server.begin()}"
    try:
        yield url
    finally:
        await server.end()
