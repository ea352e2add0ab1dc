"""What was paid is told by its status, and never more of it comes back than was paid (R22, R23, R25)."""

from contextlib import suppress
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ErrorCode, OverRefund, Refused
from domain.ledger import EntryKind, Journal, legs_balance, post
from domain.money import Fen
from domain.payments import (
    Payment,
    PaymentStatus,
    payment_journal,
    payment_number,
    premium_claim,
    refund_journal,
    refunded,
    require_refundable,
    require_unpaid,
)
from tests.domain.cases import refusing
from tests.factories import NOW, make_payment, make_premium, make_premium_payment, make_refund, make_wallet

PARTS: Final = st.lists(st.integers(1, 600), max_size=30)
PAYMENTS: Final = [make_payment(), make_premium_payment()]


def named(payment: Payment) -> str:
    """Name a payment in a test's id."""
    return payment.kind


# ---- payments -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("back", "status"),
    [
        (0, PaymentStatus.COMPLETED),
        (1, PaymentStatus.PARTLY_REFUNDED),
        (999, PaymentStatus.PARTLY_REFUNDED),
        (1_000, PaymentStatus.REFUNDED),
    ],
)
def test_a_payment_says_how_much_of_it_came_back(back: int, status: PaymentStatus) -> None:
    """R25."""
    payment = make_payment(amount=1_000, refunded=back)
    assert (payment.status, payment.refundable) == (status, 1_000 - back)


def test_a_premium_payment_claims_person_area_and_year() -> None:
    """R23: once."""
    payment = make_premium_payment()
    assert payment.premium_claim == premium_claim(payment.payer_no, make_premium().id) == "P0001:370100:2025"


@pytest.mark.parametrize(("back", "claims"), [(1, True), (41_999, True), (42_000, False)])
def test_a_premium_may_be_paid_again_once_all_of_it_came_back(back: int, *, claims: bool) -> None:
    """R23."""
    payment = refunded(make_premium_payment(amount=42_000), Fen(back))
    assert (payment.premium_claim is not None) is claims


def test_a_medical_payment_claims_no_premium() -> None:
    """R23."""
    assert make_payment().premium_claim is None


def test_a_premium_not_paid_yet_may_be_paid() -> None:
    """R23."""
    require_unpaid(paid=False)


def test_a_premium_is_paid_once() -> None:
    """R23."""
    with refusing(ErrorCode.PREMIUM_ALREADY_PAID):
        require_unpaid(paid=True)


def test_a_payments_number_does_not_look_like_a_transfers() -> None:
    """R26: what people read out."""
    number = payment_number(make_payment().id, NOW)
    assert (number[:9], len(number)) == ("P20250508", 22)


# ---- the money ------------------------------------------------------------------------------------------------------


def journals(payment: Payment) -> list[Journal]:
    """Write the journals of a payment and of a refund of some of it."""
    refund = make_refund(payment_id=payment.id, amount=400)
    wallet = make_wallet(balance=payment.amount)
    return [payment_journal(payment, wallet), refund_journal(refund, payment, wallet)]


@pytest.mark.parametrize("payment", PAYMENTS, ids=named)
def test_the_legs_of_payments_and_refunds_add_up_to_zero(payment: Payment) -> None:
    """R20."""
    assert all(legs_balance(journal.legs) for journal in journals(payment))


@pytest.mark.parametrize("payment", PAYMENTS, ids=named)
def test_payments_and_refunds_name_the_payment(payment: Payment) -> None:
    """R26."""
    entries = [entry for journal in journals(payment) for entry in post(journal).entries]
    assert {(entry.payment_id, entry.transfer_id, entry.occurred_at) for entry in entries} == {(payment.id, None, NOW)}


