"""What the server tells of its requests: figures for Prometheus, traces for OpenTelemetry, a line each in the log.

None of it says who somebody is (R28): labels and attributes are names of routes, of the schema and of outcomes, never
what was sent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.connections import stays_open
from api.headers import header
from api.logs import TOLD
from api.request_ids import request_id
from domain.identity import holds_a_number

requests_log = logging.getLogger("wallet.requests")
tracer = trace.get_tracer("wallet.api")

PARENT: Final = b"traceparent"
NO_TRACE: Final = Context()
OTHER: Final = "other"
ROUTES: Final = ("/", "/graphql", "/schema.graphql", "/health/live", "/health/ready", "/metrics")
FOLDERS: Final = ("/explorer",)
METHODS: Final = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
LEFT: Final = 499
"""What stands for the status where nothing was answered, for whoever asked has left."""
STATUS_OF: Final = {"websocket.accept": 101, "websocket.close": 403}
"""What a WebSocket's handshake is answered; once it is accepted, how it ends is no status."""

REQUESTS: Final = Counter("wallet_http_requests", "Requests answered, by route and status.", ["route", "status"])
SECONDS: Final = Histogram("wallet_http_request_seconds", "Time to answer a request, by route.", ["route"])
UNDER_WAY: Final = Gauge(
    "wallet_http_requests_under_way", "Requests being answered.", ["kind"], multiprocess_mode="livesum"
)

STREAMS_UNDER_WAY: Final = UNDER_WAY.labels("stream")
REQUESTS_UNDER_WAY: Final = UNDER_WAY.labels("request")


def route_of(path: str) -> str:
    """Name the route of a path; what is none of ours is not repeated, for it may be anything."""
    folder = next((folder for folder in FOLDERS if path == folder or path.startswith(f"{folder}/")), OTHER)
    return path if path in ROUTES else folder


def method_of(scope: Scope) -> str:
    """Name the method of a request, if it is one that is known."""
    if scope["type"] == "websocket":
        return "WEBSOCKET"
    method: str = scope["method"]
    return method if method in METHODS else OTHER


class Observed:
    """Counts, times and traces each request; streams and WebSockets are counted only, for they last as they like."""

    def __init__(self, app: ASGIApp, *, logs_requests: bool) -> None:
        """Wrap an application."""
        self._app = app
        self._logs_requests = logs_requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, observed."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        status = LEFT

        async def send_noted(message: Message) -> None:
            nonlocal status
            if status != STATUS_OF["websocket.accept"]:
                status = STATUS_OF.get(message["type"]) or message.get("status", status)
            await send(message)

        route, stays = route_of(scope["path"]), stays_open(scope)
        under_way = STREAMS_UNDER_WAY if stays else REQUESTS_UNDER_WAY
        begun = time.perf_counter()
        under_way.inc()
        try:
            span = trace.INVALID_SPAN if stays else _begun(scope, route)
            if span.get_span_context().is_valid:
                with _carried(span):
                    await self._app(scope, receive, send_noted)
                    span.set_attribute("http.response.status_code", status)
            else:  # nobody traces
                await self._app(scope, receive, send_noted)
        finally:
            under_way.dec()
            seconds = time.perf_counter() - begun
            _counter(route, status).inc()
            if not stays:
                _seconds(route).observe(seconds)
            if self._logs_requests:
                _log(method_of(scope), route, status, seconds * 1_000)


def _log(method: str, route: str, status: int, milliseconds: float) -> None:
    told = {"method": method, "route": route, "status": status, "milliseconds": round(milliseconds, 1)}
    requests_log.info("%s %s %s in %.1f ms", method, route, status, milliseconds, extra={TOLD: told})


@cache
def _counter(route: str, status: int) -> Counter:
    """Find a counter once; there are as many as the client of Prometheus keeps itself."""
    return REQUESTS.labels(route, str(status))


@cache
def _seconds(route: str) -> Histogram:
    return SECONDS.labels(route)


def _begun(scope: Scope, route: str) -> trace.Span:
    method = method_of(scope)
    attributes = {"http.request.method": method, "http.route": route, "wallet.request_id": request_id.get()}
    return tracer.start_span(f"{method} {route}", _parent(scope), SpanKind.SERVER, attributes)


@contextmanager
def _carried(span: trace.Span) -> Iterator[None]:
    with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield
        except BaseException as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def _parent(scope: Scope) -> Context:
    """Give the trace that the caller says the request belongs to, and nothing else that could be smuggled in by it."""
    parent = header(scope, PARENT)
    if parent is None or holds_a_number(parent):
        return NO_TRACE
    return TraceContextTextMapPropagator().extract({PARENT.decode(): parent})
