"""The wallet pays one's own part of a bill, at an institution where one is insured and the wallet is used (R22)."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from domain.credentials import VerificationMethod
from domain.errors import ErrorCode
from domain.institutions import WalletServiceStatus, with_service
from domain.money import Fen
from domain.paying import MedicalCase, pay_medical
from domain.payments import Payment, PaymentKind, PaymentStatus
from domain.persons import EnrolmentStatus, InsuranceScheme, Person
from domain.places import Place
from tests.domain.cases import (
    CLOSED,
    OPEN_TOO,
    PAYER,
    UNKNOWN,
    area,
    employee,
    medical_case,
    province,
    purse,
    refusing,
    resident,
    walletless,
)
from tests.factories import (
    HEFEI,
    JINAN,
    NOW,
    make_bill,
    make_charged_bill,
    make_enrolment,
    make_institution,
    make_outcome,
    make_person,
    make_wallet,
)

QINGDAO: Final = "370200"
PAYMENT_ID: Final = make_outcome().id


def pay(case: MedicalCase) -> Payment:
    """Pay, verified by password."""
    return pay_medical(case, PAYMENT_ID, VerificationMethod.PASSWORD)


# ---- who ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [employee(), resident(), resident(PAYER, HEFEI, JINAN)])
def test_whoever_is_enrolled_in_the_use_place_may_pay_there(person: Person) -> None:
    """R22: under either scheme."""
    pay(medical_case(purse(person)))


@pytest.mark.parametrize("status", [EnrolmentStatus.SUSPENDED, EnrolmentStatus.ENDED])
def test_whoever_is_no_longer_enrolled_in_the_use_place_does_not_pay_there(status: EnrolmentStatus) -> None:
    """R22: though enrolled elsewhere."""
    enrolments = [
        make_enrolment(JINAN, InsuranceScheme.EMPLOYEE, status),
        make_enrolment(HEFEI, InsuranceScheme.RESIDENT),
    ]
    with refusing(ErrorCode.NOT_ENROLLED_IN_AREA):
        pay(medical_case(purse(make_person(PAYER, enrolments=enrolments))))


def test_without_a_wallet_nothing_is_paid() -> None:
    """R22."""
    with refusing(ErrorCode.WALLET_NOT_ACTIVATED):
        pay(medical_case(walletless(purse())))


def test_whoever_has_no_wallet_is_told_of_the_bill_first() -> None:
    """Error precedence: the wallet comes after the bill's self-paid part."""
    with refusing(ErrorCode.OVER_SELF_PAID, "amount"):
        pay(medical_case(walletless(purse()), amount=3_001))


# ---- where ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["H37010000001", "P37010000001"])
@pytest.mark.parametrize("status", [WalletServiceStatus.NORMAL, WalletServiceStatus.OPEN_IDLE])
def test_a_hospital_or_pharmacy_that_accepts_the_wallet_is_paid(code: str, status: WalletServiceStatus) -> None:
    """R22."""
    institution = with_service(make_institution(code), status)
    assert pay(replace(medical_case(), institution=institution)).institution_code == code


@pytest.mark.parametrize("area_code", [QINGDAO, HEFEI, "370000"])
def test_an_institution_elsewhere_is_not_paid(area_code: str) -> None:
    """R22: nor in another city of the same province."""
    with refusing(ErrorCode.NOT_IN_USE_PLACE, "institution_code"):
        pay(replace(medical_case(), institution=make_institution(area_code=area_code)))


def test_an_institution_where_one_is_enrolled_is_not_paid_unless_it_is_the_use_place() -> None:
    """R22."""
    enrolled_in_both = purse(resident(PAYER, JINAN, HEFEI))
    with refusing(ErrorCode.NOT_IN_USE_PLACE, "institution_code"):
        pay(replace(medical_case(enrolled_in_both), institution=make_institution(area_code=HEFEI)))


def test_in_a_changed_use_place_its_institutions_are_paid() -> None:
    """R11, R22."""
    moved = purse(resident(PAYER, HEFEI), make_wallet(balance=50_000, use_area_code=HEFEI), use_place=OPEN_TOO)
    pay(replace(medical_case(moved), institution=make_institution(area_code=HEFEI)))


@pytest.mark.parametrize(
    ("place", "code"), [(CLOSED, ErrorCode.REGION_NOT_OPEN), (UNKNOWN, ErrorCode.REGION_STATUS_UNKNOWN)]
)
def test_in_an_area_that_is_not_open_nothing_is_paid(place: Place, code: ErrorCode) -> None:
    """R3, R22."""
    with refusing(code):
        pay(medical_case(purse(use_place=place)))


def test_the_use_place_is_judged_on_the_day_in_shanghai() -> None:
    """R4, R22: 2025-06-01 begins there at 16:00 UTC."""
    case = medical_case(purse(use_place=Place(area("open 2025-06-01"), province())))
    first_moment = NOW.replace(month=5, day=31, hour=16, minute=0, second=0, microsecond=0)
    pay(replace(case, now=first_moment))
    with refusing(ErrorCode.REGION_NOT_OPEN):
        pay(replace(case, now=first_moment - timedelta(milliseconds=1)))


# ---- how much -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [1, 2_999, 3_000])
def test_the_self_paid_part_or_some_of_it_is_paid(amount: int) -> None:
    """R22."""
    assert pay(medical_case(amount=amount)).amount == amount


def test_what_the_fund_pays_is_never_charged() -> None:
    """R22."""
    with refusing(ErrorCode.OVER_SELF_PAID, "amount"):
        pay(medical_case(amount=3_001))


def test_a_bill_that_the_fund_pays_in_full_is_not_charged() -> None:
    """R22."""
    with refusing(ErrorCode.OVER_SELF_PAID, "amount"):
        pay(replace(medical_case(amount=1), bill=make_bill(fund_paid=10_000)))


def test_what_others_paid_towards_the_bill_is_not_charged_again() -> None:
    """R22."""
    pay(replace(medical_case(amount=2_000), charged=make_charged_bill(1_000)))
    with refusing(ErrorCode.OVER_SELF_PAID, "amount"):
        pay(replace(medical_case(amount=2_001), charged=make_charged_bill(1_000)))


def test_all_that_is_available_may_be_paid_and_what_is_held_may_not() -> None:
    """R22."""
    paying = purse(wallet=make_wallet(balance=1_000, held=300))
    pay(medical_case(paying, amount=700))
    with refusing(ErrorCode.INSUFFICIENT_BALANCE, "amount"):
        pay(medical_case(paying, amount=701))


# ---- what is made of it ---------------------------------------------------------------------------------------------


def test_a_payment_is_what_was_asked_for() -> None:
    """R22."""
    payment = pay(medical_case(amount=1_234))
    assert (payment.id, payment.payer_no, payment.kind) == (PAYMENT_ID, PAYER, PaymentKind.MEDICAL)
    assert (payment.amount, payment.bill, payment.premium_id) == (Fen(1_234), make_bill(), None)


@pytest.mark.parametrize("method", VerificationMethod)
def test_a_payment_says_when_it_was_made_and_how_it_was_verified(method: VerificationMethod) -> None:
    """R22."""
    payment = pay_medical(medical_case(), PAYMENT_ID, method)
    assert (payment.created_at, payment.verified_by) == (NOW, method)
    assert payment.number.startswith("P20250508")


def test_nothing_of_a_new_payment_came_back() -> None:
    """R25."""
    assert pay(medical_case()).status is PaymentStatus.COMPLETED


def test_paying_again_in_a_retry_makes_the_same_payment() -> None:
    """R20: work may be run again."""
    assert pay(medical_case()) == pay(medical_case())
