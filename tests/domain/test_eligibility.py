"""May this transfer be made? Each rule says no in its turn, and nobody learns about a stranger (R13 to R19)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.eligibility import apply, preview, require_eligible
from domain.errors import ErrorCode
from domain.kinship import Relation
from domain.money import Fen
from domain.persons import EnrolmentStatus, InsuranceScheme
from domain.places import Place
from domain.policies import Usage
from domain.transfer_cases import TransferCase
from domain.transfer_rules import RULES
from domain.transfers import FundSource, TransferStatus
from tests.domain.broken import Broken, broken_case, frozen_side, named, of_payee, of_payer
from tests.domain.cases import (
    CLOSED,
    OPEN,
    OPEN_TOO,
    PAYEE,
    PAYER,
    UNKNOWN,
    area,
    codes,
    from_wallet,
    lapsed,
    payee_side,
    payer_side,
    province,
    refusing,
    resident,
    revoked,
    to_nobody,
    transfer_case,
    without_account,
    without_tie,
    without_wallet,
)
from tests.factories import (
    HEFEI,
    JINAN,
    NOW,
    make_enrolment,
    make_kinship,
    make_outcome,
    make_person,
    make_personal_account,
    make_wallet,
)

TRANSFER_ID: Final = make_outcome().id


# ---- what may be ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", FundSource)
def test_money_may_go_from_either_source_to_a_near_relatives_wallet(source: FundSource) -> None:
    """R13."""
    require_eligible(replace(transfer_case(), source=source))


def test_a_resident_may_send_from_a_wallet() -> None:
    """R13."""
    require_eligible(from_wallet(transfer_case(payer=without_account(payer_side(resident())))))


@pytest.mark.parametrize("scheme", InsuranceScheme)
def test_a_payee_is_enrolled_under_either_scheme(scheme: InsuranceScheme) -> None:
    """R15."""
    payee = make_person(PAYEE, enrolments=[make_enrolment(HEFEI, scheme)])
    require_eligible(transfer_case(payee=payee_side(payee)))


@pytest.mark.parametrize("relation", Relation)
def test_money_may_go_to_each_of_the_eight_relations(relation: Relation) -> None:
    """R8, R14."""
    require_eligible(transfer_case(tie=make_kinship(PAYER, PAYEE, relation), relation=relation))


def test_money_may_go_the_other_way_along_a_tie() -> None:
    """R8: the payee declared that the payer is the parent; so the payee is the child."""
    tie = make_kinship(PAYEE, PAYER, Relation.PARENT)
    require_eligible(transfer_case(tie=tie, relation=Relation.CHILD))


@pytest.mark.parametrize("source", FundSource)
def test_all_that_is_available_may_be_sent(source: FundSource) -> None:
    """R19."""
    case = transfer_case(payer=payer_side(wallet=make_wallet(balance=700), balance=700), amount=700)
    require_eligible(replace(case, source=source))


# ---- each rule, and which of two is reported -------------------------------------------------------------------------


def of_policy(**limits: Any) -> Callable[[TransferCase], TransferCase]:  # noqa: ANN401 - limits of any kind
    """Set limits that the case is over: NOW is 10:30 in Shanghai, and a transfer to the payee waits."""
    usage = Usage(awaiting=True)
    return lambda case: replace(case, policy=replace(case.policy, **limits), usage=usage)


Breaking = Broken[TransferCase]
BROKEN: Final[tuple[Breaking, ...]] = (
    Broken(ErrorCode.NOT_ENROLLED, (), of_payer(lambda side: replace(side, person=lapsed(PAYER)))),
    Broken(ErrorCode.NO_PERSONAL_ACCOUNT, ("source",), of_payer(lambda side: replace(side, account=None))),
    Broken(ErrorCode.RELATIVE_MISMATCH, ("payee", "identity"), to_nobody),
    Broken(ErrorCode.NOT_NEAR_RELATIVE, ("payee",), without_tie),
    Broken(ErrorCode.RELATION_MISMATCH, ("relation",), lambda case: replace(case, relation=Relation.SIBLING)),
    Broken(ErrorCode.NOT_ENROLLED, ("payee",), of_payee(lambda side: replace(side, person=lapsed(PAYEE)))),
    Broken(ErrorCode.REGION_NOT_OPEN, (), of_payer(lambda side: replace(side, places=(CLOSED,)))),
    Broken(ErrorCode.REGION_NOT_OPEN, ("source",), of_payer(lambda side: replace(side, account_place=CLOSED))),
    Broken(ErrorCode.REGION_NOT_OPEN, ("payee",), of_payee(lambda side: replace(side, places=(CLOSED,)))),
    Broken(ErrorCode.WALLET_NOT_ACTIVATED, (), of_payer(without_wallet)),
    Broken(ErrorCode.WALLET_FROZEN, (), of_payer(frozen_side)),
    Broken(ErrorCode.PAYEE_WALLET_NOT_ACTIVATED, ("payee",), of_payee(without_wallet)),
    Broken(ErrorCode.WALLET_FROZEN, ("payee",), of_payee(frozen_side)),
    Broken(ErrorCode.AMOUNT_OVER_LIMIT, ("amount",), of_policy(max_amount=Fen(1))),
    Broken(ErrorCode.DAILY_LIMIT_REACHED, (), of_policy(max_per_day=0)),
    Broken(ErrorCode.OUTSIDE_SERVICE_HOURS, (), of_policy(closed_from="10:00", closed_until="11:00")),
    Broken(ErrorCode.TRANSFER_PENDING_TO_PAYEE, ("payee",), of_policy(acceptance_required=True)),
    Broken(ErrorCode.INSUFFICIENT_BALANCE, ("amount",), lambda case: replace(case, amount=Fen(10**9))),
)
"""In the order of precedence: enrolment, kinship, the payee's enrolment, regions, wallets, policy, balance."""


