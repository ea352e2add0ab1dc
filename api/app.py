"""The application: routes, sign-in, and the storage opened and closed with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute

from api.connections import Connections, Limits, Open, once_told_to_stop
from api.graphql import WalletGraphQL
from api.settings import Mode, Settings, read_settings
from api.settling import settling
from api.signin import SignIn
from api.tokens import TokenReader, development_key
from repositories.contract import Storage
from repositories.errors import StorageError
from repositories.factory import open_storage
from schema.build import build_schema, printed_schema
from schema.context import Wiring
from seeds.plant import plant
from services.feeds import Feeds
from services.passwords import Argon2Hasher


def create_app(
    settings: Settings | None = None,
    storage: Storage | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Starlette:
    """Build the application; settings come from the environment, storage from the settings, unless given."""
    settings = settings or read_settings()
    storage = storage or open_storage(settings.storage_url)
    hasher = make_hasher(settings)
    feeds = Feeds(storage, most=settings.subscriptions_max, most_each=settings.subscriptions_each_max)
    wiring = Wiring(storage, clock, settings.transfer_policy, hasher, feeds)
    tokens = TokenReader(development_key(settings.data_dir))
    schema = build_schema(discoverable=settings.shows_schema)
    sdl = printed_schema()

    open_now = Open()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await storage.prepare()
        await plant(storage, hasher, clock, demo=settings.mode is Mode.DEVELOPMENT)
        try:
            async with settling(storage, clock, settings.settle_every_s):
                with once_told_to_stop(open_now.end):
                    yield
        finally:
            await storage.close()
            hasher.close()

    async def live(_request: Request) -> Response:
        return _status("live")

    async def ready(_request: Request) -> Response:
        try:
            await storage.ping()
        except StorageError:
            return _status("storage does not answer", 503)
        return _status("ready")

    async def print_schema(_request: Request) -> Response:
        return PlainTextResponse(sdl)

    async def home(_request: Request) -> Response:
        return RedirectResponse("/graphql")

    graphql = WalletGraphQL(schema, wiring, tokens, explorer=settings.shows_explorer)
    limits = Limits(settings.connections_max, settings.connection_longest_s, settings.connection_idle_s)
    app = Starlette(
        routes=[
            Route("/", home),
            Route("/graphql", graphql),
            WebSocketRoute("/graphql", graphql),
            *([Route("/schema.graphql", print_schema)] if settings.shows_schema else []),
            Mount("/health", routes=[Route("/live", live), Route("/ready", ready)]),
        ],
        middleware=[Middleware(Connections, limits=limits, open_now=open_now), Middleware(SignIn, tokens=tokens)],
        lifespan=lifespan,
    )
    app.state.feeds = feeds
    return app


def make_hasher(settings: Settings) -> Argon2Hasher:
    """Make the hasher the settings ask for."""
    return Argon2Hasher(
        time_cost=settings.argon2_time_cost,
        memory_kib=settings.argon2_memory_kib,
        parallelism=settings.argon2_parallelism,
    )


def _status(text: str, status: int = 200) -> Response:
    return Response(orjson.dumps({"status": text}), status_code=status, media_type="application/json")
