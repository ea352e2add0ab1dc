"""The one place that knows which backends there are: a URL opens a storage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from repositories.contract import Storage
from repositories.errors import Unsuitable
from repositories.memory import MemoryStorage
from repositories.mongo.storage import MongoStorage

BACKENDS: Final[Mapping[str, Callable[[str], Storage]]] = MappingProxyType(
    {
        "memory": lambda _url: MemoryStorage(),
        "memory+rehearsing": lambda _url: MemoryStorage(rehearse=True),
        "mongodb": MongoStorage.at,
        "mongodb+srv": MongoStorage.at,
    },
)


def open_storage(url: str) -> Storage:
    """Open the storage of that URL: `memory://`, `mongodb://…`; Unsuitable for a scheme nobody knows."""
    scheme = urlsplit(url).scheme
    backend = BACKENDS.get(scheme)
    if backend is None:
        message = f"no storage backend for {scheme or 'an address without a scheme'}; use one of: {', '.join(BACKENDS)}"
        raise Unsuitable(message)
    return backend(url)
