"""The wallet pays one's own resident contribution, where one is enrolled, as its agency published it (R23)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest

from domain.credentials import VerificationMethod
from domain.errors import ErrorCode
from domain.money import Fen
from domain.paying import PremiumCase, pay_premium
from domain.payments import Payment, PaymentKind, PaymentStatus
from domain.persons import EnrolmentStatus, InsuranceScheme, Person
from domain.places import Place
from tests.domain.cases import (
    CLOSED,
    OPEN,
    OPEN_TOO,
    PAYER,
    UNKNOWN,
    employee,
    premium_case,
    purse,
    refusing,
    resident,
    walletless,
)
from tests.factories import (
    HEFEI,
    JINAN,
    NOW,
    make_enrolment,
    make_outcome,
    make_person,
    make_premium,
    make_wallet,
)

PAYMENT_ID: Final = make_outcome().id
BOTH: Final = make_person(
    PAYER,
    enrolments=[
        make_enrolment(JINAN, InsuranceScheme.EMPLOYEE),
        make_enrolment(HEFEI, InsuranceScheme.RESIDENT),
    ],
)


def pay(case: PremiumCase) -> Payment:
    """Pay, verified by password."""
    return pay_premium(case, PAYMENT_ID, VerificationMethod.PASSWORD)


def windowed(opens_on: date, closes_on: date, now: datetime) -> PremiumCase:
    """Judge a premium with that window at that moment."""
    premium = replace(make_premium(), opens_on=opens_on, closes_on=closes_on)
    return replace(premium_case(), premium=premium, now=now)


# ---- whose, and where -----------------------------------------------------------------------------------------------


def test_a_residents_premium_is_paid_where_the_resident_is_enrolled() -> None:
    """R23: which need not be the use place."""
    payment = pay(premium_case(purse(resident(PAYER, HEFEI)), place=OPEN_TOO))
    assert payment.premium_id == make_premium(HEFEI).id


def test_whoever_is_both_pays_the_premium_where_he_or_she_is_a_resident() -> None:
    """R23."""
    pay(premium_case(purse(BOTH), place=OPEN_TOO))


def test_whoever_is_an_employee_there_and_a_resident_elsewhere_does_not_pay_there() -> None:
    """R23."""
    with refusing(ErrorCode.NOT_RESIDENT_INSURED, "area_code"):
        pay(premium_case(purse(BOTH), place=OPEN))


@pytest.mark.parametrize("place", [OPEN, OPEN_TOO])
def test_an_employee_pays_no_premium_anywhere(place: Place) -> None:
    """R23."""
    with refusing(ErrorCode.NOT_RESIDENT_INSURED, "area_code"):
        pay(premium_case(purse(employee()), place=place))


def test_a_premium_of_an_area_in_which_a_resident_is_not_enrolled_is_not_paid() -> None:
    """R23."""
    with refusing(ErrorCode.NOT_ENROLLED_IN_AREA, "area_code"):
        pay(premium_case(purse(resident(PAYER, HEFEI)), place=OPEN))


@pytest.mark.parametrize("status", [EnrolmentStatus.SUSPENDED, EnrolmentStatus.ENDED])
def test_a_resident_no_more_pays_no_premium(status: EnrolmentStatus) -> None:
    """R23: though an employee."""
    person = make_person(
        PAYER,
        enrolments=[
            make_enrolment(JINAN, InsuranceScheme.RESIDENT, status),
            make_enrolment(JINAN, InsuranceScheme.EMPLOYEE),
        ],
    )
    with refusing(ErrorCode.NOT_RESIDENT_INSURED, "area_code"):
        pay(premium_case(purse(person)))


@pytest.mark.parametrize(
    ("place", "code"), [(CLOSED, ErrorCode.REGION_NOT_OPEN), (UNKNOWN, ErrorCode.REGION_STATUS_UNKNOWN)]
)
def test_in_an_area_that_is_not_open_no_premium_is_paid(place: Place, code: ErrorCode) -> None:
    """R3, R23: neither the premium's nor the wallet's."""
    person: Person = resident(PAYER, place.area.code)
    with refusing(code, "area_code"):
        pay(premium_case(purse(person), place=place))
    with refusing(code):
        pay(premium_case(purse(use_place=place)))


def test_without_a_wallet_no_premium_is_paid() -> None:
    """R23."""
    with refusing(ErrorCode.WALLET_NOT_ACTIVATED):
        pay(premium_case(walletless(purse())))


def test_whoever_has_no_wallet_is_told_of_the_premium_first() -> None:
    """Error precedence: the wallet comes after it."""
    with refusing(ErrorCode.PREMIUM_ALREADY_PAID):
        pay(replace(premium_case(walletless(purse())), paid=True))


# ---- when -----------------------------------------------------------------------------------------------------------


def test_a_premium_is_paid_from_the_first_moment_of_its_window_in_shanghai() -> None:
    """R23: 2025-06-01 begins there at 16:00 UTC."""
    first_moment = datetime(2025, 5, 31, 16, 0, tzinfo=UTC)
    window = date(2025, 6, 1), date(2025, 6, 30)
    pay(windowed(*window, first_moment))
    with refusing(ErrorCode.PREMIUM_WINDOW_CLOSED):
        pay(windowed(*window, first_moment - timedelta(milliseconds=1)))


def test_a_premium_is_paid_until_the_last_moment_of_its_window_in_shanghai() -> None:
    """R23: 2025-12-31 ends there at 16:00 UTC."""
    end = datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
    window = date(2025, 9, 1), date(2025, 12, 31)
    pay(windowed(*window, end - timedelta(milliseconds=1)))
    with refusing(ErrorCode.PREMIUM_WINDOW_CLOSED):
        pay(windowed(*window, end))


def test_a_premium_of_next_year_is_paid_as_soon_as_its_window_is_open() -> None:
    """R23."""
    premium = replace(make_premium(year=2026), opens_on=date(2025, 5, 8))
    assert pay(replace(premium_case(), premium=premium)).premium_id == "370100:2026"


# ---- how much -------------------------------------------------------------------------------------------------------


def test_a_premium_costs_what_was_published() -> None:
    """R23."""
    case = replace(premium_case(), premium=make_premium(amount=38_000))
    assert (case.amount, pay(case).amount) == (38_000, 38_000)


def test_a_premium_is_paid_out_of_what_is_available() -> None:
    """R23."""
    pay(premium_case(purse(wallet=make_wallet(balance=42_300, held=300))))
    with refusing(ErrorCode.INSUFFICIENT_BALANCE):
        pay(premium_case(purse(wallet=make_wallet(balance=42_300, held=301))))


# ---- what is made of it ---------------------------------------------------------------------------------------------


def test_a_payment_is_of_the_premium_asked_for() -> None:
    """R23."""
    payment = pay(premium_case())
    assert (payment.id, payment.payer_no, payment.kind) == (PAYMENT_ID, PAYER, PaymentKind.PREMIUM)
    assert (payment.premium_id, payment.amount) == (make_premium().id, Fen(42_000))
    assert (payment.institution_code, payment.bill) == (None, None)


@pytest.mark.parametrize("method", VerificationMethod)
def test_a_payment_says_when_it_was_made_and_how_it_was_verified(method: VerificationMethod) -> None:
    """R23."""
    payment = pay_premium(premium_case(), PAYMENT_ID, method)
    assert (payment.created_at, payment.verified_by, payment.status) == (NOW, method, PaymentStatus.COMPLETED)


def test_a_payment_claims_the_premium() -> None:
    """R23: once per person, area and year."""
    assert pay(premium_case()).premium_claim == f"{PAYER}:{make_premium().id}"


def test_paying_again_in_a_retry_makes_the_same_payment() -> None:
    """R20: work may be run again."""
    assert pay(premium_case()) == pay(premium_case())