def broken_rules(*broken: Breaking) -> TransferCase:
    """Break these rules of a case that may be."""
    return broken_case(transfer_case(), broken, BROKEN)


def test_every_rule_is_broken_below_in_the_documented_order() -> None:
    """R18, R21."""
    assert [rule.code for rule in RULES] == [broken.code for broken in BROKEN]


@pytest.mark.parametrize("broken", BROKEN, ids=named)
def test_each_rule_refuses_with_its_code(broken: Breaking) -> None:
    """R13 to R19."""
    with refusing(broken.code, *broken.path):
        require_eligible(broken_rules(broken))


@pytest.mark.parametrize("broken", BROKEN, ids=named)
def test_no_application_is_made_against_a_rule(broken: Breaking) -> None:
    """R18."""
    with refusing(broken.code, *broken.path):
        apply(broken_rules(broken), TRANSFER_ID)


@pytest.mark.parametrize(("first", "second"), list(pairwise(BROKEN)), ids=named)
def test_of_two_neighbouring_rules_the_earlier_is_reported(first: Breaking, second: Breaking) -> None:
    """Error precedence."""
    with refusing(first.code, *first.path):
        require_eligible(broken_rules(first, second))


@given(st.sets(st.sampled_from(BROKEN), min_size=1))
def test_of_any_broken_rules_the_first_is_reported(broken: set[Breaking]) -> None:
    """Error precedence."""
    first = min(broken, key=BROKEN.index)
    with refusing(first.code, *first.path):
        require_eligible(broken_rules(*broken))


@given(st.sets(st.sampled_from(BROKEN)))
def test_a_preview_agrees_with_the_application(broken: set[Breaking]) -> None:
    """R18: eligible is what would be accepted."""
    assert preview(broken_rules(*broken)).eligible is not bool(broken)


