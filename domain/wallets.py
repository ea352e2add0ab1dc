"""Wallets and personal accounts: the two kinds of guarded account a person has (R7, R10, R12)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.errors import (
    PayeeWalletFrozen,
    PayeeWalletNotActivated,
    PeriodMalformed,
    Refused,
    WalletExists,
    WalletFrozen,
    WalletNotActivated,
)
from domain.identity import Phone, mask_phone
from domain.ledger import Account
from domain.money import Fen

_PERIOD: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


class WalletStatus(StrEnum):
    """A frozen wallet neither sends, receives nor pays (R12)."""

    ACTIVE = "ACTIVE"
    FROZEN = "FROZEN"


@dataclass(frozen=True, slots=True)
class UsePlaceChange:
    """The wallet was used in one area until then, and in another from then on (R11)."""

    from_code: str
    to_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Wallet(Account):
    """A person's wallet (医保钱包): one per person, used in one area (使用地), bound to a mobile."""

    use_area_code: str
    phone: Phone = field(repr=False)
    status: WalletStatus = WalletStatus.ACTIVE
    use_place_changes: tuple[UsePlaceChange, ...] = ()

    @property
    def activated_at(self) -> datetime:
        """Give when the wallet was activated."""
        return self.opened_at

    @property
    def masked_phone(self) -> str:
        """Show the bound mobile as it may be seen (R28)."""
        return mask_phone(self.phone)


@dataclass(frozen=True, slots=True)
class PersonalAccount(Account):
    """An employee's personal account (个人账户), held in the area of the employee enrolment (R7)."""


def wallet_id(person_no: str) -> str:
    """Name a person's wallet."""
    return f"wallet:{person_no}"


def personal_account_id(person_no: str) -> str:
    """Name a person's personal account."""
    return f"personal:{person_no}"


def owner_of(account_id: str) -> str | None:
    """Give the person whose wallet or personal account that is; None for an account that has entries only."""
    kind, _, person_no = account_id.partition(":")
    return person_no if kind in ("wallet", "personal") else None


def parse_period(text: str, *path: str) -> str:
    """Read the month of an allotment, such as "2025-05"; else INVALID_INPUT."""
    if not _PERIOD.fullmatch(text):
        raise Refused(PeriodMalformed(path=path))
    return text


def activate(person_no: str, use_area_code: str, phone: Phone, now: datetime) -> Wallet:
    """Open a wallet with balance 0.00 (R10)."""
    return Wallet(
        id=wallet_id(person_no),
        person_no=person_no,
        balance=Fen(0),
        held=Fen(0),
        seq=0,
        opened_at=now,
        use_area_code=use_area_code,
        phone=phone,
    )


def open_personal_account(person_no: str, now: datetime) -> PersonalAccount:
    """Open an employee's personal account with balance 0.00 (R7)."""
    return PersonalAccount(
        id=personal_account_id(person_no),
        person_no=person_no,
        balance=Fen(0),
        held=Fen(0),
        seq=0,
        opened_at=now,
    )


def require_no_wallet(wallet: Wallet | None) -> None:
    """Refuse with WALLET_EXISTS a second wallet (R10)."""
    if wallet is not None:
        raise Refused(WalletExists())


def require_activated(wallet: Wallet | None) -> Wallet:
    """Refuse with WALLET_NOT_ACTIVATED a caller without a wallet (R13)."""
    if wallet is None:
        raise Refused(WalletNotActivated())
    return wallet


def require_payee_activated(wallet: Wallet | None) -> Wallet:
    """Refuse with PAYEE_WALLET_NOT_ACTIVATED a payee without a wallet (R15)."""
    if wallet is None:
        raise Refused(PayeeWalletNotActivated(path=("payee",)))
    return wallet


def require_not_frozen(wallet: Wallet) -> None:
    """Refuse with WALLET_FROZEN the caller's frozen wallet (R12)."""
    if wallet.status is WalletStatus.FROZEN:
        raise Refused(WalletFrozen())


def require_payee_not_frozen(wallet: Wallet) -> None:
    """Refuse with WALLET_FROZEN a payee's frozen wallet (R12)."""
    if wallet.status is WalletStatus.FROZEN:
        raise Refused(PayeeWalletFrozen(path=("payee",)))
