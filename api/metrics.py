"""`/metrics`: the figures of all processes of this server, as Prometheus reads them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hmac import compare_digest
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.replies import error_reply
from domain.errors import ErrorCode

PATH: Final = "/metrics"
SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own variable: the folder in which processes put their figures together."""
HOW: Final = "请在Authorization请求头中提供指标令牌。Send the header as: Authorization: Bearer WALLET_METRICS_TOKEN"
_OF_PROCESS: Final = re.compile(r"gauge_live\w+_(\d+)\.db")


class Metrics:
    """Answers `/metrics` before anybody signs in, to who has its token; where there is none, to everybody."""

    def __init__(self, app: ASGIApp, token: str | None) -> None:
        """Wrap an application."""
        self._app = app
        self._expected = f"Bearer {token}".encode() if token is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the figures, if they are what is asked for."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        await self._reply(scope)(scope, receive, send)

    def _reply(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            reply = error_reply(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed", ErrorCode.INVALID_INPUT)
            reply.headers["Allow"] = "GET, HEAD"
            return reply
        given = Headers(scope=scope).get("authorization", "").encode()
        if self._expected is not None and not compare_digest(given, self._expected):
            reply = error_reply(HTTPStatus.UNAUTHORIZED, HOW, ErrorCode.UNAUTHENTICATED)
            reply.headers["WWW-Authenticate"] = "Bearer"
            return reply
        return Response(latest(), media_type=CONTENT_TYPE_LATEST)


def latest() -> bytes:
    """Give the figures of this process, or of all that share them."""
    folder = os.environ.get(SHARED)
    if folder is None:
        return generate_latest(REGISTRY)
    for process in _ended(Path(folder)):
        with suppress(FileNotFoundError):  # another process has done it
            mark_process_dead(process, folder)  # type: ignore[no-untyped-call]
    together = CollectorRegistry()
    MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]
    return generate_latest(together)


def _ended(folder: Path) -> set[int]:
    """Give the processes that left figures of the moment behind and are no more."""
    found = (_OF_PROCESS.fullmatch(file.name) for file in folder.iterdir())
    return {int(match[1]) for match in found if match is not None and not _lives(int(match[1]))}


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def sharing(workers: int) -> Iterator[None]:
    """Let several processes put their figures together until leaving; to be entered before they begin."""
    if workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="wallet-metrics-") as folder:
        os.environ[SHARED] = folder
        try:
            yield
        finally:
            del os.environ[SHARED]
