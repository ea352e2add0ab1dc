"""An identity provider that runs, and a reader of its tokens whose clock stands still."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from api.jwks import Keys, KeyURL, ProviderReader
from tests.api.jwks.providing import AUDIENCE, ISSUER, Provider, Stopwatch


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Give a server on this machine that publishes one RSA key, k1."""
    publishes = Provider()
    publishes.answers.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publishes.requests += 1
            publishes.answers.wait(10)
            if publishes.drips_after is not None:
                self.drip(publishes.drips_after)
                return
            body = publishes.document()
            self.send_response(publishes.status)
            if publishes.location is not None:
                self.send_header("Location", publishes.location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)

        def drip(self, begun: bytes) -> None:
            """Write that, and then one byte at a time for a second."""
            with suppress(OSError):
                self.wfile.write(begun)
                for _ in range(50):
                    self.wfile.write(b" ")
                    time.sleep(0.02)

        def log_message(self, *_arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    publishes.url = f"http://127.0.0.1:{server.server_port}/keys"
    serving = threading.Thread(target=server.serve_forever, args=(0.01,))
    serving.start()
    yield publishes
    publishes.answers.set()
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def clock() -> Stopwatch:
    """Give a clock that stands still."""
    return Stopwatch()


@pytest.fixture
def reader(provider: Provider, clock: Stopwatch) -> ProviderReader:
    """Give a reader of the provider's tokens."""
    return ProviderReader(Keys(KeyURL(provider.url), clock), ISSUER, AUDIENCE)
