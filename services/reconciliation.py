"""Everything that is kept is looked at, one object after another, and whatever does not agree is named (R20, R26).

Tables are read in the order of what joins them, side by side, so that memory does not grow with them; what is held for
acceptance is kept in mind, which is at most what was verified since the last settlement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from domain.reconciliation import (
    Deed,
    Difference,
    Statement,
    check_charged,
    check_deed,
    check_refunded,
    check_unguarded,
)
from domain.transfers import Transfer, TransferStatus
from repositories.contract import Snapshot
from repositories.tables import (
    ACCOUNTS,
    BILLS,
    CREDENTIALS,
    ENTRIES,
    INSTITUTIONS,
    KINSHIPS,
    OUTCOMES,
    PAYMENTS,
    PERSONS,
    PREMIUMS,
    REFUNDS,
    TRANSFERS,
    Table,
)

E = TypeVar("E")

REFERENCES: Final[tuple[tuple[Table[Any], str, Table[Any]], ...]] = (
    (ACCOUNTS, "person_no", PERSONS),
    (CREDENTIALS, "person_no", PERSONS),
    (PAYMENTS, "institution_code", INSTITUTIONS),
    (PAYMENTS, "premium_id", PREMIUMS),
)
"""Attributes that name an object of another table, which is there."""
ONE_OF_EACH: Final[tuple[tuple[Table[Any], str], ...]] = (
    (TRANSFERS, "number"),
    (TRANSFERS, "awaiting"),
    (PAYMENTS, "number"),
    (PAYMENTS, "premium_claim"),
    (KINSHIPS, "active_pair"),
)
"""Attributes whose values belong to one object at most, whatever the database's own indexes let through."""
JOINED: Final[tuple[Table[Any], ...]] = (
    *(OUTCOMES, TRANSFERS, PAYMENTS, REFUNDS, ENTRIES),
    *(ACCOUNTS, ENTRIES),
    *(BILLS, PAYMENTS),
    *(PAYMENTS, REFUNDS),
    *(table for table, _, target in REFERENCES for table in (table, target)),
    *(table for table, _ in ONE_OF_EACH),
)
"""The tables that are read, as often as they are."""


def objects_to_read(there: Mapping[str, int]) -> int:
    """Tell how many objects are read at most where so many are there of each table, however often each is read."""
    return sum(there[table.name] for table in JOINED)


