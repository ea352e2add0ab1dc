"""Roles of least privilege are made from the tables, so that none can be forgotten."""

import json
from typing import Any, Final

import pytest

from repositories.factory import access_roles
from repositories.mongo.sealing import DATA_KEYS
from repositories.tables import TABLES, Table
from tests.api.commanding import run

URL: Final = "mongodb://127.0.0.1:9/wallet"
ROLES: Final = {command["createRole"]: command for command in access_roles(URL)}
REMOVING: Final = {"remove", "dropCollection", "dropDatabase", "renameCollectionSameDB", "bypassDocumentValidation"}


def allowed(role: str, collection: str) -> set[str]:
    """Give what a role may do with a collection."""
    return {
        action
        for privilege in ROLES[role]["privileges"]
        if privilege["resource"].get("collection") in ("", collection)
        for action in privilege["actions"]
    }


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_server_adds_to_every_table_and_changes_what_is_not_append_only(table: Table[Any]) -> None:
    """R20, R28."""
    may = allowed("wallet_server", table.name)
    assert {"find", "insert", "changeStream"} <= may
    assert ("update" in may) is not table.append_only


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("role", ["wallet_server", "wallet_keeper", "wallet_auditor"])
def test_no_role_removes_anything_of_a_table(role: str, table: Table[Any]) -> None:
    assert not allowed(role, table.name) & REMOVING


def test_only_whoever_prepares_shapes_the_database_and_has_to_do_with_data_keys() -> None:
    """R28."""
    assert {"createCollection", "createIndex", "collMod"} <= allowed("wallet_keeper", DATA_KEYS)
    assert {"insert", "update", "remove"} <= allowed("wallet_keeper", DATA_KEYS)
    assert allowed("wallet_server", DATA_KEYS) == {"find", "listCollections", "listIndexes", "changeStream"}
    assert allowed("wallet_auditor", DATA_KEYS) == {"find", "listCollections", "listIndexes"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_only_a_migrator_writes_anything_anew_past_its_validator(table: Table[Any]) -> None:
    assert ROLES["wallet_migrator"]["roles"] == ["wallet_keeper"]
    assert allowed("wallet_migrator", table.name) == {"update", "bypassDocumentValidation"}


def test_roles_are_of_the_database_of_the_url() -> None:
    assert {name.rpartition("_")[0] for name in ROLES} == {"wallet"}
    databases = {p["resource"].get("db", "wallet") for role in ROLES.values() for p in role["privileges"]}
    assert databases == {"wallet"}


def test_roles_are_printed_as_the_commands_that_make_them() -> None:
    printed = run("api", "database-roles", WALLET_STORAGE_URL=URL)
    assert json.loads(printed.stdout) == list(ROLES.values())
