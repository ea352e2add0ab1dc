"""Face verification: what the face service says of whom, good for one operation and one time (R18)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.credentials import VerificationMethod
from domain.errors import FaceAssertionMalformed, Refused
from domain.money import Fen, format_yuan

LIFETIME_MAX: Final = timedelta(minutes=5)
"""A face assertion that lasts longer is none."""
CHARACTERS_MAX: Final = 4_096
_COMPACT: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
LEEWAY: Final = timedelta(seconds=10)
"""How far the face service's clock may differ."""


@dataclass(frozen=True, slots=True)
class FaceAssertion:
    """The face service has seen that person's face, for that purpose; `id` names the assertion for ever."""

    id: str
    person_no: str
    purpose: str
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FaceProof:
    """What a caller gave to be verified by; no assertion where it was not made by the face service.

    Whether it is one of the face service is found out before the transaction; what it means is judged inside.
    """

    assertion: FaceAssertion | None
    method: VerificationMethod = VerificationMethod.FACE


@dataclass(frozen=True, slots=True)
class UsedFaceAssertion:
    """An assertion by which something was done; it is good for nothing more."""

    id: str
    person_no: str
    purpose: str
    used_at: datetime


# ---- purposes -----------------------------------------------------------------------------------------------------

TO_RESET_PASSWORD: Final = "password"  # noqa: S105 - a purpose, not a password


def to_verify_transfer(transfer_id: str) -> str:
    """Name the purpose of verifying that transfer."""
    return f"transfer:{transfer_id}"


def to_pay_bill(institution_code: str, bill_number: str, amount: Fen) -> str:
    """Name the purpose of paying that much towards that bill."""
    return f"bill:{institution_code}:{bill_number}:{format_yuan(amount)}"


def to_pay_premium(area_code: str, year: int) -> str:
    """Name the purpose of paying the premium of that area and year."""
    return f"premium:{area_code}:{year}"


# ---- judging ------------------------------------------------------------------------------------------------------


def parse_face_assertion(text: str, *path: str) -> str:
    """Read a face assertion; INVALID_INPUT unless it is a JWS in its compact form."""
    if len(text) > CHARACTERS_MAX or not _COMPACT.fullmatch(text):
        raise Refused(FaceAssertionMalformed(path=path))
    return text


def is_good(assertion: FaceAssertion, person_no: str, purpose: str, now: datetime) -> bool:
    """Tell whether an assertion is about that person and purpose, and neither too old nor meant to last too long."""
    return (
        (assertion.person_no, assertion.purpose) == (person_no, purpose)
        and assertion.issued_at <= now + LEEWAY
        and now < assertion.expires_at + LEEWAY
        and assertion.expires_at - assertion.issued_at <= LIFETIME_MAX
    )


def use(assertion: FaceAssertion, now: datetime) -> UsedFaceAssertion:
    """Use an assertion up."""
    return UsedFaceAssertion(assertion.id, assertion.person_no, assertion.purpose, now)
