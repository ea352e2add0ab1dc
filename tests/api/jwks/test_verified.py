"""A token that was verified is known for as long as it is good and its key is the same, and no longer (R27)."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from api import tokens
from api.jwks import STALE_S, ProviderReader
from api.tokens import DevelopmentReader, Expired, Signed, Verified, issue_token
from domain.actors import Actor
from tests.api.jwks.providing import Provider, Stopwatch, is_accepted, key_for, member, signed

PERSON = Actor(person_no="P0001")


async def test_a_token_that_comes_again_is_known(reader: ProviderReader) -> None:
    token = signed()
    assert await reader.read(token) is await reader.read(token)


async def test_a_known_token_is_refused_once_it_has_expired(reader: ProviderReader) -> None:
    token = signed(exp=timedelta(seconds=-8))
    until = (await reader.read(token)).until
    await asyncio.sleep((until - datetime.now(UTC)).total_seconds() + 0.01)
    with pytest.raises(Expired):
        await reader.read(token)


async def test_a_known_token_of_development_is_refused_once_it_has_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "LIFETIME", timedelta(seconds=-8))
    reader, token = (
        DevelopmentReader(key_for("EdDSA")),
        issue_token(key_for("EdDSA"), PERSON, datetime.now(UTC)),
    )
    until = (await reader.read(token)).until
    await asyncio.sleep((until - datetime.now(UTC)).total_seconds() + 0.01)
    with pytest.raises(Expired):
        await reader.read(token)


async def test_a_known_token_is_refused_once_another_key_has_the_id_of_its_own(
    provider: Provider, reader: ProviderReader, clock: Stopwatch
) -> None:
    token = signed()
    assert await is_accepted(reader, token)
    provider.members = [member(key_for("RS256", 1), "k1")]
    clock.now_s += STALE_S
    assert not await is_accepted(reader, token)


async def test_a_known_token_is_refused_once_its_key_is_withdrawn(
    provider: Provider, reader: ProviderReader, clock: Stopwatch
) -> None:
    token = signed()
    assert await is_accepted(reader, token)
    provider.members = [member(key_for("ES256"), "k2")]
    clock.now_s += STALE_S
    assert not await is_accepted(reader, token)


async def test_a_known_token_is_good_with_keys_that_were_fetched_anew(
    provider: Provider, reader: ProviderReader, clock: Stopwatch
) -> None:
    token = signed()
    first = await reader.read(token)
    clock.now_s += STALE_S
    assert await reader.read(token) == first
    assert provider.requests == 2


async def test_a_token_that_differs_from_a_known_one_by_its_signature_is_refused(reader: ProviderReader) -> None:
    token = signed()
    assert await is_accepted(reader, token)
    body, _, signature = token.rpartition(".")
    assert not await is_accepted(reader, f"{body}.{signature[::-1]}")


async def test_a_token_that_is_refused_is_not_remembered(reader: ProviderReader) -> None:
    assert not await is_accepted(reader, signed(aud="another"))
    assert len(reader._verified) == 0  # noqa: SLF001 - what is remembered shows nowhere else


def test_no_more_tokens_are_remembered_than_may_be_and_the_longest_unused_goes_first() -> None:
    verified, good = Verified(most=2), Signed(PERSON, datetime.now(UTC) + timedelta(hours=1))
    for token in ("used", "unused"):
        verified.keep(token, good, key_for("EdDSA").public_key())
    assert verified.find("used")
    verified.keep("new", good, key_for("EdDSA").public_key())
    assert [verified.find(token) is not None for token in ("used", "unused", "new")] == [True, False, True]
    assert len(verified) == 2


def test_tokens_are_remembered_without_being_kept() -> None:
    """R28: what lets somebody in is in no dump of memory because of this."""
    verified, token = Verified(), signed()
    verified.keep(token, Signed(PERSON, datetime.now(UTC) + timedelta(hours=1)), key_for("EdDSA").public_key())
    assert token not in str(vars(verified))
