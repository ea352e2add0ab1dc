"""What must still hold when the payee accepts, and what was settled when the money was held (R21)."""

from dataclasses import replace
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.eligibility import judge, require_eligible
from domain.errors import (
    ErrorCode,
    PayeeWalletFrozen,
    PayerNoPersonalAccount,
    PayerNotEnrolled,
    PayerWalletFrozen,
    Refusal,
    Refused,
)
from domain.kinship import Relation
from domain.money import Fen
from domain.places import Place
from domain.policies import NATIONAL, Usage
from domain.transfer_cases import TransferCase
from domain.transfer_rules import ACCEPTANCE_RULES, RULES
from tests.domain.broken import Broken, broken_case, frozen_side, named, of_payee, of_payer
from tests.domain.cases import (
    CLOSED,
    PAYEE,
    PAYER,
    UNKNOWN,
    from_wallet,
    lapsed,
    payee_side,
    payer_side,
    refusing,
    revoked,
    transfer_case,
    under,
    without_tie,
)
from tests.factories import after, make_kinship, make_wallet


def offered() -> TransferCase:
    """Make the case of a transfer that is accepted an hour later, when it is the only one and all its money is held."""
    payer = payer_side(wallet=make_wallet(balance=10_000, held=10_000))
    return under(from_wallet(transfer_case(payer=payer)), NATIONAL, after(hours=1), verified_today=1, awaiting=True)


def of_account() -> TransferCase:
    """Make that case for a personal account's transfer."""
    return under(transfer_case(), NATIONAL, after(hours=1), verified_today=1, awaiting=True)


def require_acceptable(case: TransferCase) -> None:
    """Judge an acceptance."""
    require_eligible(case, ACCEPTANCE_RULES)


# ---- each rule, and which of several is reported --------------------------------------------------------------------


Breaking = Broken[TransferCase]
BROKEN: Final[tuple[Breaking, ...]] = (
    Broken(ErrorCode.NOT_ENROLLED, (), of_payer(lambda side: replace(side, person=lapsed(PAYER)))),
    Broken(ErrorCode.NO_PERSONAL_ACCOUNT, ("source",), of_payer(lambda side: replace(side, account=None))),
    Broken(ErrorCode.NOT_NEAR_RELATIVE, ("payee",), without_tie),
    Broken(ErrorCode.RELATION_MISMATCH, ("relation",), lambda case: replace(case, relation=Relation.SIBLING)),
    Broken(ErrorCode.NOT_ENROLLED, ("payee",), of_payee(lambda side: replace(side, person=lapsed(PAYEE)))),
    Broken(ErrorCode.REGION_NOT_OPEN, (), of_payer(lambda side: replace(side, places=(CLOSED,)))),
    Broken(ErrorCode.REGION_NOT_OPEN, ("source",), of_payer(lambda side: replace(side, account_place=CLOSED))),
    Broken(ErrorCode.REGION_NOT_OPEN, ("payee",), of_payee(lambda side: replace(side, places=(CLOSED,)))),
    Broken(ErrorCode.WALLET_FROZEN, (), of_payer(frozen_side)),
    Broken(ErrorCode.WALLET_FROZEN, ("payee",), of_payee(frozen_side)),
)
"""In the order of precedence: enrolment, kinship, the payee's enrolment, regions, wallets."""


def broken_rules(*broken: Breaking) -> TransferCase:
    """Break these rules of a case that may be."""
    return broken_case(of_account(), broken, BROKEN)


def test_every_rule_of_accepting_is_broken_below_in_the_documented_order() -> None:
    """R21."""
    assert [rule.code for rule in ACCEPTANCE_RULES] == [broken.code for broken in BROKEN]


@pytest.mark.parametrize("broken", BROKEN, ids=named)
def test_each_rule_refuses_the_acceptance_with_its_code(broken: Breaking) -> None:
    """R21: what has changed since it was verified."""
    with refusing(broken.code, *broken.path):
        require_acceptable(broken_rules(broken))


@pytest.mark.parametrize(("first", "second"), list(pairwise(BROKEN)), ids=named)
def test_of_two_neighbouring_rules_the_earlier_is_reported(first: Breaking, second: Breaking) -> None:
    """Error precedence."""
    with refusing(first.code, *first.path):
        require_acceptable(broken_rules(first, second))


