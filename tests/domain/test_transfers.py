"""A transfer waits thirty minutes for verification; then it is what became of it (R13, R17, R18)."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credentials import VerificationMethod
from domain.errors import ErrorCode
from domain.ledger import EntryKind, legs_balance, post
from domain.policies import ARTICLE
from domain.transfers import (
    Transfer,
    TransferScope,
    TransferStatus,
    cancel,
    journal_of,
    require_pending,
    scope_of,
    transfer_number,
    verify,
)
from tests.domain.cases import refusing
from tests.factories import HEFEI, JINAN, NOW, after, make_personal_account, make_transfer, make_wallet

PENDING: Final = TransferStatus.PENDING_VERIFICATION
LAST_MOMENT: Final = after(minutes=29, seconds=59, milliseconds=999)
SETTLED: Final = tuple(status for status in TransferStatus if not status.name.startswith("PENDING"))


def transfer_in(status: TransferStatus) -> Transfer:
    """Make a transfer in that status."""
    return replace(make_transfer(), status=status)


# ---- expiry -------------------------------------------------------------------------------------------------------


def test_an_application_is_pending_until_the_last_moment() -> None:
    """R18."""
    assert make_transfer().as_of(LAST_MOMENT).status is PENDING


@pytest.mark.parametrize("now", [after(minutes=30), after(days=400)])
def test_an_unverified_application_expires_after_thirty_minutes(now: datetime) -> None:
    """R18: at thirty minutes exactly."""
    assert make_transfer().as_of(now).status is TransferStatus.EXPIRED


def test_expiring_changes_nothing_but_the_status() -> None:
    """R18."""
    expired = make_transfer().as_of(after(minutes=30))
    assert replace(expired, status=PENDING) == make_transfer()


@pytest.mark.parametrize("status", SETTLED)
def test_what_is_not_waiting_for_verification_does_not_expire(status: TransferStatus) -> None:
    """R18."""
    assert transfer_in(status).as_of(after(days=400)) == transfer_in(status)


def test_a_transfer_without_a_term_does_not_expire() -> None:
    """R18."""
    transfer = replace(make_transfer(), expires_at=None)
    assert transfer.as_of(after(days=400)) == transfer


@given(st.integers(0, 3_600_000), st.integers(0, 3_600_000))
def test_looking_twice_is_looking_once(early_ms: int, late_ms: int) -> None:
    """R18: what has expired stays so, and nothing expires by being looked at."""
    early, late = sorted((after(milliseconds=early_ms), after(milliseconds=late_ms)))
    assert make_transfer().as_of(early).as_of(late) == make_transfer().as_of(late)


# ---- what can still be done ---------------------------------------------------------------------------------------


def test_an_application_can_be_verified_or_cancelled_until_the_last_moment() -> None:
    """R18."""
    require_pending(make_transfer(), PENDING, LAST_MOMENT)


def test_an_expired_application_is_refused_as_such() -> None:
    """R18."""
    with refusing(ErrorCode.TRANSFER_EXPIRED, "transfer_id"):
        require_pending(make_transfer(), PENDING, after(minutes=30))


def test_an_application_stored_as_expired_is_refused_as_such() -> None:
    """R18."""
    with refusing(ErrorCode.TRANSFER_EXPIRED, "transfer_id"):
        require_pending(transfer_in(TransferStatus.EXPIRED), PENDING, NOW)


@pytest.mark.parametrize(
    "status",
    [
        TransferStatus.PENDING_ACCEPTANCE,
        TransferStatus.COMPLETED,
        TransferStatus.CANCELLED,
        TransferStatus.RETURNED,
    ],
)
@pytest.mark.parametrize("now", [NOW, after(days=400)])
def test_what_is_not_waiting_for_verification_is_refused(status: TransferStatus, now: datetime) -> None:
    """R18."""
    with refusing(ErrorCode.TRANSFER_NOT_PENDING, "transfer_id"):
        require_pending(transfer_in(status), PENDING, now)


def test_a_completed_transfer_says_how_and_when_it_was_verified() -> None:
    """R18."""
    source, target = make_personal_account(balance=100), make_wallet("P0002")
    step = verify(make_transfer(), ARTICLE, VerificationMethod.FACE, after(minutes=1), source=source, target=target)
    transfer = step.transfer
    assert (transfer.status, transfer.verified_by, transfer.completed_at) == (
        TransferStatus.COMPLETED,
        VerificationMethod.FACE,
        after(minutes=1),
    )


def test_a_cancelled_application_was_never_verified() -> None:
    """R18."""
    transfer = cancel(make_transfer())
    assert (transfer.status, transfer.verified_by, transfer.completed_at) == (TransferStatus.CANCELLED, None, None)


# ---- what it says -------------------------------------------------------------------------------------------------


def test_a_transfer_names_both_parties() -> None:
    """R13."""
    assert make_transfer(payer_no="P0001", payee_no="P0002").parties == ("P0001", "P0002")


@pytest.mark.parametrize(
    ("payer_area", "payee_area", "scope"),
    [
        (JINAN, JINAN, TransferScope.SAME_PROVINCE),
        (JINAN, "370200", TransferScope.SAME_PROVINCE),
        (JINAN, HEFEI, TransferScope.CROSS_PROVINCE),
        ("650100", "660100", TransferScope.CROSS_PROVINCE),  # 兵团 is not 新疆
    ],
)
def test_a_transfer_says_whether_it_crosses_provinces(payer_area: str, payee_area: str, scope: TransferScope) -> None:
    """R17."""
    transfer = replace(make_transfer(), payer_area_code=payer_area, payee_area_code=payee_area)
    assert transfer.scope is scope


@given(st.from_regex(r"[1-8][0-9]{5}", fullmatch=True), st.from_regex(r"[1-8][0-9]{5}", fullmatch=True))
def test_the_scope_is_the_same_in_both_directions(one: str, other: str) -> None:
    """R17."""
    assert scope_of(one, other) is scope_of(other, one)


def test_a_number_is_the_shanghai_day_and_thirteen_letters_and_digits() -> None:
    """R18: what people read out."""
    number = transfer_number(make_transfer().id, NOW)
    assert (number[:9], len(number)) == ("T20250508", 22)
    assert set(number[9:]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def test_a_numbers_day_begins_at_midnight_in_shanghai() -> None:
    """R18."""
    late = datetime(2025, 5, 8, 16, 0, tzinfo=UTC)
    assert transfer_number(make_transfer().id, late).startswith("T20250509")


def test_other_transfers_have_other_numbers() -> None:
    """R18."""
    assert make_transfer("key-1").number != make_transfer("key-2").number


# ---- the money ----------------------------------------------------------------------------------------------------


def test_the_money_leaves_the_source_and_enters_the_payees_wallet() -> None:
    """R13, R20."""
    transfer = make_transfer(amount=300)
    source, target = make_personal_account("P0001", 1_000), make_wallet("P0002", 50)
    posting = post(journal_of(transfer, source, target, after(minutes=1)))
    assert [(account.id, account.balance) for account in posting.accounts] == [(source.id, 700), (target.id, 350)]
    assert legs_balance(posting.entries)


def test_both_entries_name_the_transfer() -> None:
    """R26."""
    transfer = make_transfer(amount=300)
    posting = post(journal_of(transfer, make_wallet("P0001", 300), make_wallet("P0002"), after(minutes=1)))
    assert [entry.kind for entry in posting.entries] == [EntryKind.TRANSFER_OUT, EntryKind.TRANSFER_IN]
    for entry in posting.entries:
        assert (entry.journal_id, entry.transfer_id, entry.occurred_at) == (
            transfer.id,
            transfer.id,
            after(minutes=1),
        )
