"""Whether the books agree: balances, sequences, hashes, journals, holds and outcomes, derived anew from the entries.

Each function judges what belongs together and names every difference; none needs more than that at hand (R20, R26).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.actors import as_person
from domain.ledger import NO_ENTRY, Account, Entry, EntryKind, entry_hash, entry_id, legs_balance, unguarded_entry_id
from domain.outcomes import APPLY, CREDIT, PAY_MEDICAL, PAY_PREMIUM, REFUND, NodeRef, Outcome, OutcomeStatus
from domain.payments import ENTRY_KINDS, ChargedBill, Payment, PaymentKind, Refund, payment_number
from domain.transfers import Transfer, TransferStatus, transfer_number
from domain.wallets import is_allotment_source, owner_of, personal_account_id, wallet_id


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as the entries say: where it is, and what is wrong; ids and fen only."""

    table: str
    key: str
    problem: str


# ---- accounts -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Statement:
    """A guarded account, compared with its entries one by one, the newest first.

    After a difference it goes on from what the entry says, so that one fault is one difference, not a thousand.
    """

    account: Account
    held: int
    _seq: int = field(init=False)
    _balance: int = field(init=False)
    _hash: str = field(init=False)

    def __post_init__(self) -> None:
        """Expect what the account says of its last entry."""
        self._seq, self._balance, self._hash = self.account.seq, self.account.balance, self.account.head

    def begin(self) -> Iterator[Difference]:
        """Judge the account itself."""
        account = self.account
        if account.held != self.held:
            yield self._of_account(f"{account.held} is held, what waits for acceptance is {self.held}")
        if not 0 <= account.held <= account.balance:
            yield self._of_account(f"{account.held} is held of a balance of {account.balance}")

    def take(self, entry: Entry) -> Iterator[Difference]:
        """Judge the next older entry."""
        if entry.seq != self._seq:
            yield self._of_entry(entry, f"is number {entry.seq} where number {self._seq} is expected")
        if entry.balance_after != self._balance:
            yield self._of_entry(entry, f"leaves {entry.balance_after}, the next one begins with {self._balance}")
        if entry.hash != self._hash:
            yield self._of_entry(entry, "has another hash than what follows it says")
        if entry.id != entry_id(entry.account_id, entry.seq):
            yield self._of_entry(entry, "is not named for its account and number")
        yield from check_hash(entry)
        self._seq, self._hash = entry.seq - 1, entry.previous_hash
        self._balance = (entry.balance_after or 0) - entry.amount
        if self._balance < 0:
            yield self._of_entry(entry, f"begins with {self._balance}")

    def end(self) -> Iterator[Difference]:
        """Judge what is left once there are no more entries."""
        if self._seq != 0:
            yield self._of_account(f"entries 1 to {self._seq} are missing")
        elif self._balance != 0 or self._hash != NO_ENTRY:
            yield self._of_account(f"begins with {self._balance}, and not with nothing")

    def _of_account(self, problem: str) -> Difference:
        return Difference("accounts", self.account.id, problem)

    def _of_entry(self, entry: Entry, problem: str) -> Difference:
        return Difference("entries", entry.id, problem)


def check_hash(entry: Entry) -> Iterator[Difference]:
    """Compare an entry with its own hash."""
    if entry.hash != entry_hash(entry):
        yield Difference("entries", entry.id, "is not what its hash was made of")


def check_unguarded(entry: Entry) -> Iterator[Difference]:
    """Judge an entry of an account that has entries only; `owner_of` tells whether it is one."""
    if owner_of(entry.account_id) is not None:
        yield Difference("entries", entry.id, f"is of account {entry.account_id}, which is not there")
    elif entry.seq != 0 or entry.balance_after is not None or entry.previous_hash != NO_ENTRY:
        yield Difference("entries", entry.id, "is numbered, though its account has entries only")
    elif entry.id != unguarded_entry_id(entry.account_id, entry.journal_id):
        yield Difference("entries", entry.id, "is not named for its account and journal")
    yield from check_hash(entry)


