"""May this payment be made? The rules of medical payments and of premiums, in the order of precedence (R22, R23).

A rule that has nothing to go by yet, because there is no wallet, leaves the refusal to the one that demands a wallet.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from domain.credentials import VerificationMethod
from domain.dates import shanghai_date
from domain.errors import NotEnrolledInArea, NotEnrolledInUsePlace, NotInUsePlace, NotResidentInsured, Refused
from domain.institutions import Institution, require_accepts_wallet, require_designated
from domain.ledger import require_available
from domain.money import Fen
from domain.payments import (
    ChargedBill,
    MedicalBill,
    Payment,
    PaymentKind,
    payment_number,
    require_same_bill,
    require_unpaid,
    require_within_self_paid,
)
from domain.persons import InsuranceScheme, Person, require_enrolled, require_registered
from domain.places import CannotJudge, Place, existing, require_a_place_open
from domain.premiums import Premium, require_open_window, require_published
from domain.wallets import Wallet, require_activated, require_not_frozen


@dataclass(frozen=True, slots=True)
class Purse:
    """Who pays: the person if the agency has registered him or her, the wallet, and the wallet's use place."""

    person: Person | None
    wallet: Wallet | None
    use_place: Place | None


@dataclass(frozen=True, slots=True)
class MedicalCase:
    """All that is needed to decide on a medical payment (R22); no institution where the code is nobody's."""

    purse: Purse
    institution: Institution | None
    bill: MedicalBill
    charged: ChargedBill | None
    amount: Fen
    now: datetime


@dataclass(frozen=True, slots=True)
class PremiumCase:
    """All that is needed to decide on a premium (R23); `paid` tells of a payment that was not fully refunded."""

    purse: Purse
    place: Place
    premium: Premium | None
    paid: bool
    now: datetime

    @property
    def amount(self) -> Fen:
        """Give what is to be paid; CannotJudge where nothing is published."""
        return existing(self.premium).amount


Case = TypeVar("Case", MedicalCase, PremiumCase)


# ---- rules that both have -----------------------------------------------------------------------------------------


def _enrolled(case: MedicalCase | PremiumCase) -> None:
    require_enrolled(require_registered(case.purse.person))


def _use_place_open(case: MedicalCase | PremiumCase) -> None:
    require_a_place_open((existing(case.purse.use_place),), shanghai_date(case.now))


def _activated(case: MedicalCase | PremiumCase) -> None:
    require_activated(case.purse.wallet)


def _not_frozen(case: MedicalCase | PremiumCase) -> None:
    require_not_frozen(existing(case.purse.wallet))


def _balance_suffices(case: MedicalCase | PremiumCase) -> None:
    path = ("amount",) if isinstance(case, MedicalCase) else ()
    require_available(existing(case.purse.wallet), case.amount, *path)


# ---- medical payments ---------------------------------------------------------------------------------------------


def _same_bill(case: MedicalCase) -> None:
    require_same_bill(case.charged, case.bill)


def _enrolled_in_use_place(case: MedicalCase) -> None:
    if not existing(case.purse.person).is_enrolled_in(existing(case.purse.wallet).use_area_code):
        raise Refused(NotEnrolledInUsePlace())


def _designated(case: MedicalCase) -> None:
    require_designated(case.institution)


def _accepts_wallet(case: MedicalCase) -> None:
    require_accepts_wallet(existing(case.institution))


def _in_use_place(case: MedicalCase) -> None:
    if existing(case.institution).area_code != existing(case.purse.wallet).use_area_code:
        raise Refused(NotInUsePlace(path=("institution_code",)))


def _within_self_paid(case: MedicalCase) -> None:
    require_within_self_paid(case.charged, case.bill, case.amount)


MEDICAL_RULES: Final[tuple[Callable[[MedicalCase], None], ...]] = (
    _same_bill,
    _enrolled,
    _enrolled_in_use_place,
    _use_place_open,
    _designated,
    _accepts_wallet,
    _in_use_place,
    _within_self_paid,
    _activated,
    _not_frozen,
    _balance_suffices,
)


# ---- premiums -----------------------------------------------------------------------------------------------------


def _resident_insured(case: PremiumCase) -> None:
    residences = [
        enrolment.area_code
        for enrolment in existing(case.purse.person).active_enrolments()
        if enrolment.scheme is InsuranceScheme.RESIDENT
    ]
    code = case.place.area.code
    if not residences or (code not in residences and existing(case.purse.person).is_enrolled_in(code)):
        raise Refused(NotResidentInsured(path=("area_code",)))
    if code not in residences:
        raise Refused(NotEnrolledInArea(path=("area_code",)))


def _area_open(case: PremiumCase) -> None:
    require_a_place_open((case.place,), shanghai_date(case.now), "area_code")


def _published(case: PremiumCase) -> None:
    require_published(case.premium)


def _window_open(case: PremiumCase) -> None:
    require_open_window(existing(case.premium), shanghai_date(case.now))


def _unpaid(case: PremiumCase) -> None:
    require_unpaid(paid=case.paid)


PREMIUM_RULES: Final[tuple[Callable[[PremiumCase], None], ...]] = (
    _enrolled,
    _resident_insured,
    _area_open,
    _use_place_open,
    _published,
    _window_open,
    _unpaid,
    _activated,
    _not_frozen,
    _balance_suffices,
)


# ---- deciding -----------------------------------------------------------------------------------------------------


def _require_all(rules: tuple[Callable[[Case], None], ...], case: Case) -> None:
    for rule in rules:
        with suppress(CannotJudge):
            rule(case)


def pay_medical(case: MedicalCase, payment_id: str, method: VerificationMethod) -> Payment:
    """Make a medical payment out of a case, or refuse with the first rule that does not hold (R22)."""
    _require_all(MEDICAL_RULES, case)
    return Payment(
        id=payment_id,
        number=payment_number(payment_id, case.now),
        payer_no=existing(case.purse.person).person_no,
        kind=PaymentKind.MEDICAL,
        amount=case.amount,
        refunded_amount=Fen(0),
        created_at=case.now,
        verified_by=method,
        institution_code=require_designated(case.institution).code,
        bill=case.bill,
    )


def pay_premium(case: PremiumCase, payment_id: str, method: VerificationMethod) -> Payment:
    """Make a premium payment out of a case, or refuse with the first rule that does not hold (R23)."""
    _require_all(PREMIUM_RULES, case)
    return Payment(
        id=payment_id,
        number=payment_number(payment_id, case.now),
        payer_no=existing(case.purse.person).person_no,
        kind=PaymentKind.PREMIUM,
        amount=case.amount,
        refunded_amount=Fen(0),
        created_at=case.now,
        verified_by=method,
        premium_id=require_published(case.premium).id,
    )
