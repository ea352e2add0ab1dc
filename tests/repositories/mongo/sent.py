"""What a storage on MongoDB sends to the server, as the driver tells it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import MongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from repositories.mongo.documents import Client
from repositories.mongo.storage import MongoStorage
from tests.keys import KEYS


class Sent(CommandListener):
    """Keeps every command that is sent: its name, its collection, and how many writes it has."""

    def __init__(self) -> None:
        """Begin with none."""
        self.commands: list[tuple[str, str]] = []
        self.writes: list[tuple[str, int]] = []

    def count(self, command: str, collection: str) -> int:
        """Count the commands of that name to that collection."""
        return self.commands.count((command, collection))

    def clear(self) -> None:
        """Forget what was sent so far."""
        self.commands.clear()
        self.writes.clear()

    def started(self, event: CommandStartedEvent) -> None:
        """Keep it."""
        collection = str(event.command.get(event.command_name))
        self.commands.append((event.command_name, collection))
        if event.command_name == "update":
            self.writes.append((collection, len(event.command["updates"])))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Keep nothing."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Keep nothing."""


@asynccontextmanager
async def opened_and_heard(url: str, database: str) -> AsyncIterator[tuple[MongoStorage, Sent]]:
    """Open a storage on an empty database of that name, and hear what it sends."""
    with MongoClient[dict[str, Any]](url) as cleaning:
        cleaning.drop_database(database)
    sent = Sent()
    client: Client = AsyncIOMotorClient(url, w="majority", readConcernLevel="majority", event_listeners=[sent])
    storage = MongoStorage(client, database, KEYS.master)
    await storage.prepare()
    sent.clear()
    yield storage, sent
    await storage.close()
