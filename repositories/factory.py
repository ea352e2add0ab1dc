"""The one place that knows which backends there are: a URL opens a storage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from repositories.contract import Storage
from repositories.errors import Unsuitable
from repositories.master_keys import MasterKeys
from repositories.memory import MemoryStorage
from repositories.mongo.roles import role_commands, set_roles
from repositories.mongo.storage import MongoStorage, database_of

BACKENDS: Final[Mapping[str, Callable[[str, MasterKeys | None], Storage]]] = MappingProxyType(
    {
        "memory": lambda _url, _keys: MemoryStorage(),
        "memory+rehearsing": lambda _url, _keys: MemoryStorage(rehearse=True),
        "mongodb": MongoStorage.at,
        "mongodb+srv": MongoStorage.at,
    },
)


def open_storage(url: str, keys: MasterKeys | None = None) -> Storage:
    """Open the storage of that URL: `memory://`, `mongodb://…`; Unsuitable for a scheme nobody knows.

    What is kept outside the process is sealed by these keys (R28); Unsuitable where that needs keys and there are none.
    """
    scheme = urlsplit(url).scheme
    backend = BACKENDS.get(scheme)
    if backend is None:
        message = f"no storage backend for {scheme or 'an address without a scheme'}; use memory:// or mongodb://…"
        raise Unsuitable(message)
    return backend(url, keys)


def access_roles(url: str) -> list[dict[str, Any]]:
    """Give the commands that make the roles of least privilege for that URL's database."""
    _require_users(url)
    return role_commands(database_of(url))


def set_access_roles(url: str) -> list[str]:
    """Make these roles, or bring them up to date, as that URL's user, and give their names."""
    _require_users(url)
    return set_roles(url, database_of(url))


def _require_users(url: str) -> None:
    if not urlsplit(url).scheme.startswith("mongodb"):
        message = "WALLET_STORAGE_URL: only MongoDB has users and roles; set it to a mongodb:// URL"
        raise Unsuitable(message)
