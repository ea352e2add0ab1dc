"""An identity provider's keys come by https from whom the machine trusts, and from nobody else (R27)."""

import ssl
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError

import pytest

from api.jwks import KeyURL
from tests.api.jwks.certificates import certified
from tests.api.jwks.providing import key_for, member, published_in


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing of it."""

    def log_message(self, *_arguments: object) -> None:
        """Keep silent."""


@pytest.fixture(params=["127.0.0.1"])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Give the address of a provider with a certificate for that host, and the certificate."""
    published_in(tmp_path, member(key_for("RS256"), "k1"))
    certificate = certified(tmp_path, request.param)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield f"https://127.0.0.1:{server.server_port}/keys.json", certificate
        server.shutdown()
        serving.join()


def test_keys_are_fetched_from_whom_the_machine_trusts(
    provider: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R27."""
    url, certificate = provider
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert list(KeyURL(url).fetch()) == ["k1"]


def test_keys_are_not_fetched_from_a_stranger(provider: tuple[str, Path]) -> None:
    """R27."""
    with pytest.raises(URLError, match="CERTIFICATE_VERIFY_FAILED"):
        KeyURL(provider[0]).fetch()


@pytest.mark.parametrize("provider", ["127.0.0.2"], indirect=True)
def test_keys_are_not_fetched_from_whom_is_trusted_as_somebody_else(
    provider: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R27."""
    url, certificate = provider
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(URLError, match=r"not valid for '127\.0\.0\.1'"):
        KeyURL(url).fetch()
