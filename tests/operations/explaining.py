"""How MongoDB carries out what it is asked: each kind of command once, on collections large enough to matter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bson.int64 import Int64
from pymongo.database import Database
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from repositories.contract import Window
from repositories.mongo.conditions import filter_of
from repositories.mongo.documents import field_name
from repositories.tables import TABLES, Table

Document = dict[str, Any]
ASKING: Final = ("find", "aggregate", "count", "distinct", "update", "delete", "findAndModify")
SAID: Final = (*ASKING, "filter", "sort", "limit", "skip", "projection", "hint", "pipeline", "query", "updates")
"""What of a command says what it does; the rest is of sessions and transactions."""
STRANGERS: Final = 3_000
FELLOWS: Final = 300
COMMON: Final = frozenset(
    {"kind", "level", "accepts_wallet", "within", "search_keys", "operation", "day", "account", "status"}
)
"""What strangers have in common; whatever else they are found by is their own."""
_TABLES: Final = {table.name: table for table in TABLES}


# ---- what is sent -------------------------------------------------------------------------------------------------


class Sending(CommandListener):
    """Keeps one command of each kind: of those that ask for the same attributes in the same way."""

    def __init__(self) -> None:
        """Begin with none."""
        self.commands: dict[str, Document] = {}

    def started(self, event: CommandStartedEvent) -> None:
        """Keep a command; streams of changes are no queries."""
        if event.command_name not in ASKING or "$changeStream" in str(event.command.get("pipeline", "")):
            return
        command = {name: event.command[name] for name in SAID if name in event.command}
        for each in _each(command):
            self.commands.setdefault(shape_of(each), each)

    def taken(self) -> list[Document]:
        """Give the commands that were sent since this was asked last."""
        taken, self.commands = list(self.commands.values()), {}
        return taken

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Take no notice."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Take no notice."""


def _each(command: Document) -> list[Document]:
    """Give a command of several writes as one of each, which is what the server can explain."""
    return [command | {"updates": [each]} for each in command.get("updates", [])] or [command]


def shape_of(command: Document) -> str:
    """Say which attributes a command asks for, and how."""
    return str(_shape(command))


def _shape(value: Any, name: str = "") -> Any:  # noqa: ANN401 - what a command holds
    """Give a command without the values it asks for."""
    if name in ("sort", "projection", "hint", *ASKING):
        return str(value)
    if isinstance(value, Mapping):
        return {inner: _shape(each, inner) for inner, each in value.items()}
    if isinstance(value, list) and name in ("$and", "$or", "pipeline", "updates"):
        return [_shape(each) for each in value]
    return len(value) > 1 if isinstance(value, list) else None


def asked_for(command: Document) -> set[str]:
    """Name the attributes that a query's conditions are about."""
    query = command["pipeline"][0]["$match"] if "pipeline" in command else command.get("filter", {})
    return {name for clause in query.get("$and", [query]) for name in clause}


def deep_pages(database: Database[Document], command: Document) -> Iterator[Document]:
    """Give the commands of pages that begin, or end, in the middle of the list that a command begins."""
    table = _TABLES.get(command.get("find", ""))
    asked = command.get("filter", {})
    if table is None or "projection" in command or not command.get("sort") or "$or" in str(asked):
        return
    found = database[table.name].find(asked, sort=list(command["sort"].items()))
    places = [tuple(each[field_name(table, name)] for name in table.order) for each in found]
    if not places:
        return
    place = places[len(places) // 2]
    for window in (Window(1, after=place), Window(1, before=place)):
        clauses = asked.get("$and", []) + filter_of(table, {}, window)["$and"]
        yield {**command, "filter": {"$and": clauses}}


# ---- how it is carried out ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """How a command was carried out: the stages, and how much was looked at."""

    command: Document
    stages: tuple[str, ...]
    keys: int
    documents: int
    returned: int


def explained(database: Database[Document], command: Document) -> Plan:
    """Have a command carried out, and told how."""
    if "aggregate" in command:
        command = {**command, "cursor": {}}
    told = database.command({"explain": command, "verbosity": "executionStats"})
    cursor = next((each["$cursor"] for each in told.get("stages", []) if "$cursor" in each), told)
    winning, ran = cursor["queryPlanner"]["winningPlan"], cursor["executionStats"]
    stages = tuple(_stages(winning.get("queryPlan", winning)))
    return Plan(command, stages, ran["totalKeysExamined"], ran["totalDocsExamined"], ran["nReturned"])


def _stages(plan: Document) -> Iterator[str]:
    yield plan["stage"]
    for inner in [plan["inputStage"]] if "inputStage" in plan else plan.get("inputStages", []):
        yield from _stages(inner)


# ---- what is there ------------------------------------------------------------------------------------------------


def fill(database: Database[Document]) -> None:
    """Put beside each object many like it that are of others, and many that are of the same."""
    for table in TABLES:
        documents = list(database[table.name].find())
        if not documents:
            continue
        strangers = [_like(table, documents[n % len(documents)], n, COMMON) for n in range(STRANGERS)]
        fellows = [_like(table, documents[n % len(documents)], -n - 1, table.looked_up_by) for n in range(FELLOWS)]
        database[table.name].insert_many(strangers + fellows, bypass_document_validation=True)


def _like(table: Table[Any], document: Document, number: int, kept: frozenset[str]) -> Document:
    """Give a document that says the same but for its key, its place, unique values, and what is not kept."""
    other = dict(document)
    for name in table.order:
        other |= {name: _later(other[name], number)} if name in other else {}
    for name in {"_id", *table.unique, *(table.looked_up_by - kept)} & other.keys():
        other[name] = _others(other[name], number)
    return other


def _later(value: object, number: int) -> object:
    if isinstance(value, datetime):
        return value + timedelta(milliseconds=number)
    return Int64(value + 1 + abs(number)) if isinstance(value, int) else value


def _others(value: Any, number: int) -> Any:  # noqa: ANN401 - what a document holds
    if isinstance(value, list):
        return [_others(each, number) for each in value]
    if isinstance(value, str):
        return f"{value}~{number}"
    return bytes(value) + str(number).encode() if isinstance(value, bytes) else _later(value, number)
