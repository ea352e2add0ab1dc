"""What the entries alone tell, without any key: in memory nobody else writes, so only the books speak (R20, R26)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

import pytest

from domain.ledger import NO_ENTRY, Entry, entry_hash
from domain.outcomes import CREDIT, NodeRef, OutcomeStatus
from domain.payments import MedicalBill, PaymentStatus
from domain.transfers import TransferStatus
from domain.wallets import WalletStatus
from repositories.contract import Snapshot
from repositories.memory import MemoryStorage, MemoryTable
from repositories.tables import ACCOUNTS, BILLS, ENTRIES, OUTCOMES, PAYMENTS, REFUNDS, TABLES, TRANSFERS, Table
from services.reconciliation import ONE_OF_EACH, REFERENCES, Reconciliation, objects_to_read
from tests.reconciliation.conftest import differences

UNDERIVED: Final = {
    ACCOUNTS.name: {"opened_at", "use_area_code", "phone", "status", "use_place_changes", "status_changes"},
    ENTRIES.name: set[str](),
    TRANSFERS.name: {
        "relation",
        "created_at",
        "payer_area_code",
        "payee_area_code",
        "expires_at",
        "verified_by",
        "verified_at",
    },
    PAYMENTS.name: {"verified_by", "bill"},
    REFUNDS.name: {"reason"},
    BILLS.name: {"institution_code", "number"},
    OUTCOMES.name: {"fingerprint", "at", "refusal"},
}
"""Of what the ledger keeps, what no entry tells of: only its keyed hash tells that it was altered."""
BY: Final = ((PAYMENTS, "bill_id"),)
BY_REFERENCE: Final = tuple((table, attribute) for table, attribute, _ in REFERENCES)
DONE: Final = (TransferStatus.COMPLETED, OutcomeStatus.COMPLETED, *PaymentStatus, *WalletStatus)


def table_of(storage: MemoryStorage, table: Table[Any]) -> MemoryTable[Any]:
    """Give the rows of a table, to be changed past the storage."""
    return storage._tables[table.name]  # noqa: SLF001


def other_than(value: object) -> object:
    """Give another value of the same kind."""
    if isinstance(value, Enum):
        members = list(type(value))
        return members[(members.index(value) + 1) % len(members)]
    if isinstance(value, datetime):
        return value + timedelta(milliseconds=1)
    if isinstance(value, int):
        return value + 1
    if isinstance(value, NodeRef):
        return replace(value, key=f"{value.key}x")
    if isinstance(value, MedicalBill):
        return None
    return f"{value}x" if isinstance(value, str) else "x"


def altered(table: Table[Any], entity: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Give the object with one attribute changed after the other, of those that follow from the entries."""
    for each in fields(entity):
        if each.name in UNDERIVED[table.name] | {table.key}:
            continue
        if each.name == "caller" and entity.operation == CREDIT:
            continue  # any agency may have credited it
        value = getattr(entity, each.name)
        yield each.name, replace(entity, **{each.name: other_than(value)})


@pytest.mark.parametrize("table", [table for table in TABLES if table.name in UNDERIVED], ids=lambda table: table.name)
async def test_whatever_follows_from_the_entries_is_held_to_them(remembered: MemoryStorage, table: Table[Any]) -> None:
    rows, unnoticed = table_of(remembered, table).rows, []
    assert rows
    for key, entity in dict(rows).items():
        if getattr(entity, "status", DONE[0]) not in DONE:
            continue  # it moved nothing, so no entry tells of it
        for name, changed in altered(table, entity):
            rows[key] = changed
            if not await differences(remembered):
                unnoticed.append((key, name))
        rows[key] = entity
    assert unnoticed == []


@pytest.mark.parametrize("table", [ENTRIES, TRANSFERS, PAYMENTS, REFUNDS, BILLS], ids=lambda table: table.name)
async def test_what_the_entries_tell_of_is_there(remembered: MemoryStorage, table: Table[Any]) -> None:
    rows = table_of(remembered, table).rows
    for key, entity in dict(rows).items():
        del rows[key]
        assert await differences(remembered), key
        rows[key] = entity


async def test_accounts_and_outcomes_of_what_moved_are_there(remembered: MemoryStorage) -> None:
    accounts, outcomes = table_of(remembered, ACCOUNTS).rows, table_of(remembered, OUTCOMES).rows
    moved = {key: account for key, account in accounts.items() if account.seq}
    done = {key: outcome for key, outcome in outcomes.items() if outcome.status is OutcomeStatus.COMPLETED}
    for rows, there in ((accounts, moved), (outcomes, done)):
        for key, entity in there.items():
            del rows[key]
            assert await differences(remembered), key
            rows[key] = entity


async def test_an_entry_between_two_others_is_found_whatever_number_it_has(remembered: MemoryStorage) -> None:
    rows = table_of(remembered, ENTRIES).rows
    for entry in [entry for entry in rows.values() if entry.seq]:
        twin: Entry = replace(entry, id=f"{entry.id}x", journal_id=f"{entry.journal_id}x", hash="")
        rows[twin.id] = replace(twin, hash=entry_hash(twin))
        assert await differences(remembered), entry.id
        del rows[twin.id]


async def test_one_fault_is_told_once_and_not_for_every_entry_after_it(remembered: MemoryStorage) -> None:
    rows = table_of(remembered, ENTRIES).rows
    longest = max((entry for entry in rows.values() if entry.seq), key=lambda entry: int(entry.seq))
    first = next(e for e in rows.values() if e.account_id == longest.account_id and e.seq == 1)
    rows[first.id] = replace(first, occurred_at=first.occurred_at + timedelta(days=1))
    found = await differences(remembered)
    assert longest.seq > len(found) > 0
    assert {each.key for each in found} <= {first.id, first.journal_id}


async def test_a_chain_that_begins_in_the_middle_is_found(remembered: MemoryStorage) -> None:
    rows = table_of(remembered, ENTRIES).rows
    first = next(entry for entry in rows.values() if entry.seq == 1)
    begun = replace(first, previous_hash="0" * 64, hash="")
    rows[first.id] = replace(begun, hash=entry_hash(begun))
    assert first.previous_hash == NO_ENTRY
    assert await differences(remembered)


async def test_no_more_is_read_than_was_announced(remembered: MemoryStorage) -> None:
    """An attribute that an object has not got is not read by."""
    seen: list[None] = []
    async with remembered.snapshot() as snapshot:
        expected = objects_to_read({table.name: await snapshot.count(table) for table in TABLES})
        assert [d async for d in Reconciliation(snapshot, lambda: seen.append(None)).differences()] == []
        absent = sum([await _without(snapshot, table, by) for table, by in (*BY, *BY_REFERENCE, *ONE_OF_EACH)])
    assert len(seen) == expected - absent


async def _without(snapshot: Snapshot, table: Table[Any], attribute: str) -> int:
    return sum([getattr(entity, attribute) is None async for entity in snapshot.scan(table)])
