"""Where the payee must accept, verified money is held, and moves or goes back to where it came from (R21)."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credentials import VerificationMethod
from domain.errors import ErrorCode
from domain.ledger import Account, EntryKind, Posting
from domain.policies import NATIONAL
from domain.transfers import (
    FundSource,
    Step,
    Transfer,
    TransferStatus,
    accept,
    give_back,
    require_pending,
    settle,
    verify,
)
from tests.domain.cases import refusing
from tests.factories import HEFEI, NOW, after, make_personal_account, make_transfer, make_wallet

APPLIED: Final = TransferStatus.PENDING_VERIFICATION
OFFERED: Final = TransferStatus.PENDING_ACCEPTANCE
DONE: Final = [status for status in TransferStatus if status not in (APPLIED, OFFERED)]
SIX: Final = datetime(2025, 5, 8, 22, 0, tzinfo=UTC)
"""06:00 in Shanghai, on the day after NOW."""
LAST_MOMENT: Final = SIX.replace(hour=21, minute=59, second=59, microsecond=999_000)


def account_of(source: FundSource) -> Account:
    """Make the payer's account with 10.00, of which 1.00 is held for something else."""
    if source is FundSource.WALLET:
        return make_wallet(balance=1_000, held=100)
    return make_personal_account(balance=1_000, held=100)


def offer(source: FundSource = FundSource.PERSONAL_ACCOUNT, amount: int = 300) -> tuple[Transfer, Account]:
    """Verify a transfer under `national`; give it, and the account in which its money is held."""
    transfer = replace(make_transfer(amount=amount), source=source)
    step = verify(
        transfer,
        NATIONAL,
        VerificationMethod.PASSWORD,
        NOW,
        source=account_of(source),
        target=make_wallet("P0002", use_area_code=HEFEI),
    )
    return step.transfer, step.posting.accounts[0]


def transfer_in(status: TransferStatus) -> Transfer:
    """Make a transfer in that status, due at six where it still waits."""
    return replace(make_transfer(), status=status, expires_at=SIX)


def amounts(account: Account) -> tuple[int, int, int]:
    """Give balance, held and available fen."""
    return account.balance, account.held, account.available_balance


# ---- verified: held -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", FundSource)
def test_verified_money_stays_in_the_balance_but_is_not_available(source: FundSource) -> None:
    """R21."""
    transfer, account = offer(source)
    assert transfer.source_id == account.id
    assert amounts(account) == (1_000, 400, 600)


def test_holding_money_is_no_movement() -> None:
    """R21, R26: no entry, no number used, nothing of the payee's."""
    source = make_personal_account(balance=1_000)
    target = make_wallet("P0002")
    step = verify(make_transfer(), NATIONAL, VerificationMethod.FACE, NOW, source=source, target=target)
    assert step.posting.entries == ()
    assert [(account.id, account.seq) for account in step.posting.accounts] == [(source.id, source.seq)]


def test_a_verified_transfer_waits_for_the_payee_until_six() -> None:
    """R21: it says how and when it was verified, and is not completed."""
    transfer, _ = offer()
    assert (transfer.status, transfer.expires_at, transfer.completed_at) == (OFFERED, SIX, None)
    assert (transfer.verified_by, transfer.verified_at) == (VerificationMethod.PASSWORD, NOW)


def test_what_is_held_for_one_transfer_does_not_pay_another() -> None:
    """R20, R21."""
    with refusing(ErrorCode.INSUFFICIENT_BALANCE, "amount"):
        offer(amount=901)


def test_what_is_held_cannot_be_cancelled() -> None:
    """R25: no recall; only what is unverified can be cancelled."""
    with refusing(ErrorCode.TRANSFER_NOT_PENDING, "transfer_id"):
        require_pending(offer()[0], APPLIED, NOW)


# ---- accepted: moved ------------------------------------------------------------------------------------------------


def accepted(source: FundSource = FundSource.PERSONAL_ACCOUNT) -> Step:
    """Accept what was offered, five minutes later, into a wallet with 0.50."""
    transfer, account = offer(source)
    return accept(transfer, after(minutes=5), source=account, target=make_wallet("P0002", 50))


@pytest.mark.parametrize("source", FundSource)
def test_accepted_money_leaves_the_source_and_enters_the_payees_wallet(source: FundSource) -> None:
    """R21: nothing more is held for it."""
    paying, receiving = accepted(source).posting.accounts
    assert (amounts(paying), amounts(receiving)) == ((700, 100, 600), (350, 0, 350))


def test_both_movements_are_entries_of_the_moment_of_accepting() -> None:
    """R21, R26."""
    step = accepted()
    assert [(entry.kind, entry.amount, entry.balance_after) for entry in step.posting.entries] == [
        (EntryKind.TRANSFER_OUT, -300, 700),
        (EntryKind.TRANSFER_IN, 300, 350),
    ]
    assert {(e.transfer_id, e.occurred_at) for e in step.posting.entries} == {(step.transfer.id, after(minutes=5))}


