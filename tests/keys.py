"""Keys for tests: made anew for every run, as an operator makes them."""

from typing import Final

from services.keys import new_keys, parse_keys
from services.passwords import Argon2Hasher

FILE: Final = new_keys()
KEYS: Final = parse_keys(FILE, "the tests' keys")


def cheap_hasher() -> Argon2Hasher:
    """Give a hasher that costs next to nothing."""
    return Argon2Hasher(KEYS.peppers, time_cost=1, memory_kib=8)
