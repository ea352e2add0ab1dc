"""Signing in at an identity provider, whose keys are published and change (R27)."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from gql import Client, gql
from gql.transport.exceptions import TransportConnectionFailed
from gql.transport.websockets import WebsocketsTransport
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from websockets.exceptions import ConnectionClosed

from api import jwks
from api.app import make_reader
from api.jwks import PERIOD_S, STALE_S, KeyFile, Keys, KeyURL, ProviderReader, require_keys
from api.settings import Misconfigured, Mode, Settings
from api.signin import ACTOR, TOKEN_MAX_CHARS, SignIn
from api.tokens import BadToken, TokenReader, development_key, issue_token
from domain.actors import Actor
from repositories.factory import open_storage
from tests.api.subscribing import socket_of
from tests.clients import Caller, Server, running_server

ISSUER = "https://sign-in.example"
AUDIENCE = "wallet"
VIEWER = "{ viewer { person { personNo } } }"

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | Ed25519PrivateKey


@cache
def key_for(algorithm: str, which: int = 0) -> Any:  # noqa: ANN401 - of the type the algorithm is for
    """Make a key for that algorithm, and others with other numbers; once, as RSA takes its time."""
    del which
    if algorithm.startswith(("RS", "PS")):
        return rsa.generate_private_key(65_537, 2_048)
    if algorithm == "EdDSA":
        return Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP384R1() if algorithm == "ES384" else ec.SECP256R1())


def member(key: Key, key_id: str | None, **changes: object) -> dict[str, Any]:
    """Publish a key as a member of a JWKS."""
    public: Any = key.public_key()
    kinds: dict[type, Any] = {rsa.RSAPrivateKey: RSAAlgorithm, ec.EllipticCurvePrivateKey: ECAlgorithm}
    algorithm = next((kinds[kind] for kind in kinds if isinstance(key, kind)), OKPAlgorithm)
    published = {**algorithm.to_jwk(public, as_dict=True), "kid": key_id, **changes}
    return {name: value for name, value in published.items() if value is not None}


def signed(algorithm: str = "RS256", key_id: str | None = "k1", key: Key | None = None, **changes: Any) -> str:  # noqa: ANN401 - what JSON holds
    """Sign a token whose claims differ from a good one's; moments are told from now."""
    now = datetime.now(UTC)
    claims: dict[str, object] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "u-1",
        "person": "P0001",
        "iat": now,
        "exp": now + timedelta(minutes=5),
    }
    moments = {name: now + value for name, value in changes.items() if isinstance(value, timedelta)}
    claims = {name: value for name, value in (claims | changes | moments).items() if value is not None}
    headers = {"kid": key_id} if key_id is not None else {}
    return jwt.encode(claims, key or key_for(algorithm), algorithm=algorithm, headers=headers)


@dataclass
class Provider:
    """An identity provider's server, which publishes what it is told to and counts who asks."""

    url: str = ""
    status: int = 200
    members: list[object] = field(default_factory=lambda: [member(key_for("RS256"), "k1")])
    body: bytes | None = None
    location: str | None = None
    drips_after: bytes | None = None
    requests: int = 0
    answers: threading.Event = field(default_factory=threading.Event)

    def document(self) -> bytes:
        """Give what is published now."""
        return self.body if self.body is not None else json.dumps({"keys": self.members}).encode()


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


@dataclass
class Stopwatch:
    """A monotonic clock that only moves when it is told to."""

    now_s: float = 1_000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now_s


@pytest.fixture
def clock() -> Stopwatch:
    """Give a clock that stands still."""
    return Stopwatch()


@pytest.fixture
def reader(provider: Provider, clock: Stopwatch) -> ProviderReader:
    """Give a reader of the provider's tokens."""
    return ProviderReader(Keys(KeyURL(provider.url), clock), ISSUER, AUDIENCE)


async def is_accepted(reader: TokenReader, token: str) -> bool:
    """Tell whether somebody is let in with that."""
    try:
        await reader.read(token)
    except BadToken:
        return False
    return True


# ---- what is accepted, and what is not ----------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_token_signed_by_a_published_key_names_its_caller(
    provider: Provider, reader: ProviderReader, algorithm: str
) -> None:
    """R27."""
    provider.members = [member(key_for(algorithm), "k1")]
    assert (await reader.read(signed(algorithm))).actor == Actor(person_no="P0001")


