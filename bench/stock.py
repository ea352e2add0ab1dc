"""What a team would pick instead: the same types on stock Strawberry, its own view and JSON, without any of ours."""

from __future__ import annotations

from functools import cache

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig

from api.app import make_hasher, make_rates, make_reader
from api.faces import make_face_reader
from api.keys import server_keys
from api.settings import Settings
from api.signin import read_caller
from api.tokens import TokenReader
from bench.transfers import now
from domain.actors import ANONYMOUS
from repositories.contract import Storage
from schema.build import Mutation, Query
from schema.context import Context, Wiring
from schema.errors import ERROR_TYPES
from schema.scalars import SCALARS
from services.feeds import Feeds


@cache
def stock_schema() -> strawberry.Schema:
    """Build the schema as Strawberry does by itself: no extensions, no caches, its own execution."""
    return strawberry.Schema(
        query=Query, mutation=Mutation, types=ERROR_TYPES, config=StrawberryConfig(scalar_map=SCALARS)
    )


def wiring_of(settings: Settings, storage: Storage) -> Wiring:
    """Wire what resolvers need, as the server does."""
    return Wiring(
        storage,
        now,
        settings.transfer_policy,
        make_hasher(settings, server_keys(settings)),
        make_face_reader(settings),
        Feeds(storage, most=settings.subscriptions_max, most_each=settings.subscriptions_each_max),
        make_rates(settings),
    )


class StockGraphQL(GraphQL[Context, None]):
    """Strawberry's view, which has nothing of ours but the context."""

    def __init__(self, wiring: Wiring, tokens: TokenReader) -> None:
        """Serve the schema."""
        super().__init__(stock_schema(), graphql_ide=None)
        self._wiring = wiring
        self._tokens = tokens

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Give resolvers the caller, and what the server shares."""
        del response
        authorization = request.headers.get("authorization")
        actor = ANONYMOUS if authorization is None else (await read_caller(self._tokens, authorization)).actor
        return Context(self._wiring, actor)


def stock_app(settings: Settings, storage: Storage) -> Starlette:
    """Build the application around it: a route and nothing else."""

    async def ready(_request: Request) -> Response:
        await storage.ping()
        return PlainTextResponse("ready")

    graphql = StockGraphQL(wiring_of(settings, storage), make_reader(settings))
    return Starlette(routes=[Route("/graphql", graphql), Route("/health/ready", ready)])
