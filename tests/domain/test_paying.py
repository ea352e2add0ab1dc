"""May this payment be made? Each rule says no in its turn, and of several the first is reported (R22, R23)."""

from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import pairwise
from typing import Final, TypeVar

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.credentials import VerificationMethod
from domain.errors import ErrorCode, Refused
from domain.institutions import Institution, WalletServiceStatus, with_service
from domain.money import Fen
from domain.paying import MEDICAL_RULES, PREMIUM_RULES, MedicalCase, PremiumCase, Purse, pay_medical, pay_premium
from domain.payments import Payment
from domain.persons import Person
from domain.places import CannotJudge
from domain.wallets import Wallet
from tests.domain.broken import Broken, broken_case, named
from tests.domain.cases import (
    CLOSED,
    PAYER,
    employee,
    frozen,
    lapsed,
    medical_case,
    premium_case,
    refusing,
    resident,
    walletless,
)
from tests.factories import HEFEI, TODAY, make_bill, make_charged_bill, make_outcome

Case = TypeVar("Case", MedicalCase, PremiumCase)


def of_purse(case: Case, change: Callable[[Purse], Purse]) -> Case:
    """Change who pays."""
    return replace(case, purse=change(case.purse))


def of_person(case: Case, person: Person) -> Case:
    """Let somebody with other enrolments pay."""
    return of_purse(case, lambda purse: replace(purse, person=person))


def of_wallet(case: Case, change: Callable[[Wallet], Wallet]) -> Case:
    """Change the wallet, where there is one."""
    return of_purse(
        case, lambda purse: replace(purse, wallet=change(purse.wallet) if purse.wallet is not None else None)
    )


def of_institution(case: MedicalCase, change: Callable[[Institution], Institution]) -> MedicalCase:
    """Change the institution, where there is one."""
    return replace(case, institution=change(case.institution) if case.institution is not None else None)


# ---- what breaks a rule ---------------------------------------------------------------------------------------------


def by_another_bill(case: MedicalCase) -> MedicalCase:
    """Let the number belong to a bill with other figures."""
    return replace(case, charged=make_charged_bill(1, make_bill(total=20_000)))


def by_lapsing(case: Case) -> Case:
    """End the only enrolment."""
    return of_person(case, lapsed(PAYER))


def by_moving(case: Case) -> Case:
    """Enrol the person elsewhere only."""
    return of_person(case, resident(PAYER, HEFEI))


def by_employment(case: PremiumCase) -> PremiumCase:
    """Enrol the person there as an employee only."""
    return of_person(case, employee(PAYER))


def by_closed_use_place(case: Case) -> Case:
    """Close the wallet's use place."""
    return of_purse(case, lambda purse: replace(purse, use_place=CLOSED))


def by_closed_area(case: PremiumCase) -> PremiumCase:
    """Close the area of the premium."""
    return replace(case, place=CLOSED)


def by_unknown_institution(case: MedicalCase) -> MedicalCase:
    """Give a code that is nobody's."""
    return replace(case, institution=None)


def by_service_not_open(case: MedicalCase) -> MedicalCase:
    """Let the institution not accept the wallet."""
    return of_institution(case, lambda known: with_service(known, WalletServiceStatus.NOT_OPEN))


def by_distance(case: MedicalCase) -> MedicalCase:
    """Move the institution elsewhere."""
    return of_institution(case, lambda known: replace(known, area_code=HEFEI))


def by_charging_the_fund(case: MedicalCase) -> MedicalCase:
    """Charge a fen of what the fund pays."""
    return replace(case, amount=Fen(case.bill.self_paid + 1))


def by_silence(case: PremiumCase) -> PremiumCase:
    """Publish nothing."""
    return replace(case, premium=None)


def by_lateness(case: PremiumCase) -> PremiumCase:
    """Close the window the day before, where one is published."""
    closes_on = TODAY.replace(day=TODAY.day - 1)
    return replace(case, premium=replace(case.premium, closes_on=closes_on) if case.premium is not None else None)


def by_paying_twice(case: PremiumCase) -> PremiumCase:
    """Let the premium be paid already."""
    return replace(case, paid=True)


def by_lack_of_a_wallet(case: Case) -> Case:
    """Activate no wallet."""
    return of_purse(case, walletless)


def by_freezing(case: Case) -> Case:
    """Freeze the wallet, where there is one."""
    return of_wallet(case, frozen)


def by_poverty(case: Case) -> Case:
    """Leave a fen in the wallet, where there is one."""
    return of_wallet(case, lambda wallet: replace(wallet, balance=Fen(1)))


MEDICAL: Final[tuple[Broken[MedicalCase], ...]] = (
    Broken(ErrorCode.CONFLICT, ("bill", "number"), by_another_bill),
    Broken(ErrorCode.NOT_ENROLLED, (), by_lapsing),
    Broken(ErrorCode.NOT_ENROLLED_IN_AREA, (), by_moving, of_use_place=True),
    Broken(ErrorCode.REGION_NOT_OPEN, (), by_closed_use_place, of_use_place=True),
    Broken(ErrorCode.INSTITUTION_NOT_DESIGNATED, ("institution_code",), by_unknown_institution),
    Broken(ErrorCode.WALLET_NOT_ACCEPTED, ("institution_code",), by_service_not_open),
    Broken(ErrorCode.NOT_IN_USE_PLACE, ("institution_code",), by_distance, of_use_place=True),
    Broken(ErrorCode.OVER_SELF_PAID, ("amount",), by_charging_the_fund),
    Broken(ErrorCode.WALLET_NOT_ACTIVATED, (), by_lack_of_a_wallet),
    Broken(ErrorCode.WALLET_FROZEN, (), by_freezing),
    Broken(ErrorCode.INSUFFICIENT_BALANCE, ("amount",), by_poverty),
)
"""In the order of precedence: state, enrolment, regions, the institution and its bill, wallet, balance."""