@dataclass(slots=True)
class Reconciliation:
    """One reading of everything; `seen` is called for each object that is read."""

    snapshot: Snapshot
    seen: Callable[[], object] = lambda: None
    _held: Counter[str] = field(default_factory=Counter)

    async def differences(self) -> AsyncIterator[Difference]:
        """Give every difference there is."""
        for reading in (
            self._flaws(),
            self._deeds(),
            self._statements(),
            self._bills(),
            self._refunds(),
            *(self._references(*reference) for reference in REFERENCES),
            *(self._repeated(*unique) for unique in ONE_OF_EACH),
        ):
            async for difference in reading:
                yield difference

    async def _flaws(self) -> AsyncIterator[Difference]:
        async for flaw in self.snapshot.flaws():
            yield Difference(flaw.table, flaw.key, flaw.problem)

    async def _deeds(self) -> AsyncIterator[Difference]:
        """Join all that has one id: outcome, transfer, payment, refund, and the entries of the journal."""
        by_id = Joined(
            self._scan(OUTCOMES),
            self._scan(TRANSFERS),
            self._scan(PAYMENTS),
            self._scan(REFUNDS),
            self._scan(ENTRIES, "journal_id"),
        )
        async for key, (outcomes, transfers, payments, refunds, entries) in by_id:
            self._note_held(transfers)
            refund = first(refunds)
            paid = await self.snapshot.fetch(PAYMENTS, [refund.payment_id]) if refund is not None else {}
            deed = Deed(
                id=key,
                entries=entries,
                outcome=first(outcomes),
                transfer=first(transfers),
                payment=first(payments),
                refund=refund,
                refunded_payment=first([*paid.values()]),
            )
            for difference in check_deed(deed):
                yield difference

    def _note_held(self, transfers: list[Transfer]) -> None:
        for transfer in transfers:
            if transfer.status is TransferStatus.PENDING_ACCEPTANCE:
                self._held[transfer.source_id] += transfer.amount

    async def _statements(self) -> AsyncIterator[Difference]:
        """Read each account's entries, the newest first, beside the account."""
        entries = Ahead(self._scan(ENTRIES, "account_id"))
        async for account_id, account in self._scan(ACCOUNTS):
            async for entry in entries.before(account_id):
                for difference in check_unguarded(entry):
                    yield difference
            statement = Statement(account, self._held[account_id])
            for difference in statement.begin():
                yield difference
            async for entry in entries.until(account_id):
                for difference in statement.take(entry):
                    yield difference
            for difference in statement.end():
                yield difference
        async for entry in entries.rest():
            for difference in check_unguarded(entry):
                yield difference

    async def _bills(self) -> AsyncIterator[Difference]:
        async for key, (bills, payments) in Joined(self._scan(BILLS), self._scan(PAYMENTS, "bill_id")):
            charged = sum(payment.refundable for payment in payments)
            for bill in bills:
                for difference in check_charged(bill, charged):
                    yield difference
            if not bills:
                yield Difference("bills", key, "is not there, though something was paid towards it")

    async def _refunds(self) -> AsyncIterator[Difference]:
        async for _, (payments, refunds) in Joined(self._scan(PAYMENTS), self._scan(REFUNDS, "payment_id")):
            for payment in payments:
                for difference in check_refunded(payment, sum(refund.amount for refund in refunds)):
                    yield difference

    async def _references(self, table: Table[Any], attribute: str, target: Table[Any]) -> AsyncIterator[Difference]:
        """Look for what an attribute names."""
        targets = Ahead(self._scan(target))
        there: str | None = None
        async for named, entity in self._scan(table, attribute):
            async for found in targets.until(named):
                there = target.key_of(found)
            if named != there:
                yield Difference(table.name, table.key_of(entity), f"names {attribute} {named}, which is not there")

    async def _repeated(self, table: Table[Any], attribute: str) -> AsyncIterator[Difference]:
        """Look for values that more than one object has."""
        before: str | None = None
        async for value, entity in self._scan(table, attribute):
            if value == before:
                yield Difference(table.name, table.key_of(entity), f"has a {attribute} that another has as well")
            before = value

    async def _scan(self, table: Table[E], by: str | None = None) -> AsyncIterator[tuple[str, E]]:
        """Give the objects with what they are in order of."""
        async for entity in self.snapshot.scan(table, by):
            self.seen()
            yield str(getattr(entity, by or table.key)), entity


# ---- reading side by side -----------------------------------------------------------------------------------------


def first(objects: list[E]) -> E | None:
    """Give the first, if there is one."""
    return objects[0] if objects else None


class Ahead(Generic[E]):
    """A sequence in order, of which the next can be looked at before it is taken."""

    def __init__(self, items: AsyncIterator[tuple[str, E]]) -> None:
        """Look at nothing yet."""
        self._items = items
        self._next: tuple[str, E] | None = None
        self._is_begun = False

    async def peek(self) -> str | None:
        """Tell what the next is in order of; None once there are no more."""
        if not self._is_begun:
            self._is_begun = True
            self._next = await anext(self._items, None)
        return self._next[0] if self._next is not None else None

    def before(self, key: str) -> AsyncIterator[E]:
        """Take what comes before that."""
        return self._taken(lambda each: each < key)

    def until(self, key: str) -> AsyncIterator[E]:
        """Take what comes up to and including that."""
        return self._taken(lambda each: each <= key)

    def rest(self) -> AsyncIterator[E]:
        """Take all that is left."""
        return self._taken(lambda _each: True)

    async def _taken(self, wanted: Callable[[str], bool]) -> AsyncIterator[E]:
        while (key := await self.peek()) is not None and wanted(key):
            assert self._next is not None  # noqa: S101 - it was looked at
            taken, self._next = self._next[1], await anext(self._items, None)
            yield taken


class Joined:
    """Several sequences, each in order, read side by side: for each key what each of them has under it."""

    def __init__(self, *sequences: AsyncIterator[tuple[str, Any]]) -> None:
        """Read these sequences."""
        self._sequences = [Ahead(sequence) for sequence in sequences]

    async def __aiter__(self) -> AsyncIterator[tuple[str, list[list[Any]]]]:
        """Give key after key."""
        while keys := [key for each in self._sequences if (key := await each.peek()) is not None]:
            key = min(keys)
            yield key, [[item async for item in each.until(key)] for each in self._sequences]
