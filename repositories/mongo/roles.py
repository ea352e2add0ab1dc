"""Roles of least privilege, made from the tables: what servers may do, who prepares, migrates, checks and backs up.

Nobody may remove anything of a table, and a server may not change what is append-only: the database itself refuses it,
whatever the code above does. Roles stand in `admin`, because one privilege is the whole replica set's.
"""

from __future__ import annotations

from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from repositories.errors import Unavailable, Unsuitable
from repositories.mongo.migrations import STATE
from repositories.mongo.receipts import RECEIPTS
from repositories.mongo.rights import is_unauthorized
from repositories.mongo.sealing import DATA_KEYS
from repositories.tables import TABLES, Table

Command = dict[str, Any]
LOOK: Final = ("find", "listCollections", "listIndexes")
SHAPE: Final = ("createCollection", "createIndex", "dropIndex", "collMod")
SERVER, KEEPER, MIGRATOR, AUDITOR, BACKUP = "server", "keeper", "migrator", "auditor", "backup"
_ON_THE_SET: Final = {"resource": {"cluster": True}, "actions": ["getDefaultRWConcern"]}
_LOCKING: Final = {"resource": {"cluster": True}, "actions": ["fsync", "unlock"]}
NO_ADMINISTRATOR: Final = (
    "the user of WALLET_STORAGE_URL may not make roles: name one that has the role userAdminAnyDatabase or root."
)


def role_name(database: str, role: str) -> str:
    """Name a role of that database."""
    return f"{database}_{role}"


def role_commands(database: str) -> list[Command]:
    """Give the commands that make the roles of that database, to be run on `admin`."""
    privileges = {
        SERVER: [
            _on(database, "", *LOOK, "changeStream"),
            *(_on(database, table.name, *_served(table)) for table in TABLES),
            _on(database, RECEIPTS, "insert"),
        ],
        KEEPER: [
            _on(database, "", *LOOK, *SHAPE),
            *(_on(database, table.name, *_kept(table)) for table in TABLES),
            _on(database, RECEIPTS, "insert"),
            _on(database, DATA_KEYS, "insert", "update", "remove"),
            _on(database, STATE, "insert", "update"),
        ],
        AUDITOR: [_on(database, "", *LOOK)],
    }
    return [
        *(_command(database, role, [*allowed, _ON_THE_SET]) for role, allowed in privileges.items()),
        _command(database, MIGRATOR, _rewriting(database), inherited=(role_name(database, KEEPER),)),
        _command(database, BACKUP, [_LOCKING], inherited=("backup",)),
    ]


def _command(database: str, role: str, privileges: list[dict[str, Any]], inherited: tuple[str, ...] = ()) -> Command:
    return {"createRole": role_name(database, role), "privileges": privileges, "roles": list(inherited)}


def _served(table: Table[Any]) -> tuple[str, ...]:
    """Let a server add, and change what may change."""
    return ("insert",) if table.append_only else ("insert", "update")


def _kept(table: Table[Any]) -> tuple[str, ...]:
    """Let whoever prepares change what may change, and seal anew what is sealed (R28)."""
    return ("insert", "update") if table.sealed or not table.append_only else ("insert",)


def _rewriting(database: str) -> list[dict[str, Any]]:
    """Let a migration write anew what is append-only, past the validator of the version it comes from."""
    return [_on(database, table.name, "update", "bypassDocumentValidation") for table in TABLES]


def _on(database: str, collection: str, *actions: str) -> dict[str, Any]:
    return {"resource": {"db": database, "collection": collection}, "actions": list(actions)}


def set_roles(url: str, database: str) -> list[str]:
    """Make the roles of that database, or bring those that are there up to date, and give their names."""
    try:
        with MongoClient[dict[str, Any]](url) as client:
            return [_set_role(client, command) for command in role_commands(database)]
    except PyMongoError as error:
        if is_unauthorized(error):
            raise Unsuitable(NO_ADMINISTRATOR) from None
        message = f"MongoDB does not answer ({type(error).__name__}). Check WALLET_STORAGE_URL and the user."
        raise Unavailable(message) from None


def _set_role(client: MongoClient[dict[str, Any]], command: Command) -> str:
    name: str = command["createRole"]
    if client.admin.command("rolesInfo", name)["roles"]:
        changed = {key: value for key, value in command.items() if key != "createRole"}
        client.admin.command({"updateRole": name, **changed})
    else:
        client.admin.command(command)
    return name
