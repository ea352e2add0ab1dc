"""Every rule of a transfer, in the order in which refusals are reported (R13 to R21).

A rule that has nothing to go by yet raises `CannotJudge` and is left out: a preview never speaks of a wallet that does
not exist, nor of a limit that the policy does not set, and nothing about a payee is judged before kinship holds (R15).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from domain.errors import (
    ErrorCode,
    NoPersonalAccount,
    PayerNoPersonalAccount,
    PayerNotEnrolled,
    Refused,
    RelativeMismatch,
)
from domain.kinship import require_relation, require_tie
from domain.ledger import require_available
from domain.persons import require_enrolled, require_payee_enrolled
from domain.places import CannotJudge, existing, require_a_place_open
from domain.policies import (
    require_amount_allowed,
    require_day_allowed,
    require_none_awaiting,
    require_service_hours,
)
from domain.transfer_cases import TransferCase
from domain.transfers import FundSource
from domain.wallets import (
    require_activated,
    require_not_frozen,
    require_payee_activated,
    require_payee_not_frozen,
    require_payer_not_frozen,
)


def _payer_enrolled(case: TransferCase) -> None:
    require_enrolled(case.payer.person)


def _has_personal_account(case: TransferCase) -> None:
    if case.source is not FundSource.PERSONAL_ACCOUNT:
        raise CannotJudge
    if case.payer.account is None or case.payer.person.active_employment() is None:
        raise Refused(NoPersonalAccount(path=("source",)))


def _payee_identified(case: TransferCase) -> None:
    if case.payee is None:
        raise Refused(RelativeMismatch(path=("payee", "identity")))


def _near_relative(case: TransferCase) -> None:
    if case.payee is None:
        raise CannotJudge
    require_tie(case.tie, "payee")


def _relation_stated(case: TransferCase) -> None:
    require_relation(case.active_tie(), case.payer.person.person_no, case.relation)


def _payee_enrolled(case: TransferCase) -> None:
    require_payee_enrolled(case.kin().person)


def _payer_place_open(case: TransferCase) -> None:
    require_a_place_open(case.payer.places, case.today)


def _account_place_open(case: TransferCase) -> None:
    require_a_place_open((case.account_place(),), case.today, "source")


def _payee_place_open(case: TransferCase) -> None:
    require_a_place_open(case.kin().places, case.today, "payee")


def _payer_activated(case: TransferCase) -> None:
    require_activated(case.payer.wallet)


def _payer_not_frozen(case: TransferCase) -> None:
    require_not_frozen(case.payer_wallet())


def _payee_activated(case: TransferCase) -> None:
    require_payee_activated(case.kin().wallet)


def _payee_not_frozen(case: TransferCase) -> None:
    require_payee_not_frozen(existing(case.kin().wallet))


def _amount_allowed(case: TransferCase) -> None:
    _require_set(case.policy.max_amount)
    require_amount_allowed(case.policy, case.amount)


def _day_allowed(case: TransferCase) -> None:
    _require_set(case.policy.max_per_day)
    require_day_allowed(case.policy, case.usage)


def _in_service_hours(case: TransferCase) -> None:
    _require_set(case.policy.closed_from)
    require_service_hours(case.policy, case.now)


def _none_awaiting(case: TransferCase) -> None:
    case.kin()
    if not case.policy.acceptance_required:
        raise CannotJudge
    require_none_awaiting(case.policy, case.usage)


def _require_set(limit: object | None) -> None:
    if limit is None:
        raise CannotJudge


def _balance_suffices(case: TransferCase) -> None:
    require_available(case.source_account(), case.amount, "amount")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a transfer: the code it refuses with, what it demands, and how it is judged."""

    code: ErrorCode
    zh: str
    en: str
    require: Callable[[TransferCase], None]


