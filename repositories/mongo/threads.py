"""Calls of the driver are made in threads of their own, several in one go: going there and back is what they cost.

Motor goes there once to begin a query, once for what it finds, and tells the event loop each time.
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

THREADS_MAX: Final = 32
_threads: Final = ThreadPoolExecutor(THREADS_MAX, thread_name_prefix="mongodb")


async def in_thread(call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Make a call that waits for the database, in the caller's context: spans stay under the operation's."""
    made = partial(copy_context().run, call, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_threads, made)
