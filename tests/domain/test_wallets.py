"""A person has one wallet, bound to a mobile and used in one area, and it may be frozen (R7, R10, R12)."""

import pytest

from domain.errors import ErrorCode
from domain.identity import parse_phone
from domain.wallets import (
    PersonalAccount,
    Wallet,
    WalletStatus,
    activate,
    open_personal_account,
    parse_period,
    personal_account_id,
    require_activated,
    require_no_wallet,
    require_not_frozen,
    require_payee_activated,
    require_payee_not_frozen,
    wallet_id,
)
from tests.domain.cases import frozen, refusing
from tests.factories import JINAN, NOW, make_wallet


def test_a_new_wallet_is_active_and_empty() -> None:
    """R10."""
    wallet = activate("P0001", JINAN, parse_phone("13912345678"), NOW)
    assert (wallet.status, wallet.balance, wallet.held, wallet.seq) == (WalletStatus.ACTIVE, 0, 0, 0)
    assert wallet.use_place_changes == ()


def test_a_wallet_has_the_use_place_and_the_mobile_it_was_activated_with() -> None:
    """R10: any valid mobile becomes the wallet's."""
    wallet = activate("P0001", JINAN, parse_phone("13912345678"), NOW)
    assert (wallet.person_no, wallet.use_area_code, wallet.activated_at) == ("P0001", JINAN, NOW)
    assert wallet.masked_phone == "139****5678"


def test_a_new_personal_account_is_empty() -> None:
    """R7."""
    account = open_personal_account("P0001", NOW)
    assert (account.person_no, account.balance, account.held, account.seq) == ("P0001", 0, 0, 0)


def test_a_person_has_one_wallet_and_one_personal_account() -> None:
    """R7, R10: their ids are the person's."""
    accounts: list[Wallet | PersonalAccount] = [make_wallet("P0001"), open_personal_account("P0001", NOW)]
    ids = [account.id for account in accounts]
    assert ids == [wallet_id("P0001"), personal_account_id("P0001")] == ["wallet:P0001", "personal:P0001"]


@pytest.mark.parametrize("text", ["2025-01", "2025-05", "2025-12"])
def test_a_year_and_a_month_are_a_period(text: str) -> None:
    """R7."""
    assert parse_period(text) == text


@pytest.mark.parametrize("text", ["", "2025-00", "2025-13", "2025-5", "2025-05-01", "202505", "2025-05\n", "25-05"])
def test_other_text_is_no_period(text: str) -> None:
    """R7."""
    with refusing(ErrorCode.INVALID_INPUT, "period"):
        parse_period(text, "period")


def test_a_first_wallet_may_be_activated() -> None:
    """R10."""
    require_no_wallet(None)


def test_a_second_wallet_is_refused() -> None:
    """R10."""
    with refusing(ErrorCode.WALLET_EXISTS):
        require_no_wallet(make_wallet())


def test_a_wallet_is_given_back() -> None:
    """R13, R15."""
    assert require_activated(make_wallet()) == require_payee_activated(make_wallet()) == make_wallet()


def test_a_payer_without_a_wallet_is_refused() -> None:
    """R13."""
    with refusing(ErrorCode.WALLET_NOT_ACTIVATED):
        require_activated(None)


def test_a_payee_without_a_wallet_is_refused() -> None:
    """R15."""
    with refusing(ErrorCode.PAYEE_WALLET_NOT_ACTIVATED, "payee"):
        require_payee_activated(None)


def test_an_active_wallet_sends_and_receives() -> None:
    """R12."""
    require_not_frozen(make_wallet())
    require_payee_not_frozen(make_wallet())


def test_a_frozen_wallet_does_not_send() -> None:
    """R12."""
    with refusing(ErrorCode.WALLET_FROZEN):
        require_not_frozen(frozen(make_wallet()))


def test_a_frozen_wallet_does_not_receive() -> None:
    """R12."""
    with refusing(ErrorCode.WALLET_FROZEN, "payee"):
        require_payee_not_frozen(frozen(make_wallet()))
