"""What a transfer is found by, and what it stands in the way of while it waits for somebody (R11, R18, R21, R26)."""

from dataclasses import replace
from itertools import product
from typing import Final

import pytest

from domain.errors import ErrorCode
from domain.transfers import (
    Transfer,
    TransferDirection,
    TransferScope,
    TransferStatus,
    awaiting_key,
    between,
    listing_key,
    require_none_pending,
)
from tests.domain.cases import refusing
from tests.factories import HEFEI, JINAN, NOW, after, make_transfer

PENDING: Final = [TransferStatus.PENDING_VERIFICATION, TransferStatus.PENDING_ACCEPTANCE]
DONE: Final = [status for status in TransferStatus if status not in PENDING]
DUE: Final = after(minutes=30)
LAST_MOMENT: Final = after(minutes=29, seconds=59, milliseconds=999)


def transfer_in(status: TransferStatus) -> Transfer:
    """Make a transfer from P0001 to P0002 in that status, due in thirty minutes where it still waits."""
    return replace(make_transfer(), status=status)


# ---- whose lists it is in -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", TransferStatus)
def test_a_transfer_is_in_eight_lists(status: TransferStatus) -> None:
    """R26: with and without a direction, with and without a status, of either party."""
    assert set(transfer_in(status).listings) == {
        "P0001::",
        "P0001:OUT:",
        f"P0001::{status}",
        f"P0001:OUT:{status}",
        "P0002::",
        "P0002:IN:",
        f"P0002::{status}",
        f"P0002:IN:{status}",
    }


@pytest.mark.parametrize("status", TransferStatus)
def test_a_list_holds_the_transfers_of_its_direction_and_status(status: TransferStatus) -> None:
    """R26."""
    listings = transfer_in(status).listings
    for direction, asked in product([None, *TransferDirection], [None, *TransferStatus]):
        is_asked_for = asked in (None, status)
        sent = direction is not TransferDirection.IN
        received = direction is not TransferDirection.OUT
        assert (listing_key("P0001", direction, asked) in listings) is (is_asked_for and sent)
        assert (listing_key("P0002", direction, asked) in listings) is (is_asked_for and received)


def test_a_transfer_is_in_nobody_elses_lists() -> None:
    """R27."""
    assert not any(listing.startswith("P0003") for listing in make_transfer().listings)


# ---- while it waits -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", PENDING)
def test_a_pending_transfer_is_due_when_its_term_ends(status: TransferStatus) -> None:
    """R18, R21."""
    transfer = transfer_in(status)
    assert transfer.due_at == transfer.expires_at == DUE
    assert not transfer.is_due(LAST_MOMENT)
    assert transfer.is_due(DUE)


@pytest.mark.parametrize("status", DONE)
def test_a_transfer_that_waits_for_nobody_is_never_due(status: TransferStatus) -> None:
    """R18, R21."""
    transfer = transfer_in(status)
    assert transfer.due_at is None
    assert not transfer.is_due(after(days=400))


def test_a_pending_transfer_without_a_term_is_never_due() -> None:
    """R18."""
    transfer = replace(make_transfer(), expires_at=None)
    assert transfer.is_pending()
    assert not transfer.is_due(after(days=400))


@pytest.mark.parametrize("status", PENDING)
def test_a_pending_transfer_is_pending_for_both_parties(status: TransferStatus) -> None:
    """R11: as payer or payee."""
    assert transfer_in(status).pending_of == ("P0001", "P0002")


@pytest.mark.parametrize("status", DONE)
def test_a_transfer_that_is_done_is_pending_for_nobody(status: TransferStatus) -> None:
    """R11."""
    assert transfer_in(status).pending_of == ()


def test_a_transfer_that_the_payee_must_accept_names_payer_and_payee() -> None:
    """R21: no second one to the same payee."""
    assert transfer_in(TransferStatus.PENDING_ACCEPTANCE).awaiting == awaiting_key("P0001", "P0002")


@pytest.mark.parametrize("status", [status for status in TransferStatus if status.name != "PENDING_ACCEPTANCE"])
def test_no_other_transfer_keeps_a_second_one_back(status: TransferStatus) -> None:
    """R21: nor does an unverified application."""
    assert transfer_in(status).awaiting is None


def test_what_waits_for_one_payee_keeps_nothing_back_from_others() -> None:
    """R21: nor from the payee to the payer."""
    pairs = [("P0001", "P0002"), ("P0002", "P0001"), ("P0001", "P0003"), ("P0003", "P0002")]
    assert len({awaiting_key(payer, payee) for payer, payee in pairs}) == 4


# ---- what it stands in the way of -----------------------------------------------------------------------------------


def test_without_pending_transfers_the_use_place_may_change() -> None:
    """R11."""
    require_none_pending([], NOW)


@pytest.mark.parametrize("status", PENDING)
def test_while_a_transfer_is_pending_the_use_place_does_not_change(status: TransferStatus) -> None:
    """R11: until the last moment."""
    with refusing(ErrorCode.PENDING_ELSEWHERE):
        require_none_pending([transfer_in(status)], LAST_MOMENT)


@pytest.mark.parametrize("status", PENDING)
def test_what_is_overdue_does_not_keep_the_use_place(status: TransferStatus) -> None:
    """R11, R18, R21: it has expired or gone back, whoever settles it."""
    require_none_pending([transfer_in(status)], DUE)


def test_one_of_several_transfers_that_is_pending_suffices() -> None:
    """R11."""
    later = make_transfer("key-2", created_at=after(minutes=10))
    with refusing(ErrorCode.PENDING_ELSEWHERE):
        require_none_pending([make_transfer(), later], DUE)


# ---- between which areas --------------------------------------------------------------------------------------------


def test_a_transfer_says_between_which_areas_the_money_moves() -> None:
    """R16, R17: those it is judged by when it is verified, and nothing else of it changes."""
    moved = between(make_transfer(), HEFEI, "340200")
    assert (moved.payer_area_code, moved.payee_area_code) == (HEFEI, "340200")
    assert (make_transfer().scope, moved.scope) == (TransferScope.CROSS_PROVINCE, TransferScope.SAME_PROVINCE)
    assert between(moved, JINAN, HEFEI) == make_transfer()
