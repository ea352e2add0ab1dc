"""The medical-insurance-code password: six digits, five tries, then a lock of fifteen minutes (R18)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from domain.errors import (
    PasswordMalformed,
    PasswordNotSet,
    PasswordWeak,
    Refusal,
    Refused,
    VerificationFailed,
    VerificationLocked,
)
from domain.persons import Person

TRIES_MAX: Final = 5
LOCK: Final = timedelta(minutes=15)
_PASSWORD: Final = re.compile(r"[0-9]{6}")
_FASHIONABLE: Final = frozenset(
    [
        "520131",
        "521131",
        "131420",
        "147258",
        "147369",
        "258369",
        "369258",
        "159357",
        "159753",
        "357159",
        "789456",
        "456123",
        "123321",
        "321123",
        "654123",
    ]
)
"""Passwords that are among the first to be tried though they follow no rule: love letters, ways across the keys."""


class VerificationMethod(StrEnum):
    """How the payer was verified."""

    FACE = "FACE"
    PASSWORD = "PASSWORD"  # noqa: S105 - a method, not a password


@dataclass(frozen=True, slots=True)
class Credential:
    """A person's password hash; `version` counts passwords, `failures` wrong tries in a row."""

    person_no: str
    password_hash: str = field(repr=False)
    version: int
    failures: int = 0
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PasswordProof:
    """Whether a password matched, and which version of the credential it was compared with.

    The slow comparison is made before the transaction; what it means is judged inside (`judge`). `rehashed` is the same
    password at today's cost, where the hash kept was made at another.
    """

    correct: bool
    version: int
    rehashed: str | None = field(default=None, repr=False)
    method: VerificationMethod = VerificationMethod.PASSWORD


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password to set, and its hash."""

    text: str = field(repr=False)
    password_hash: str = field(repr=False)


def parse_password(text: str, *path: str) -> str:
    """Read a password; INVALID_INPUT unless it is six digits."""
    if not _PASSWORD.fullmatch(text):
        raise Refused(PasswordMalformed(path=path))
    return text


def parse_new_password(text: str, *path: str) -> str:
    """Read a password to set; INVALID_INPUT unless it is six digits that are not the first to be tried."""
    parse_password(text, *path)
    if _is_easy(text):
        raise Refused(PasswordWeak(path=path))
    return text


def _is_easy(text: str) -> bool:
    """Tell whether it is one step over and over (111111, 123456), repeats a part, doubles digits, or is in fashion."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(text)}
    repeats = text in (text[:2] * 3, text[:3] * 2)
    doubles = text[::2] == text[1::2]
    return steps in ({0}, {1}, {9}) or repeats or doubles or text in _FASHIONABLE


def require_not_ones_own(text: str, person: Person, *path: str) -> None:
    """Refuse with INVALID_INPUT what others know one by: the birth date, or the ends of ID number and mobile."""
    dates = {f"{person.birth_date:{order}}" for order in ("%y%m%d", "%d%m%y", "%m%d%y", "%Y%m")}
    ends = {number[-len(text) :] for number in (person.id_number, person.id_number[:-1], person.phone) if number}
    if text in dates | ends:
        raise Refused(PasswordWeak(path=path))


def is_locked(credential: Credential, now: datetime) -> bool:
    """Tell whether tries are not even looked at."""
    return credential.locked_until is not None and now < credential.locked_until


def tries_left(credential: Credential | None, now: datetime) -> int:
    """Tell how many tries of the password are left."""
    if credential is None or (credential.locked_until is not None and not is_locked(credential, now)):
        return TRIES_MAX
    return TRIES_MAX - credential.failures


def judge(
    credential: Credential | None, proof: PasswordProof, now: datetime, *path: str
) -> tuple[Credential, Refusal | None]:
    """Count a try and say what it led to; the credential given back must be saved, refused or not (R18).

    Raises PASSWORD_NOT_SET where there is none, VERIFICATION_LOCKED while tries are not even looked at.
    """
    if credential is None:
        raise Refused(PasswordNotSet(path=path))
    if is_locked(credential, now):
        raise Refused(VerificationLocked(path=path))
    if credential.locked_until is not None:
        credential = replace(credential, failures=0, locked_until=None)
    if proof.correct and proof.version == credential.version:
        return replace(credential, failures=0, password_hash=proof.rehashed or credential.password_hash), None
    failures = credential.failures + 1
    failed = replace(
        credential,
        failures=failures,
        locked_until=now + LOCK if failures >= TRIES_MAX else None,
    )
    return failed, VerificationFailed(path=path, attempts_left=TRIES_MAX - failures)
