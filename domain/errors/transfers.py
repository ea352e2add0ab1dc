"""Transfers: their state, and the limits of the policy in force (R18, R21)."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors.codes import ErrorCode
from domain.errors.refusals import Refusal


class TransferNotPending(Refusal):
    """R18, R21: only what is pending can be verified, cancelled, accepted or declined."""

    code = ErrorCode.TRANSFER_NOT_PENDING
    zh = "该转账已不在待处理状态。"
    en = "This transfer is not waiting for that any more."


class TransferExpired(Refusal):
    """R18: an unverified application expires."""

    code = ErrorCode.TRANSFER_EXPIRED
    zh = "转账申请已过期，请重新申请。"
    en = "This application has expired; apply again."


@dataclass(frozen=True)
class PolicyRefusal(Refusal):
    """R21: a limit of the policy in force; `limit` is what it allows, `used` what counts against it."""

    limit: str = ""
    used: str | None = None

    def details(self) -> dict[str, str]:
        """Give the limit."""
        return {"limit": self.limit}


class AmountOverLimit(PolicyRefusal):
    """R21: more than one transfer may carry."""

    code = ErrorCode.AMOUNT_OVER_LIMIT
    zh = "单笔转账最多{limit}元。"
    en = "A transfer carries at most {limit} yuan."


class DailyLimitReached(PolicyRefusal):
    """R21: as many transfers as a day allows."""

    code = ErrorCode.DAILY_LIMIT_REACHED
    zh = "每天最多转账{limit}次，请明天再试。"
    en = "At most {limit} transfers a day; try again tomorrow."


class OutsideServiceHours(PolicyRefusal):
    """R21: the night is closed."""

    code = ErrorCode.OUTSIDE_SERVICE_HOURS
    zh = "当前不在服务时间，请在{limit}（北京时间）办理。"
    en = "Outside service hours; come back within {limit}, Beijing time."


class TransferPendingToPayee(PolicyRefusal):
    """R21: an earlier transfer to the same payee waits for acceptance."""

    code = ErrorCode.TRANSFER_PENDING_TO_PAYEE
    zh = "您向该收款人的上一笔转账尚待对方接收。"
    en = "Your earlier transfer to this payee still waits to be accepted."