async def test_a_token_may_name_each_role(reader: ProviderReader) -> None:
    """R27."""
    token = signed(institution="H37010000001", agency="test")
    assert (await reader.read(token)).actor == Actor("P0001", "H37010000001", "test")


async def test_a_token_is_good_until_it_expires_and_ten_seconds_more(reader: ProviderReader) -> None:
    """R27."""
    expires = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)
    assert (await reader.read(signed(exp=expires))).until == expires + timedelta(seconds=10)


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256", "ES384"])
async def test_other_algorithms_are_refused(provider: Provider, reader: ProviderReader, algorithm: str) -> None:
    """R27."""
    provider.members = [member(key_for(algorithm), "k1"), member(key_for("EdDSA"), "k2")]
    assert not await is_accepted(reader, signed(algorithm))


def forged(header: dict[str, object], secret: bytes | None) -> str:
    """Write a token as an attacker would, whom no library holds back."""
    claims = json.loads(base64.urlsafe_b64decode(signed().split(".")[1] + "=="))
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    text = b".".join(parts)
    signature = b"" if secret is None else hmac.new(secret, text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@pytest.mark.parametrize("name", ["none", "None", "NONE", ""])
async def test_a_token_without_a_signature_is_refused(reader: ProviderReader, name: str) -> None:
    """R27."""
    assert not await is_accepted(reader, forged({"alg": name, "kid": "k1"}, None))


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
async def test_a_public_key_is_no_secret(reader: ProviderReader, encoding: Encoding) -> None:
    """R27: HMAC with the published key as its secret."""
    secret = key_for("RS256").public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    assert not await is_accepted(reader, forged({"alg": "HS256", "kid": "k1"}, secret))


async def test_a_symmetric_key_that_is_published_verifies_nothing(provider: Provider, reader: ProviderReader) -> None:
    """R27."""
    secret = b"published, and long enough for HMAC with SHA-256"
    published = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    provider.members.append({"kty": "oct", "kid": "k2", "k": published})
    assert not await is_accepted(reader, forged({"alg": "HS256", "kid": "k2"}, secret))


@pytest.mark.parametrize(("algorithm", "other"), [("ES256", "RS256"), ("EdDSA", "ES256"), ("RS256", "EdDSA")])
async def test_the_algorithm_must_fit_the_key(
    provider: Provider, reader: ProviderReader, algorithm: str, other: str
) -> None:
    """R27."""
    provider.members = [member(key_for(other), "k1"), member(key_for(algorithm), "k2")]
    assert not await is_accepted(reader, signed(algorithm, "k1"))


async def test_a_token_of_another_key_is_refused(reader: ProviderReader) -> None:
    """R27."""
    assert not await is_accepted(reader, signed(key=key_for("RS256", 1)))


UNFIT: dict[str, tuple[str, dict[str, object]]] = {
    "encryption": ("RS256", {"use": "enc"}),
    "use of no kind": ("RS256", {"use": ["sig"]}),
    "other operations": ("RS256", {"key_ops": ["encrypt"]}),
    "operations of no kind": ("RS256", {"key_ops": 7}),
    "another algorithm": ("RS256", {"alg": "PS256"}),
    "an algorithm of no kind": ("RS256", {"alg": ["RS256"]}),
    "a type of no kind": ("RS256", {"kty": ["RSA"]}),
    "an id of no kind": ("RS256", {"kid": 1}),
    "no number": ("RS256", {"n": 7}),
    "an empty number": ("RS256", {"n": ""}),
    "a private key": ("EdDSA", OKPAlgorithm.to_jwk(key_for("EdDSA"), as_dict=True)),
}


@pytest.mark.parametrize("unfit", UNFIT)
async def test_a_key_that_is_not_for_verifying_verifies_nothing_and_spoils_no_other(
    provider: Provider, reader: ProviderReader, unfit: str
) -> None:
    """R27."""
    algorithm, changes = UNFIT[unfit]
    provider.members = ["no key", member(key_for(algorithm), "k1") | changes, member(key_for("ES256"), "k2")]
    assert not await is_accepted(reader, signed(algorithm, "k1"))
    assert await is_accepted(reader, signed("ES256", "k2"))


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_an_rsa_key_that_is_too_short_verifies_nothing(provider: Provider, reader: ProviderReader) -> None:
    """R27."""
    short = rsa.generate_private_key(65_537, 1_024)  # noqa: S505 - refused for that
    provider.members = [member(short, "k1"), member(key_for("ES256"), "k2")]
    assert not await is_accepted(reader, signed("RS256", "k1", short))
    assert jwks.read_key(provider.members[0]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://another.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": []},
        {"sub": None},
        {"sub": 1},
        {"exp": None},
        {"exp": timedelta(seconds=-30)},
        {"exp": "never"},
        {"exp": 1e300},
        {"exp": 10**17},
        {"iat": None},
        {"iat": timedelta(seconds=30)},
        {"nbf": timedelta(seconds=30)},
        {"person": None},
        {"person": 7},
        {"person": ["P0001"]},
        {"person": ""},
    ],
    ids=str,
)
async def test_a_token_whose_claims_are_not_right_is_refused(reader: ProviderReader, change: dict[str, Any]) -> None:
    """R27."""
    assert not await is_accepted(reader, signed(**change))


