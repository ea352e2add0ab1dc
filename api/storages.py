"""The storage of the settings, opened for a command and closed after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.keys import server_keys
from api.settings import Misconfigured, Settings
from repositories.contract import Storage
from repositories.factory import open_storage


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Storage]:
    """Open the storage until leaving."""
    storage = open_storage(settings.storage_url, server_keys(settings).master)
    try:
        yield storage
    finally:
        await storage.close()


def require_kept(settings: Settings, why: str) -> None:
    """Refuse memory, for a reason; Misconfigured then."""
    if settings.in_memory:
        message = f"WALLET_STORAGE_URL: memory {why}; set it to a mongodb:// URL"
        raise Misconfigured(message)
