"""The audit trail: who did what, when, and with which outcome; ids and codes, no personal data (R27, R28)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from domain.actors import Actor
from domain.dates import shanghai_date
from domain.errors import ErrorCode, Refusal
from domain.identity import holds_a_number
from domain.outcomes import NodeRef, OutcomeStatus

_KEY: Final = re.compile(r"[A-Za-z0-9:|#_-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What became of one mutation; a refusal has the code of what was refused.

    `actors` names who it was, in each role signed in as. `account` is whom the identity provider knows the caller as,
    where that is an id: which clerk of an agency it was. `changed` tells of what was carried out whether it changed
    anything; the same request again does not. `subject` is the object that was made or changed, or that a refused
    request was about; `request_id` is that of the HTTP request or connection, which is in the log as well.
    """

    id: str
    at: datetime
    actors: tuple[str, ...]
    operation: str
    status: OutcomeStatus
    code: ErrorCode | None
    subject: NodeRef | None
    request_id: str
    account: str | None = None
    changed: bool = False

    @property
    def day(self) -> str:
        """Give the Shanghai day."""
        return shanghai_date(self.at).isoformat()

    @property
    def subject_key(self) -> str | None:
        """Name the subject in one text."""
        return subject_key(self.subject) if self.subject is not None else None


def subject_key(subject: NodeRef) -> str:
    """Name a subject in one text."""
    return f"{subject.type_name}:{subject.key}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A mutation that somebody attempts; what becomes of it is recorded once, whatever that is."""

    id: str
    actor: Actor
    operation: str
    request_id: str
    about: NodeRef | None = None

    def is_somebodys(self) -> bool:
        """Tell whether there is a caller to hold to it: who is nobody can do nothing, and fills no trail."""
        return bool(self.actor.roles)

    def succeeded(self, now: datetime, subject: NodeRef | None, *, changed: bool) -> AuditRecord:
        """Record what was done, or was found done already and changed nothing."""
        record = self._record(now, OutcomeStatus.COMPLETED, None, subject or self.about)
        return replace(record, changed=changed)

    def refused(self, now: datetime, refusal: Refusal) -> AuditRecord:
        """Record what was refused."""
        return self._record(now, OutcomeStatus.REFUSED, refusal.code, self.about)

    def _record(
        self, now: datetime, status: OutcomeStatus, code: ErrorCode | None, subject: NodeRef | None
    ) -> AuditRecord:
        about = subject if subject is not None and is_mere_id(subject.key) else None
        account = self.actor.account
        known_as = account if account is not None and is_mere_id(account) else None
        actors = self.actor.names()
        return AuditRecord(self.id, now, actors, self.operation, status, code, about, self.request_id, known_as)


def is_mere_id(text: str) -> bool:
    """Tell whether a text is no more than an id; what stands in place of one may be an ID number or a mobile (R28)."""
    return _KEY.fullmatch(text) is not None and not holds_a_number(text)
