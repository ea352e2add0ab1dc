"""Who is asking, and what that alone allows (R27)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from domain.errors import NotPermitted, Refused, SignInRequired


class Role(StrEnum):
    """What a caller signs in as."""

    INSURED = "INSURED"
    INSTITUTION = "INSTITUTION"
    AGENCY = "AGENCY"


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller: whom the token names in each role, or nobody."""

    person_no: str | None = None
    institution_code: str | None = None
    agency: str | None = None
    account: str | None = field(default=None, compare=False)
    """With whom the identity provider knows the caller signed in: which clerk of an agency, for the audit trail."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """Give the caller's roles; none for an anonymous one."""
        held = (
            (Role.INSURED, self.person_no),
            (Role.INSTITUTION, self.institution_code),
            (Role.AGENCY, self.agency),
        )
        return tuple(role for role, subject in held if subject is not None)

    def is_agency(self) -> bool:
        """Tell whether the caller is a medical-insurance agency, which may see any record."""
        return self.agency is not None

    def may_see_person(self, *person_nos: str) -> bool:
        """Tell whether the caller may see a record that belongs to any of these persons (R27)."""
        return self.is_agency() or self.person_no in person_nos

    def may_see_institution(self, code: str | None) -> bool:
        """Tell whether the caller may see what only an institution may; None belongs to no institution (R27)."""
        return self.is_agency() or (code is not None and self.institution_code == code)

    def names(self) -> tuple[str, ...]:
        """Name the caller in each role; idempotency keys are scoped to the name a request is made under (R20)."""
        named = (
            (as_person, self.person_no),
            (as_institution, self.institution_code),
            (as_agency, self.agency),
        )
        return tuple(name(subject) for name, subject in named if subject is not None)


def as_person(person_no: str) -> str:
    """Name an insured person as a caller."""
    return f"person:{person_no}"


def as_institution(code: str) -> str:
    """Name an institution as a caller."""
    return f"institution:{code}"


def as_agency(name: str) -> str:
    """Name an agency as a caller."""
    return f"agency:{name}"


ANONYMOUS: Final = Actor()


def require_insured(actor: Actor) -> str:
    """Give the personal number of an insured caller; else UNAUTHENTICATED or FORBIDDEN."""
    if actor.person_no is None:
        raise Refused(NotPermitted() if actor.roles else SignInRequired())
    return actor.person_no


def require_insured_or_agency(actor: Actor) -> str:
    """Name a caller who is an insured person or an agency; else UNAUTHENTICATED or FORBIDDEN."""
    if actor.agency is not None:
        return as_agency(actor.agency)
    return as_person(require_insured(actor))


def require_agency(actor: Actor) -> str:
    """Give the name of the calling agency; else UNAUTHENTICATED or FORBIDDEN."""
    if actor.agency is None:
        raise Refused(NotPermitted() if actor.roles else SignInRequired())
    return actor.agency


def require_institution_or_agency(actor: Actor) -> str:
    """Name a caller who is an institution or an agency; else UNAUTHENTICATED or FORBIDDEN."""
    if actor.agency is None and actor.institution_code is not None:
        return as_institution(actor.institution_code)
    return as_agency(require_agency(actor))