@given(st.sets(st.sampled_from(BROKEN), min_size=1))
def test_of_any_broken_rules_the_first_is_reported(broken: set[Breaking]) -> None:
    """Error precedence."""
    first = min(broken, key=BROKEN.index)
    with refusing(first.code, *first.path):
        require_acceptable(broken_rules(*broken))


# ---- what must still hold -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [offered(), of_account()], ids=["wallet", "account"])
def test_an_offer_may_be_accepted_from_either_source(case: TransferCase) -> None:
    """R13, R21."""
    require_acceptable(case)


def test_a_tie_revoked_meanwhile_is_no_tie() -> None:
    """R14, R21."""
    with refusing(ErrorCode.NOT_NEAR_RELATIVE, "payee"):
        require_acceptable(replace(of_account(), tie=revoked(make_kinship(PAYER, PAYEE))))


@pytest.mark.parametrize("side", ["payer", "payee"])
def test_an_area_whose_state_is_unknown_is_refused(side: str) -> None:
    """R3, R16."""
    places: tuple[Place, ...] = (UNKNOWN,)
    case = of_account()
    case = replace(case, payer=replace(case.payer, places=places)) if side == "payer" else case
    case = replace(case, payee=payee_side(places=places)) if side == "payee" else case
    with refusing(ErrorCode.REGION_STATUS_UNKNOWN, *(["payee"] if side == "payee" else [])):
        require_acceptable(case)


def test_a_wallets_offer_does_not_go_by_the_personal_accounts_area() -> None:
    """R16."""
    case = offered()
    require_acceptable(replace(case, payer=replace(case.payer, account_place=CLOSED)))


# ---- what was settled when the money was held -----------------------------------------------------------------------


def test_an_offer_is_accepted_though_nothing_more_is_available() -> None:
    """R21: its own money is held."""
    with refusing(ErrorCode.INSUFFICIENT_BALANCE, "amount"):
        require_eligible(replace(offered(), usage=Usage()))
    require_acceptable(offered())


def test_an_offer_does_not_stand_in_its_own_way() -> None:
    """R21: it is the one that waits for the payee."""
    with refusing(ErrorCode.TRANSFER_PENDING_TO_PAYEE, "payee"):
        require_eligible(of_account())
    require_acceptable(of_account())


@pytest.mark.parametrize("hours", [12, 13, 19])
def test_an_offer_is_accepted_at_night(hours: int) -> None:
    """R21: hours apply to applying and to verifying; it is 22:30, 23:30 and 05:30 in Shanghai."""
    require_acceptable(replace(of_account(), now=after(hours=hours)))


def test_an_offer_is_accepted_though_the_days_number_is_used_up() -> None:
    """R21: it was counted when it was verified."""
    require_acceptable(under(transfer_case(), NATIONAL, after(hours=1), verified_today=3, awaiting=True))


def test_an_offer_is_accepted_though_it_is_over_a_limit_set_since() -> None:
    """R21."""
    require_acceptable(replace(of_account(), policy=replace(NATIONAL, max_amount=Fen(1))))


# ---- what the payee is told -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "refusal"),
    [
        (BROKEN[0], PayerNotEnrolled()),
        (BROKEN[1], PayerNoPersonalAccount(path=("source",))),
        (BROKEN[8], PayerWalletFrozen()),
        (BROKEN[9], PayeeWalletFrozen(path=("payee",))),
    ],
)
def test_the_payee_is_told_which_side_it_is(broken: Breaking, refusal: Refusal) -> None:
    """R21: the payer's wallet is not "yours"."""
    with pytest.raises(Refused) as caught:
        require_acceptable(broken_rules(broken))
    assert caught.value.refusal == refusal
    assert type(caught.value.refusal) is type(refusal)


def test_the_rules_of_accepting_are_judged_in_the_words_of_the_rules_of_applying() -> None:
    """R21: as far as they are the same."""
    said = {(rule.code, rule.zh, rule.en) for rule in RULES}
    assert {(check.rule.code, check.rule.zh, check.rule.en) for check in judge(of_account(), ACCEPTANCE_RULES)} <= said
