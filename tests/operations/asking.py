"""What is asked of MongoDB while people do what they do most often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from repositories.mongo.storage import MongoStorage
from tests.clients import Server
from tests.keys import KEYS

SENT: Final = frozenset({"find", "aggregate", "count", "distinct", "insert", "update", "delete", "findAndModify"})
"""Commands that go to the shards that their filter, or document, says."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query or a write: of which collection, which attributes it asks of, and which of them by equality."""

    collection: str
    command: str
    attributes: frozenset[str]
    equal: frozenset[str]


class Asking(CommandListener):
    """Keeps what is asked."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.asked: set[Asked] = set()

    def started(self, event: CommandStartedEvent) -> None:
        """Keep a command, of each kind one."""
        name = event.command_name
        if name in SENT and event.database_name not in {"admin", "config", "local"}:
            self.asked |= {_asked(event.command[name], name, query) for query in _queries(event.command, name)}

    def taken(self) -> set[Asked]:
        """Give what was asked since this was asked last."""
        taken, self.asked = self.asked, set()
        return taken

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Take no notice."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Take no notice."""


def _queries(command: Any, name: str) -> list[dict[str, Any]]:  # noqa: ANN401 - as the driver has it
    if name in ("find", "findAndModify", "count", "distinct"):
        return [command.get("filter", command.get("query", {}))]
    if name == "aggregate":
        return [command["pipeline"][0].get("$match", {})]
    if name == "insert":
        return list(command["documents"])
    return [write["q"] for write in command["updates" if name == "update" else "deletes"]]


def _asked(collection: str, command: str, query: dict[str, Any]) -> Asked:
    conditions = dict(_conditions(query))
    equal = frozenset(name for name, condition in conditions.items() if _is_equality(condition))
    return Asked(collection, command, frozenset(conditions), equal)


def _conditions(query: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Give what is asked of each attribute, all of it together."""
    for name, condition in query.items():
        if name == "$and":
            for part in condition:
                yield from _conditions(part)
        elif not name.startswith("$"):
            yield name, condition


def _is_equality(condition: object) -> bool:
    """Tell whether an attribute is asked to be equal to a value, or to one of several."""
    return not isinstance(condition, dict) or not any(
        name.startswith("$") and name not in ("$eq", "$in") for name in condition
    )


def storage_asking(url: str, database: str, asking: CommandListener) -> MongoStorage:
    """Open a storage that tells what it asks."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        url, w="majority", readConcernLevel="majority", event_listeners=[asking]
    )
    return MongoStorage(client, database, KEYS.master)


# ---- what people do -----------------------------------------------------------------------------------------------

HOME: Final = """{ viewer { person {
  wallet {
    balance availableBalance useArea { name }
    entries(first: 20) { nodes { seq kind amount balanceAfter transfer { number } payment { number } } }
    transfers(first: 20) { nodes { id status payee { name } } }
    payments(first: 20) { nodes { id status } }
  }
  personalAccount { balance }
  kinships(first: 20) { nodes { id } }
} } }"""
"""A wallet's page, with the statement below."""


async def live_hot_hours(server: Server) -> None:
    """Do under policy `article` all that is done most often, and ask afterwards what became of it."""
    payer, payee = server.person("P0001"), server.person("P0004")
    await payer.give("P0004", "CHILD", "500.00")
    await payer.give("P0004", "CHILD", "50.00", source="WALLET")
    paid = await payer.pay("H37010000001", "20.00")
    assert paid["errors"] == [], paid
    premium = await payee.pay_premium("540100")
    assert premium["errors"] == [], premium
    refunded = await server.hospital.refund(paid["payment"]["id"], "5.00")
    assert refunded["errors"] == [], refunded
    for caller in (payer, payee):
        await caller.ask(HOME)
    await payer.ask('{ outcome(idempotencyKey: "pay-H37010000001-20.00") { status node { id } } }')


async def live_hot_hours_nationally(server: Server) -> None:
    """Do under policy `national` what is done otherwise there: the payee accepts."""
    given = await server.person("P0001").give("P0004", "CHILD", "7.00")
    payee = server.person("P0004")
    accepted = await payee.do("acceptTransfer", "transfer { status }", transferId=given["id"])
    assert accepted["errors"] == [], accepted
