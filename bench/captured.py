"""What our own path writes for each transfer, taken off the wire: the driver alone is to write the same.

`python -m bench.captured URL FOLDER FILE PAIRS NUMBER` applies for transfers and verifies them, each in a transaction
of its own, and keeps the write commands of every transaction that was committed.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import InsertOne, ReplaceOne, UpdateOne, monitoring

from bench.transfers import Plan, applying, verifying
from bench.world import OneByOne, World
from services.keys import keys_of

AT_ONCE: Final = 16
WRITES: Final = {"insert": "documents", "update": "updates"}
Write = InsertOne[Any] | ReplaceOne[Any] | UpdateOne
Bulk = tuple[str, list[Write]]
"""A collection, and what is written there at once."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """What one transaction writes, a bulk for each collection, in order."""

    bulks: list[Bulk]


@dataclass(frozen=True, slots=True)
class Written:
    """What a transfer writes when it is applied for, and when it is verified."""

    apply: Transaction
    verify: Transaction


class Listening(monitoring.CommandListener):
    """Keeps the writes of each transaction, once it is committed."""

    def __init__(self) -> None:
        """Have heard nothing."""
        self._open: defaultdict[tuple[bytes, int], list[dict[str, Any]]] = defaultdict(list)
        self._ending: dict[int, tuple[bytes, int]] = {}
        self.committed: list[list[dict[str, Any]]] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Hear of a command."""
        command = event.command
        if "txnNumber" not in command:
            return
        place = bytes(command["lsid"]["id"]), int(command["txnNumber"])
        if event.command_name == "commitTransaction":
            self._ending[event.request_id] = place
        elif event.command_name in WRITES:
            name = WRITES[event.command_name]
            kept = [_bytes(each) for each in command[name]]
            self._open[place].append({"collection": command[event.command_name], "kind": name, "writes": kept})

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Keep what was committed."""
        place = self._ending.pop(event.request_id, None)
        if place is not None and (writes := self._open.pop(place, None)):
            self.committed.append(writes)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Keep nothing of what failed."""
        self._ending.pop(event.request_id, None)


def _bytes(document: Any) -> bytes:  # noqa: ANN401 - whatever the driver writes
    return bytes(document.raw) if isinstance(document, RawBSONDocument) else bson.encode(document)


# ---- in a process of its own --------------------------------------------------------------------------------------


async def _capture(url: str, folder: Path, pairs: int, number: int) -> list[list[dict[str, Any]]]:
    """Make that many transfers, and give what the transactions wrote: of each transfer two, whenever they were."""
    listening = Listening()
    monitoring.register(listening)
    storage = OneByOne.at(url, keys_of(None, folder).master)
    try:
        await storage.prepare()
        planned = iter(Plan(pairs).take(number))

        async def client() -> None:
            for each in planned:
                await storage.transact(applying(each))
                await storage.transact(verifying(each))

        await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    finally:
        await storage.close()
    return listening.committed


def main(url: str, folder: str, file: str, pairs: str, number: str) -> None:
    """Capture, and keep it in the file."""
    committed = asyncio.run(_capture(url, Path(folder), int(pairs), int(number)))
    with Path(file).open("wb") as out:
        out.writelines(bson.encode({"bulks": transaction}) for transaction in committed)


# ---- for others ---------------------------------------------------------------------------------------------------


def capture(world: World, url: str, pairs: int, number: int) -> list[Written]:
    """Give what so many transfers write, in an order in which they can be written again."""
    file = Path(world.folder, "captured.bson")
    command = [sys.executable, "-m", "bench.captured", url, str(world.folder), str(file), str(pairs), str(number)]
    subprocess.run(command, check=True)  # noqa: S603 - our own command
    with file.open("rb") as kept:
        transactions = list(bson.decode_file_iter(kept))
    file.unlink()
    return list(_joined(transactions))


def _joined(transactions: list[Any]) -> Iterator[Written]:
    """Join what was written for one transfer: it is applied for before it is verified."""
    applied: dict[str, Transaction] = {}
    for each in transactions:
        made = Transaction([_bulk(bulk) for bulk in each["bulks"]])
        transfer = _transfer_of(each["bulks"])
        if transfer in applied:
            yield Written(applied.pop(transfer), made)
        else:
            applied[transfer] = made


def _transfer_of(bulks: list[Any]) -> str:
    """Name the transfer that a transaction is about."""
    for bulk in bulks:
        if bulk["collection"] == "transfers":
            written = bson.decode(bulk["writes"][0])
            return str(written["_id"] if bulk["kind"] == "documents" else written["q"]["_id"])
    message = "a transaction that is about no transfer"
    raise LookupError(message)


def _bulk(kept: Any) -> Bulk:  # noqa: ANN401 - as it was kept
    return str(kept["collection"]), [_write(kept["kind"], each) for each in kept["writes"]]


def _write(kind: str, raw: bytes) -> Write:
    if kind == "documents":
        return InsertOne(RawBSONDocument(raw))
    update = bson.decode(raw)
    changes = update["u"]
    if any(name.startswith("$") for name in changes):
        return UpdateOne(update["q"], changes)
    return ReplaceOne(update["q"], RawBSONDocument(bson.encode(changes)))


if __name__ == "__main__":
    main(*sys.argv[1:])