# ---- what moved the money -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Deed:
    """All that has one id: a keyed request's outcome, what it made, and the journal of that.

    `refunded_payment` is the payment that a refund is of, which has an id of its own.
    """

    id: str
    entries: Sequence[Entry] = ()
    outcome: Outcome | None = None
    transfer: Transfer | None = None
    payment: Payment | None = None
    refund: Refund | None = None
    refunded_payment: Payment | None = None


PAY: Final = {PaymentKind.MEDICAL: PAY_MEDICAL, PaymentKind.PREMIUM: PAY_PREMIUM}
Expected = tuple[str, EntryKind, int]
"""A leg as it should be: account, kind and signed amount."""


def check_deed(deed: Deed) -> Iterator[Difference]:
    """Judge a deed: its legs add up to zero and are those of what was done, which is what its request was answered."""
    if not legs_balance(deed.entries):
        total = sum(entry.amount for entry in deed.entries)
        yield Difference("entries", deed.id, f"the legs of this journal add up to {total}")
    made = [thing for thing in (deed.transfer, deed.payment, deed.refund) if thing is not None]
    if deed.outcome is None:
        if made or deed.entries:
            yield Difference("outcomes", deed.id, "there is no outcome for what was done under this id")
    elif deed.outcome.status is OutcomeStatus.COMPLETED:
        yield from _check_completed(deed.outcome, deed, len(made))
    elif made or deed.entries or deed.outcome.refusal is None or deed.outcome.node is not None:
        yield Difference("outcomes", deed.id, "was refused, and yet something was done")
    yield from _check_made(deed)


def _check_completed(outcome: Outcome, deed: Deed, made: int) -> Iterator[Difference]:
    expected = _expected_outcome(deed)
    if expected is None:
        credited = [entry for entry in deed.entries if entry.kind is EntryKind.ALLOTMENT and entry.amount > 0]
        number = owner_of(credited[0].account_id) if len(credited) == 1 else None
        expected = (CREDIT, NodeRef("PersonalAccount", number or ""), outcome.caller)
        yield from _check_legs(deed, _allotted(deed.entries), "outcomes")
    if made > 1:
        yield Difference("outcomes", deed.id, "more than one thing was made under this id")
    if (outcome.operation, outcome.node, outcome.caller) != expected:
        yield Difference("outcomes", deed.id, "is not the outcome of what was done under this id")
    if outcome.refusal is not None:
        yield Difference("outcomes", deed.id, "is completed and refused")


def _expected_outcome(deed: Deed) -> tuple[str, NodeRef, str] | None:
    if deed.transfer is not None:
        return APPLY, NodeRef("Transfer", deed.id), as_person(deed.transfer.payer_no)
    if deed.payment is not None:
        return PAY[deed.payment.kind], NodeRef("Payment", deed.id), as_person(deed.payment.payer_no)
    if deed.refund is not None:
        return REFUND, NodeRef("Payment", deed.refund.payment_id), deed.refund.refunded_by
    return None


def _allotted(entries: Sequence[Entry]) -> list[Expected] | None:
    """Give the legs of an allotment, as far as its entries tell; None if they tell of none."""
    into = next((entry for entry in entries if entry.amount > 0), None)
    out = next((entry for entry in entries if is_allotment_source(entry.account_id)), None)
    owner = owner_of(into.account_id) if into is not None else None
    if into is None or out is None or owner is None or into.period is None:
        return None
    return [
        (out.account_id, EntryKind.ALLOTMENT, -into.amount),
        (personal_account_id(owner), EntryKind.ALLOTMENT, into.amount),
    ]


def _check_made(deed: Deed) -> Iterator[Difference]:
    if deed.transfer is not None:
        yield from _check_transfer(deed, deed.transfer)
    if deed.payment is not None:
        yield from _check_payment(deed, deed.payment)
    if deed.refund is not None:
        yield from _check_refund(deed, deed.refund)