@pytest.mark.parametrize(
    ("payment", "kind", "receiver"),
    [
        (PAYMENTS[0], EntryKind.MEDICAL_PAYMENT, "institution:H37010000001"),
        (PAYMENTS[1], EntryKind.PREMIUM_PAYMENT, "premium:370100:2025"),
    ],
)
def test_what_is_paid_leaves_the_wallet_and_reaches_the_receiver(
    payment: Payment, kind: EntryKind, receiver: str
) -> None:
    """R22, R23, R26."""
    posting = post(payment_journal(payment, make_wallet(balance=50_000)))
    assert [account.balance for account in posting.accounts] == [50_000 - payment.amount]
    assert [(entry.account_id, entry.kind, entry.amount) for entry in posting.entries] == [
        ("wallet:P0001", kind, -payment.amount),
        (receiver, kind, payment.amount),
    ]


@pytest.mark.parametrize("payment", PAYMENTS, ids=named)
def test_what_is_refunded_leaves_the_receiver_and_reaches_the_wallet(payment: Payment) -> None:
    """R25, R26."""
    posting = post(refund_journal(make_refund(amount=400), payment, make_wallet(balance=100)))
    assert [account.balance for account in posting.accounts] == [500]
    assert [(entry.account_id, entry.kind, entry.amount) for entry in posting.entries] == [
        (payment.receiver, EntryKind.REFUND, -400),
        ("wallet:P0001", EntryKind.REFUND, 400),
    ]


def test_more_than_the_wallet_holds_is_not_paid() -> None:
    """R20, R22."""
    with refusing(ErrorCode.INSUFFICIENT_BALANCE, "amount"):
        post(payment_journal(make_payment(amount=1_000), make_wallet(balance=1_000, held=1)))


# ---- refunds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payment", PAYMENTS, ids=named)
def test_all_that_was_paid_may_be_refunded(payment: Payment) -> None:
    """R25."""
    require_refundable(payment, payment.amount)
    assert refunded(payment, payment.amount).status is PaymentStatus.REFUNDED


def test_a_fen_more_than_was_paid_is_not_refunded() -> None:
    """R25."""
    with refusing(ErrorCode.OVER_REFUND, "amount"):
        require_refundable(make_payment(amount=1_000), Fen(1_001))


def test_the_refusal_says_what_is_left_to_refund() -> None:
    """R25."""
    with pytest.raises(Refused) as caught:
        require_refundable(make_payment(amount=1_000, refunded=400), Fen(601))
    assert caught.value.refusal == OverRefund(path=("amount",), left=Fen(600))
    assert "6.00" in caught.value.refusal.message()


@given(st.integers(1, 1_500), PARTS)
def test_refunds_in_any_parts_never_exceed_what_was_paid(amount: int, parts: list[int]) -> None:
    """R25: what fits is refunded, and the rest is refused."""
    payment = make_payment(amount=amount)
    accepted = 0
    for part in parts:
        before = payment
        with suppress(Refused):
            require_refundable(payment, Fen(part))
            payment = refunded(payment, Fen(part))
            accepted += part
        assert (payment is not before) is (part <= before.refundable)
    assert (payment.refunded_amount, payment.refundable) == (accepted, amount - accepted)
    assert 0 <= payment.refunded_amount <= payment.amount


@given(st.lists(st.integers(1, 600), min_size=1, max_size=10))
def test_a_payment_refunded_in_full_leaves_the_wallet_as_it_was(parts: list[int]) -> None:
    """R25: to the fen."""
    payment = make_payment(amount=sum(parts))
    wallet = make_wallet(balance=sum(parts) + 100)
    paid = post(payment_journal(payment, wallet)).accounts[0]
    assert paid.balance == 100
    balance = int(paid.balance)
    for number, part in enumerate(parts):
        refund = make_refund(f"refund-{number}", payment.id, amount=part)
        balance = int(post(refund_journal(refund, payment, make_wallet(balance=balance))).accounts[0].balance)
        payment = refunded(payment, refund.amount)
    assert (balance, payment.status) == (wallet.balance, PaymentStatus.REFUNDED)


def test_the_reason_of_a_refund_does_not_show_in_its_text() -> None:
    """R28: nor in logs."""
    assert make_refund().reason not in repr(make_refund())
