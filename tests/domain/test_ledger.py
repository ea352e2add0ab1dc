"""Money moves from account to account; none is made, lost or overdrawn (R19, R20, R26)."""

from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.errors import ErrorCode, InsufficientBalance, Refused
from domain.ledger import (
    Account,
    EntryKind,
    Journal,
    Leg,
    Posting,
    entry_id,
    hold,
    legs_balance,
    post,
    release,
    require_amount,
    require_available,
)
from domain.money import Fen
from tests.domain.cases import refusing
from tests.factories import NOW, after, make_entry, make_personal_account, make_wallet

OUT: Final = EntryKind.TRANSFER_OUT
IN: Final = EntryKind.TRANSFER_IN
AMOUNTS = st.integers(min_value=1, max_value=10**15)


def leg(account: Account | str, amount: int, kind: EntryKind = OUT) -> Leg:
    """Make a leg of signed fen."""
    return Leg(account, kind, Fen(amount))


def journal(*legs: Leg) -> Journal:
    """Make the journal of a transfer."""
    return Journal("journal-1", legs, NOW, transfer_id="transfer-1")


def move(source: Account, target: Account, amount: int) -> Posting:
    """Move fen from one account to another."""
    return post(journal(leg(source, -amount), leg(target, amount, IN)))


# ---- amounts and balances -----------------------------------------------------------------------------------------


def test_what_is_held_is_not_available() -> None:
    """R19."""
    assert make_wallet(balance=1_000, held=300).available_balance == 700


@pytest.mark.parametrize("amount", [1, 100])
def test_one_fen_is_an_amount(amount: int) -> None:
    """R19."""
    assert require_amount(Fen(amount)) == amount


@pytest.mark.parametrize("amount", [0, -1])
def test_less_than_one_fen_is_no_amount(amount: int) -> None:
    """R19."""
    with refusing(ErrorCode.INVALID_AMOUNT, "amount"):
        require_amount(Fen(amount), "amount")


def test_all_that_is_available_can_be_spent() -> None:
    """R19."""
    require_available(make_wallet(balance=1_000, held=300), Fen(700))


def test_a_fen_more_than_is_available_is_refused() -> None:
    """R19."""
    with refusing(ErrorCode.INSUFFICIENT_BALANCE, "amount"):
        require_available(make_wallet(balance=1_000, held=300), Fen(701), "amount")


def test_the_refusal_says_what_is_available() -> None:
    """R19."""
    with pytest.raises(Refused) as caught:
        require_available(make_wallet(balance=1_000, held=300), Fen(701))
    assert caught.value.refusal == InsufficientBalance(available=Fen(700))


# ---- posting ------------------------------------------------------------------------------------------------------


def test_money_goes_from_one_account_to_the_other() -> None:
    """R20."""
    posting = move(make_personal_account("P0001", 1_000), make_wallet("P0002", 50), 300)
    assert [account.balance for account in posting.accounts] == [700, 350]


def test_an_account_keeps_all_but_balance_number_and_head() -> None:
    """R20."""
    source, target = make_personal_account("P0001", 1_000), make_wallet("P0002", 50, held=20)
    posting = move(source, target, 300)
    kept = [
        replace(after, balance=before.balance, seq=before.seq, head=before.head)
        for before, after in zip([source, target], posting.accounts, strict=True)
    ]
    assert kept == [source, target]


def test_every_movement_is_an_entry_with_the_balance_after_it() -> None:
    """R26."""
    posting = move(make_personal_account("P0001", 1_000), make_wallet("P0002", 50), 300)
    entries = [(entry.kind, entry.amount, entry.balance_after) for entry in posting.entries]
    assert entries == [(OUT, -300, 700), (IN, 300, 350)]


def test_an_entry_says_when_it_was_and_what_for() -> None:
    """R26."""
    source, target = make_wallet("P0001", 1_000), make_wallet("P0002")
    paid = Journal("journal-1", (leg(source, -1), leg(target, 1)), after(hours=1), payment_id="payment-1")
    for entry in post(paid).entries:
        assert (entry.journal_id, entry.occurred_at) == ("journal-1", after(hours=1))
        assert (entry.transfer_id, entry.payment_id) == (None, "payment-1")


def test_an_accounts_entries_are_numbered_from_one_without_gaps() -> None:
    """R26."""
    source, target = make_wallet("P0001", 1_000), make_wallet("P0002")
    first = move(source, target, 1)
    second = move(first.accounts[0], first.accounts[1], 1)
    entries = [posting.entries[0] for posting in (first, second)]
    assert [entry.seq for entry in entries] == [1, 2]
    assert [entry.id for entry in entries] == [entry_id(source.id, 1), entry_id(source.id, 2)]


def test_an_account_that_has_entries_only_gets_an_entry_without_a_balance() -> None:
    """R26: no document of its own is a bottleneck."""
    posting = post(journal(leg("allotment:370100", -300), leg(make_personal_account(), 300, EntryKind.ALLOTMENT)))
    assert [account.balance for account in posting.accounts] == [300]
    allotment = posting.entries[0]
    assert (allotment.id, allotment.account_id) == ("allotment:370100#journal-1", "allotment:370100")
    assert (allotment.seq, allotment.balance_after) == (0, None)


def test_an_account_that_has_entries_only_may_give_any_amount() -> None:
    """R7: the agency credits what it allots."""
    posting = post(journal(leg("allotment:370100", -(10**15)), leg(make_personal_account(), 10**15)))
    assert legs_balance(posting.entries)


