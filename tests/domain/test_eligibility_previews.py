"""A preview judges every rule that can be judged, changes nothing, and says nothing of a stranger (R15, R17)."""

from dataclasses import replace
from typing import Final

import pytest

from domain.eligibility import preview
from domain.errors import ErrorCode, Language
from domain.kinship import Kinship, Relation
from domain.places import Place
from domain.policies import NATIONAL
from domain.transfer_cases import Side, scope
from domain.transfer_rules import RULES
from domain.transfers import FundSource, TransferScope
from tests.domain.cases import (
    CLOSED,
    OPEN,
    OPEN_TOO,
    PAYEE,
    PAYER,
    UNKNOWN,
    codes,
    employee,
    from_wallet,
    frozen,
    lapsed,
    payee_side,
    payer_side,
    resident,
    revoked,
    to_nobody,
    transfer_case,
    under,
    without_account,
    without_wallet,
)
from tests.factories import make_kinship, make_wallet

OF_PAYER: Final = [
    (ErrorCode.NOT_ENROLLED, True),
    (ErrorCode.NO_PERSONAL_ACCOUNT, True),
]
OF_PAYERS_AREAS_AND_WALLET: Final = [
    (ErrorCode.REGION_NOT_OPEN, True),
    (ErrorCode.REGION_NOT_OPEN, True),
    (ErrorCode.WALLET_NOT_ACTIVATED, True),
    (ErrorCode.WALLET_FROZEN, True),
    (ErrorCode.INSUFFICIENT_BALANCE, True),
]
STRANGERS: Final = [
    payee_side(),
    payee_side(lapsed(PAYEE)),
    payee_side(employee(PAYEE), places=(CLOSED,)),
    payee_side(places=(UNKNOWN,)),
    payee_side(wallet=frozen(make_wallet(PAYEE))),
    without_wallet(payee_side()),
    without_wallet(payee_side(lapsed(PAYEE), places=())),
]


LIMITS = {
    ErrorCode.AMOUNT_OVER_LIMIT,
    ErrorCode.DAILY_LIMIT_REACHED,
    ErrorCode.OUTSIDE_SERVICE_HOURS,
    ErrorCode.TRANSFER_PENDING_TO_PAYEE,
}


def test_a_preview_judges_every_rule_of_the_policy() -> None:
    """R15, R21."""
    assert codes(under(transfer_case(), NATIONAL)) == [(rule.code, True) for rule in RULES]


def test_a_preview_speaks_of_no_limit_that_the_policy_does_not_set() -> None:
    """R21."""
    assert codes(transfer_case()) == [(rule.code, True) for rule in RULES if rule.code not in LIMITS]


def test_a_preview_of_a_stranger_says_nothing_about_a_payee() -> None:
    """R15: nor of kinship."""
    checks = [*OF_PAYER, (ErrorCode.RELATIVE_MISMATCH, False), *OF_PAYERS_AREAS_AND_WALLET]
    assert codes(to_nobody(transfer_case())) == checks


@pytest.mark.parametrize("payee", STRANGERS)
@pytest.mark.parametrize("tie", [None, revoked(make_kinship(PAYER, PAYEE))])
def test_nothing_about_a_payee_is_judged_without_an_active_tie(payee: Side, tie: Kinship | None) -> None:
    """R15: whatever is true of the payee, the preview is the same."""
    case = replace(transfer_case(payee=payee), tie=tie)
    checks = [
        *OF_PAYER,
        (ErrorCode.RELATIVE_MISMATCH, True),
        (ErrorCode.NOT_NEAR_RELATIVE, False),
        *OF_PAYERS_AREAS_AND_WALLET,
    ]
    assert codes(case) == checks
    assert preview(case).scope is None


@pytest.mark.parametrize("payee", STRANGERS)
def test_nothing_about_a_payee_is_judged_under_a_wrong_relation(payee: Side) -> None:
    """R15: kinship holds only when the relation stated is the tie's."""
    case = transfer_case(payee=payee, relation=Relation.SIBLING)
    checks = [
        *OF_PAYER,
        (ErrorCode.RELATIVE_MISMATCH, True),
        (ErrorCode.NOT_NEAR_RELATIVE, True),
        (ErrorCode.RELATION_MISMATCH, False),
        *OF_PAYERS_AREAS_AND_WALLET,
    ]
    assert codes(case) == checks
    assert preview(case).scope is None


