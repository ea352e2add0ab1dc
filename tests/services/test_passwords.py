"""Passwords are hashed by argon2id with a pepper that is not in the database (R18)."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher

from services.keys import Peppers
from services.passwords import Argon2Hasher, PepperMissing

PASSWORD = "246810"
OLD, NEW = b"o" * 32, b"n" * 32


@contextmanager
def hasher(*secrets: bytes) -> Iterator[Argon2Hasher]:
    """Give a hasher with these peppers."""
    made = Argon2Hasher(Peppers(secrets), time_cost=1, memory_kib=8)
    try:
        yield made
    finally:
        made.close()


async def test_a_password_matches_its_hash_and_no_other_does() -> None:
    with hasher(OLD) as ours:
        kept = await ours.hash(PASSWORD)
        assert await ours.matches(kept, PASSWORD)
        assert not await ours.matches(kept, "135790")
        assert not ours.is_outdated(kept)


async def test_who_has_only_the_database_cannot_try_passwords_out() -> None:
    """The right password without the pepper, or with another one, matches nothing."""
    with hasher(OLD) as ours, hasher(NEW) as guessing:
        kept = await ours.hash(PASSWORD)
        bare = kept[kept.index("$") :]
        assert not await guessing.matches(Peppers((NEW,)).current + bare, PASSWORD)
        assert not await ours.matches(bare, PASSWORD)


async def test_a_hash_with_an_earlier_pepper_matches_and_is_renewed() -> None:
    with hasher(OLD) as before, hasher(NEW, OLD) as after:
        kept = await before.hash(PASSWORD)
        assert await after.matches(kept, PASSWORD)
        assert after.is_outdated(kept)
        assert not after.is_outdated(await after.hash(PASSWORD))


async def test_a_hash_of_a_version_without_peppers_matches_and_is_renewed() -> None:
    bare = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with hasher(OLD) as ours:
        assert await ours.matches(bare, PASSWORD)
        assert ours.is_outdated(bare)


async def test_a_pepper_that_is_missing_is_nobodys_wrong_password() -> None:
    """Nothing is counted against the person; the operator is told which pepper to put back."""
    with hasher(OLD) as before, hasher(NEW) as after:
        kept = await before.hash(PASSWORD)
        with pytest.raises(PepperMissing, match="no pepper"):
            await after.matches(kept, PASSWORD)
