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
    """Threads that wait for the database; also for a call whose caller gives up, if they are to see it through."""

    def __init__(self, name: str, most: int, *, see_through: bool = False) -> None:
        """Begin with none."""
        self._pool = ThreadPoolExecutor(most, thread_name_prefix=name)
        self._see_through = see_through

    async def call(self, made: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Make a call in one of them, in the caller's context: spans stay under the operation's."""
        run = partial(copy_context().run, made, *args, **kwargs)
        made_there = asyncio.get_running_loop().run_in_executor(self._pool, run)
        if not self._see_through:
            return await made_there
        try:
            return await asyncio.shield(made_there)
        except asyncio.CancelledError:
            await asyncio.wait((made_there,))
            raise


LOOKING: Final = Threads("mongodb-look", 32)
TRANSACTING: Final = Threads("mongodb-transact", 64, see_through=True)
"""A session does one thing at a time, so nothing else is done with it before a call is over."""
