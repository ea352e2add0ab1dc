"""What is carried to its end even if whoever asked for it goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

_under_way: Final[set[asyncio.Task[Any]]] = set()


async def carried(made: Coroutine[Any, Any, T]) -> T:
    """Give what comes of it; it goes on if nobody waits for that any more."""
    task = asyncio.create_task(made)
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return await asyncio.shield(task)


async def until_carried_out() -> None:
    """Wait until whatever is being carried out has ended, also what nobody waits for any more."""
    while _under_way:
        await asyncio.wait(_under_way)
