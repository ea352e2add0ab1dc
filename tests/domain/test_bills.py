"""Of a bill only the self-paid part is charged, in whatever parts, and refunds let it be charged again (R22)."""

from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ErrorCode, OverSelfPaid, Refused
from domain.money import Fen
from domain.payments import (
    ChargedBill,
    MedicalBill,
    bill_id,
    charge,
    require_bill,
    require_same_bill,
    require_within_self_paid,
)
from tests.domain.cases import refusing
from tests.factories import make_bill, make_charged_bill

HOSPITAL: Final = "H37010000001"
PHARMACY: Final = "P37010000001"
PARTS: Final = st.lists(st.integers(-600, 600), max_size=30)

# ---- bills ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("total", "fund_paid"), [(1, 0), (1, 1), (10_000, 7_000), (10**15, 1)])
def test_a_bill_is_what_the_fund_pays_and_what_one_pays_oneself(total: int, fund_paid: int) -> None:
    """R22."""
    bill = make_bill(total=total, fund_paid=fund_paid)
    assert require_bill(bill, "bill") == bill


@pytest.mark.parametrize("more", [-1, 1])
def test_a_bill_adds_up(more: int) -> None:
    """R22."""
    bill = make_bill()
    with refusing(ErrorCode.INVALID_INPUT, "bill"):
        require_bill(replace(bill, self_paid=Fen(bill.self_paid + more)), "bill")


def test_a_bill_of_nothing_is_no_bill() -> None:
    """R19, R22."""
    with refusing(ErrorCode.INVALID_AMOUNT, "bill", "total"):
        require_bill(make_bill(total=0, fund_paid=0), "bill")


@pytest.mark.parametrize(("fund_paid", "part"), [(-1, "fund_paid"), (101, "self_paid")])
def test_no_part_of_a_bill_is_negative(fund_paid: int, part: str) -> None:
    """R22: what the fund pays never makes the self-paid part larger."""
    with refusing(ErrorCode.INVALID_AMOUNT, "bill", part):
        require_bill(make_bill(total=100, fund_paid=fund_paid), "bill")


@pytest.mark.parametrize("number", ["1", "B1", "2025/05/08-#0001", "x" * 64])
def test_visible_ascii_is_a_bills_number(number: str) -> None:
    """R22."""
    assert require_bill(make_bill(number)).number == number


@pytest.mark.parametrize("number", ["", "x" * 65, "B 1", "B1\n", "结算单1", "B\x001", "\uff22\uff11"])
def test_other_text_is_no_bills_number(number: str) -> None:
    """R22."""
    with refusing(ErrorCode.INVALID_INPUT, "bill", "number"):
        require_bill(make_bill(number), "bill")


def test_a_bills_number_is_its_institutions() -> None:
    """R22."""
    bills = [charge(None, code, make_bill(number), Fen(1)) for code, number in product((HOSPITAL, PHARMACY), "12")]
    assert bills[0].id == bill_id(HOSPITAL, "1")
    assert len({bill.id for bill in bills}) == 4


@pytest.mark.parametrize("known", [None, make_charged_bill(), make_charged_bill(3_000)])
def test_the_same_bill_may_be_paid_in_parts(known: ChargedBill | None) -> None:
    """R22."""
    require_same_bill(known, make_bill())


@pytest.mark.parametrize(
    "bill",
    [
        make_bill(total=10_001),
        make_bill(fund_paid=6_999),
        replace(make_bill(), self_paid=Fen(3_001)),
    ],
)
def test_a_number_does_not_belong_to_two_bills(bill: MedicalBill) -> None:
    """R22: same number, other figures."""
    with refusing(ErrorCode.CONFLICT, "bill", "number"):
        require_same_bill(make_charged_bill(), bill)


# ---- charging -------------------------------------------------------------------------------------------------------


def test_all_of_the_self_paid_part_may_be_charged() -> None:
    """R22."""
    require_within_self_paid(None, make_bill(), Fen(3_000))


def test_what_the_fund_pays_is_never_charged() -> None:
    """R22."""
    with refusing(ErrorCode.OVER_SELF_PAID, "amount"):
        require_within_self_paid(None, make_bill(), Fen(3_001))


def test_what_was_charged_before_is_not_charged_again() -> None:
    """R22."""
    require_within_self_paid(make_charged_bill(1_000), make_bill(), Fen(2_000))
    with pytest.raises(Refused) as caught:
        require_within_self_paid(make_charged_bill(1_000), make_bill(), Fen(2_001))
    assert caught.value.refusal == OverSelfPaid(path=("amount",), left=Fen(2_000))


def test_the_refusal_says_what_is_left_to_pay() -> None:
    """R22."""
    assert "20.00" in OverSelfPaid(left=Fen(2_000)).message()


def test_a_charged_bill_is_still_the_bill() -> None:
    """R22."""
    charged = charge(make_charged_bill(1_000), HOSPITAL, make_bill(), Fen(500))
    assert (charged.bill, charged.charged) == (make_bill(), 1_500)


def test_what_is_refunded_may_be_charged_again() -> None:
    """R22, R25."""
    charged = charge(make_charged_bill(3_000), HOSPITAL, make_bill(), Fen(-1_000))
    require_within_self_paid(charged, make_bill(), Fen(1_000))
    with refusing(ErrorCode.OVER_SELF_PAID, "amount"):
        require_within_self_paid(charged, make_bill(), Fen(1_001))


@given(PARTS)
def test_a_bill_is_never_charged_beyond_its_self_paid_part(parts: list[int]) -> None:
    """R22: paid in whatever parts, and refunded (below zero) in between."""
    charged: ChargedBill | None = None
    for part in parts:
        with suppress(Refused):
            require_within_self_paid(charged, make_bill(), Fen(part))
            charged = charge(charged, HOSPITAL, make_bill(), Fen(part))
        assert charged is None or charged.charged <= make_bill().self_paid


def test_a_bill_of_which_all_was_refunded_binds_nobody() -> None:
    """R22: it may have been mistyped."""
    other = make_bill(total=20_000)
    require_same_bill(make_charged_bill(0), other)
    assert charge(make_charged_bill(0), "H37010000001", other, Fen(1)).bill == other
