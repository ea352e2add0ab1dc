"""The named set of extra rules a transfer is under; `article` has none, `national` those of 2025 (R21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from domain.dates import SHANGHAI, shanghai_date
from domain.errors import AmountOverLimit, DailyLimitReached, OutsideServiceHours, Refused, TransferPendingToPayee
from domain.money import Fen, format_yuan


@dataclass(frozen=True, slots=True)
class TransferPolicy:
    """Limits in fen and Shanghai clock times ("22:00"); None where the policy sets none (R18, R21).

    What is not accepted by the next `return_at` after verifying goes back.
    """

    name: str
    max_amount: Fen | None = None
    max_per_day: int | None = None
    closed_from: str | None = None
    closed_until: str | None = None
    acceptance_required: bool = False
    return_at: str = "06:00"
    verification_minutes: int = 30

    def application_ends(self, applied_at: datetime) -> datetime:
        """Give when an unverified application expires (R18)."""
        return applied_at + timedelta(minutes=self.verification_minutes)

    def acceptance_ends(self, verified_at: datetime) -> datetime:
        """Give when what is not accepted goes back: the next 06:00 in Shanghai (R21)."""
        at = time.fromisoformat(self.return_at)
        day = shanghai_date(verified_at)
        today = datetime.combine(day, at, SHANGHAI)
        ends = today if verified_at < today else datetime.combine(day + timedelta(days=1), at, SHANGHAI)
        return ends.astimezone(verified_at.tzinfo)

    def is_closed(self, now: datetime) -> bool:
        """Tell whether transfers are closed for the night at that moment; it may last past midnight."""
        if self.closed_from is None or self.closed_until is None:
            return False
        clock = f"{now.astimezone(SHANGHAI):%H:%M}"
        if self.closed_from <= self.closed_until:
            return self.closed_from <= clock < self.closed_until
        return clock >= self.closed_from or clock < self.closed_until


ARTICLE: Final = TransferPolicy(name="article")
NATIONAL: Final = TransferPolicy(
    name="national",
    max_amount=Fen(200_000),
    max_per_day=3,
    closed_from="22:00",
    closed_until="06:00",
    acceptance_required=True,
)

POLICIES: Final = MappingProxyType({policy.name: policy for policy in (ARTICLE, NATIONAL)})


@dataclass(frozen=True, slots=True)
class Usage:
    """What already counts against the limits of a policy.

    `verified_today` counts the payer's transfers verified on the Shanghai day, returned ones included; `awaiting`
    tells whether one of them waits for this payee's acceptance.
    """

    verified_today: int = 0
    awaiting: bool = False


def day_key(payer_no: str, day: date) -> str:
    """Name a payer's day: what its transfers are counted by."""
    return f"{payer_no}@{day.isoformat()}"


def require_amount_allowed(policy: TransferPolicy, amount: Fen) -> None:
    """Refuse with AMOUNT_OVER_LIMIT more than the policy lets one transfer carry (R21)."""
    if policy.max_amount is not None and amount > policy.max_amount:
        raise Refused(AmountOverLimit(path=("amount",), limit=format_yuan(policy.max_amount), used=format_yuan(amount)))


def require_day_allowed(policy: TransferPolicy, usage: Usage) -> None:
    """Refuse with DAILY_LIMIT_REACHED one transfer more than the policy allows a day (R21)."""
    if policy.max_per_day is not None and usage.verified_today >= policy.max_per_day:
        raise Refused(DailyLimitReached(limit=str(policy.max_per_day), used=str(usage.verified_today)))


def require_service_hours(policy: TransferPolicy, now: datetime) -> None:
    """Refuse with OUTSIDE_SERVICE_HOURS what comes at night (R21)."""
    if policy.is_closed(now):
        hours = f"{policy.closed_until}-{policy.closed_from}"
        raise Refused(OutsideServiceHours(limit=hours, used=f"{now.astimezone(SHANGHAI):%H:%M}"))


def require_none_awaiting(policy: TransferPolicy, usage: Usage) -> None:
    """Refuse with TRANSFER_PENDING_TO_PAYEE a second transfer that the payee has to accept (R21)."""
    if policy.acceptance_required and usage.awaiting:
        raise Refused(TransferPendingToPayee(path=("payee",), limit="1", used="1"))