PREMIUM: Final[tuple[Broken[PremiumCase], ...]] = (
    Broken(ErrorCode.NOT_ENROLLED, (), by_lapsing),
    Broken(ErrorCode.NOT_RESIDENT_INSURED, ("area_code",), by_employment),
    Broken(ErrorCode.NOT_ENROLLED_IN_AREA, ("area_code",), by_moving),
    Broken(ErrorCode.REGION_NOT_OPEN, ("area_code",), by_closed_area),
    Broken(ErrorCode.REGION_NOT_OPEN, (), by_closed_use_place, of_use_place=True),
    Broken(ErrorCode.PREMIUM_NOT_PUBLISHED, ("area_code",), by_silence),
    Broken(ErrorCode.PREMIUM_WINDOW_CLOSED, (), by_lateness),
    Broken(ErrorCode.PREMIUM_ALREADY_PAID, (), by_paying_twice),
    Broken(ErrorCode.WALLET_NOT_ACTIVATED, (), by_lack_of_a_wallet),
    Broken(ErrorCode.WALLET_FROZEN, (), by_freezing),
    Broken(ErrorCode.INSUFFICIENT_BALANCE, (), by_poverty),
)
"""In the order of precedence: enrolment, regions, the premium, wallet, balance."""


# ---- each rule, and which of several is reported --------------------------------------------------------------------


def can_be(broken: Collection[Broken[Case]]) -> bool:
    """Tell whether these rules can be broken together: without a wallet there is no use place to go by."""
    without_wallet = any(each.code is ErrorCode.WALLET_NOT_ACTIVATED for each in broken)
    return not (without_wallet and any(each.of_use_place for each in broken))


def pay_bill(*broken: Broken[MedicalCase]) -> Payment:
    """Pay a bill in a case with these rules broken."""
    case = broken_case(medical_case(), broken, MEDICAL)
    return pay_medical(case, make_outcome().id, VerificationMethod.PASSWORD)


def pay_contribution(*broken: Broken[PremiumCase]) -> Payment:
    """Pay a premium in a case with these rules broken."""
    case = broken_case(premium_case(), broken, PREMIUM)
    return pay_premium(case, make_outcome().id, VerificationMethod.PASSWORD)


def refuses(rule: Callable[[Case], None], case: Case) -> bool:
    """Tell whether a rule refuses a case."""
    try:
        rule(case)
    except (Refused, CannotJudge) as error:
        return isinstance(error, Refused)
    return False


def test_every_rule_is_broken_above() -> None:
    """R22, R23."""
    assert all(any(refuses(rule, each.by(medical_case())) for each in MEDICAL) for rule in MEDICAL_RULES)
    assert all(any(refuses(rule, each.by(premium_case())) for each in PREMIUM) for rule in PREMIUM_RULES)


def test_nothing_refuses_what_may_be_paid() -> None:
    """R22, R23."""
    pay_bill()
    pay_contribution()


@pytest.mark.parametrize("broken", MEDICAL, ids=named)
def test_each_rule_of_a_medical_payment_refuses_with_its_code(broken: Broken[MedicalCase]) -> None:
    """R22."""
    with refusing(broken.code, *broken.path):
        pay_bill(broken)


@pytest.mark.parametrize("broken", PREMIUM, ids=named)
def test_each_rule_of_a_premium_refuses_with_its_code(broken: Broken[PremiumCase]) -> None:
    """R23."""
    with refusing(broken.code, *broken.path):
        pay_contribution(broken)


@pytest.mark.parametrize(("first", "second"), list(pairwise(MEDICAL)), ids=named)
def test_of_two_neighbouring_rules_of_a_medical_payment_the_earlier_is_reported(
    first: Broken[MedicalCase], second: Broken[MedicalCase]
) -> None:
    """Error precedence."""
    with refusing(first.code, *first.path):
        pay_bill(first, second)


@pytest.mark.parametrize(("first", "second"), list(pairwise(PREMIUM)), ids=named)
def test_of_two_neighbouring_rules_of_a_premium_the_earlier_is_reported(
    first: Broken[PremiumCase], second: Broken[PremiumCase]
) -> None:
    """Error precedence."""
    with refusing(first.code, *first.path):
        pay_contribution(first, second)


@given(st.sets(st.sampled_from(MEDICAL), min_size=1))
def test_of_any_broken_rules_of_a_medical_payment_the_first_is_reported(broken: set[Broken[MedicalCase]]) -> None:
    """Error precedence."""
    assume(can_be(broken))
    first = min(broken, key=MEDICAL.index)
    with refusing(first.code, *first.path):
        pay_bill(*broken)


@given(st.sets(st.sampled_from(PREMIUM), min_size=1))
def test_of_any_broken_rules_of_a_premium_the_first_is_reported(broken: set[Broken[PremiumCase]]) -> None:
    """Error precedence."""
    assume(can_be(broken))
    first = min(broken, key=PREMIUM.index)
    with refusing(first.code, *first.path):
        pay_contribution(*broken)


@pytest.mark.parametrize("broken", [each for each in MEDICAL if each.of_use_place], ids=named)
def test_without_a_wallet_no_use_place_is_judged_and_the_wallet_is_what_is_missing(broken: Broken[MedicalCase]) -> None:
    """R22: the use place is the wallet's."""
    with refusing(ErrorCode.WALLET_NOT_ACTIVATED):
        pay_medical(by_lack_of_a_wallet(broken.by(medical_case())), make_outcome().id, VerificationMethod.PASSWORD)
