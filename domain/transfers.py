"""Transfers and their life: applied for, verified, accepted where the policy asks for it, or ended otherwise.

A transfer is pending while it waits for somebody: the payer's verification (R18), or the payee's acceptance (R21). It
waits until `expires_at`; what is due then is `settled`, by whoever comes first.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.credentials import VerificationMethod
from domain.dates import shanghai_date
from domain.errors import PendingElsewhere, Refused, TransferExpired, TransferNotPending
from domain.kinship import Relation
from domain.ledger import Account, EntryKind, Journal, Leg, Posting, hold, post, release
from domain.money import Fen
from domain.numbers import document_number
from domain.policies import TransferPolicy, day_key
from domain.regions import province_code_of
from domain.wallets import Wallet, personal_account_id, wallet_id


class FundSource(StrEnum):
    """Where the payer's money comes from (R13)."""

    PERSONAL_ACCOUNT = "PERSONAL_ACCOUNT"
    WALLET = "WALLET"


class TransferDirection(StrEnum):
    """Which way the money goes, seen from one wallet."""

    IN = "IN"
    OUT = "OUT"


class TransferScope(StrEnum):
    """Whether the two sides' areas lie in one province (R17)."""

    SAME_PROVINCE = "SAME_PROVINCE"
    CROSS_PROVINCE = "CROSS_PROVINCE"


class TransferStatus(StrEnum):
    """Where a transfer stands (R18, R21)."""

    PENDING_VERIFICATION = "PENDING_VERIFICATION"
    PENDING_ACCEPTANCE = "PENDING_ACCEPTANCE"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    RETURNED = "RETURNED"


_WHEN_DUE: Final = {
    TransferStatus.PENDING_VERIFICATION: TransferStatus.EXPIRED,
    TransferStatus.PENDING_ACCEPTANCE: TransferStatus.RETURNED,
}
"""What becomes of what is pending and not done in time."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """Money on its way from a payer's personal account or wallet into a near relative's wallet; amount in fen."""

    id: str
    number: str
    payer_no: str
    payee_no: str
    source: FundSource
    amount: Fen
    relation: Relation
    payer_area_code: str
    payee_area_code: str
    status: TransferStatus
    created_at: datetime
    expires_at: datetime | None
    verified_by: VerificationMethod | None = None
    verified_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def scope(self) -> TransferScope:
        """Tell whether both areas lie in one province."""
        return scope_of(self.payer_area_code, self.payee_area_code)

    @property
    def parties(self) -> tuple[str, str]:
        """Give payer and payee."""
        return self.payer_no, self.payee_no

    @property
    def listings(self) -> tuple[str, ...]:
        """Give what each party's list is filtered by: direction, status, both or neither."""
        return (
            *listing_keys(self.payer_no, TransferDirection.OUT, self.status),
            *listing_keys(self.payee_no, TransferDirection.IN, self.status),
        )

    @property
    def source_id(self) -> str:
        """Name the account that pays."""
        name = personal_account_id if self.source is FundSource.PERSONAL_ACCOUNT else wallet_id
        return name(self.payer_no)

    @property
    def due_at(self) -> datetime | None:
        """Give when it is settled unless somebody acts; None once it waits for nobody."""
        return self.expires_at if self.is_pending() else None

    @property
    def pending_of(self) -> tuple[str, ...]:
        """Give both parties while it is pending."""
        return self.parties if self.is_pending() else ()

    @property
    def awaiting(self) -> str | None:
        """Name payer and payee while it waits for acceptance; unique: no second one to the same payee (R21)."""
        is_awaiting = self.status is TransferStatus.PENDING_ACCEPTANCE
        return awaiting_key(self.payer_no, self.payee_no) if is_awaiting else None

    @property
    def verified_day(self) -> str | None:
        """Name the payer's Shanghai day on which it was verified, which it counts against for ever (R21)."""
        return day_key(self.payer_no, shanghai_date(self.verified_at)) if self.verified_at is not None else None

    def is_pending(self) -> bool:
        """Tell whether it waits for verification or acceptance."""
        return self.status in _WHEN_DUE

    def is_due(self, now: datetime) -> bool:
        """Tell whether what it waited for was not done in time."""
        return self.due_at is not None and now >= self.due_at

    def as_of(self, now: datetime) -> Transfer:
        """Give the transfer as it stands now: what is overdue is EXPIRED or RETURNED, whoever looks (R18, R21)."""
        return replace(self, status=_WHEN_DUE[self.status]) if self.is_due(now) else self


def listing_keys(person_no: str, direction: TransferDirection, status: TransferStatus) -> tuple[str, ...]:
    """Give the names of every list of a person's transfers that one of this direction and status is in."""
    return (
        listing_key(person_no),
        listing_key(person_no, direction),
        listing_key(person_no, None, status),
        listing_key(person_no, direction, status),
    )


