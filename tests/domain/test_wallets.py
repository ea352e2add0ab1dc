"""A person has one wallet, bound to a mobile and used in one area, and it may be frozen (R7, R10 to R12)."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from domain.errors import ErrorCode
from domain.identity import parse_phone
from domain.regions import Region, UsePlaceFact, with_use_place_fact
from domain.wallets import (
    STATUS_CHANGES_MAX,
    PersonalAccount,
    StatusChange,
    UsePlaceChange,
    Wallet,
    WalletStatus,
    activate,
    change_use_place,
    open_personal_account,
    owner_of,
    parse_period,
    parse_reason,
    personal_account_id,
    require_activated,
    require_no_wallet,
    require_not_frozen,
    require_owner_activated,
    require_payee_activated,
    require_payee_not_frozen,
    require_payer_not_frozen,
    require_use_place_change,
    set_status,
    wallet_id,
)
from tests.domain.cases import frozen, province, refusing
from tests.factories import HEFEI, JINAN, NOW, TODAY, after, make_wallet

QINGDAO: Final = "370200"


def supporting(province: Region, *, supported: bool = True) -> Region:
    """Let the province support changing the use place from TODAY on, or no longer."""
    return with_use_place_fact(province, UsePlaceFact(TODAY, supported=supported))


def switched(wallet: Wallet, times: int) -> Wallet:
    """Freeze the wallet and let it go again in turn, each time an hour later, for a numbered reason."""
    for number in range(times):
        status = WalletStatus.ACTIVE if wallet.status is WalletStatus.FROZEN else WalletStatus.FROZEN
        wallet = set_status(wallet, status, reason=f"{number}", by="agency:济南市", now=after(hours=number))
    return wallet


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


def test_a_payers_frozen_wallet_is_told_to_others_as_the_payers() -> None:
    """R12: not as theirs."""
    require_payer_not_frozen(make_wallet())
    with refusing(ErrorCode.WALLET_FROZEN):
        require_payer_not_frozen(frozen(make_wallet()))


def test_an_account_names_its_owner() -> None:
    """R26, R27: one that has entries only has none."""
    ids = [wallet_id("P0001"), personal_account_id("P0001"), "institution:H37010000001", "premium:370100:2025"]
    assert [owner_of(account_id) for account_id in ids] == ["P0001", "P0001", None, None]


# ---- changing the use place -----------------------------------------------------------------------------------------


def test_a_change_of_the_use_place_is_recorded() -> None:
    """R11."""
    changed = change_use_place(make_wallet(), HEFEI, after(days=1))
    assert changed.use_area_code == HEFEI
    assert changed.use_place_changes == (UsePlaceChange(JINAN, HEFEI, after(days=1)),)


def test_every_change_of_the_use_place_stays_on_record() -> None:
    """R11: there and back."""
    changed = change_use_place(change_use_place(make_wallet(), HEFEI, after(days=1)), JINAN, after(days=2))
    assert [(change.from_code, change.to_code) for change in changed.use_place_changes] == [
        (JINAN, HEFEI),
        (HEFEI, JINAN),
    ]


def test_a_change_of_the_use_place_changes_nothing_else() -> None:
    """R11: balance and history stay."""
    wallet = switched(make_wallet(balance=1_000, held=300), 1)
    changed = change_use_place(wallet, HEFEI, NOW)
    assert replace(changed, use_area_code=JINAN, use_place_changes=()) == wallet


def test_the_use_place_may_change_where_its_province_supports_it() -> None:
    """R11: it does not matter whether the new place's does."""
    require_use_place_change(make_wallet(), supporting(province()), HEFEI, NOW)


@pytest.mark.parametrize("unsupporting", [province(), supporting(supporting(province()), supported=False)])
def test_the_use_place_does_not_change_where_its_province_does_not_support_it(unsupporting: Region) -> None:
    """R11: never, or no longer."""
    with refusing(ErrorCode.USE_PLACE_CHANGE_UNSUPPORTED):
        require_use_place_change(make_wallet(), unsupporting, HEFEI, NOW)


