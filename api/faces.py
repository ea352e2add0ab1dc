"""Face assertions: short-lived JWS by a face service's key, and in development by a key of this machine (R18).

An assertion is a JWT of type `face+jwt`, with `person`, `purpose`, `aud`, `iat`, `exp` and `jti`. Purposes are
`transfer:ID`, `bill:INSTITUTION:NUMBER:AMOUNT`, `premium:AREA:YEAR` and `password`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from api.jwks import ALGORITHMS, Keys, face_key_source, key_id_of
from api.keys import FACE_KEY, development_key
from api.settings import Mode, Settings
from api.tokens import ALGORITHM, AUDIENCE, BadToken
from domain.faces import LIFETIME_MAX, FaceAssertion, to_verify_transfer
from repositories.errors import Unavailable
from schema.nodes import key_of
from services.credentials import FaceReader

TYPE: Final = "face+jwt"
REQUIRED: Final = ["person", "purpose", "aud", "iat", "exp", "jti"]
TRANSFER: Final = "transfer:"


class NoFaces:
    """Stands for a face service where none is known."""

    is_offered: Final = False

    async def read(self, assertion: str) -> FaceAssertion | None:
        """Accept nothing."""
        del assertion
        return None


class FaceServiceReader:
    """Reads assertions of a face service, by its published keys."""

    is_offered: Final = True

    def __init__(self, keys: Keys, audience: str) -> None:
        """Accept assertions of these keys, made for that audience."""
        self._keys = keys
        self._audience = audience

    async def read(self, assertion: str) -> FaceAssertion | None:
        """Give what an assertion says, or None if it is not one that the face service made for us."""
        try:
            key = await self._keys.find(key_id_of(assertion))
        except BadToken:
            return None
        if key is None and not self._keys.are_known:
            message = "the keys of the face service cannot be had"
            raise Unavailable(message)
        return read_assertion(assertion, key, ALGORITHMS, self._audience) if key is not None else None


class DevelopmentFaceReader:
    """Reads assertions that were signed with the key of this machine."""

    is_offered: Final = True

    def __init__(self, key: Ed25519PrivateKey) -> None:
        """Accept assertions of that key."""
        self._key = key.public_key()

    async def read(self, assertion: str) -> FaceAssertion | None:
        """Give what an assertion says, or None if it is not signed with that key."""
        return read_assertion(assertion, self._key, [ALGORITHM], AUDIENCE)


class EitherFaceReader:
    """Reads assertions of a face service, and of development."""

    is_offered: Final = True

    def __init__(self, service: FaceReader, development: FaceReader) -> None:
        """Accept both kinds."""
        self._readers = (service, development)

    async def read(self, assertion: str) -> FaceAssertion | None:
        """Give what an assertion says, or None if it is neither's."""
        for reader in self._readers:
            found = await reader.read(assertion)
            if found is not None:
                return found
        return None


def make_face_reader(settings: Settings) -> FaceReader:
    """Make the reader of face assertions the settings ask for; in production there is no development key (R18)."""
    source = face_key_source(settings)
    service = FaceServiceReader(Keys(source), settings.jwt_audience or AUDIENCE) if source is not None else None
    if settings.mode is Mode.PRODUCTION:
        return service or NoFaces()
    development = DevelopmentFaceReader(development_key(settings.data_dir, FACE_KEY))
    return EitherFaceReader(service, development) if service is not None else development


def issue_assertion(key: Ed25519PrivateKey, person_no: str, purpose: str, now: datetime) -> str:
    """Sign an assertion, as a face service does that has just seen that person's face."""
    claims: dict[str, Any] = {"person": person_no, "purpose": purpose, "aud": AUDIENCE}
    claims |= {"iat": now, "exp": now + LIFETIME_MAX, "jti": str(uuid4())}
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"typ": TYPE})


def read_assertion(
    assertion: str, key: Ed25519PublicKey | jwt.PyJWK, algorithms: Sequence[str], audience: str
) -> FaceAssertion | None:
    """Give what an assertion says, if that key signed it for that audience; when it holds is judged by the domain."""
    try:
        read = jwt.decode_complete(
            assertion,
            key,
            algorithms=algorithms,
            audience=audience,
            options={"require": REQUIRED, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        claims = read["payload"]
        if read["header"].get("typ") != TYPE or not _are_texts(claims, "person", "purpose", "jti"):
            return None
        return FaceAssertion(
            id=sha256(claims["jti"].encode()).hexdigest(),
            person_no=claims["person"],
            purpose=_known_here(claims["purpose"]),
            issued_at=datetime.fromtimestamp(max(int(claims["iat"]), int(claims.get("nbf", 0))), UTC),
            expires_at=datetime.fromtimestamp(int(claims["exp"]), UTC),
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, OSError):
        return None


def _are_texts(claims: dict[str, Any], *names: str) -> bool:
    return all(isinstance(claims[name], str) and claims[name] for name in names)


def _known_here(purpose: str) -> str:
    """Name a transfer as it is kept: outside it is known by its global id."""
    if not purpose.startswith(TRANSFER):
        return purpose
    return to_verify_transfer(key_of("Transfer", purpose.removeprefix(TRANSFER)))
