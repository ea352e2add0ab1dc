"""Insured persons and their enrolments: who is insured where, under which scheme (R6, R7)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from domain.errors import (
    DateInFuture,
    EnrolmentExists,
    EnrolmentsMissing,
    NotEnrolled,
    NotEnrolledInArea,
    PayeeNotEnrolled,
    Refused,
)
from domain.identity import IdNumber, Phone, birth_date, mask_id_number, mask_phone

ENROLMENTS_MAX: Final = 20


class InsuranceScheme(StrEnum):
    """职工医保 or 居民医保."""

    EMPLOYEE = "EMPLOYEE"
    RESIDENT = "RESIDENT"


class EnrolmentStatus(StrEnum):
    """Whether an enrolment is in force."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A person's insurance (参保) under one scheme in one pooling area, in this status since that day."""

    scheme: InsuranceScheme
    area_code: str
    status: EnrolmentStatus
    since: date

    def is_active(self) -> bool:
        """Tell whether the enrolment is in force."""
        return self.status is EnrolmentStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class Person:
    """An insured person (参保人); the personal number identifies him or her for ever."""

    person_no: str
    name: str = field(repr=False)
    id_number: IdNumber = field(repr=False)
    phone: Phone | None = field(repr=False)
    enrolments: tuple[Enrolment, ...]
    registered_at: datetime

    @property
    def birth_date(self) -> date:
        """Read the birth date off the ID number."""
        return birth_date(self.id_number)

    @property
    def masked_id_number(self) -> str:
        """Show the ID number as others may see it (R28)."""
        return mask_id_number(self.id_number)

    @property
    def masked_phone(self) -> str | None:
        """Show the mobile as others may see it (R28)."""
        return mask_phone(self.phone) if self.phone is not None else None

    def active_enrolments(self) -> tuple[Enrolment, ...]:
        """Give the enrolments in force, at most one per scheme."""
        return tuple(enrolment for enrolment in self.enrolments if enrolment.is_active())

    def active_employment(self) -> Enrolment | None:
        """Give the employee enrolment in force: the one that a usable personal account hangs on (R7)."""
        return next((e for e in self.active_enrolments() if e.scheme is InsuranceScheme.EMPLOYEE), None)

    def is_enrolled_in(self, area_code: str) -> bool:
        """Tell whether the person is actively enrolled in that area, under whichever scheme."""
        return any(enrolment.area_code == area_code for enrolment in self.active_enrolments())

    def account_area_code(self) -> str | None:
        """Give the area that holds the personal account: the active employee enrolment's, else the latest one's."""
        employments = [e for e in self.enrolments if e.scheme is InsuranceScheme.EMPLOYEE]
        newest = max(employments, key=lambda e: (e.is_active(), e.since), default=None)
        return newest.area_code if newest is not None else None


def with_enrolment(person: Person, enrolment: Enrolment, *path: str) -> Person:
    """Set the enrolment of that scheme in that area; ENROLMENT_EXISTS if another of the scheme is active (R6)."""
    others = tuple(e for e in person.enrolments if (e.scheme, e.area_code) != (enrolment.scheme, enrolment.area_code))
    enrolments = (*others, enrolment)
    require_enrolments(enrolments, *path)
    require_one_active_per_scheme(enrolments, *path)
    return replace(person, enrolments=enrolments)


def require_one_active_per_scheme(enrolments: tuple[Enrolment, ...], *path: str) -> None:
    """Refuse with ENROLMENT_EXISTS a second active enrolment of one scheme (R6)."""
    active = [enrolment.scheme for enrolment in enrolments if enrolment.is_active()]
    if len(active) > len(set(active)):
        raise Refused(EnrolmentExists(path=path))


def require_enrolments(enrolments: tuple[Enrolment, ...], *path: str) -> None:
    """Refuse with INVALID_INPUT a person without enrolments, or with an absurd number of them (R6)."""
    if not 1 <= len(enrolments) <= ENROLMENTS_MAX:
        raise Refused(EnrolmentsMissing(path=path))


def require_not_future(since: date, today: date, *path: str) -> None:
    """Refuse with INVALID_INPUT a date after today (Shanghai)."""
    if since > today:
        raise Refused(DateInFuture(path=path))


def require_registered(person: Person | None) -> Person:
    """Refuse with NOT_ENROLLED a caller whom the agency has not registered (R6)."""
    if person is None:
        raise Refused(NotEnrolled())
    return person


def require_enrolled(person: Person) -> None:
    """Refuse with NOT_ENROLLED a caller who has no active enrolment (R10, R13)."""
    if not person.active_enrolments():
        raise Refused(NotEnrolled())


def require_payee_enrolled(person: Person) -> None:
    """Refuse with NOT_ENROLLED a payee who has no active enrolment (R15)."""
    if not person.active_enrolments():
        raise Refused(PayeeNotEnrolled(path=("payee",)))


def require_enrolled_in(person: Person, area_code: str, *path: str) -> None:
    """Refuse with NOT_ENROLLED_IN_AREA an area in which the person is not actively enrolled (R10, R11)."""
    if not person.is_enrolled_in(area_code):
        raise Refused(NotEnrolledInArea(path=path))