def test_more_than_is_available_does_not_move() -> None:
    """R20."""
    with refusing(ErrorCode.INSUFFICIENT_BALANCE, "amount"):
        move(make_wallet("P0001", 1_000, held=1), make_wallet("P0002"), 1_000)


@pytest.mark.parametrize("amounts", [(-100, 99), (-100, 101), (100, 0), (1, 1)])
def test_legs_that_do_not_add_up_to_zero_are_a_bug(amounts: tuple[int, int]) -> None:
    """R20."""
    source, target = make_wallet("P0001", 1_000), make_wallet("P0002", 1_000)
    with pytest.raises(ValueError, match="add up to zero"):
        post(journal(leg(source, amounts[0]), leg(target, amounts[1])))


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_no_fen_is_made_or_lost(source_fen: int, target_fen: int, amount: int) -> None:
    """R20."""
    assume(amount <= source_fen)
    posting = move(make_wallet("P0001", source_fen), make_wallet("P0002", target_fen), amount)
    assert sum(account.balance for account in posting.accounts) == source_fen + target_fen
    assert legs_balance(posting.entries)


@given(
    st.lists(st.integers(0, 500), min_size=2, max_size=5),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 600)), max_size=20),
)
def test_no_account_is_ever_overdrawn(balances: list[int], moves: list[tuple[int, int, int]]) -> None:
    """R20: whatever is tried in whatever order, the sum stays and no balance falls below what is held."""
    accounts: list[Account] = [
        make_wallet(f"P{number}", balance, held=balance // 2) for number, balance in enumerate(balances)
    ]
    for source, target, amount in moves:
        one, other = source % len(accounts), target % len(accounts)
        if one == other:
            continue
        with suppress(Refused):
            accounts[one], accounts[other] = move(accounts[one], accounts[other], amount).accounts
    assert sum(account.balance for account in accounts) == sum(balances)
    assert all(0 <= account.held <= account.balance for account in accounts)


@given(st.lists(st.integers(-500, 500), min_size=1, max_size=20))
def test_an_accounts_entries_explain_its_balance(amounts: list[int]) -> None:
    """R26: each balance is the one before it and the amount."""
    account: Account = make_wallet(balance=10_000)
    entries = []
    for number, amount in enumerate(amounts):
        posting = post(Journal(f"journal-{number}", (leg(account, amount), leg("other", -amount)), NOW))
        account = posting.accounts[0]
        entries.append(posting.entries[0])
    balances = [entry.balance_after for entry in entries]
    assert balances[-1] == account.balance == 10_000 + sum(amounts)
    assert all(
        later.balance_after == (earlier.balance_after or 0) + later.amount for earlier, later in pairwise(entries)
    )


def test_entries_that_do_not_add_up_to_zero_are_told() -> None:
    """R20."""
    assert legs_balance([make_entry(amount=-100), make_entry("wallet:P0002", amount=100)])
    assert not legs_balance([make_entry(amount=-100), make_entry("wallet:P0002", amount=99)])


def test_an_account_has_one_leg_of_a_journal_at_most() -> None:
    """R20: two legs would each be judged by the balance before both."""
    wallet = make_wallet(balance=100)
    legs = (
        Leg(wallet, EntryKind.TRANSFER_OUT, Fen(-60)),
        Leg(wallet, EntryKind.TRANSFER_OUT, Fen(-60)),
        Leg("fund", EntryKind.TRANSFER_IN, Fen(120)),
    )
    with pytest.raises(ValueError, match="one leg"):
        post(Journal("j", legs, NOW))


# ---- holding ------------------------------------------------------------------------------------------------------


def test_what_is_held_stays_in_the_balance() -> None:
    """R19, R21: no entry is made, so no number is used."""
    account = make_personal_account(balance=1_000, held=100)
    assert hold(account, Fen(300)) == replace(account, held=Fen(400))


def test_all_that_is_available_can_be_held() -> None:
    """R19."""
    assert hold(make_wallet(balance=1_000, held=100), Fen(900)).available_balance == 0


def test_a_fen_more_than_is_available_is_not_held() -> None:
    """R19, R20."""
    with refusing(ErrorCode.INSUFFICIENT_BALANCE, "amount"):
        hold(make_wallet(balance=1_000, held=100), Fen(901))


def test_what_is_held_does_not_move() -> None:
    """R20."""
    with refusing(ErrorCode.INSUFFICIENT_BALANCE, "amount"):
        move(hold(make_wallet("P0001", 1_000), Fen(300)), make_wallet("P0002"), 701)


@pytest.mark.parametrize("amount", [1, 300, 400])
def test_what_is_released_is_available_again(amount: int) -> None:
    """R21."""
    account = make_wallet(balance=1_000, held=400)
    assert release(account, Fen(amount)) == replace(account, held=Fen(400 - amount))


def test_to_release_more_than_was_held_is_a_bug() -> None:
    """R20."""
    with pytest.raises(ValueError, match="no more is released"):
        release(make_wallet(balance=1_000, held=400), Fen(401))


@given(st.lists(st.integers(-600, 600).filter(bool), max_size=20))
def test_holding_and_releasing_never_touches_the_balance(amounts: list[int]) -> None:
    """R20: whatever is held (above zero) and released (below) in whatever order, 0 ≤ held ≤ balance."""
    account: Account = make_wallet(balance=1_000)
    for amount in amounts:
        with suppress(Refused, ValueError):
            account = hold(account, Fen(amount)) if amount > 0 else release(account, Fen(-amount))
        assert 0 <= account.held <= account.balance == 1_000