@pytest.mark.parametrize(("claim", "seconds"), [("exp", -5), ("nbf", 5), ("iat", 5)])
async def test_clocks_may_differ_by_seconds(reader: ProviderReader, claim: str, seconds: int) -> None:
    """R27."""
    changes: dict[str, Any] = {claim: timedelta(seconds=seconds)}
    assert await is_accepted(reader, signed(**changes))


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", "济南.济南.济南", ".." * 50])
async def test_what_is_no_token_is_refused(reader: ProviderReader, token: str) -> None:
    """R27."""
    with pytest.raises(BadToken):
        await reader.read(token)


# ---- keys come and go ---------------------------------------------------------------------------------------------


async def test_the_keys_are_fetched_once(provider: Provider, reader: ProviderReader) -> None:
    """R27."""
    answers = await asyncio.gather(*(is_accepted(reader, signed()) for _ in range(20)))
    assert (all(answers), provider.requests) == (True, 1)


async def test_a_key_id_that_is_not_known_fetches_the_keys_again(
    provider: Provider, reader: ProviderReader, clock: Stopwatch
) -> None:
    """R27."""
    assert await is_accepted(reader, signed())
    provider.members.append(member(key_for("ES256"), "k2"))
    clock.now_s += PERIOD_S
    assert await is_accepted(reader, signed("ES256", "k2"))
    assert provider.requests == 2


async def test_many_unknown_key_ids_fetch_the_keys_once_in_a_period(
    provider: Provider, reader: ProviderReader, clock: Stopwatch
) -> None:
    """R27."""
    assert await is_accepted(reader, signed())
    for period in range(1, 4):
        clock.now_s += PERIOD_S
        tokens = [signed(key_id=f"unknown-{period}-{n}") for n in range(20)]
        assert not any(await asyncio.gather(*(is_accepted(reader, token) for token in tokens)))
        clock.now_s += PERIOD_S - 1
        assert not await is_accepted(reader, signed(key_id="one more"))
        assert provider.requests == 1 + period
        clock.now_s -= PERIOD_S - 1


@pytest.mark.parametrize(
    "token",
    [lambda: signed(key_id=None), lambda: forged({"alg": "HS256", "kid": "x"}, b"x"), lambda: "x.y.z"],
    ids=["no key id", "HMAC", "no token"],
)
async def test_a_token_that_cannot_be_good_fetches_nothing(
    provider: Provider, reader: ProviderReader, token: Callable[[], str]
) -> None:
    """R27."""
    assert not await is_accepted(reader, token())
    assert provider.requests == 0


async def test_a_key_that_was_withdrawn_is_refused_once_the_keys_are_old(
    provider: Provider, reader: ProviderReader, clock: Stopwatch
) -> None:
    """R27."""
    assert await is_accepted(reader, signed())
    provider.members = [member(key_for("ES256"), "k2")]
    clock.now_s += STALE_S - 1
    assert await is_accepted(reader, signed())
    clock.now_s += 1
    assert not await is_accepted(reader, signed())


