"""`python -m api verify`: the proof that no fen is lost, for people and for scripts."""

from __future__ import annotations

import argparse
import asyncio
import sys
from dataclasses import asdict
from typing import Final

import orjson
from tqdm import tqdm

from api.keys import server_keys
from api.settings import Misconfigured, Settings, read_settings
from domain.reconciliation import Difference
from repositories.factory import open_storage
from services.reconciliation import Reconciliation, objects_to_read

AGREES: Final = 0
DIFFERS: Final = 1


def verify(options: argparse.Namespace) -> int:
    """Read everything as it is at one moment, print each difference; the status tells whether there are any."""
    settings = read_settings()
    if settings.in_memory:
        message = "WALLET_STORAGE_URL: memory is gone by now; set it to a mongodb:// URL"
        raise Misconfigured(message)
    return asyncio.run(_verify(settings, as_json=options.json))


async def _verify(settings: Settings, *, as_json: bool) -> int:
    storage, differences = open_storage(settings.storage_url, server_keys(settings).master), 0
    try:
        async with storage.snapshot() as snapshot:
            with tqdm(total=await objects_to_read(snapshot), unit="obj", disable=None, file=sys.stderr) as bar:
                reading = Reconciliation(snapshot, bar.update)
                async for difference in reading.differences():
                    differences += 1
                    bar.clear()
                    _print(_line(difference, as_json=as_json))
        _print(_summary(reading, differences, as_json=as_json))
    finally:
        await storage.close()
    return DIFFERS if differences else AGREES


def _line(difference: Difference, *, as_json: bool) -> str:
    if as_json:
        return orjson.dumps(asdict(difference)).decode()
    return f"{difference.table} {difference.key}: {difference.problem}"


def _summary(reading: Reconciliation, differences: int, *, as_json: bool) -> str:
    if as_json:
        return orjson.dumps({"differences": differences, "read": dict(reading.read)}).decode()
    found = "everything agrees" if not differences else f"{differences} differences"
    read = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in reading.read.items())
    return f"{found}; read {read}"


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
