"""Bearer tokens of an identity provider, verified against its published keys, which it may change at any time (R27)."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import time
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any, Final, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from api.settings import Misconfigured, Settings
from api.tokens import CANNOT_TELL, INVALID, BadToken, CannotTell, Signed, Verified, read_signed

ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
FITTING: Final = {("RSA", None): "RS256", ("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
"""The one algorithm that each type of key is for."""
RSA_MIN_BITS: Final = 2_048
PERIOD_S: Final = 60.0
"""Between two fetches there is at least this, however many unknown key ids come."""
RETRY_S: Final = 5.0
"""The same, as long as there are no keys at all and nobody can sign in."""
STALE_S: Final = 600.0
"""Keys older than this are fetched again: a provider withdraws keys as well."""
OLDEST_S: Final = 86_400.0
"""Keys older than this are known no more: one that was withdrawn while the provider was down must end some time."""
PATIENCE_S: Final = 1.0
"""How long a sign-in whose key is known waits for newer keys; it does well without."""
TIMEOUT_S: Final = 5.0
MAX_BYTES: Final = 262_144
MAX_KEYS: Final = 100
CHUNK_BYTES: Final = 16_384

logger = logging.getLogger(__name__)


class Unacceptable(Exception):
    """What was fetched is no set of keys, holds none that may be used, or is too much."""


FAULTS: Final = (OSError, HTTPException, ValueError, RecursionError, jwt.PyJWTError, Unacceptable)
"""What fetching may end with."""


class KeySource(Protocol):
    """Where keys are published."""

    def fetch(self) -> dict[str, jwt.PyJWK]:
        """Give the keys by their ids, or one of FAULTS; blocks, for seconds at most."""


class KeyFile:
    """Keys in a file, which is read anew when it was changed."""

    def __init__(self, path: Path) -> None:
        """Read that file."""
        self._path = path
        self._version: tuple[int, int, int] | None = None
        self._keys: dict[str, jwt.PyJWK] = {}

    def fetch(self) -> dict[str, jwt.PyJWK]:
        """Read the file, if it is not the one read before."""
        with self._path.open("rb") as file:
            status = os.fstat(file.fileno())
            version = (status.st_mtime_ns, status.st_size, status.st_ino)
            if version != self._version:
                self._keys = read_keys(file.read(MAX_BYTES + 1))
                self._version = version
        return self._keys


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Keys come from the address that was set, and from no other."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        """Follow nothing: the answer counts as a failure."""
        del req, fp, code, msg, headers, newurl


class KeyURL:
    """Keys at an address, https or on this machine (`api/settings.py` sees to that)."""

    def __init__(self, url: str) -> None:
        """Fetch from there; on this machine without the proxy that may be set for others."""
        headers = {"Accept": "application/json", "User-Agent": "medical-insurance-wallet"}
        self._request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme is judged in settings
        handlers: list[urllib.request.BaseHandler] = [NoRedirects()]
        if urlsplit(url).scheme == "http":
            handlers.append(urllib.request.ProxyHandler({}))
        self._opener = urllib.request.build_opener(*handlers)

    def fetch(self) -> dict[str, jwt.PyJWK]:
        """Fetch the document, for so long and so much of it."""
        ends = time.monotonic() + TIMEOUT_S
        document = b""
        with self._opener.open(self._request, timeout=TIMEOUT_S) as answer:
            while len(document) <= MAX_BYTES and (chunk := answer.read1(CHUNK_BYTES)):
                document += chunk
                if time.monotonic() > ends:
                    raise TimeoutError
        return read_keys(document)


class Keys:
    """The keys known now: fetched when they are old or one is not among them, by one at a time and not too often."""

    def __init__(self, source: KeySource, clock_s: Callable[[], float] = time.monotonic) -> None:
        """Know none until the first is asked for."""
        self._source = source
        self._clock_s = clock_s
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_s = float("-inf")
        self._tried_s = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, key_id: str) -> jwt.PyJWK | None:
        """Give the key of that id; known keys are given whatever becomes of fetching newer ones."""
        is_known = self.are_known and key_id in self._keys
        starts = self._fetching is None and self._is_due(is_known=is_known)
        if starts:
            self._tried_s = self._clock_s()
            self._fetching = asyncio.create_task(self._fetch())
        if self._fetching is not None and (starts or not is_known):
            await asyncio.wait({self._fetching}, timeout=PATIENCE_S if is_known else None)
        return self._keys.get(key_id) if self.are_known else None

    @property
    def are_known(self) -> bool:
        """Tell whether there are keys, not too old to go by; without, nobody can tell what a token is worth."""
        return bool(self._keys) and self._clock_s() - self._fetched_s < OLDEST_S

    async def load(self) -> None:
        """Fetch the keys; one of FAULTS says why they cannot be had."""
        async with asyncio.timeout(TIMEOUT_S):
            self._keys = await asyncio.to_thread(self._source.fetch)
        self._fetched_s = self._clock_s()

    def _is_due(self, *, is_known: bool) -> bool:
        since_s = self._clock_s() - self._tried_s
        if not is_known:
            return since_s >= (PERIOD_S if self.are_known else RETRY_S)
        return since_s >= PERIOD_S and self._clock_s() - self._fetched_s >= STALE_S

    async def _fetch(self) -> None:
        try:
            await self.load()
        except FAULTS as fault:
            logger.warning("published keys could not be fetched, the known ones stay: %s", type(fault).__name__)
        finally:
            self._fetching = None


def read_keys(document: bytes) -> dict[str, jwt.PyJWK]:
    """Give the keys of a JWKS that may verify tokens, by their ids; Unacceptable if there are none."""
    if len(document) > MAX_BYTES:
        raise Unacceptable
    content = json.loads(document)
    members = content.get("keys") if isinstance(content, dict) else None
    if not isinstance(members, list) or len(members) > MAX_KEYS:
        raise Unacceptable
    keys: dict[str, jwt.PyJWK] = {}
    for member in members:
        key = read_key(member)
        if key is not None and key.key_id is not None:
            keys.setdefault(key.key_id, key)
    if not keys:
        raise Unacceptable
    return keys


def read_key(member: object) -> jwt.PyJWK | None:
    """Read a key that may verify tokens: public, with an id, for signatures, of a type and size that is accepted."""
    if not isinstance(member, dict) or not isinstance(member.get("kid"), str) or not member["kid"] or "d" in member:
        return None
    algorithm = _algorithm_for(member)
    if algorithm is None or member.get("use", "sig") != "sig" or member.get("alg", algorithm) != algorithm:
        return None
    operations = member.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    try:
        key = jwt.PyJWK(member, algorithm)
    except (jwt.PyJWTError, TypeError, ValueError):
        return None
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < RSA_MIN_BITS:
        return None
    return key


def _algorithm_for(member: dict[str, Any]) -> str | None:
    kind, curve = member.get("kty"), member.get("crv")
    if not isinstance(kind, str) or not isinstance(curve, str | None):
        return None
    return FITTING.get((kind, curve))


class ProviderReader:
    """Reads callers off tokens of one identity provider that were made for this service."""

    def __init__(self, keys: Keys, issuer: str, audience: str) -> None:
        """Accept tokens of these keys, by that issuer, for that audience."""
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._verified = Verified()

    async def read(self, token: str) -> Signed:
        """Give the caller a token names, and until when; BadToken says why there is none."""
        known = self._verified.find(token)
        key_id = known.key_id if known is not None else key_id_of(token)
        key = await self._keys.find(key_id)
        if known is not None and known.key is key:
            return known.signed
        if key is None and not self._keys.are_known:
            raise CannotTell(CANNOT_TELL)
        if key is None:
            raise BadToken(INVALID)
        signed = read_signed(token, key, ALGORITHMS, self._issuer, self._audience)
        self._verified.keep(token, signed, key, key_id)
        return signed


def key_id_of(token: str) -> str:
    """Give the key id that a token's header names; BadToken if it could not be accepted whatever the key."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError):
        raise BadToken(INVALID) from None
    key_id = header.get("kid")
    if header.get("alg") not in ALGORITHMS or not isinstance(key_id, str) or not key_id:
        raise BadToken(INVALID)
    return key_id


