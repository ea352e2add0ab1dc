"""Guarded accounts, append-only entries, and journals whose legs add up to zero (R19, R20, R26)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from domain.errors import InsufficientBalance, InvalidAmount, Refused
from domain.money import Fen


class EntryKind(StrEnum):
    """Why an account moved."""

    ALLOTMENT = "ALLOTMENT"
    TRANSFER_OUT = "TRANSFER_OUT"
    TRANSFER_IN = "TRANSFER_IN"
    TRANSFER_RETURNED = "TRANSFER_RETURNED"
    MEDICAL_PAYMENT = "MEDICAL_PAYMENT"
    PREMIUM_PAYMENT = "PREMIUM_PAYMENT"
    REFUND = "REFUND"


NO_ENTRY: Final = ""
"""What stands for the hash of the entry before the first."""


@dataclass(frozen=True, slots=True)
class Account:
    """A guarded account in fen: 0 ≤ held ≤ balance; `seq` counts its entries, so the next one is seq + 1.

    `head` is the hash of its last entry, NO_ENTRY before the first.
    """

    id: str
    person_no: str
    balance: Fen
    held: Fen
    seq: int
    head: str
    opened_at: datetime

    @property
    def available_balance(self) -> Fen:
        """Give what can be spent: the balance less what is held, in fen."""
        return Fen(self.balance - self.held)


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of one account: signed amount and the balance after it, in fen.

    Guarded accounts number their entries from 1 without gaps. The others (institutions, premium funds, the allotment
    source) have entries only, all numbered 0 and without balance, so that no document of theirs is a bottleneck. The
    number is the order of a statement; times of one moment's entries may differ by the time a verification took.
    Each has its own hash, and those of a guarded account the hash of the one before: nothing can be changed, left out,
    put in between or put in another order without the next hash telling (R26).
    """

    id: str
    account_id: str
    seq: int
    kind: EntryKind
    amount: Fen
    balance_after: Fen | None
    journal_id: str
    occurred_at: datetime
    previous_hash: str
    hash: str
    transfer_id: str | None = None
    payment_id: str | None = None
    period: str | None = None


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a journal: a guarded account, or the name of one that has entries only; signed fen."""

    account: Account | str
    kind: EntryKind
    amount: Fen


@dataclass(frozen=True, slots=True)
class Journal:
    """A movement of money: legs that add up to zero, and what it was for; `period` is the month of an allotment."""

    id: str
    legs: tuple[Leg, ...]
    at: datetime
    transfer_id: str | None = None
    payment_id: str | None = None
    period: str | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """What a journal leaves behind: the accounts as they are now and the entries to append."""

    accounts: tuple[Account, ...] = ()
    entries: tuple[Entry, ...] = ()


def entry_id(account_id: str, seq: int) -> str:
    """Name an entry of a guarded account."""
    return f"{account_id}#{seq}"


def unguarded_entry_id(account_id: str, journal_id: str) -> str:
    """Name the entry of an account that has entries only; a journal has one at most of each."""
    return f"{account_id}#{journal_id}"


def entry_hash(entry: Entry) -> str:
    """Give the SHA-256 of all that an entry says, the hash before it included, in hexadecimal.

    Anybody can compute it: of the JSON array of these values in this order, without spaces, in UTF-8, the time in
    milliseconds since 1970.
    """
    said = (
        entry.id,
        entry.account_id,
        entry.seq,
        entry.kind,
        entry.amount,
        entry.balance_after,
        entry.journal_id,
        round(entry.occurred_at.timestamp() * 1_000),
        entry.transfer_id,
        entry.payment_id,
        entry.period,
        entry.previous_hash,
    )
    return sha256(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def require_amount(amount: Fen, *path: str) -> Fen:
    """Refuse with INVALID_AMOUNT anything below 0.01 yuan (R19)."""
    if amount < 1:
        raise Refused(InvalidAmount(path=path))
    return amount


def require_available(account: Account, amount: Fen, *path: str) -> None:
    """Refuse with INSUFFICIENT_BALANCE more than the account has available (R19)."""
    if account.available_balance < amount:
        raise Refused(InsufficientBalance(path=path, available=account.available_balance))


def hold(account: Account, amount: Fen) -> Account:
    """Set an amount aside, which stays in the balance but cannot be spent; INSUFFICIENT_BALANCE if it is not there."""
    require_available(account, amount, "amount")
    return replace(account, held=Fen(account.held + amount))


def release(account: Account, amount: Fen) -> Account:
    """Let go of an amount that was held."""
    if amount > account.held:
        message = "no more is released than was held"
        raise ValueError(message)
    return replace(account, held=Fen(account.held - amount))


def post(journal: Journal) -> Posting:
    """Move the money of a journal; INSUFFICIENT_BALANCE if a leg takes more than is available (R20)."""
    if not legs_balance(journal.legs):
        message = "the legs of a journal add up to zero"
        raise ValueError(message)
    guarded = [leg.account.id for leg in journal.legs if isinstance(leg.account, Account)]
    if len(guarded) > len(set(guarded)):
        message = "an account has one leg of a journal at most"
        raise ValueError(message)
    accounts: list[Account] = []
    entries: list[Entry] = []
    for leg in journal.legs:
        if isinstance(leg.account, str):
            entries.append(_entry(journal, leg, unguarded_entry_id(leg.account, journal.id), leg.account))
            continue
        account = _moved(leg.account, leg.amount)
        entry = _entry(journal, leg, entry_id(account.id, account.seq), account.id, after=account)
        accounts.append(replace(account, head=entry.hash))
        entries.append(entry)
    return Posting(tuple(accounts), tuple(entries))


def _moved(account: Account, amount: Fen) -> Account:
    if amount < 0:
        require_available(account, Fen(-amount), "amount")
    return replace(account, balance=Fen(account.balance + amount), seq=account.seq + 1)


def _entry(journal: Journal, leg: Leg, identity: str, account_id: str, after: Account | None = None) -> Entry:
    """Write the entry of a leg; of a guarded account it follows the one that `after` has for its head."""
    entry = Entry(
        id=identity,
        account_id=account_id,
        seq=after.seq if after is not None else 0,
        kind=leg.kind,
        amount=leg.amount,
        balance_after=after.balance if after is not None else None,
        journal_id=journal.id,
        occurred_at=journal.at,
        previous_hash=after.head if after is not None else NO_ENTRY,
        hash="",
        transfer_id=journal.transfer_id,
        payment_id=journal.payment_id,
        period=journal.period,
    )
    return replace(entry, hash=entry_hash(entry))


def legs_balance(legs: Sequence[Leg] | Sequence[Entry]) -> bool:
    """Tell whether the legs of one journal, or its entries, add up to zero."""
    return sum(leg.amount for leg in legs) == 0