def test_support_for_changing_the_use_place_begins_with_the_day_in_shanghai() -> None:
    """R4, R11: 2025-05-08 begins there at 16:00 UTC."""
    first_moment = NOW.replace(day=7, hour=16, minute=0, second=0, microsecond=0)
    require_use_place_change(make_wallet(), supporting(province()), HEFEI, first_moment)
    with refusing(ErrorCode.USE_PLACE_CHANGE_UNSUPPORTED):
        require_use_place_change(make_wallet(), supporting(province()), HEFEI, first_moment - timedelta(milliseconds=1))


def test_the_use_place_changes_to_another_area() -> None:
    """R11: of the same province, too."""
    require_use_place_change(make_wallet(), supporting(province()), QINGDAO, NOW)
    with refusing(ErrorCode.USE_PLACE_UNCHANGED, "area_code"):
        require_use_place_change(make_wallet(), supporting(province()), JINAN, NOW)


def test_where_a_change_is_not_supported_that_is_reported_first() -> None:
    """R11."""
    with refusing(ErrorCode.USE_PLACE_CHANGE_UNSUPPORTED):
        require_use_place_change(make_wallet(), province(), JINAN, NOW)


# ---- freezing -------------------------------------------------------------------------------------------------------


def test_a_freeze_is_recorded_with_its_reason() -> None:
    """R12."""
    wallet = set_status(make_wallet(), WalletStatus.FROZEN, reason="涉嫌欺诈", by="agency:济南市", now=NOW)
    assert wallet.status is WalletStatus.FROZEN
    assert wallet.status_changes == (StatusChange(WalletStatus.FROZEN, "涉嫌欺诈", "agency:济南市", NOW),)


def test_a_wallet_that_is_let_go_again_is_as_before_but_for_its_history() -> None:
    """R12."""
    wallet = switched(make_wallet(balance=1_000), 2)
    assert replace(wallet, status_changes=()) == make_wallet(balance=1_000)
    assert [change.status for change in wallet.status_changes] == [WalletStatus.FROZEN, WalletStatus.ACTIVE]


@pytest.mark.parametrize("wallet", [make_wallet(), switched(make_wallet(), 1), switched(make_wallet(), 2)])
def test_a_wallet_that_is_so_already_is_left_as_it_is(wallet: Wallet) -> None:
    """R12."""
    assert set_status(wallet, wallet.status, reason="again", by="agency:合肥市", now=after(days=1)) is wallet


def test_a_hundred_changes_stay_with_the_wallet() -> None:
    """R12."""
    reasons = [change.reason for change in switched(make_wallet(), STATUS_CHANGES_MAX).status_changes]
    assert reasons == [f"{number}" for number in range(100)]


def test_of_more_than_a_hundred_changes_the_latest_stay() -> None:
    """R12: a limit on everything."""
    wallet = switched(make_wallet(), STATUS_CHANGES_MAX + 3)
    assert [change.reason for change in wallet.status_changes] == [f"{number}" for number in range(3, 103)]
    assert wallet.status is WalletStatus.FROZEN


def test_the_reason_of_a_freeze_does_not_show_in_its_text() -> None:
    """R28: nor in logs."""
    wallet = set_status(make_wallet(), WalletStatus.FROZEN, reason="涉嫌欺诈", by="agency:济南市", now=NOW)
    assert "涉嫌欺诈" not in repr(wallet)


@pytest.mark.parametrize("text", ["挂失", "x", "涉" * 200, "Lost card, reported by phone"])
def test_what_says_something_is_a_reason(text: str) -> None:
    """R12, R25."""
    assert parse_reason(text) == text


def test_blanks_around_a_reason_do_not_matter() -> None:
    """R12, R25."""
    assert parse_reason(" \u3000挂失\n") == "挂失"


@pytest.mark.parametrize(
    "text", ["", "   ", "\u3000", "涉" * 201, "挂\n失", "挂\x00失", "\u200b", "\u202e挂失", "\ud800"]
)
def test_nothing_too_much_and_what_cannot_be_seen_is_no_reason(text: str) -> None:
    """R12, R25."""
    with refusing(ErrorCode.INVALID_INPUT, "reason"):
        parse_reason(text, "reason")


def test_a_persons_wallet_is_given_back_to_the_agency() -> None:
    """R12."""
    assert require_owner_activated(make_wallet()) == make_wallet()


def test_a_person_without_a_wallet_has_none_to_freeze() -> None:
    """R12."""
    with refusing(ErrorCode.WALLET_NOT_ACTIVATED, "person_no"):
        require_owner_activated(None)