def key_source(settings: Settings) -> KeySource | None:
    """Give where the settings say that keys are published, if they do."""
    if settings.jwks_file is not None:
        return KeyFile(settings.jwks_file)
    return KeyURL(settings.jwks_url) if settings.jwks_url is not None else None


def face_key_source(settings: Settings) -> KeySource | None:
    """Give where the face service's keys are, if there is one."""
    return KeyFile(settings.face_jwks_file) if settings.face_jwks_file is not None else None


async def require_keys(settings: Settings) -> None:
    """Fetch all keys once before the server starts, so that what is wrong with them is said in a sentence."""
    await _require("WALLET_JWKS_FILE" if settings.jwks_file is not None else "WALLET_JWKS_URL", key_source(settings))
    await _require("WALLET_FACE_JWKS_FILE", face_key_source(settings))


async def _require(setting: str, source: KeySource | None) -> None:
    if source is None:
        return
    try:
        await Keys(source).load()
    except FAULTS as fault:
        if is_away(fault):  # callers are told to come again
            logger.warning("%s: no keys can be had from there yet (%s)", setting, _said(fault))
            return
        message = (
            f"{setting}: no keys to verify signatures with could be had from there ({_said(fault)}); it must be a JWKS "
            f"with a public key of RSA (≥ {RSA_MIN_BITS} bits), EC P-256 or Ed25519 that has a kid"
        )
        raise Misconfigured(message) from None


def is_away(fault: Exception) -> bool:
    """Tell whether a provider may be back by itself: it cannot be reached, or says that it cannot answer now."""
    if isinstance(fault, HTTPError):
        return fault.code >= HTTPStatus.INTERNAL_SERVER_ERROR
    reason = fault.reason if isinstance(fault, URLError) else fault
    return isinstance(reason, ConnectionError | TimeoutError | socket.gaierror)


def _said(fault: Exception) -> str:
    if isinstance(fault, Unacceptable | ValueError):
        return "what is there is no set of usable keys"
    reason = getattr(fault, "reason", None)
    return str(getattr(fault, "strerror", None) or getattr(reason, "strerror", None) or reason or type(fault).__name__)
