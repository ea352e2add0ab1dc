"""What the domain's tests share: refusals, facts, and a transfer case that every rule holds for."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Final

import pytest

from domain.eligibility import preview
from domain.errors import ErrorCode, Refused
from domain.kinship import Kinship, Relation, revoke
from domain.money import Fen
from domain.paying import MedicalCase, PremiumCase, Purse
from domain.persons import Enrolment, EnrolmentStatus, InsuranceScheme, Person
from domain.places import Place
from domain.policies import ARTICLE, TransferPolicy, Usage
from domain.regions import Opening, OpeningFact, Region
from domain.transfer_cases import Side, TransferCase
from domain.transfers import FundSource
from domain.wallets import Wallet, WalletStatus
from tests.factories import (
    HEFEI,
    JINAN,
    NOW,
    TODAY,
    make_bill,
    make_enrolment,
    make_institution,
    make_kinship,
    make_person,
    make_personal_account,
    make_premium,
    make_region,
    make_wallet,
)


@contextmanager
def refusing(code: ErrorCode, *path: str) -> Iterator[None]:
    """Demand that the block is refused with that code, at that argument."""
    with pytest.raises(Refused) as caught:
        yield
    assert (caught.value.refusal.code, caught.value.refusal.path) == (code, path)


# ---- regions ------------------------------------------------------------------------------------------------------

SHANDONG: Final = "370000"
ANHUI: Final = "340000"

_STATES: Final = {"open": Opening.OPEN, "closed": Opening.CLOSED, "announced": Opening.ANNOUNCED}


def facts(*states: str) -> tuple[OpeningFact, ...]:
    """Give facts in the order of their days, each in a word: `open`, or `closed 2025-06-01` if not of TODAY."""
    split = (state.partition(" ") for state in states)
    return tuple(OpeningFact(date.fromisoformat(day) if day else TODAY, _STATES[state]) for state, _, day in split)


def province(*states: str, code: str = SHANDONG, full_name: str = "山东省") -> Region:
    """Make a province with these facts."""
    return make_region(code, full_name, openings=facts(*states))


def area(*states: str, code: str = JINAN, full_name: str = "济南市") -> Region:
    """Make a pooling area with these facts."""
    return make_region(code, full_name, openings=facts(*states))


# ---- transfers ----------------------------------------------------------------------------------------------------

PAYER: Final = "P0001"
PAYEE: Final = "P0002"

OPEN: Final = Place(area("open"), province("open"))
OPEN_TOO: Final = Place(area("open", code=HEFEI, full_name="合肥市"), province(code=ANHUI, full_name="安徽省"))
CLOSED: Final = Place(area("closed"), province("open"))
UNKNOWN: Final = Place(
    area(code="210100", full_name="沈阳市"), province("announced", code="210000", full_name="辽宁省")
)


def employee(person_no: str = PAYER) -> Person:
    """Make a person with an employee enrolment and therefore a personal account."""
    return make_person(person_no)


def resident(person_no: str = PAYER, *area_codes: str) -> Person:
    """Make a person with resident enrolments only, which give no personal account."""
    codes = area_codes or (JINAN,)
    return make_person(person_no, enrolments=[make_enrolment(code, InsuranceScheme.RESIDENT) for code in codes])


def lapsed(person_no: str = PAYER) -> Person:
    """Make a person whose only enrolment has ended."""
    return make_person(person_no, enrolments=[ended()])


def ended(scheme: InsuranceScheme = InsuranceScheme.EMPLOYEE) -> Enrolment:
    """Make an enrolment that has ended."""
    return make_enrolment(JINAN, scheme, EnrolmentStatus.ENDED)


def frozen(wallet: Wallet) -> Wallet:
    """Freeze a wallet."""
    return replace(wallet, status=WalletStatus.FROZEN)


def revoked(tie: Kinship) -> Kinship:
    """Revoke a tie."""
    return revoke(tie, "agency:济南市", NOW)


def payer_side(
    person: Person | None = None,
    wallet: Wallet | None = None,
    *,
    places: Iterable[Place] = (OPEN,),
    balance: int = 500_000,
    account_place: Place = OPEN,
) -> Side:
    """Make the payer's side: an employee with a wallet, and a personal account of that balance in fen."""
    return Side(
        person or employee(),
        wallet or make_wallet(balance=20_000),
        tuple(places),
        make_personal_account(balance=balance),
        account_place,
    )


def payee_side(
    person: Person | None = None, wallet: Wallet | None = None, *, places: Iterable[Place] = (OPEN_TOO,)
) -> Side:
    """Make the payee's side: a resident with a wallet in another province."""
    return Side(person or resident(PAYEE, HEFEI), wallet or make_wallet(PAYEE, use_area_code=HEFEI), tuple(places))


def without_wallet(side: Side) -> Side:
    """Take the wallet away."""
    return replace(side, wallet=None)


def without_account(side: Side) -> Side:
    """Take the personal account away, as of one who never was an employee."""
    return replace(side, account=None, account_place=None)


def transfer_case(
    *,
    payer: Side | None = None,
    payee: Side | None = None,
    tie: Kinship | None = None,
    relation: Relation = Relation.SPOUSE,
    source: FundSource = FundSource.PERSONAL_ACCOUNT,
    amount: int = 10_000,
) -> TransferCase:
    """Make a case in which 100.00 may go from the personal account to the spouse; then break what the test is about."""
    return TransferCase(
        payer or payer_side(),
        payee or payee_side(),
        tie or make_kinship(PAYER, PAYEE, Relation.SPOUSE),
        relation,
        source,
        Fen(amount),
        ARTICLE,
        Usage(),
        NOW,
    )


def from_wallet(case: TransferCase) -> TransferCase:
    """Pay from the wallet instead."""
    return replace(case, source=FundSource.WALLET)


def under(
    case: TransferCase, policy: TransferPolicy, now: datetime = NOW, *, verified_today: int = 0, awaiting: bool = False
) -> TransferCase:
    """Judge it under another policy, at another moment, with that much used of the limits."""
    return replace(case, policy=policy, now=now, usage=Usage(verified_today, awaiting=awaiting))


def to_nobody(case: TransferCase) -> TransferCase:
    """Give a name and ID number that belong to nobody: then there is no tie either."""
    return replace(case, payee=None, tie=None)


def without_tie(case: TransferCase) -> TransferCase:
    """Give a payee who is no declared relative."""
    return replace(case, tie=None)


def codes(case: TransferCase) -> list[tuple[ErrorCode, bool]]:
    """Give what a preview says of each rule, in order."""
    return [(check.code, check.passed) for check in preview(case).checks]


# ---- payments -----------------------------------------------------------------------------------------------------


def purse(person: Person | None = None, wallet: Wallet | None = None, *, use_place: Place = OPEN) -> Purse:
    """Make the purse of a resident whose wallet holds 500.00."""
    return Purse(person or resident(), wallet or make_wallet(balance=50_000), use_place)


def walletless(paying: Purse) -> Purse:
    """Take the wallet away, and with it the use place."""
    return replace(paying, wallet=None, use_place=None)


def medical_case(paying: Purse | None = None, *, amount: int = 3_000) -> MedicalCase:
    """Make a case in which all of a bill's self-paid part may be paid at a hospital; then break what it is about."""
    return MedicalCase(paying or purse(), make_institution(), make_bill(), None, Fen(amount), NOW)


def premium_case(paying: Purse | None = None, *, place: Place = OPEN) -> PremiumCase:
    """Make a case in which a resident may pay the year's premium of that area; then break what the test is about."""
    return PremiumCase(paying or purse(), place, make_premium(place.area.code), paid=False, now=NOW)
