"""Password hashes by argon2id, computed off the event loop, a few at a time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

TIME_COST: Final = 3
MEMORY_KIB: Final = 65_536
PARALLELISM: Final = 1
THREADS: Final = 2
"""Hashes computed at once: each takes a core and its memory; what is more waits."""


class Argon2Hasher:
    """Hashes and compares passwords."""

    def __init__(
        self, *, time_cost: int = TIME_COST, memory_kib: int = MEMORY_KIB, parallelism: int = PARALLELISM
    ) -> None:
        """Set what a hash costs; stored hashes carry their own cost."""
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")

    async def hash(self, password: str) -> str:
        """Give a salted argon2id hash."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._hasher.hash, password)

    async def matches(self, password_hash: str, password: str) -> bool:
        """Tell whether the password is the one that was hashed."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._compare, password_hash, password)

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether the hash was made at another cost than those made now."""
        return self._hasher.check_needs_rehash(password_hash)

    def _compare(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except VerificationError:
            return False

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False)
