"""Calls of the driver are made in threads of their own, several in one go: going there and back is what they cost.

Motor goes there once to begin a query, once for what it finds, and tells the event loop each time. Transactions have
threads apart: look-ups that a database leaves without an answer keep no commit waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """Threads that wait for the database."""

    def __init__(self, name: str, most: int) -> None:
        """Begin with none."""
        self._pool = ThreadPoolExecutor(most, thread_name_prefix=name)

    async def call(self, made: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Make a call in one of them, in the caller's context: spans stay under the operation's."""
        run = partial(copy_context().run, made, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._pool, run)


LOOKING: Final = Threads("mongodb-look", 32)
TRANSACTING: Final = Threads("mongodb-transact", 64)
