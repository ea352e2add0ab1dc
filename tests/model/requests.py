"""What is asked of the system and of the oracle alike: plain values, which neither of them has a say in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

Answer: TypeAlias = tuple[str, object]
"""What came of a request: ("refused", code), ("transfer", status), ("payment", what was refunded of it) and so on."""
Name: TypeAlias = tuple[str, str]
"""A keyed request's caller and key, by which the transfer or payment that it makes goes as well."""

AGENCY: Final = "agency:test"
HOSPITAL: Final = "institution:H37010000001"
HUSBAND: Final = "person:P0001"
WIFE: Final = "person:P0002"
SON: Final = "person:P0003"
BROTHER: Final = "person:P0004"
PEOPLE: Final = (HUSBAND, WIFE, SON, BROTHER)
YEAR: Final = 2025
PREMIUM: Final = 40_000


@dataclass(frozen=True, slots=True)
class Credit:
    """The agency credits a personal account."""

    key: str
    person: str
    amount: int
    caller: str = AGENCY


@dataclass(frozen=True, slots=True)
class Apply:
    """A payer applies for a transfer; the source is PERSONAL_ACCOUNT or WALLET."""

    caller: str
    key: str
    payee: str
    relation: str
    source: str
    amount: int


@dataclass(frozen=True, slots=True)
class Verify:
    """A payer verifies a transfer; the proof is `password`, `wrong`, or the name of a face assertion."""

    caller: str
    transfer: Name
    proof: str


@dataclass(frozen=True, slots=True)
class Respond:
    """Somebody does one of accept, decline and cancel to a transfer."""

    verb: str
    caller: str
    transfer: Name


@dataclass(frozen=True, slots=True)
class Bill:
    """What a visit costs, in fen."""

    number: str
    total: int
    fund_paid: int
    self_paid: int


@dataclass(frozen=True, slots=True)
class PayMedical:
    """A wallet pays towards a bill of the hospital."""

    caller: str
    key: str
    bill: Bill
    amount: int
    proof: str


@dataclass(frozen=True, slots=True)
class PayPremium:
    """A wallet pays its owner's premium of a year in the area where everybody of this world who has one has it."""

    caller: str
    key: str
    year: int
    proof: str


@dataclass(frozen=True, slots=True)
class Refund:
    """The hospital or the agency gives back what was paid, or some of it."""

    caller: str
    key: str
    payment: Name
    amount: int


@dataclass(frozen=True, slots=True)
class SetStatus:
    """The agency makes a wallet FROZEN or ACTIVE."""

    person: str
    status: str
    caller: str = AGENCY


@dataclass(frozen=True, slots=True)
class Settle:
    """The job does what time has done."""

    caller: str = "job:settling"


Keyed: TypeAlias = Credit | Apply | PayMedical | PayPremium | Refund
Proven: TypeAlias = Verify | PayMedical | PayPremium
Request: TypeAlias = Keyed | Verify | Respond | SetStatus | Settle


def without_proof(request: Keyed) -> Keyed:
    """Give what makes another request another one: all of it but the proof."""
    return replace(request, proof="") if isinstance(request, PayMedical | PayPremium) else request