def test_a_wallets_transfer_is_not_judged_by_a_personal_account() -> None:
    """R13."""
    judged = [code for code, _ in codes(from_wallet(transfer_case()))]
    assert ErrorCode.NO_PERSONAL_ACCOUNT not in judged
    assert judged.count(ErrorCode.REGION_NOT_OPEN) == 2


def test_an_account_that_does_not_exist_has_neither_area_nor_balance() -> None:
    """R15: what cannot be judged is left out."""
    judged = [code for code, _ in codes(transfer_case(payer=without_account(payer_side(resident()))))]
    assert judged.count(ErrorCode.REGION_NOT_OPEN) == 2
    assert ErrorCode.INSUFFICIENT_BALANCE not in judged


@pytest.mark.parametrize("source", FundSource)
def test_a_wallet_that_does_not_exist_is_not_frozen_and_has_no_balance(source: FundSource) -> None:
    """R15."""
    case = replace(transfer_case(payer=without_wallet(payer_side())), source=source)
    judged = [code for code, _ in codes(case)]
    assert judged.count(ErrorCode.WALLET_FROZEN) == 1
    assert (ErrorCode.INSUFFICIENT_BALANCE in judged) is (source is FundSource.PERSONAL_ACCOUNT)


def test_a_payees_wallet_that_does_not_exist_is_not_frozen() -> None:
    """R15."""
    judged = [code for code, _ in codes(transfer_case(payee=without_wallet(payee_side())))]
    assert judged.count(ErrorCode.WALLET_FROZEN) == 1


def test_who_is_enrolled_nowhere_and_has_no_wallet_has_no_area_to_judge() -> None:
    """R15, R16."""
    nowhere = without_wallet(payee_side(lapsed(PAYEE), places=()))
    judged = [code for code, _ in codes(transfer_case(payee=nowhere))]
    assert judged.count(ErrorCode.REGION_NOT_OPEN) == 2


def test_a_rule_that_holds_says_what_holds() -> None:
    """R15: in both languages."""
    check = preview(transfer_case()).checks[0]
    assert check.message() == check.message(Language.ZH) == "付款人正常参保"
    assert check.message(Language.EN) == "The payer is actively enrolled"


def test_a_rule_that_does_not_hold_says_what_is_wrong() -> None:
    """R15, R16: naming the area."""
    case = transfer_case(payer=payer_side(places=(UNKNOWN,)))
    check = next(check for check in preview(case).checks if not check.passed)
    assert check.code is ErrorCode.REGION_STATUS_UNKNOWN
    assert all("沈阳市" in check.message(language) for language in Language)


def test_no_rule_speaks_the_same_in_both_languages() -> None:
    """R15."""
    for check in preview(transfer_case()).checks:
        assert check.message(Language.EN).isascii()
        assert not check.message(Language.ZH).isascii()


# ---- scope ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "expected"), [(OPEN, TransferScope.SAME_PROVINCE), (OPEN_TOO, TransferScope.CROSS_PROVINCE)]
)
@pytest.mark.parametrize("source", FundSource)
def test_a_preview_says_whether_the_transfer_crosses_provinces(
    place: Place, expected: TransferScope, source: FundSource
) -> None:
    """R17."""
    case = replace(transfer_case(payee=payee_side(places=(place,))), source=source)
    assert preview(case).scope is scope(case) is expected


def test_the_scope_of_a_personal_accounts_transfer_goes_by_the_accounts_area() -> None:
    """R17: not by the use place of the payer's wallet."""
    case = transfer_case(payer=payer_side(account_place=OPEN_TOO))
    assert scope(case) is TransferScope.SAME_PROVINCE
    assert scope(from_wallet(case)) is TransferScope.CROSS_PROVINCE


def test_the_scope_is_unknown_while_an_area_is() -> None:
    """R17: no wallet to send from, or nowhere to send to."""
    nowhere = without_wallet(payee_side(lapsed(PAYEE), places=()))
    assert scope(from_wallet(transfer_case(payer=without_wallet(payer_side())))) is None
    assert scope(transfer_case(payee=nowhere)) is None
