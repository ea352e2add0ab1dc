"""All that is stored, as the oracle puts it, and what must be true of it whatever was asked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from domain.ledger import Account, Entry
from domain.outcomes import Outcome, outcome_id
from domain.payments import ChargedBill, Payment, Refund
from domain.transfers import Transfer, TransferStatus
from domain.wallets import Wallet
from repositories.contract import Reader
from tests.model.oracle import Oracle

ALL: Final = 100_000


@dataclass(frozen=True)
class Stored:
    """What one look at the storage finds of money; nobody else may be at work meanwhile."""

    accounts: list[Account]
    entries: list[Entry]
    transfers: list[Transfer]
    payments: list[Payment]
    refunds: list[Refund]
    bills: list[ChargedBill]
    outcomes: list[Outcome]
    tries: dict[str, int]
    faces: set[str]

    def statement(self, account_id: str) -> list[Entry]:
        """Give an account's entries in their order."""
        return sorted((it for it in self.entries if it.account_id == account_id), key=lambda it: it.seq)


async def look(reader: Reader) -> Stored:
    """Read everything."""
    return Stored(
        accounts=await reader.accounts.find({}, ALL),
        entries=await reader.entries.find({}, ALL),
        transfers=await reader.transfers.find({}, ALL),
        payments=await reader.payments.find({}, ALL),
        refunds=await reader.refunds.find({}, ALL),
        bills=await reader.bills.find({}, ALL),
        outcomes=await reader.outcomes.find({}, ALL),
        tries={it.person_no: it.failures for it in await reader.credentials.find({}, ALL)},
        faces={it.id for it in await reader.face_assertions.find({}, ALL)},
    )


# ---- what is always true ------------------------------------------------------------------------------------------


def require_sound(stored: Stored) -> None:
    """Demand what holds of any ledger: nothing made, nothing lost, nothing overdrawn, everything accounted for."""
    _require_journals_add_up(stored.entries)
    for account in stored.accounts:
        _require_statement_accounts_for(account, stored)
    for payment in stored.payments:
        back = sum(it.amount for it in stored.refunds if it.payment_id == payment.id)
        assert back == payment.refunded_amount <= payment.amount, payment.id
    for bill in stored.bills:
        counting = [it for it in stored.payments if it.bill is not None and it.bill.number == bill.number]
        assert bill.charged == sum(it.refundable for it in counting) <= bill.self_paid, bill.id
    _require_distinct([it.premium_claim for it in stored.payments])
    _require_distinct([it.awaiting for it in stored.transfers])
    _require_distinct([it.id for it in stored.outcomes])
    _require_one_journal_each(stored)


def _require_journals_add_up(entries: list[Entry]) -> None:
    journals: defaultdict[str, int] = defaultdict(int)
    for entry in entries:
        journals[entry.journal_id] += entry.amount
    assert not any(journals.values()), journals


def _require_statement_accounts_for(account: Account, stored: Stored) -> None:
    assert 0 <= account.held <= account.balance, account.id
    entries = stored.statement(account.id)
    assert [it.seq for it in entries] == list(range(1, account.seq + 1)), account.id
    balance = 0
    for entry in entries:
        balance += entry.amount
        assert entry.balance_after == balance, entry.id
    assert account.balance == balance, account.id
    waiting = [it for it in stored.transfers if it.status is TransferStatus.PENDING_ACCEPTANCE]
    assert account.held == sum(it.amount for it in waiting if it.source_id == account.id), account.id


def _require_distinct(values: list[str | None]) -> None:
    taken = [value for value in values if value is not None]
    assert len(taken) == len(set(taken)), taken


def _require_one_journal_each(stored: Stored) -> None:
    """Demand that each thing done has moved money exactly once, and that nothing else has."""
    moved = (TransferStatus.COMPLETED, TransferStatus.RETURNED)
    done = {it.id for it in stored.transfers if it.status in moved}
    done |= {it.id for it in stored.payments} | {it.id for it in stored.refunds}
    credited = {it.id for it in stored.outcomes if it.operation == "creditPersonalAccount" and it.refusal is None}
    assert {it.journal_id for it in stored.entries} == done | credited


# ---- what the oracle says -----------------------------------------------------------------------------------------


@dataclass
class Picture:
    """What there is, in plain values; accounts that have never moved are left out."""

    balances: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    statements: dict[str, list[tuple[str, int, int | None]]] = field(default_factory=dict)
    transfers: dict[str, tuple[str, int]] = field(default_factory=dict)
    payments: dict[str, tuple[int, int]] = field(default_factory=dict)
    bills: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    frozen: set[str] = field(default_factory=set)
    tries: dict[str, int] = field(default_factory=dict)
    faces: set[str] = field(default_factory=set)


def picture_of(stored: Stored) -> Picture:
    """Put what is stored in plain values."""
    guarded = {it.id for it in stored.accounts}
    statements = {key: stored.statement(key) for key in guarded}
    return Picture(
        balances={it.id: it.balance for it in stored.accounts if it.balance},
        held={it.id: it.held for it in stored.accounts if it.held},
        statements={
            key: [(it.kind.value, it.amount, it.balance_after) for it in entries]
            for key, entries in statements.items()
            if entries
        },
        transfers={it.id: (it.status.value, it.amount) for it in stored.transfers},
        payments={it.id: (it.amount, it.refunded_amount) for it in stored.payments},
        bills={it.number: it.charged for it in stored.bills if it.charged},
        outcomes={it.id: it.refusal.code.value if it.refusal is not None else "" for it in stored.outcomes},
        frozen={it.person_no for it in stored.accounts if isinstance(it, Wallet) and it.status.value == "FROZEN"},
        tries={person_no: count for person_no, count in stored.tries.items() if count},
        faces=stored.faces,
    )


def expected(oracle: Oracle) -> Picture:
    """Put what the oracle knows in the same way."""
    numbers = {it.bill.number for it in oracle.payments.values() if it.bill is not None}
    bills = {number: sum(it.amount - it.refunded for it in oracle.charged(number)) for number in numbers}
    return Picture(
        balances=_unless_zero(oracle.balances),
        held=_unless_zero(oracle.held),
        statements={key: list(entries) for key, entries in oracle.statements.items()},
        transfers={outcome_id(*name): (it.status, it.amount) for name, it in oracle.transfers.items()},
        payments={outcome_id(*name): (it.amount, it.refunded) for name, it in oracle.payments.items()},
        bills=_unless_zero(bills),
        outcomes={
            outcome_id(*name): str(what) if kind == "refused" else ""
            for name, (_, (kind, what)) in oracle.outcomes.items()
        },
        frozen={person.removeprefix("person:") for person in oracle.frozen},
        tries=_unless_zero({person.removeprefix("person:"): n for person, n in oracle.wrong_tries.items()}),
        faces=set(oracle.faces),
    )


def _unless_zero(amounts: dict[str, int]) -> dict[str, int]:
    return {name: amount for name, amount in amounts.items() if amount}
