"""The application: routes, sign-in, and the storage opened and closed with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute

from api.bodies import BodyLimit
from api.collecting import collecting_rarely
from api.connections import Connections, Limits, Open, once_told_to_stop
from api.crashes import Crashes
from api.crowding import Crowding
from api.documents import known_documents
from api.explorer import ADDRESS, BUILT, PEOPLE, explorer_files
from api.faces import make_face_reader
from api.graphql import WalletGraphQL
from api.headers import SecurityHeaders
from api.jwks import Keys, ProviderReader, key_source
from api.keys import development_key, server_keys
from api.logs import log_with_ids
from api.metrics import Metrics
from api.observing import Observed
from api.people import lend_people
from api.rates import CountedRates, read_rates
from api.replies import json_reply, say_fault
from api.request_ids import RequestIds
from api.settings import PROVIDER_NEEDED, Misconfigured, Mode, Settings, read_settings
from api.settling import settling
from api.signin import SignIn
from api.starting import until_there
from api.throttling import Throttle
from api.tokens import DevelopmentReader, EitherReader, TokenReader
from api.tracing import traced_to
from repositories.contract import Storage
from repositories.errors import StorageError
from repositories.factory import open_storage
from schema.build import build_schema, printed_schema
from schema.carrying import until_carried_out
from schema.context import Wiring
from seeds.plant import plant
from services.feeds import Feeds
from services.keys import ServerKeys
from services.passwords import Argon2Hasher
from services.rates import Rate

READY_S: Final = 3
"""How long the storage may take to answer before the server counts as not ready: less than those who ask wait."""


def create_app(
    settings: Settings | None = None,
    storage: Storage | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    explorer: Path = BUILT,
) -> Starlette:
    """Build the application; settings come from the environment, storage from the settings, unless given.

    Browsers get the explorer that was built there, if the settings show it.
    """
    settings = settings or read_settings()
    log_with_ids(as_json=settings.logs_json, requests=settings.logs_requests)
    keys = server_keys(settings)
    storage = storage or open_storage(settings.storage_url, keys.master)
    hasher = make_hasher(settings, keys)
    feeds = Feeds(storage, most=settings.subscriptions_max, most_each=settings.subscriptions_each_max)
    rates = make_rates(settings)
    documents = known_documents(settings)
    wiring = Wiring(
        storage,
        clock,
        settings.transfer_policy,
        hasher,
        make_face_reader(settings),
        feeds,
        rates,
        documents.takes,
    )
    tokens = make_reader(settings)
    schema = build_schema(discoverable=settings.shows_schema)
    sdl = printed_schema()

    open_now = Open()

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async def prepare() -> None:
            await storage.prepare()
            await plant(storage, hasher, clock, demo=settings.mode is Mode.DEVELOPMENT)

        async with traced_to(settings.traces_url, settings.traces_share):
            try:
                await until_there(prepare)
                async with settling(storage, clock, settings.settle_every_s), rates.swept():
                    with once_told_to_stop(open_now.end), collecting_rarely():
                        yield
                await until_carried_out()
            finally:
                await storage.close()
                hasher.close()

    async def live(_request: Request) -> Response:
        return _status("live")

    async def ready(_request: Request) -> Response:
        if open_now.is_ending:
            return _status("stopping", 503)
        try:
            async with asyncio.timeout(READY_S):
                await storage.ping()
        except (StorageError, TimeoutError):
            return _status("storage does not answer", 503)
        return _status("ready")

    async def print_schema(_request: Request) -> Response:
        return PlainTextResponse(sdl)

    async def home(_request: Request) -> Response:
        return RedirectResponse("/graphql")

    graphql = WalletGraphQL(
        schema,
        wiring,
        tokens,
        documents,
        explorer=explorer if settings.shows_explorer else None,
        people=settings.lends_people,
    )
    limits = Limits(
        settings.connections_max,
        settings.connections_per_address,
        settings.connection_longest_s,
        settings.connection_idle_s,
    )
    app = Starlette(
        routes=[
            Route("/graphql", graphql),
            Route("/", home),
            WebSocketRoute("/graphql", graphql),
            *([Route("/schema.graphql", print_schema)] if settings.shows_schema else []),
            *([Route(PEOPLE, lend_people(settings.data_dir))] if settings.lends_people else []),
            *([Mount(ADDRESS, explorer_files(explorer))] if settings.shows_explorer else []),
            Mount("/health", routes=[Route("/live", live), Route("/ready", ready)]),
        ],
        middleware=[
            Middleware(RequestIds),
            Middleware(Observed, logs_requests=settings.logs_requests),
            Middleware(SecurityHeaders, production=settings.mode is Mode.PRODUCTION),
            Middleware(Crashes),
            *([Middleware(Metrics, token=metrics_token(settings))] if settings.shows_metrics else []),
            Middleware(Connections, limits=limits, open_now=open_now),
            Middleware(SignIn, tokens=tokens, rates=rates),
            Middleware(Throttle, rates=rates),
            Middleware(BodyLimit, max_bytes=settings.body_max_bytes),
            Middleware(Crowding, most=settings.requests_max),
        ],
        exception_handlers={HTTPException: say_fault},
        lifespan=lifespan,
    )
    app.state.feeds = feeds
    return app


def metrics_token(settings: Settings) -> str | None:
    """Give what who asks for figures has to show, if anything."""
    return settings.metrics_token.get_secret_value() if settings.metrics_token is not None else None


def make_reader(settings: Settings) -> TokenReader:
    """Make the reader of tokens the settings ask for; in production the development key is not even made (R27)."""
    source, issuer, audience = key_source(settings), settings.jwt_issuer, settings.jwt_audience
    provider = ProviderReader(Keys(source), issuer, audience) if source and issuer and audience else None
    if settings.mode is Mode.DEVELOPMENT:
        development = DevelopmentReader(development_key(settings.data_dir))
        return EitherReader(provider, development) if provider is not None else development
    if provider is None:
        raise Misconfigured(PROVIDER_NEEDED)
    return provider


def make_hasher(settings: Settings, keys: ServerKeys) -> Argon2Hasher:
    """Make the hasher the settings ask for."""
    return Argon2Hasher(
        keys.peppers,
        time_cost=settings.argon2_time_cost,
        memory_kib=settings.argon2_memory_kib,
        parallelism=settings.argon2_parallelism,
    )


def make_rates(settings: Settings) -> CountedRates:
    """Make the counters of the rates the settings ask for."""
    asked = {
        Rate.REQUESTS_OF_PERSON: settings.rate_per_caller,
        Rate.REQUESTS_OF_OFFICE: settings.rate_per_institution,
        Rate.REQUESTS_OF_NOBODY: settings.rate_anonymous,
        Rate.REQUESTS_OF_ADDRESS: settings.rate_per_address,
        Rate.FAILED_SIGN_INS_OF_ADDRESS: settings.rate_failed_sign_ins,
        Rate.ID_LOOKUPS_OF_PERSON: settings.rate_id_lookups,
        Rate.ID_LOOKUPS_OF_ADDRESS: settings.rate_id_lookups_per_address,
        Rate.VERIFICATIONS_OF_PERSON: settings.rate_verifications,
        Rate.VERIFICATIONS_OF_ADDRESS: settings.rate_verifications_per_address,
    }
    return CountedRates({rate: read_rates(text) for rate, text in asked.items()})


def _status(text: str, status: int = 200) -> Response:
    return json_reply({"status": text}, status)
