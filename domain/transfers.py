"""Transfers and their life: applied for, then verified, cancelled or expired (R13, R17, R18)."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.credentials import VerificationMethod
from domain.dates import shanghai_date
from domain.errors import Refused, TransferExpired, TransferNotPending
from domain.kinship import Relation
from domain.ledger import Account, EntryKind, Journal, Leg
from domain.money import Fen
from domain.regions import province_code_of
from domain.wallets import Wallet


class FundSource(StrEnum):
    """Where the payer's money comes from (R13)."""

    PERSONAL_ACCOUNT = "PERSONAL_ACCOUNT"
    WALLET = "WALLET"


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
    completed_at: datetime | None = None

    @property
    def scope(self) -> TransferScope:
        """Tell whether both areas lie in one province."""
        return scope_of(self.payer_area_code, self.payee_area_code)

    @property
    def parties(self) -> tuple[str, str]:
        """Give payer and payee."""
        return self.payer_no, self.payee_no

    def as_of(self, now: datetime) -> Transfer:
        """Give the transfer as it stands now: an application past its time is EXPIRED, whoever looks (R18)."""
        if self.status is TransferStatus.PENDING_VERIFICATION and self.expires_at is not None:
            return replace(self, status=TransferStatus.EXPIRED) if now >= self.expires_at else self
        return self


def scope_of(payer_area_code: str, payee_area_code: str) -> TransferScope:
    """Tell whether two areas lie in one province (R17)."""
    same = province_code_of(payer_area_code) == province_code_of(payee_area_code)
    return TransferScope.SAME_PROVINCE if same else TransferScope.CROSS_PROVINCE


def transfer_number(transfer_id: str, now: datetime) -> str:
    """Give the number people read out: T, the Shanghai day, and 13 letters and digits of the id."""
    letters = base64.b32encode(uuid.UUID(transfer_id).bytes).decode()[:13]
    return f"T{shanghai_date(now):%Y%m%d}{letters}"


def require_pending(transfer: Transfer, now: datetime) -> None:
    """Refuse with TRANSFER_EXPIRED or TRANSFER_NOT_PENDING what cannot be verified or cancelled any more (R18)."""
    status = transfer.as_of(now).status
    if status is TransferStatus.EXPIRED:
        raise Refused(TransferExpired(path=("transfer_id",)))
    if status is not TransferStatus.PENDING_VERIFICATION:
        raise Refused(TransferNotPending(path=("transfer_id",)))


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


def between(transfer: Transfer, payer_area_code: str, payee_area_code: str) -> Transfer:
    """Say between which areas the money moves: those it is judged by, which may not be those of the application."""
    return replace(transfer, payer_area_code=payer_area_code, payee_area_code=payee_area_code)


def complete(transfer: Transfer, method: VerificationMethod, now: datetime) -> Transfer:
    """Mark the transfer verified and completed."""
    return replace(transfer, status=TransferStatus.COMPLETED, verified_by=method, completed_at=now)


def cancel(transfer: Transfer) -> Transfer:
    """Mark the application cancelled by its payer."""
    return replace(transfer, status=TransferStatus.CANCELLED)
