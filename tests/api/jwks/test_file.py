"""Keys in a file, which is read anew when it was changed (R27)."""

from pathlib import Path

from api.jwks import PERIOD_S, STALE_S, KeyFile, Keys, ProviderReader
from tests.api.jwks.providing import AUDIENCE, ISSUER, Stopwatch, is_accepted, key_for, member, published_in, signed


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
