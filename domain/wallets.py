"""Wallets and personal accounts: the two kinds of guarded account a person has (R7, R10 to R12)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.coverage import supports_use_place_change
from domain.dates import shanghai_date
from domain.errors import (
    OwnerWalletNotActivated,
    PayeeWalletFrozen,
    PayeeWalletNotActivated,
    PayerWalletFrozen,
    PeriodMalformed,
    ReasonMalformed,
    Refused,
    UsePlaceChangeUnsupported,
    UsePlaceUnchanged,
    WalletExists,
    WalletFrozen,
    WalletNotActivated,
)
from domain.identity import UNSEEN, Phone, mask_phone
from domain.ledger import NO_ENTRY, Account
from domain.money import Fen
from domain.regions import Region

REASON_MAX_CHARACTERS: Final = 200
STATUS_CHANGES_MAX: Final = 100
_ALLOTMENT: Final = "allotment:"
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
class StatusChange:
    """The agency froze the wallet, or let it go again, for that reason (R12)."""

    status: WalletStatus
    reason: str = field(repr=False)
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Wallet(Account):
    """A person's wallet (医保钱包): one per person, used in one area (使用地), bound to a mobile."""

    use_area_code: str
    phone: Phone = field(repr=False)
    status: WalletStatus = WalletStatus.ACTIVE
    use_place_changes: tuple[UsePlaceChange, ...] = ()
    status_changes: tuple[StatusChange, ...] = ()

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


def allotment_source(area_code: str) -> str:
    """Name the account that has entries only and that an area's allotments come from."""
    return f"{_ALLOTMENT}{area_code}"


def is_allotment_source(account_id: str) -> bool:
    """Tell whether allotments come from that account."""
    return account_id.startswith(_ALLOTMENT)


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
        head=NO_ENTRY,
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
        head=NO_ENTRY,
        opened_at=now,
    )


def parse_reason(text: str, *path: str) -> str:
    """Read the reason for a freeze or a refund; INVALID_INPUT unless it says something in at most 200 characters."""
    reason = text.strip()
    if not 1 <= len(reason) <= REASON_MAX_CHARACTERS or any(unicodedata.category(c) in UNSEEN for c in reason):
        raise Refused(ReasonMalformed(path=path))
    return reason


def change_use_place(wallet: Wallet, area_code: str, now: datetime) -> Wallet:
    """Use the wallet in another area from now on; balance and history stay (R11)."""
    change = UsePlaceChange(wallet.use_area_code, area_code, now)
    return replace(wallet, use_area_code=area_code, use_place_changes=(*wallet.use_place_changes, change))


def set_status(wallet: Wallet, status: WalletStatus, *, reason: str, by: str, now: datetime) -> Wallet:
    """Freeze a wallet or let it go again; one that is so already is left as it is (R12).

    The latest hundred changes stay with the wallet.
    """
    if wallet.status is status:
        return wallet
    changes = (*wallet.status_changes, StatusChange(status, reason, by, now))
    return replace(wallet, status=status, status_changes=changes[-STATUS_CHANGES_MAX:])


def require_use_place_change(wallet: Wallet, province: Region, area_code: str, now: datetime) -> None:
    """Refuse with USE_PLACE_CHANGE_UNSUPPORTED or USE_PLACE_UNCHANGED; `province` is the current use place's (R11)."""
    if not supports_use_place_change(province, shanghai_date(now)):
        raise Refused(UsePlaceChangeUnsupported())
    if wallet.use_area_code == area_code:
        raise Refused(UsePlaceUnchanged(path=("area_code",)))


def require_no_wallet(wallet: Wallet | None) -> None:
    """Refuse with WALLET_EXISTS a second wallet (R10)."""
    if wallet is not None:
        raise Refused(WalletExists())


def require_activated(wallet: Wallet | None) -> Wallet:
    """Refuse with WALLET_NOT_ACTIVATED a caller without a wallet (R13)."""
    if wallet is None:
        raise Refused(WalletNotActivated())
    return wallet


def require_owner_activated(wallet: Wallet | None) -> Wallet:
    """Refuse with WALLET_NOT_ACTIVATED a person, named by the agency, without a wallet (R12)."""
    if wallet is None:
        raise Refused(OwnerWalletNotActivated(path=("person_no",)))
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


def require_payer_not_frozen(wallet: Wallet) -> None:
    """Refuse with WALLET_FROZEN the frozen wallet of a payer, as told to somebody else (R12)."""
    if wallet.status is WalletStatus.FROZEN:
        raise Refused(PayerWalletFrozen())
