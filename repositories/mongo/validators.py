"""Validators that the server itself checks every document against, made from the tables' own types.

They are the third guard of the ledger: no balance below zero and none that is not a 64-bit integer gets past them,
whatever the code above does.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from repositories.mongo.macs import MAC
from repositories.mongo.sealing import SEALED_BY
from repositories.records import family_of
from repositories.tables import Table

Schema = dict[str, Any]
_BSON_TYPES: Mapping[type, str] = {bool: "bool", int: "long", datetime: "date", date: "string", str: "string"}


def validator_of(table: Table[Any], seal_id: str) -> Schema:
    """Give the validator of a table's collection; where the table seals, it takes what is sealed by that key."""
    schemas = [_document(table, cls) for cls in family_of(table.entity)]
    for schema in schemas:
        schema["required"].append(MAC)
        schema["properties"][MAC] = {"bsonType": "binData"}
    if table.sealed:
        for schema in schemas:
            schema["required"].append(SEALED_BY)
            schema["properties"][SEALED_BY] = {"enum": [seal_id]}
    rules: list[Schema] = [{"$jsonSchema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}]
    rules += [{"$expr": {"$lte": [f"${name}", f"${most}"]}} for name, most in table.at_most]
    return {"$and": rules}


def _document(table: Table[Any], cls: type) -> Schema:
    schema = _object(cls)
    schema["required"] = ["_id" if name == table.key else name for name in schema["required"]]
    properties = schema["properties"]
    properties["_id"] = properties.pop(table.key, {"bsonType": "string"})
    for name in table.at_least_zero:
        properties[name]["minimum"] = 0
    for name in properties.keys() & set(table.sealed):
        properties[name] = _sealed(properties[name])
    if cls is not table.entity:
        properties["type"] = {"enum": [cls.__name__]}
        schema["required"].append("type")
    return schema


def _sealed(schema: Schema) -> Schema:
    """Let the server take a text encrypted only."""
    if "anyOf" in schema:
        return {"anyOf": [_sealed(part) for part in schema["anyOf"]]}
    return {"bsonType": "binData"} if schema == {"bsonType": "string"} else schema


def _object(cls: type) -> Schema:
    hints = get_type_hints(cls)
    names = [field.name for field in fields(cls)]
    return {
        "bsonType": "object",
        "required": names,
        "properties": {name: _schema(hints[name]) for name in names},
    }


def _schema(hint: object) -> Schema:
    if isinstance(hint, NewType):
        return _schema(hint.__supertype__)
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(part) for part in get_args(hint)]}
    if origin is tuple:
        return {"bsonType": "array", "items": _schema(get_args(hint)[0])}
    if hint is type(None):
        return {"bsonType": "null"}
    if not isinstance(hint, type):
        message = f"no BSON type for {hint}"
        raise TypeError(message)
    if is_dataclass(hint):
        return _object(hint)
    return {"enum": [member.value for member in hint]} if issubclass(hint, Enum) else {"bsonType": _BSON_TYPES[hint]}
