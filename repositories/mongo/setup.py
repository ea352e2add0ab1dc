"""Making a database ready: what the server must be, and the indexes and validators that the tables ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import OperationFailure, PyMongoError

from repositories.errors import Unavailable, Unsuitable
from repositories.mongo.documents import Client, Database, field_name
from repositories.mongo.receipts import RECEIPT_VALIDATOR, RECEIPTS
from repositories.mongo.rights import NO_ROLE, is_unauthorized
from repositories.mongo.sealing import NOT_SEALED, SEALED_BY
from repositories.mongo.validators import validator_of
from repositories.tables import TABLES, Table

SERVER_MIN: Final = 5
ALREADY_EXISTS: Final = 48


async def require_suitable(client: Client) -> None:
    """Refuse a server without transactions, too old, or one that acknowledges writes before a majority has them."""
    try:
        hello = await client.admin.command("hello")
        build = await client.admin.command("buildInfo")
    except PyMongoError as error:
        raise _no_answer(error) from None
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        message = (
            "this MongoDB is a standalone server, which has no transactions. Start it with --replSet NAME and run "
            "rs.initiate() once (one node is enough), or use `make run-mongo`."
        )
        raise Unsuitable(message)
    if build["versionArray"][0] < SERVER_MIN:
        message = f"MongoDB {build['version']} is too old; use {SERVER_MIN}.0 or newer."
        raise Unsuitable(message)
    try:
        defaults = await client.admin.command("getDefaultRWConcern")
    except PyMongoError as error:
        raise _no_answer(error) from None
    _require_majority(defaults)


def _no_answer(error: PyMongoError) -> Unavailable | Unsuitable:
    if is_unauthorized(error):
        return Unsuitable(NO_ROLE)
    kind = type(error).__name__
    return Unavailable(
        f"MongoDB does not answer ({kind}). Check WALLET_STORAGE_URL, the user, and that the server runs."
    )


def _require_majority(defaults: dict[str, Any]) -> None:
    concern = defaults.get("defaultWriteConcern", {}).get("w")
    if concern != "majority":
        message = (
            f"the default write concern of this replica set is {concern!r}, so an acknowledged transfer could be lost. "
            'Run db.adminCommand({setDefaultRWConcern: 1, defaultWriteConcern: {w: "majority"}}) once.'
        )
        raise Unsuitable(message)


async def prepare_tables(database: Database, seal_id: str) -> None:
    """Create collections, validators and indexes; what is there already and alike is left alone.

    Validators take what is sealed by that data key only. Unsuitable if there is anything else (R28).
    """
    existing = await _validators(database)
    for table in TABLES:
        validator = validator_of(table, seal_id)
        if table.name not in existing:
            await _create(database, table.name, validator)
        elif existing[table.name] != validator:
            await _require_sealed(database, table, seal_id)
            await database.command("collMod", table.name, validator=validator)
        indexes = await _missing_indexes(database, table)
        if indexes:
            await database[table.name].create_indexes(indexes)
    if RECEIPTS not in existing:
        await _create(database, RECEIPTS, RECEIPT_VALIDATOR)


async def are_prepared(database: Database, seal_id: str) -> bool:
    """Tell whether every collection, validator and index is there as it should be; nothing is changed."""
    existing = await _validators(database)
    for table in TABLES:
        if existing.get(table.name) != validator_of(table, seal_id) or await _missing_indexes(database, table):
            return False
    return RECEIPTS in existing


async def set_validators(database: Database, seal_id: str) -> None:
    """Let tables that seal take from now on what is sealed by that data key, and nothing else."""
    existing = await _validators(database)
    for table in TABLES:
        if table.sealed and table.name in existing:
            await database.command("collMod", table.name, validator=validator_of(table, seal_id))


async def _validators(database: Database) -> dict[str, Any]:
    return {row["name"]: row["options"].get("validator") async for row in await database.list_collections()}


async def _require_sealed(database: Database, table: Table[Any], seal_id: str) -> None:
    if not table.sealed:
        return
    if await database[table.name].find_one({SEALED_BY: {"$ne": seal_id}}, projection=["_id"]) is not None:
        raise Unsuitable(NOT_SEALED.format(table=table.name))


async def _missing_indexes(database: Database, table: Table[Any]) -> list[IndexModel]:
    """Give the indexes that are not there as they should be: who may not make any can start where all are."""
    there = {row["name"]: _looks(row) async for row in database[table.name].list_indexes()}
    return [index for index in indexes_of(table) if there.get(index.document["name"]) != _looks(index.document)]


def _looks(index: Mapping[str, Any]) -> tuple[list[tuple[str, Any]], bool, Any]:
    return list(index["key"].items()), index.get("unique", False), index.get("partialFilterExpression")


async def _create(database: Database, collection: str, validator: dict[str, Any]) -> None:
    try:
        await database.create_collection(collection, validator=validator, check_exists=False)
    except OperationFailure as error:
        if error.code != ALREADY_EXISTS:  # another process, starting as well, was faster
            raise


def indexes_of(table: Table[Any]) -> list[IndexModel]:
    """Give a unique index for each unique attribute and, for each list, one that filters and sorts it."""
    direction = DESCENDING if table.descending else ASCENDING
    order = [(field_name(table, attribute), direction) for attribute in table.order]
    unique = [
        IndexModel(
            [(attribute, ASCENDING)],
            name=f"unique_{attribute}",
            unique=True,
            partialFilterExpression={attribute: {"$exists": True}},
        )
        for attribute in table.unique
    ]
    lists = [
        IndexModel([*((name, ASCENDING) for name in index), *order], name=f"by_{'_'.join(index)}")
        for index in table.indexes
    ]
    whole = [IndexModel(order, name="in_order")] if table.whole and table.order != (table.key,) else []
    return unique + lists + whole
