"""Wallets: activated, not frozen, and with enough in them (R10, R12, R19)."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.errors.codes import ErrorCode
from domain.errors.refusals import Refusal
from domain.money import Fen, format_yuan


class WalletExists(Refusal):
    """R10: one wallet per person."""

    code = ErrorCode.WALLET_EXISTS
    zh = "您的医保钱包已开通。"
    en = "Your wallet is activated already."


class WalletNotActivated(Refusal):
    """R13: the payer needs an activated wallet."""

    code = ErrorCode.WALLET_NOT_ACTIVATED
    zh = "请先开通您的医保钱包。"
    en = "Activate your wallet first."


class PayeeWalletNotActivated(Refusal):
    """R15: the payee needs an activated wallet."""

    code = ErrorCode.PAYEE_WALLET_NOT_ACTIVATED
    zh = "收款人尚未开通医保钱包，请提醒其先开通。"
    en = "The payee has not activated a wallet yet; ask him or her to do so."


class WalletFrozen(Refusal):
    """R12: a frozen wallet neither sends, receives nor pays."""

    code = ErrorCode.WALLET_FROZEN
    zh = "您的医保钱包已冻结，请联系医保经办机构。"
    en = "Your wallet is frozen; contact the medical-insurance agency."


class PayeeWalletFrozen(WalletFrozen):
    """R12: a frozen wallet does not receive."""

    zh = "收款人的医保钱包已冻结。"
    en = "The payee's wallet is frozen."


@dataclass(frozen=True)
class InsufficientBalance(Refusal):
    """R19: at most the source's available balance."""

    code = ErrorCode.INSUFFICIENT_BALANCE
    zh = "余额不足，可用余额{available}元。"
    en = "The balance does not suffice; {available} yuan are available."

    available: Fen = field(default=Fen(0))

    def details(self) -> dict[str, str]:
        """Give the available balance in yuan."""
        return {"available": format_yuan(self.available)}


class OwnerWalletNotActivated(WalletNotActivated):
    """R12: the person whom the agency names has no wallet."""

    zh = "该参保人尚未开通医保钱包。"
    en = "This person has not activated a wallet."


class PayerWalletFrozen(WalletFrozen):
    """R12: the wallet that pays, or that a refund goes back to, is frozen."""

    zh = "付款人的医保钱包已冻结。"
    en = "The payer's wallet is frozen."
