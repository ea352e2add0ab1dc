"""Payments out of a wallet, at institutions and for premiums, and their refunds (R22, R23, R25)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.credentials import VerificationMethod
from domain.errors import (
    BillDiffers,
    BillNumberMalformed,
    BillUnbalanced,
    InvalidAmount,
    OverRefund,
    OverSelfPaid,
    PremiumAlreadyPaid,
    Refused,
)
from domain.ledger import EntryKind, Journal, Leg
from domain.money import Fen
from domain.numbers import document_number
from domain.wallets import Wallet

_BILL_NUMBER: Final = re.compile(r"[!-~]{1,64}")


class PaymentKind(StrEnum):
    """What a wallet pays for; no other use exists (R25)."""

    MEDICAL = "MEDICAL"
    PREMIUM = "PREMIUM"


class PaymentStatus(StrEnum):
    """How much of a payment came back."""

    COMPLETED = "COMPLETED"
    PARTLY_REFUNDED = "PARTLY_REFUNDED"
    REFUNDED = "REFUNDED"


# ---- bills --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MedicalBill:
    """What a visit costs, in fen: the part the fund pays is never charged to a wallet (R22)."""

    number: str
    total: Fen
    fund_paid: Fen
    self_paid: Fen


@dataclass(frozen=True, slots=True)
class ChargedBill:
    """A bill that wallets paid towards: `charged` of its self-paid part, refunds taken off, in fen."""

    institution_code: str
    number: str
    total: Fen
    fund_paid: Fen
    self_paid: Fen
    charged: Fen

    @property
    def id(self) -> str:
        """Identify the bill by institution and number."""
        return bill_id(self.institution_code, self.number)

    @property
    def bill(self) -> MedicalBill:
        """Give the bill itself."""
        return MedicalBill(self.number, self.total, self.fund_paid, self.self_paid)


def bill_id(institution_code: str, number: str) -> str:
    """Name the bill of that number of an institution."""
    return f"{institution_code}:{number}"


def require_bill(bill: MedicalBill, *path: str) -> MedicalBill:
    """Refuse with INVALID_INPUT or INVALID_AMOUNT a bill that does not add up (R22)."""
    if not _BILL_NUMBER.fullmatch(bill.number):
        raise Refused(BillNumberMalformed(path=(*path, "number")))
    for name in ("fund_paid", "self_paid"):
        if getattr(bill, name) < 0:
            raise Refused(InvalidAmount(path=(*path, name)))
    if bill.total < 1:
        raise Refused(InvalidAmount(path=(*path, "total")))
    if bill.total != bill.fund_paid + bill.self_paid:
        raise Refused(BillUnbalanced(path=path))
    return bill


def require_same_bill(known: ChargedBill | None, bill: MedicalBill) -> None:
    """Refuse with CONFLICT a number that belongs to a bill with other figures (R22).

    A bill of which all was refunded binds nobody: it may have been mistyped.
    """
    if known is not None and known.charged > 0 and known.bill != bill:
        raise Refused(BillDiffers(path=("bill", "number")))


def require_within_self_paid(known: ChargedBill | None, bill: MedicalBill, amount: Fen) -> None:
    """Refuse with OVER_SELF_PAID more than is left of the bill's self-paid part (R22)."""
    left = Fen(bill.self_paid - (known.charged if known is not None else 0))
    if amount > left:
        raise Refused(OverSelfPaid(path=("amount",), left=left))


def charge(known: ChargedBill | None, institution_code: str, bill: MedicalBill, amount: Fen) -> ChargedBill:
    """Charge an amount to a bill, or give it back with a negative one."""
    charged = Fen((known.charged if known is not None else 0) + amount)
    return ChargedBill(institution_code, bill.number, bill.total, bill.fund_paid, bill.self_paid, charged)


# ---- payments -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that left a wallet, in fen: to an institution for a bill, or for an area's premium."""

    id: str
    number: str
    payer_no: str
    kind: PaymentKind
    amount: Fen
    refunded_amount: Fen
    created_at: datetime
    verified_by: VerificationMethod
    institution_code: str | None = None
    bill: MedicalBill | None = None
    premium_id: str | None = None

    @property
    def status(self) -> PaymentStatus:
        """Tell how much of it came back."""
        if self.refunded_amount == 0:
            return PaymentStatus.COMPLETED
        return PaymentStatus.REFUNDED if self.refundable == 0 else PaymentStatus.PARTLY_REFUNDED

    @property
    def refundable(self) -> Fen:
        """Give what can still be refunded, in fen."""
        return Fen(self.amount - self.refunded_amount)

    @property
    def bill_id(self) -> str | None:
        """Name the bill it paid towards."""
        if self.institution_code is None or self.bill is None:
            return None
        return bill_id(self.institution_code, self.bill.number)

    @property
    def premium_claim(self) -> str | None:
        """Name person, area and year until all is refunded; unique: a premium is paid once (R23)."""
        if self.premium_id is None or self.status is PaymentStatus.REFUNDED:
            return None
        return premium_claim(self.payer_no, self.premium_id)

    @property
    def receiver(self) -> str:
        """Name the account that has entries only and that the money went to."""
        if self.institution_code is not None:
            return f"institution:{self.institution_code}"
        return f"premium:{self.premium_id}"


def premium_claim(payer_no: str, premium: str) -> str:
    """Name a person's payment of one area's and year's premium."""
    return f"{payer_no}:{premium}"


def require_unpaid(*, paid: bool) -> None:
    """Refuse with PREMIUM_ALREADY_PAID a second payment of one premium, unless the first was fully refunded (R23)."""
    if paid:
        raise Refused(PremiumAlreadyPaid())


def payment_number(payment_id: str, now: datetime) -> str:
    """Give the number people read out."""
    return document_number("P", payment_id, now)


ENTRY_KINDS: Final = {
    PaymentKind.MEDICAL: EntryKind.MEDICAL_PAYMENT,
    PaymentKind.PREMIUM: EntryKind.PREMIUM_PAYMENT,
}
"""What the entries of each kind of payment are."""


def payment_journal(payment: Payment, wallet: Wallet) -> Journal:
    """Write the journal that takes the money out of the wallet."""
    kind = ENTRY_KINDS[payment.kind]
    legs = (Leg(wallet, kind, Fen(-payment.amount)), Leg(payment.receiver, kind, payment.amount))
    return Journal(payment.id, legs, payment.created_at, payment_id=payment.id)


# ---- refunds ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refund:
    """Money of a payment that went back to the wallet that paid, in fen, and why (R25)."""

    id: str
    payment_id: str
    amount: Fen
    reason: str = field(repr=False)
    refunded_by: str
    at: datetime


def require_refundable(payment: Payment, amount: Fen) -> None:
    """Refuse with OVER_REFUND more than is left of what was paid (R25)."""
    if amount > payment.refundable:
        raise Refused(OverRefund(path=("amount",), left=payment.refundable))


def refunded(payment: Payment, amount: Fen) -> Payment:
    """Take note of what went back."""
    return replace(payment, refunded_amount=Fen(payment.refunded_amount + amount))


def refund_journal(refund: Refund, payment: Payment, wallet: Wallet) -> Journal:
    """Write the journal that gives the money back."""
    legs = (
        Leg(payment.receiver, EntryKind.REFUND, Fen(-refund.amount)),
        Leg(wallet, EntryKind.REFUND, refund.amount),
    )
    return Journal(refund.id, legs, refund.at, payment_id=payment.id)
