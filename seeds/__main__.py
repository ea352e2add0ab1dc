"""`python -m seeds [--demo]` plants the regions in the storage of WALLET_STORAGE_URL, and the demo family if asked."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from repositories.errors import StorageError
from repositories.factory import open_storage
from seeds.plant import plant
from services.keys import KeysUnusable, ServerKeys, keys_of
from services.passwords import Argon2Hasher


async def _plant(url: str, keys: ServerKeys, *, demo: bool) -> None:
    storage = open_storage(url, keys.master)
    hasher = Argon2Hasher(keys.peppers)
    try:
        await storage.prepare()
        await plant(storage, hasher, lambda: datetime.now(UTC), demo=demo)
    finally:
        await storage.close()
        hasher.close()


def _keys() -> ServerKeys:
    file = os.environ.get("WALLET_KEYS_FILE")
    return keys_of(Path(file) if file else None, Path(os.environ.get("WALLET_DATA_DIR") or ".data"))


def main(arguments: list[str]) -> int:
    """Plant, and say what was done."""
    parser = argparse.ArgumentParser(prog="python -m seeds", description=__doc__)
    parser.add_argument("--demo", action="store_true", help="plant the demo family as well (never in production)")
    options = parser.parse_args(arguments)
    if options.demo and os.environ.get("WALLET_MODE") == "production":
        sys.stderr.write("The demo family's password is public: it is not planted where WALLET_MODE is production.\n")
        return 2
    url = os.environ.get("WALLET_STORAGE_URL", "")
    if not url.startswith("mongodb"):
        sys.stderr.write("Set WALLET_STORAGE_URL to a mongodb:// URL: memory is gone when this command ends.\n")
        return 2
    try:
        asyncio.run(_plant(url, _keys(), demo=options.demo))
    except (KeysUnusable, StorageError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("planted: regions" + (" and the demo family\n" if options.demo else "\n"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
