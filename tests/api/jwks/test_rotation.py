"""An identity provider's keys come, go, and cannot always be had (R27)."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from api import jwks
from api.jwks import OLDEST_S, PERIOD_S, STALE_S, Keys, KeyURL, ProviderReader
from api.tokens import CannotTell
from tests.api.jwks.providing import AUDIENCE, ISSUER, Provider, Stopwatch, forged, is_accepted, key_for, member, signed


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


async def test_without_keys_nobody_can_tell_and_says_so(provider: Provider, reader: ProviderReader) -> None:
    """R27: the token may be good."""
    provider.status = 503
    with pytest.raises(CannotTell):
        await reader.read(signed())


async def test_keys_that_nobody_could_renew_for_a_day_are_known_no_more(
    provider: Provider, reader: ProviderReader, clock: Stopwatch
) -> None:
    """R27: one of them may have been withdrawn."""
    assert await is_accepted(reader, signed())
    provider.status = 503
    clock.now_s += OLDEST_S - 1
    assert await is_accepted(reader, signed())
    clock.now_s += 1
    with pytest.raises(CannotTell):
        await reader.read(signed())
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
        "published keys could not be fetched, the known ones stay: HTTPError"
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
