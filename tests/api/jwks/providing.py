"""An identity provider for tests: its keys, its tokens and forged ones, and what a reader makes of them."""

import base64
import hashlib
import hmac
import json
import os
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from api.tokens import BadToken, TokenReader

ISSUER = "https://sign-in.example"
AUDIENCE = "wallet"

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


@dataclass
class Stopwatch:
    """A monotonic clock that only moves when it is told to."""

    now_s: float = 1_000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now_s


async def is_accepted(reader: TokenReader, token: str) -> bool:
    """Tell whether somebody is let in with that."""
    try:
        await reader.read(token)
    except BadToken:
        return False
    return True


def forged(header: dict[str, object], secret: bytes | None) -> str:
    """Write a token as an attacker would, whom no library holds back."""
    claims = json.loads(base64.urlsafe_b64decode(signed().split(".")[1] + "=="))
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, claims)]
    text = b".".join(parts)
    signature = b"" if secret is None else hmac.new(secret, text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def published_in(folder: Path, *members: dict[str, Any]) -> Path:
    """Write a file of keys, as it is written on another occasion: with another time."""
    path = folder / "keys.json"
    path.write_text(json.dumps({"keys": members}))
    occasion = time.time_ns()
    os.utime(path, ns=(occasion, occasion))
    return path
