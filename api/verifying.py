"""`python -m api verify`: the proof that no fen is lost, for people and for scripts."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

import orjson
from tqdm import tqdm

from api.settings import Misconfigured, Settings, read_settings
from api.storages import opened, require_kept
from domain.reconciliation import Difference
from repositories.errors import StorageError
from repositories.tables import TABLES
from services.reconciliation import Reconciliation, objects_to_read

logger = logging.getLogger(__name__)

AGREES: Final = 0
DIFFERS: Final = 1


def verify(options: argparse.Namespace) -> int:
    """Read everything as it is at one moment, print each difference; the status tells whether there are any."""
    settings = read_settings()
    require_kept(settings, "is gone by now")
    try:
        return asyncio.run(_verify(settings, as_json=options.json))
    except StorageError:
        raise
    except Exception as error:
        name = type(error).__name__
        logger.exception("%s", name, exc_info=(RuntimeError, RuntimeError(name), error.__traceback__))
        message = "the books could not be read to the end; this is a defect of the program, the log says where"
        raise Misconfigured(message) from None


async def _verify(settings: Settings, *, as_json: bool) -> int:
    differences = 0
    async with opened(settings) as storage, storage.snapshot() as snapshot:
        read = {table.name: await snapshot.count(table) for table in TABLES}
        with tqdm(total=objects_to_read(read), unit="obj", disable=None, file=sys.stderr) as bar:
            async for difference in Reconciliation(snapshot, bar.update).differences():
                differences += 1
                bar.clear()
                _print(_line(difference, as_json=as_json))
    _print(_summary(read, differences, as_json=as_json))
    return DIFFERS if differences else AGREES


def _line(difference: Difference, *, as_json: bool) -> str:
    if as_json:
        return orjson.dumps(asdict(difference)).decode()
    return f"{difference.table} {difference.key}: {difference.problem}"


def _summary(read: Mapping[str, int], differences: int, *, as_json: bool) -> str:
    if as_json:
        return orjson.dumps({"differences": differences, "read": read}).decode()
    found = "everything agrees" if not differences else f"{differences} differences"
    numbers = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in read.items())
    return f"{found}; read {numbers}"


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