def test_an_accepted_transfer_is_completed_when_it_is_accepted() -> None:
    """R21: it was verified before."""
    transfer = accepted().transfer
    assert (transfer.status, transfer.completed_at) == (TransferStatus.COMPLETED, after(minutes=5))
    assert transfer.verified_at == NOW


def test_all_that_is_in_an_account_may_be_offered_and_accepted() -> None:
    """R19, R21."""
    transfer, account = offer(amount=900)
    assert account.available_balance == 0
    step = accept(transfer, after(minutes=5), source=account, target=make_wallet("P0002"))
    assert [account.balance for account in step.posting.accounts] == [100, 900]


# ---- declined, or overdue: given back -------------------------------------------------------------------------------


@pytest.mark.parametrize("source", FundSource)
def test_what_is_given_back_is_available_again(source: FundSource) -> None:
    """R21."""
    transfer, account = offer(source)
    step = give_back(transfer, after(minutes=5), source=account)
    assert [amounts(account) for account in step.posting.accounts] == [(1_000, 100, 900)]
    assert step.transfer.status is TransferStatus.RETURNED


def test_a_return_is_an_entry_of_nothing_at_the_source() -> None:
    """R21, R26: the money never left the balance."""
    transfer, account = offer()
    (entry,) = give_back(transfer, after(minutes=5), source=account).posting.entries
    assert (entry.account_id, entry.kind) == (account.id, EntryKind.TRANSFER_RETURNED)
    assert (entry.amount, entry.balance_after, entry.seq) == (0, 1_000, 1)
    assert (entry.transfer_id, entry.occurred_at) == (transfer.id, after(minutes=5))


def test_a_returned_transfer_was_never_completed() -> None:
    """R21: but verified."""
    transfer, account = offer()
    returned = give_back(transfer, after(minutes=5), source=account).transfer
    assert (returned.completed_at, returned.verified_at) == (None, NOW)


def test_a_returned_transfer_still_counts_on_the_day_it_was_verified() -> None:
    """R21: later returned ones included."""
    transfer, account = offer()
    returned = give_back(transfer, SIX, source=account).transfer
    assert returned.verified_day == transfer.verified_day == "P0001@2025-05-08"


@given(st.integers(1, 900), st.booleans())
def test_no_fen_is_made_or_lost_whatever_the_payee_does(amount: int, accepts: bool) -> None:  # noqa: FBT001 - drawn
    """R20, R21."""
    transfer, account = offer(amount=amount)
    target = make_wallet("P0002", 50)
    if accepts:
        paying, receiving = accept(transfer, NOW, source=account, target=target).posting.accounts
    else:
        (paying,), receiving = give_back(transfer, NOW, source=account).posting.accounts, target
    assert (paying.balance + receiving.balance, paying.held) == (1_050, 100)
    assert receiving.balance == 50 + amount * accepts


# ---- what time does -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [APPLIED, OFFERED])
def test_before_it_is_due_nothing_is_settled(status: TransferStatus) -> None:
    """R18, R21."""
    transfer = transfer_in(status)
    step = settle(transfer, LAST_MOMENT, source=make_personal_account(balance=1_000, held=100))
    assert step == Step(transfer, Posting())


@pytest.mark.parametrize("now", [SIX, after(days=400)])
def test_an_overdue_application_expires_and_nothing_moves(now: datetime) -> None:
    """R18: it held no money."""
    step = settle(transfer_in(APPLIED), now, source=make_personal_account(balance=1_000))
    assert step == Step(transfer_in(TransferStatus.EXPIRED), Posting())


@pytest.mark.parametrize("now", [SIX, after(days=400)])
def test_what_is_not_accepted_in_time_goes_back(now: datetime) -> None:
    """R21: at six exactly."""
    transfer, account = offer()
    assert settle(transfer, now, source=account) == give_back(transfer, now, source=account)


@pytest.mark.parametrize("status", DONE)
def test_what_is_done_is_not_settled_again(status: TransferStatus) -> None:
    """R18, R21: who comes second finds it done."""
    transfer = transfer_in(status)
    assert settle(transfer, after(days=400), source=make_personal_account(balance=1_000)) == Step(transfer)


def test_what_is_overdue_is_seen_as_returned_by_whoever_looks() -> None:
    """R21."""
    transfer, _ = offer()
    assert transfer.as_of(LAST_MOMENT) == transfer
    assert transfer.as_of(SIX) == replace(transfer, status=TransferStatus.RETURNED)


def test_what_is_offered_can_be_accepted_or_declined_until_the_last_moment() -> None:
    """R21."""
    require_pending(offer()[0], OFFERED, LAST_MOMENT)


def test_what_is_overdue_is_not_accepted_any_more() -> None:
    """R21."""
    with refusing(ErrorCode.TRANSFER_NOT_PENDING, "transfer_id"):
        require_pending(offer()[0], OFFERED, SIX)


def test_what_is_not_verified_yet_is_not_accepted() -> None:
    """R21."""
    with refusing(ErrorCode.TRANSFER_NOT_PENDING, "transfer_id"):
        require_pending(make_transfer(), OFFERED, NOW)
