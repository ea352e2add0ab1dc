"""Payments: at institutions, of premiums, and their refunds (R22, R23, R25)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from domain.errors.codes import ErrorCode
from domain.errors.refusals import Refusal
from domain.money import Fen, format_yuan


class InstitutionNotDesignated(Refusal):
    """R22: no designated institution has that code."""

    code = ErrorCode.INSTITUTION_NOT_DESIGNATED
    zh = "该机构不是医保定点医药机构。"
    en = "There is no designated institution of this code."


class WalletNotAccepted(Refusal):
    """R22: the institution does not accept the wallet."""

    code = ErrorCode.WALLET_NOT_ACCEPTED
    zh = "该机构尚未开通医保钱包支付。"
    en = "This institution does not accept the wallet."


class NotInUsePlace(Refusal):
    """R22: the wallet pays in its use place."""

    code = ErrorCode.NOT_IN_USE_PLACE
    zh = "该机构不在您钱包的使用地。"
    en = "This institution is not in your wallet's use place."


@dataclass(frozen=True)
class RemainderRefusal(Refusal):
    """More than is left of something; `left` in fen."""

    left: Fen = field(default=Fen(0))

    def details(self) -> dict[str, str]:
        """Give what is left, in yuan."""
        return {"left": format_yuan(self.left)}


class OverSelfPaid(RemainderRefusal):
    """R22: the part the fund pays is never charged, and a bill is charged once."""

    code = ErrorCode.OVER_SELF_PAID
    zh = "超过结算单的个人自付部分，尚可支付{left}元。"
    en = "That is more than the self-paid part of the bill; {left} yuan of it are still to be paid."


class OverRefund(RemainderRefusal):
    """R25: never more than was paid."""

    code = ErrorCode.OVER_REFUND
    zh = "超过可退金额，尚可退{left}元。"
    en = "That is more than can be refunded; {left} yuan are left."


class PremiumNotPublished(Refusal):
    """R23: the area's agency has published no flow for that year."""

    code = ErrorCode.PREMIUM_NOT_PUBLISHED
    zh = "该地区尚未公布该年度的居民医保缴费标准。"
    en = "No premium is published for this area and year."


@dataclass(frozen=True)
class PremiumWindowClosed(Refusal):
    """R23: outside the published window."""

    code = ErrorCode.PREMIUM_WINDOW_CLOSED
    zh = "不在缴费期内，缴费期为{opens_on}至{closes_on}。"
    en = "The premium can be paid from {opens_on} to {closes_on} only."

    opens_on: date = date.min
    closes_on: date = date.max

    def details(self) -> dict[str, str]:
        """Give both ends of the window."""
        return {"opens_on": self.opens_on.isoformat(), "closes_on": self.closes_on.isoformat()}


class PremiumAlreadyPaid(Refusal):
    """R23: once per person, area and year."""

    code = ErrorCode.PREMIUM_ALREADY_PAID
    zh = "您已缴纳该地区该年度的居民医保费。"
    en = "You have paid the premium of this area and year already."
