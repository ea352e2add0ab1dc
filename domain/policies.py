"""The named set of extra rules a transfer is under; `article` has none (R21)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from domain.money import Fen


@dataclass(frozen=True, slots=True)
class TransferPolicy:
    """Limits in fen and Shanghai clock times ("22:00"); None where the policy sets none (R18, R21)."""

    name: str
    max_amount: Fen | None = None
    max_per_day: int | None = None
    closed_from: str | None = None
    closed_until: str | None = None
    acceptance_required: bool = False
    verification_minutes: int = 30


ARTICLE: Final = TransferPolicy(name="article")

POLICIES: Final = MappingProxyType({policy.name: policy for policy in (ARTICLE,)})
