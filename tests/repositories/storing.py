"""Steps that tests of storage take over and over."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any

from domain.ledger import Account
from domain.money import Fen
from repositories.contract import Event, Reader, Storage, UnitOfWork
from repositories.tables import TABLES
from tests.factories import (
    make_audit_record,
    make_charged_bill,
    make_coverage_report,
    make_credential,
    make_entry,
    make_institution,
    make_kinship,
    make_outcome,
    make_payment,
    make_person,
    make_premium,
    make_refund,
    make_region,
    make_transfer,
    make_used_face_assertion,
    make_wallet,
)

PATIENCE_S = 10.0
OVERLAP_S = 0.01
ONE_OF_EACH: list[object] = [
    make_region(),
    make_coverage_report(),
    make_person(),
    make_credential(),
    make_kinship(),
    make_wallet(),
    make_entry(),
    make_transfer(),
    make_institution(),
    make_premium(),
    make_charged_bill(),
    make_payment(),
    make_refund(),
    make_used_face_assertion(),
    make_outcome(),
    make_audit_record(),
]


class Boom(Exception):
    """What a failing work raises."""


async def store(storage: Storage, *entities: object) -> None:
    """Add objects of any tables in one work."""

    async def work(uow: UnitOfWork) -> None:
        for entity in entities:
            table_of(uow, entity).add(entity)

    await storage.transact(work)


def table_of(tables: Reader | UnitOfWork, entity: object) -> Any:  # noqa: ANN401 - a table of whatever is asked
    """Give the table that keeps the object."""
    return getattr(tables, next(table.name for table in TABLES if isinstance(entity, table.entity)))


def key_of(entity: object) -> str:
    """Give the key of an object of any table."""
    key: str = next(table.key_of(entity) for table in TABLES if isinstance(entity, table.entity))
    return key


async def stored(storage: Storage, entity: object) -> object:
    """Give what is committed under the key of the object."""
    found: object = await table_of(storage.read(), entity).get(key_of(entity))
    return found


async def are_stored(storage: Storage, *entities: object) -> list[bool]:
    """Tell for each object whether anything is committed under its key."""
    return [await stored(storage, entity) is not None for entity in entities]


async def existing(uow: UnitOfWork, account_id: str) -> Account:
    """Read an account that is there."""
    account = await uow.accounts.get(account_id)
    assert account is not None
    return account


async def balance_of(storage: Storage, account_id: str) -> int:
    """Give the committed balance of an account, in fen."""
    account = await storage.read().accounts.get(account_id)
    assert account is not None
    return account.balance


async def deposit(storage: Storage, account_id: str, amount: int, *, pause_s: float = OVERLAP_S) -> None:
    """Add to a balance what was read, with time between for others to do the same."""

    async def work(uow: UnitOfWork) -> None:
        account = await existing(uow, account_id)
        await asyncio.sleep(pause_s)
        uow.accounts.save(replace(account, balance=Fen(account.balance + amount), seq=account.seq + 1))

    await storage.transact(work)


async def following(events: AsyncIterator[Event], count: int) -> list[Event]:
    """Give the next events."""
    return [await asyncio.wait_for(anext(events), PATIENCE_S) for _ in range(count)]


def typed(value: object) -> object:
    """Give the value with the exact types of all its parts, so that equal means alike type for type."""
    if is_dataclass(value):
        return type(value), tuple(typed(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, tuple | list):
        return type(value), tuple(typed(part) for part in value)
    return type(value), value, value.tzinfo if isinstance(value, datetime) else None