@pytest.mark.parametrize("broken", BROKEN[1:], ids=named)
def test_a_preview_says_which_rule_is_broken_and_no_other(broken: Breaking) -> None:
    """R15."""
    assert [code for code, passed in codes(broken_rules(broken)) if not passed] == [broken.code]


def test_a_preview_reports_every_rule_that_is_broken() -> None:
    """Error precedence: whose employment has ended has no personal account to use, either."""
    refused = [code for code, passed in codes(broken_rules(BROKEN[0], BROKEN[6])) if not passed]
    assert refused == [ErrorCode.NOT_ENROLLED, ErrorCode.NO_PERSONAL_ACCOUNT, ErrorCode.REGION_NOT_OPEN]


# ---- particular cases ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [EnrolmentStatus.SUSPENDED, EnrolmentStatus.ENDED])
def test_a_former_employees_personal_account_does_not_pay(status: EnrolmentStatus) -> None:
    """R7: though it is still there."""
    enrolments = [
        make_enrolment(JINAN, InsuranceScheme.EMPLOYEE, status),
        make_enrolment(JINAN, InsuranceScheme.RESIDENT),
    ]
    with refusing(ErrorCode.NO_PERSONAL_ACCOUNT, "source"):
        require_eligible(transfer_case(payer=payer_side(make_person(PAYER, enrolments=enrolments))))


def test_a_resident_has_no_personal_account_to_send_from() -> None:
    """R13."""
    with refusing(ErrorCode.NO_PERSONAL_ACCOUNT, "source"):
        require_eligible(transfer_case(payer=without_account(payer_side(resident()))))


@pytest.mark.parametrize("source", FundSource)
def test_the_payer_needs_a_wallet_for_either_source(source: FundSource) -> None:
    """R13."""
    with refusing(ErrorCode.WALLET_NOT_ACTIVATED):
        require_eligible(replace(transfer_case(payer=without_wallet(payer_side())), source=source))


@pytest.mark.parametrize("source", FundSource)
def test_a_frozen_wallet_does_not_send_from_either_source(source: FundSource) -> None:
    """R12."""
    with refusing(ErrorCode.WALLET_FROZEN):
        require_eligible(replace(transfer_case(payer=frozen_side(payer_side())), source=source))


def test_a_revoked_tie_makes_no_near_relatives() -> None:
    """R14."""
    with refusing(ErrorCode.NOT_NEAR_RELATIVE, "payee"):
        require_eligible(transfer_case(tie=revoked(make_kinship(PAYER, PAYEE))))


def test_the_payer_does_not_state_what_he_or_she_is_to_the_payee() -> None:
    """R14: the payee is the parent, not the child."""
    with refusing(ErrorCode.RELATION_MISMATCH, "relation"):
        require_eligible(transfer_case(tie=make_kinship(PAYER, PAYEE, Relation.PARENT), relation=Relation.CHILD))


@pytest.mark.parametrize(("source", "available"), [(FundSource.PERSONAL_ACCOUNT, 300), (FundSource.WALLET, 700)])
def test_the_balance_that_counts_is_the_sources(source: FundSource, available: int) -> None:
    """R19: less what is held."""
    payer = payer_side(wallet=make_wallet(balance=1_000, held=300))
    payer = replace(payer, account=make_personal_account(balance=500, held=200))
    require_eligible(replace(transfer_case(payer=payer, amount=available), source=source))
    with refusing(ErrorCode.INSUFFICIENT_BALANCE, "amount"):
        require_eligible(replace(transfer_case(payer=payer, amount=available + 1), source=source))


def test_the_area_of_the_personal_account_does_not_matter_to_a_wallets_transfer() -> None:
    """R16."""
    require_eligible(from_wallet(transfer_case(payer=payer_side(account_place=CLOSED))))