def _check_transfer(deed: Deed, transfer: Transfer) -> Iterator[Difference]:
    legs: list[Expected] = []
    if transfer.status is TransferStatus.COMPLETED:
        legs = [
            (transfer.source_id, EntryKind.TRANSFER_OUT, -transfer.amount),
            (wallet_id(transfer.payee_no), EntryKind.TRANSFER_IN, transfer.amount),
        ]
    if transfer.status is TransferStatus.RETURNED:
        legs = [(transfer.source_id, EntryKind.TRANSFER_RETURNED, 0)]
    yield from _check_legs(deed, legs, "transfers", transfer_id=transfer.id)
    if transfer.amount < 1 or not _is_number(transfer.number, transfer_number, transfer.id, transfer.created_at):
        yield Difference("transfers", deed.id, "has an amount or a number that none can have")
    is_moved = transfer.status is TransferStatus.COMPLETED
    is_verified = transfer.verified_at is not None and transfer.verified_by is not None
    if (transfer.completed_at is not None) != is_moved or (is_moved and not is_verified):
        yield Difference("transfers", deed.id, f"is {transfer.status} with the times of another state")
    if is_moved and any(entry.occurred_at != transfer.completed_at for entry in deed.entries):
        yield Difference("transfers", deed.id, "was completed at another time than its entries say")


def _check_payment(deed: Deed, payment: Payment) -> Iterator[Difference]:
    kind = ENTRY_KINDS[payment.kind]
    legs = [(wallet_id(payment.payer_no), kind, -payment.amount), (payment.receiver, kind, int(payment.amount))]
    yield from _check_legs(deed, legs, "payments", payment_id=payment.id)
    is_whole = (payment.premium_id is None) == (payment.kind is PaymentKind.MEDICAL) and (payment.bill is None) == (
        payment.kind is PaymentKind.PREMIUM
    )
    if not is_whole or not _is_number(payment.number, payment_number, payment.id, payment.created_at):
        yield Difference("payments", deed.id, "has a kind or a number that none can have")
    if any(entry.occurred_at != payment.created_at for entry in deed.entries):
        yield Difference("payments", deed.id, "was made at another time than its entries say")


def _check_refund(deed: Deed, refund: Refund) -> Iterator[Difference]:
    payment = deed.refunded_payment
    if payment is None:
        yield Difference("refunds", deed.id, f"is of payment {refund.payment_id}, which is not there")
        return
    legs = [
        (payment.receiver, EntryKind.REFUND, -refund.amount),
        (wallet_id(payment.payer_no), EntryKind.REFUND, int(refund.amount)),
    ]
    yield from _check_legs(deed, legs, "refunds", payment_id=payment.id)
    if any(entry.occurred_at != refund.at for entry in deed.entries):
        yield Difference("refunds", deed.id, "was made at another time than its entries say")


def _is_number(number: str, made: Callable[[str, datetime], str], key: str, at: datetime) -> bool:
    try:
        return number == made(key, at)
    except ValueError:  # the key is none that a request can have had
        return False


def _check_legs(
    deed: Deed,
    expected: Sequence[Expected] | None,
    table: str,
    *,
    transfer_id: str | None = None,
    payment_id: str | None = None,
) -> Iterator[Difference]:
    booked = sorted((entry.account_id, entry.kind, entry.amount) for entry in deed.entries)
    if expected is None or booked != sorted(expected):
        yield Difference(table, deed.id, "its entries are not those of what was done")
    if any((entry.transfer_id, entry.payment_id) != (transfer_id, payment_id) for entry in deed.entries):
        yield Difference("entries", deed.id, "an entry of this journal says that it is of something else")


# ---- what is added up ---------------------------------------------------------------------------------------------


def check_refunded(payment: Payment, refunds: int) -> Iterator[Difference]:
    """Compare what a payment says came back with its refunds."""
    if payment.refunded_amount != refunds or refunds > payment.amount:
        said = f"{payment.refunded_amount} of {payment.amount} came back, its refunds add up to {refunds}"
        yield Difference("payments", payment.id, said)


def check_charged(bill: ChargedBill, charged: int) -> Iterator[Difference]:
    """Compare what a bill says was charged with the payments towards it, refunds taken off."""
    if bill.charged != charged:
        yield Difference("bills", bill.id, f"{bill.charged} is charged, its payments add up to {charged}")
    if bill.charged > bill.self_paid or bill.total != bill.fund_paid + bill.self_paid:
        yield Difference("bills", bill.id, "does not add up")
