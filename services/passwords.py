"""Password hashes by argon2id over a peppered password, computed off the event loop, a few at a time (R18).

The pepper is a secret kept outside the database: whoever has only the database cannot even begin to try passwords out.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from repositories.errors import Unavailable
from services.keys import Peppers

logger = logging.getLogger(__name__)

TIME_COST: Final = 3
MEMORY_KIB: Final = 65_536
PARALLELISM: Final = 1
THREADS: Final = 2
"""Hashes computed at once: each takes a core and its memory; what is more waits."""
UNPEPPERED: Final = ""
"""What stands for the pepper's name before a hash of an earlier version, which had none."""


class PepperMissing(Unavailable):
    """A hash was made with a pepper that is not in the keys file; no try can be judged before it is put back."""

    def __init__(self, name: str) -> None:
        """Tell the operator, by the log; a process that has the newer keys file may do better."""
        super().__init__(f"no pepper {name}")
        logger.error(
            "the keys file has no pepper whose SHA-256 begins with %s, and a password needs it: put it back", name
        )


class Argon2Hasher:
    """Hashes and compares passwords."""

    def __init__(
        self,
        peppers: Peppers,
        *,
        time_cost: int = TIME_COST,
        memory_kib: int = MEMORY_KIB,
        parallelism: int = PARALLELISM,
    ) -> None:
        """Set what a hash costs; a stored hash says at what cost it was made, and with which pepper."""
        self._peppers = peppers
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")

    async def hash(self, password: str) -> str:
        """Give a salted argon2id hash."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hash, password)

    async def matches(self, password_hash: str, password: str) -> bool:
        """Tell whether the password is the one that was hashed; PepperMissing if nobody can tell."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._compare, password_hash, password)

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether the hash was made at another cost than those made now, or with another pepper."""
        name, bare = _split(password_hash)
        return name != self._peppers.current or self._hasher.check_needs_rehash(bare)

    def _hash(self, password: str) -> str:
        name = self._peppers.current
        return name + self._hasher.hash(self._peppered(name, password))

    def _compare(self, password_hash: str, password: str) -> bool:
        name, bare = _split(password_hash)
        try:
            return self._hasher.verify(bare, self._peppered(name, password))
        except VerificationError:
            return False

    def _peppered(self, name: str, password: str) -> bytes:
        if name == UNPEPPERED:
            return password.encode()
        secret = self._peppers.named(name)
        if secret is None:
            raise PepperMissing(name)
        return hmac.digest(secret, password.encode(), "sha256")

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False)


def _split(password_hash: str) -> tuple[str, str]:
    """Give the pepper's name and the hash as argon2 writes it, which begins with a dollar sign."""
    name, dollar, rest = password_hash.partition("$")
    return name, dollar + rest
