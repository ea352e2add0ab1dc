"""`python -m bench.apps NAME` serves one of the contenders, all with the same settings of uvicorn.

Settings come from the environment, as they do for the real server. On memory the people are put in before it serves.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.app import create_app
from api.keys import server_keys
from api.settings import Settings, read_settings
from bench.stock import stock_app
from bench.world import in_memory, open_wallet
from repositories.contract import Storage

PEOPLE: Final = "BENCH_PEOPLE"
"""How many pairs there are in memory, and how long a history each payee has: `2048,30`."""
ANSWERS: Final = "BENCH_ANSWERS"
"""The folder with the answers that the limit gives."""


def _storage(settings: Settings, *, one_by_one: bool = False) -> Storage:
    keys = server_keys(settings)
    if settings.in_memory:
        pairs, history = map(int, os.environ[PEOPLE].split(","))
        return asyncio.run(in_memory(keys, pairs, history))
    return open_wallet(settings.storage_url, keys.master, one_by_one=one_by_one)


def ours() -> Starlette:
    """Build our server."""
    settings = read_settings()
    return create_app(settings, _storage(settings))


def one_by_one() -> Starlette:
    """Build our server without group commit."""
    settings = read_settings()
    return create_app(settings, _storage(settings, one_by_one=True))


def stock() -> Starlette:
    """Build the same on stock Strawberry."""
    settings = read_settings()
    return stock_app(settings, _storage(settings))


def limit() -> Starlette:
    """Build what can only read a request and answer with bytes that are there already."""

    async def ready(_request: Request) -> Response:
        return PlainTextResponse("ready")

    def answering(content: bytes) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            await request.body()
            return Response(content, media_type="application/json")

        return answer

    files = sorted(Path(os.environ[ANSWERS]).glob("*.json"))
    routes = [Route(f"/{file.stem}", answering(file.read_bytes()), methods=["POST"]) for file in files]
    return Starlette(routes=[*routes, Route("/health/ready", ready)])


APPS: Final = {app.__name__: app for app in (ours, one_by_one, stock, limit)}


def main(name: str) -> None:
    """Serve that one."""
    workers = int(os.environ.get("WALLET_WORKERS", "1"))
    app = APPS[name]() if workers == 1 else f"bench.apps:{name}"
    uvicorn.run(
        app,
        factory=workers > 1,
        workers=workers,
        host="127.0.0.1",
        port=int(os.environ["WALLET_PORT"]),
        access_log=False,
        server_header=False,
        log_level="warning",
        log_config=None,
        ws="websockets-sansio",
    )


if __name__ == "__main__":
    main(sys.argv[1])