BROKEN: dict[str, dict[str, Any]] = {
    "fault": {"status": 500},
    "redirect": {"status": 302, "location": "/elsewhere"},
    "no JSON": {"body": b"<html>"},
    "no object": {"body": b"[]"},
    "no list": {"body": b'{"keys": {}}'},
    "no keys": {"body": b'{"keys": []}'},
    "too deep": {"body": b"[" * 100_000},
    "too large": {"body": Provider().document() + b" " * jwks.MAX_BYTES},
    "too many": {"members": [member(key_for("RS256"), "k1"), *[{"kty": "RSA"}] * jwks.MAX_KEYS]},
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_fetch_that_fails_keeps_the_known_keys(
    provider: Provider, reader: ProviderReader, clock: Stopwatch, broken: str
) -> None:
    """R27."""
    assert await is_accepted(reader, signed())
    for name, value in BROKEN[broken].items():
        setattr(provider, name, value)
    clock.now_s += STALE_S
    assert await is_accepted(reader, signed())
    assert provider.requests == 2


@pytest.mark.parametrize("broken", BROKEN)
async def test_without_keys_nobody_is_let_in(provider: Provider, reader: ProviderReader, broken: str) -> None:
    """R27."""
    for name, value in BROKEN[broken].items():
        setattr(provider, name, value)
    assert not await is_accepted(reader, signed())


async def test_a_redirect_is_not_followed(provider: Provider, reader: ProviderReader) -> None:
    """R27."""
    provider.status, provider.location = 302, provider.url
    assert not await is_accepted(reader, signed())
    assert provider.requests == 1


async def test_without_keys_the_provider_is_asked_again_soon(
    provider: Provider, reader: ProviderReader, clock: Stopwatch
) -> None:
    """R27."""
    provider.status = 503
    assert not await is_accepted(reader, signed())
    provider.status = 200
    clock.now_s += jwks.RETRY_S
    assert await is_accepted(reader, signed())


async def test_a_provider_that_fails_is_asked_once_in_a_period(
    provider: Provider, reader: ProviderReader, clock: Stopwatch
) -> None:
    """R27."""
    assert await is_accepted(reader, signed())
    provider.status = 503
    clock.now_s += STALE_S
    for _ in range(5):
        assert await is_accepted(reader, signed())
    assert provider.requests == 2


async def test_of_a_failure_the_log_says_the_type_only(
    provider: Provider, reader: ProviderReader, caplog: pytest.LogCaptureFixture
) -> None:
    """R27, R28."""
    provider.status = 503
    assert not await is_accepted(reader, signed(key_id="an id of somebody"))
    assert [record.getMessage() for record in caplog.records] == [
        "the keys of sign-in could not be fetched, the known ones stay: HTTPError"
    ]


async def test_a_provider_that_does_not_answer_holds_nobody_up_whose_key_is_known(
    provider: Provider, reader: ProviderReader, clock: Stopwatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R27."""
    assert await is_accepted(reader, signed())
    monkeypatch.setattr(jwks, "PATIENCE_S", 0.5)
    provider.answers.clear()
    clock.now_s += STALE_S
    first = asyncio.create_task(is_accepted(reader, signed()))
    await asyncio.sleep(0)
    async with asyncio.timeout(0.4):
        assert await is_accepted(reader, signed())
    async with asyncio.timeout(2):
        assert await first
    provider.answers.set()


async def test_keys_are_fetched_by_one_at_a_time(provider: Provider, reader: ProviderReader, clock: Stopwatch) -> None:
    """R27."""
    provider.answers.clear()
    first = asyncio.create_task(is_accepted(reader, signed()))
    await asyncio.sleep(0.05)
    clock.now_s += PERIOD_S
    second = asyncio.create_task(is_accepted(reader, signed()))
    await asyncio.sleep(0.05)
    provider.answers.set()
    assert (await first, await second, provider.requests) == (True, True, 1)


async def test_fetching_holds_up_nothing_else(provider: Provider, reader: ProviderReader) -> None:
    """R27."""
    provider.answers.clear()
    reading = asyncio.create_task(reader.read(signed()))
    for _ in range(10):
        await asyncio.sleep(0.01)
    assert not reading.done()
    provider.answers.set()
    assert (await reading).actor.person_no == "P0001"


async def test_a_caller_who_leaves_does_not_end_the_fetch_for_others(
    provider: Provider, reader: ProviderReader
) -> None:
    """R27."""
    provider.answers.clear()
    first, second = (asyncio.create_task(reader.read(signed())) for _ in range(2))
    await asyncio.sleep(0.05)
    first.cancel()
    provider.answers.set()
    assert (await second).actor.person_no == "P0001"
    assert provider.requests == 1


async def test_a_provider_that_does_not_answer_is_given_up(
    provider: Provider, reader: ProviderReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R27."""
    monkeypatch.setattr(jwks, "TIMEOUT_S", 0.1)
    provider.answers.clear()
    began = time.monotonic()
    assert not await is_accepted(reader, signed())
    assert time.monotonic() - began < 2
    provider.answers.set()


HEAD = b"HTTP/1.0 200 OK\r\n"


@pytest.mark.parametrize("begun", [HEAD + b"X-Slow: ", HEAD + b"\r\n"], ids=["head", "body"])
async def test_a_provider_that_answers_too_slowly_is_given_up(
    provider: Provider, reader: ProviderReader, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    """R27."""
    monkeypatch.setattr(jwks, "TIMEOUT_S", 0.2)
    provider.drips_after = begun
    async with asyncio.timeout(0.8):
        assert not await is_accepted(reader, signed())


def test_a_fetch_that_was_given_up_ends(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """R27."""
    monkeypatch.setattr(jwks, "TIMEOUT_S", 0.2)
    provider.drips_after = HEAD + b"\r\n"
    with pytest.raises(TimeoutError):
        KeyURL(provider.url).fetch()


async def test_keys_of_this_machine_are_fetched_without_a_proxy(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R27."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert await is_accepted(ProviderReader(Keys(KeyURL(provider.url)), ISSUER, AUDIENCE), signed())


# ---- keys in a file -----------------------------------------------------------------------------------------------


def published_in(folder: Path, *members: dict[str, Any]) -> Path:
    """Write a file of keys, as it is written on another occasion: with another time."""
    path = folder / "keys.json"
    path.write_text(json.dumps({"keys": members}))
    occasion = time.time_ns()
    os.utime(path, ns=(occasion, occasion))
    return path


async def test_keys_may_be_in_a_file_which_is_read_anew_when_it_was_changed(tmp_path: Path, clock: Stopwatch) -> None:
    """R27."""
    path = published_in(tmp_path, member(key_for("RS256"), "k1"))
    reader = ProviderReader(Keys(KeyFile(path), clock), ISSUER, AUDIENCE)
    assert await is_accepted(reader, signed())
    published_in(tmp_path, member(key_for("ES256"), "k2"))
    assert not await is_accepted(reader, signed("ES256", "k2"))
    clock.now_s += PERIOD_S
    assert await is_accepted(reader, signed("ES256", "k2"))
    assert not await is_accepted(reader, signed())


def test_a_file_that_was_not_changed_is_not_read_again(tmp_path: Path) -> None:
    """R27."""
    source = KeyFile(published_in(tmp_path, member(key_for("RS256"), "k1")))
    keys = source.fetch()
    assert source.fetch() is keys
    published_in(tmp_path, member(key_for("RS256"), "k1"))
    assert source.fetch() is not keys


async def test_a_file_that_is_gone_keeps_the_known_keys(tmp_path: Path, clock: Stopwatch) -> None:
    """R27."""
    path = published_in(tmp_path, member(key_for("RS256"), "k1"))
    reader = ProviderReader(Keys(KeyFile(path), clock), ISSUER, AUDIENCE)
    assert await is_accepted(reader, signed())
    path.unlink()
    clock.now_s += STALE_S
    assert await is_accepted(reader, signed())


# ---- the server ---------------------------------------------------------------------------------------------------


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
    """Give settings of production, which cannot be read from the environment yet."""
    return Settings.model_construct(mode=Mode.PRODUCTION, data_dir=folder / "data", **settings_for(folder))


async def asked_in_production(settings: Settings, token: str) -> httpx.Response:
    """Ask a production server who one is."""
    app = SignIn(whoami, make_reader(settings))
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
    with pytest.raises(Misconfigured, match=r"WALLET_JWKS_FILE.*FileNotFoundError"):
        await require_keys(Settings(jwks_file=tmp_path / "none.json", **named))
    with pytest.raises(Misconfigured, match=r"WALLET_JWKS_URL.*HTTPError"):
        await require_keys(Settings(jwks_url=provider.url, **named))


async def test_keys_that_can_be_had_let_the_server_start(provider: Provider) -> None:
    """R27."""
    await require_keys(Settings(jwks_url=provider.url, jwt_issuer=ISSUER, jwt_audience=AUDIENCE))
    await require_keys(Settings())
    assert provider.requests == 1
