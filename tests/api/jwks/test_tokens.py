"""Which tokens of an identity provider are accepted, and which are not (R27)."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import OKPAlgorithm

from api import jwks
from api.jwks import ProviderReader
from api.tokens import BadToken
from domain.actors import Actor
from tests.api.jwks.providing import Provider, forged, is_accepted, key_for, member, signed


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
