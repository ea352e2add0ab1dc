"""Starting while the storage is away: a worker that is replaced during a failover waits, and takes no other with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from api.connections import once_told_to_stop
from repositories.errors import Contention, OutcomeUnknown, Unavailable

logger = logging.getLogger(__name__)

PAUSE_S: Final = 0.5


async def until_there(prepare: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Prepare, again and again while the storage does not answer; once told to stop, let out what was wrong last.

    A worker that fails to start ends the whole server, and the operator was told at its start already.
    """
    stopped = asyncio.Event()
    with once_told_to_stop(stopped.set):
        while True:
            try:
                return await _unless(stopped, prepare())
            except (Contention, OutcomeUnknown, Unavailable) as error:
                if stopped.is_set():
                    raise
                logger.warning("waiting for the storage: %s", type(error).__name__)
            try:
                async with asyncio.timeout(PAUSE_S):
                    await stopped.wait()
            except TimeoutError:
                continue


async def _unless(stopped: asyncio.Event, preparing: Coroutine[Any, Any, None]) -> None:
    """Prepare until that is done, or until told to stop: it may wait for another process."""
    task, told = asyncio.create_task(preparing), asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait((task, told), return_when=asyncio.FIRST_COMPLETED)
    finally:
        told.cancel()
        task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        message = "told to stop before the storage was ready"
        raise Unavailable(message) from None