def listing_key(
    person_no: str, direction: TransferDirection | None = None, status: TransferStatus | None = None
) -> str:
    """Name a list of a person's transfers; None leaves a condition out."""
    return f"{person_no}:{direction or ''}:{status or ''}"


def awaiting_key(payer_no: str, payee_no: str) -> str:
    """Name a payer's transfer that waits for this payee."""
    return f"{payer_no}>{payee_no}"


def scope_of(payer_area_code: str, payee_area_code: str) -> TransferScope:
    """Tell whether two areas lie in one province (R17)."""
    same = province_code_of(payer_area_code) == province_code_of(payee_area_code)
    return TransferScope.SAME_PROVINCE if same else TransferScope.CROSS_PROVINCE


def transfer_number(transfer_id: str, now: datetime) -> str:
    """Give the number people read out: T, the Shanghai day, and 13 letters and digits of the id."""
    return document_number("T", transfer_id, now)


def require_pending(transfer: Transfer, status: TransferStatus, now: datetime) -> None:
    """Refuse with TRANSFER_EXPIRED or TRANSFER_NOT_PENDING what does not wait for that any more (R18, R21)."""
    current = transfer.as_of(now).status
    if current is TransferStatus.EXPIRED:
        raise Refused(TransferExpired(path=("transfer_id",)))
    if current is not status:
        raise Refused(TransferNotPending(path=("transfer_id",)))


def require_none_pending(pending: list[Transfer], now: datetime) -> None:
    """Refuse with PENDING_ELSEWHERE while one of these transfers waits for somebody (R11)."""
    if any(not transfer.is_due(now) for transfer in pending):
        raise Refused(PendingElsewhere())


def between(transfer: Transfer, payer_area_code: str, payee_area_code: str) -> Transfer:
    """Say between which areas the money moves: those it is judged by, which may not be those of the application."""
    return replace(transfer, payer_area_code=payer_area_code, payee_area_code=payee_area_code)


def cancel(transfer: Transfer) -> Transfer:
    """Mark the application cancelled by its payer."""
    return replace(transfer, status=TransferStatus.CANCELLED)


# ---- what moves the money -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """A transfer one step on, and what that leaves behind in the ledger."""

    transfer: Transfer
    posting: Posting = field(default_factory=Posting)


def journal_of(transfer: Transfer, source: Account, target: Wallet, now: datetime) -> Journal:
    """Write the journal that moves the money: out of the source, into the payee's wallet."""
    return Journal(
        id=transfer.id,
        at=now,
        transfer_id=transfer.id,
        legs=(
            Leg(source, EntryKind.TRANSFER_OUT, Fen(-transfer.amount)),
            Leg(target, EntryKind.TRANSFER_IN, transfer.amount),
        ),
    )


def verify(
    transfer: Transfer,
    policy: TransferPolicy,
    method: VerificationMethod,
    now: datetime,
    *,
    source: Account,
    target: Wallet,
) -> Step:
    """Take a verified transfer on: the money moves or, where the payee must accept it, is held (R18, R21)."""
    verified = replace(transfer, verified_by=method, verified_at=now)
    if policy.acceptance_required:
        waiting = replace(verified, status=TransferStatus.PENDING_ACCEPTANCE, expires_at=policy.acceptance_ends(now))
        return Step(waiting, Posting((hold(source, transfer.amount),)))
    return _complete(verified, source, target, now)


def accept(transfer: Transfer, now: datetime, *, source: Account, target: Wallet) -> Step:
    """Move what was held into the payee's wallet (R21)."""
    return _complete(transfer, release(source, transfer.amount), target, now)


def _complete(transfer: Transfer, source: Account, target: Wallet, now: datetime) -> Step:
    completed = replace(transfer, status=TransferStatus.COMPLETED, completed_at=now)
    return Step(completed, post(journal_of(transfer, source, target, now)))


def give_back(transfer: Transfer, now: datetime, *, source: Account) -> Step:
    """Let go of what was held for a transfer that the payee declined, or did not accept in time (R21).

    The money never left the balance, so the entry that tells of it is of 0.00.
    """
    leg = Leg(release(source, transfer.amount), EntryKind.TRANSFER_RETURNED, Fen(0))
    returned = replace(transfer, status=TransferStatus.RETURNED)
    return Step(returned, post(Journal(transfer.id, (leg,), now, transfer_id=transfer.id)))


def settle(transfer: Transfer, now: datetime, *, source: Account) -> Step:
    """Do what time has done: an overdue application expires, what nobody accepted goes back (R18, R21)."""
    if not transfer.is_due(now):
        return Step(transfer)
    if transfer.status is TransferStatus.PENDING_ACCEPTANCE:
        return give_back(transfer, now, source=source)
    return Step(transfer.as_of(now))