RULES: Final = (
    Rule(ErrorCode.NOT_ENROLLED, "付款人正常参保", "The payer is actively enrolled", _payer_enrolled),
    Rule(
        ErrorCode.NO_PERSONAL_ACCOUNT,
        "付款人有职工医保个人账户",
        "The payer has a personal account",
        _has_personal_account,
    ),
    Rule(
        ErrorCode.RELATIVE_MISMATCH,
        "收款人姓名与身份号码相符",
        "The payee's name and ID number match",
        _payee_identified,
    ),
    Rule(ErrorCode.NOT_NEAR_RELATIVE, "双方是近亲属", "Payer and payee are near relatives", _near_relative),
    Rule(
        ErrorCode.RELATION_MISMATCH,
        "所填关系与登记一致",
        "The relation stated is the one declared",
        _relation_stated,
    ),
    Rule(ErrorCode.NOT_ENROLLED, "收款人正常参保", "The payee is actively enrolled", _payee_enrolled),
    Rule(
        ErrorCode.REGION_NOT_OPEN,
        "付款人所在地区已开通",
        "The wallet is open in the payer's area",
        _payer_place_open,
    ),
    Rule(
        ErrorCode.REGION_NOT_OPEN,
        "个人账户所在地区已开通",
        "The wallet is open in the personal account's area",
        _account_place_open,
    ),
    Rule(
        ErrorCode.REGION_NOT_OPEN,
        "收款人所在地区已开通",
        "The wallet is open in the payee's area",
        _payee_place_open,
    ),
    Rule(ErrorCode.WALLET_NOT_ACTIVATED, "付款人已开通钱包", "The payer has a wallet", _payer_activated),
    Rule(ErrorCode.WALLET_FROZEN, "付款人钱包未冻结", "The payer's wallet is not frozen", _payer_not_frozen),
    Rule(ErrorCode.PAYEE_WALLET_NOT_ACTIVATED, "收款人已开通钱包", "The payee has a wallet", _payee_activated),
    Rule(ErrorCode.WALLET_FROZEN, "收款人钱包未冻结", "The payee's wallet is not frozen", _payee_not_frozen),
    Rule(ErrorCode.AMOUNT_OVER_LIMIT, "未超过单笔限额", "The amount is within the limit", _amount_allowed),
    Rule(ErrorCode.DAILY_LIMIT_REACHED, "未超过每日次数", "The day's number is not used up", _day_allowed),
    Rule(ErrorCode.OUTSIDE_SERVICE_HOURS, "在服务时间内", "It is within service hours", _in_service_hours),
    Rule(
        ErrorCode.TRANSFER_PENDING_TO_PAYEE,
        "没有待该收款人接收的转账",
        "No transfer to this payee waits for acceptance",
        _none_awaiting,
    ),
    Rule(ErrorCode.INSUFFICIENT_BALANCE, "余额充足", "The balance suffices", _balance_suffices),
)
"""The rules in the order in which refusals are reported; the policy's own come before the balance (R21)."""


def _payer_still_enrolled(case: TransferCase) -> None:
    if not case.payer.person.active_enrolments():
        raise Refused(PayerNotEnrolled())


def _payer_still_has_account(case: TransferCase) -> None:
    try:
        _has_personal_account(case)
    except Refused:
        raise Refused(PayerNoPersonalAccount(path=("source",))) from None


def _payer_still_not_frozen(case: TransferCase) -> None:
    require_payer_not_frozen(case.payer_wallet())


ACCEPTANCE_RULES: Final = (
    Rule(ErrorCode.NOT_ENROLLED, "付款人正常参保", "The payer is actively enrolled", _payer_still_enrolled),
    Rule(
        ErrorCode.NO_PERSONAL_ACCOUNT,
        "付款人有职工医保个人账户",
        "The payer has a personal account",
        _payer_still_has_account,
    ),
    Rule(ErrorCode.NOT_NEAR_RELATIVE, "双方是近亲属", "Payer and payee are near relatives", _near_relative),
    *(rule for rule in RULES if rule.require in (_relation_stated, _payee_enrolled)),
    *(rule for rule in RULES if rule.require in (_payer_place_open, _account_place_open, _payee_place_open)),
    Rule(ErrorCode.WALLET_FROZEN, "付款人钱包未冻结", "The payer's wallet is not frozen", _payer_still_not_frozen),
    *(rule for rule in RULES if rule.require is _payee_not_frozen),
)
"""What must still hold when the payee accepts: limits, hours and the balance were judged when the money was held."""