# ---- regions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("places", [(CLOSED, OPEN), (OPEN, CLOSED), (UNKNOWN, CLOSED, OPEN)])
def test_without_a_wallet_one_open_area_of_the_enrolments_suffices(places: tuple[Place, ...]) -> None:
    """R16: then the wallet is what is missing."""
    with refusing(ErrorCode.WALLET_NOT_ACTIVATED):
        require_eligible(transfer_case(payer=without_wallet(payer_side(places=places))))
    with refusing(ErrorCode.PAYEE_WALLET_NOT_ACTIVATED, "payee"):
        require_eligible(transfer_case(payee=without_wallet(payee_side(places=places))))


@pytest.mark.parametrize(
    ("places", "code"),
    [
        ((UNKNOWN,), ErrorCode.REGION_STATUS_UNKNOWN),
        ((CLOSED,), ErrorCode.REGION_NOT_OPEN),
        ((UNKNOWN, CLOSED), ErrorCode.REGION_STATUS_UNKNOWN),
        ((CLOSED, UNKNOWN), ErrorCode.REGION_NOT_OPEN),
    ],
)
def test_without_an_open_area_the_first_enrolments_is_refused(places: tuple[Place, ...], code: ErrorCode) -> None:
    """R3, R16."""
    with refusing(code):
        require_eligible(transfer_case(payer=without_wallet(payer_side(places=places))))
    with refusing(code, "payee"):
        require_eligible(transfer_case(payee=without_wallet(payee_side(places=places))))


def test_a_personal_account_in_an_unpublished_area_does_not_pay() -> None:
    """R3, R16."""
    with refusing(ErrorCode.REGION_STATUS_UNKNOWN, "source"):
        require_eligible(transfer_case(payer=payer_side(account_place=UNKNOWN)))


def test_regions_are_judged_on_the_day_in_shanghai() -> None:
    """R4, R16: 2025-06-01 begins there at 16:00 UTC."""
    opening = Place(area("open 2025-06-01"), province())
    case = transfer_case(payee=payee_side(places=(opening,)))
    first_moment = NOW.replace(month=5, day=31, hour=16, minute=0, second=0, microsecond=0)
    require_eligible(replace(case, now=first_moment))
    with refusing(ErrorCode.REGION_NOT_OPEN, "payee"):
        require_eligible(replace(case, now=first_moment - timedelta(milliseconds=1)))


# ---- applying ------------------------------------------------------------------------------------------------------


def test_an_application_is_what_was_asked_for() -> None:
    """R13, R14."""
    transfer = apply(transfer_case(amount=12_345), TRANSFER_ID)
    assert (transfer.id, transfer.payer_no, transfer.payee_no) == (TRANSFER_ID, PAYER, PAYEE)
    assert (transfer.source, transfer.relation, transfer.amount) == (
        FundSource.PERSONAL_ACCOUNT,
        Relation.SPOUSE,
        12_345,
    )


def test_an_application_waits_thirty_minutes_for_verification() -> None:
    """R18."""
    transfer = apply(transfer_case(), TRANSFER_ID)
    assert (transfer.status, transfer.verified_by, transfer.completed_at) == (
        TransferStatus.PENDING_VERIFICATION,
        None,
        None,
    )
    assert (transfer.created_at, transfer.expires_at) == (NOW, NOW + timedelta(minutes=30))


def test_an_application_keeps_the_areas_it_was_judged_by() -> None:
    """R16, R17."""
    case = transfer_case(payer=payer_side(account_place=OPEN_TOO), payee=payee_side(places=(OPEN,)))
    by_account, by_wallet = apply(case, TRANSFER_ID), apply(from_wallet(case), TRANSFER_ID)
    assert (by_account.payer_area_code, by_account.payee_area_code) == (HEFEI, JINAN)
    assert (by_wallet.payer_area_code, by_wallet.payee_area_code) == (JINAN, JINAN)


def test_applying_again_in_a_retry_makes_the_same_application() -> None:
    """R20: work may be run again."""
    assert apply(transfer_case(), TRANSFER_ID) == apply(transfer_case(), TRANSFER_ID)
