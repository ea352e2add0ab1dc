"""Bearer tokens: what makes one acceptable, and those of development, signed with a key of this machine (R27)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from domain.actors import Actor
from domain.errors import Language, Refused
from domain.identity import parse_agency, parse_person_no
from domain.institutions import parse_institution_code

Key = Ed25519PublicKey | jwt.PyJWK
ALGORITHM: Final = "EdDSA"
ISSUER: Final = "medical-insurance-wallet/development"
AUDIENCE: Final = "medical-insurance-wallet"
LIFETIME: Final = timedelta(hours=12)
LEEWAY: Final = timedelta(seconds=10)
KNOWN_MAX: Final = 10_000
"""How many verified tokens are remembered; at some 500 bytes each."""
CLAIMS: Final = {"person": "person_no", "institution": "institution_code", "agency": "agency"}
TYPES: Final = ("jwt", "at+jwt")
"""What a token says it is, if it says so; a face assertion says it is something else."""
REQUIRED: Final = ["exp", "iat", "sub", "iss", "aud"]
INVALID: Final = "登录令牌无效，请重新登录。The token is not valid; sign in again."
CANNOT_TELL: Final = "暂时无法验证登录令牌，请稍后重试。Tokens cannot be verified just now; try again soon."
EXPIRED: Final = "登录已过期，请重新登录。The token has expired; sign in again."
NOBODY: Final = "登录令牌没有身份。The token names nobody: it needs a person, institution or agency."


@dataclass(frozen=True, slots=True)
class Signed:
    """A caller, and until when the token is good for him or her."""

    actor: Actor
    until: datetime


class BadToken(Exception):
    """The token is not acceptable; the text says why, and holds nothing of the token."""


class CannotTell(BadToken):
    """Nobody can tell now whether the token is acceptable; its sender may come again with it."""


class Expired(BadToken):
    """The token was good, and somebody's; it is no guess."""


def issue_token(key: Ed25519PrivateKey, actor: Actor, now: datetime) -> str:
    """Sign a token that names the caller in each of its roles."""
    subjects = {claim: getattr(actor, attribute) for claim, attribute in CLAIMS.items()}
    claims: dict[str, Any] = {claim: subject for claim, subject in subjects.items() if subject is not None}
    claims |= {"iss": ISSUER, "aud": AUDIENCE, "sub": actor.names()[0], "iat": now, "exp": now + LIFETIME}
    return jwt.encode(claims, key, algorithm=ALGORITHM)


@dataclass(frozen=True, slots=True)
class Known:
    """Whom a token named when it was verified, and by which key of which id."""

    signed: Signed
    key: Key
    key_id: str


class Verified:
    """The tokens verified lately, by their hashes; the longest unused is forgotten first.

    None is known beyond its own time, and whoever asks compares the key: a token is known to be good by the very key it
    was verified with, so that one whose key was withdrawn or fetched anew is verified again.
    """

    def __init__(self, most: int = KNOWN_MAX) -> None:
        """Remember that many."""
        self._most = most
        self._known: OrderedDict[bytes, Known] = OrderedDict()

    def __len__(self) -> int:
        """Tell how many are remembered."""
        return len(self._known)

    def find(self, token: str) -> Known | None:
        """Give what is known of a token."""
        digest = _digest(token)
        known = self._known.get(digest)
        if known is None:
            return None
        if known.signed.until <= datetime.now(UTC):
            del self._known[digest]
            return None
        self._known.move_to_end(digest)
        return known

    def keep(self, token: str, signed: Signed, key: Key, key_id: str = "") -> None:
        """Remember a token that was just verified with that key."""
        self._known[_digest(token)] = Known(signed, key, key_id)
        if len(self._known) > self._most:
            self._known.popitem(last=False)


def _digest(token: str) -> bytes:
    """Stand for a token without being one."""
    return sha256(token.encode(errors="surrogatepass")).digest()


class TokenReader(Protocol):
    """Reads callers off bearer tokens."""

    async def read(self, token: str) -> Signed:
        """Give the caller a token names, and until when; BadToken says why there is none."""


class DevelopmentReader:
    """Reads callers off tokens that were signed with the key of this machine."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        """Accept tokens of that key."""
        self._key = key.public_key()
        self._verified = Verified()

    async def read(self, token: str) -> Signed:
        """Give the caller a token names, and until when; BadToken says why there is none."""
        known = self._verified.find(token)
        if known is not None:
            return known.signed
        signed = read_signed(token, self._key, [ALGORITHM], ISSUER, AUDIENCE)
        self._verified.keep(token, signed, self._key)
        return signed


class EitherReader:
    """Reads tokens of an identity provider, whose headers name a key, and of development, whose do not."""

    def __init__(self, provider: TokenReader, development: TokenReader) -> None:
        """Accept both kinds; each token is verified by the reader of its kind, and by no other."""
        self._provider = provider
        self._development = development

    async def read(self, token: str) -> Signed:
        """Give the caller a token names, and until when; BadToken says why there is none."""
        try:
            names_key = "kid" in jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError):
            raise BadToken(INVALID) from None
        return await (self._provider if names_key else self._development).read(token)


def read_signed(token: str, key: Key, algorithms: Sequence[str], issuer: str, audience: str) -> Signed:
    """Give the caller a token names, if that key signed it for that audience; BadToken says why there is none."""
    try:
        read = jwt.decode_complete(
            token,
            key,
            algorithms=algorithms,
            audience=audience,
            issuer=issuer,
            leeway=LEEWAY,
            options={"require": REQUIRED, "enforce_minimum_key_length": True},
        )
        claims = read["payload"]
        until = datetime.fromtimestamp(int(claims["exp"]), UTC) + LEEWAY
    except jwt.ExpiredSignatureError:
        raise Expired(EXPIRED) from None
    except (jwt.PyJWTError, ValueError, OverflowError, OSError):
        raise BadToken(INVALID) from None
    if str(read["header"].get("typ", "JWT")).lower() not in TYPES:
        raise BadToken(INVALID)
    return Signed(_named(claims), until)


def _named(claims: dict[str, Any]) -> Actor:
    subjects = {attribute: claims.get(claim) for claim, attribute in CLAIMS.items()}
    named = {name: subject for name, subject in subjects.items() if isinstance(subject, str) and subject}
    actor = Actor(**named, account=claims["sub"])
    if not actor.roles:
        raise BadToken(NOBODY)
    try:
        require_names(actor)
    except Refused as refused:
        raise BadToken("".join(refused.refusal.message(language) for language in Language)) from None
    return actor


def require_names(actor: Actor) -> None:
    """Refuse with INVALID_INPUT a caller nobody can be; names are kept and shown, so none is an ID number (R28)."""
    if actor.person_no is not None:
        parse_person_no(actor.person_no)
    if actor.institution_code is not None:
        parse_institution_code(actor.institution_code)
    if actor.agency is not None:
        parse_agency(actor.agency)
