"""The job that settles what is due, in every process, for as long as the server runs (R18, R21)."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from domain.dates import to_milliseconds
from repositories.contract import Storage
from repositories.errors import StorageError
from services.settlement import settle_all

logger = logging.getLogger(__name__)


@asynccontextmanager
async def settling(storage: Storage, clock: Callable[[], datetime], every_s: float) -> AsyncIterator[None]:
    """Settle what is due again and again until leaving; what is under way then is carried to its end."""
    leaving = asyncio.Event()
    job = asyncio.create_task(_settle_until(leaving, storage, clock, every_s))
    try:
        yield
    finally:
        leaving.set()
        await job


async def _settle_until(
    leaving: asyncio.Event, storage: Storage, clock: Callable[[], datetime], every_s: float
) -> None:
    while not leaving.is_set():
        try:
            await settle_all(storage, to_milliseconds(clock()), lambda: not leaving.is_set())
        except StorageError as error:
            logger.warning("what is due could not be settled now: %s", type(error).__name__)
        except Exception:  # a bug must not end the job: the lazy way would hide it
            logger.exception("what is due could not be settled")
        pause_s = every_s * random.uniform(0.5, 1.0)  # noqa: S311 - keeps processes apart, protects nothing
        try:
            async with asyncio.timeout(pause_s):
                await leaving.wait()
        except TimeoutError:
            continue
