"""The audit trail: kept in the transaction of what it tells of, and read by the agency (R27)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from domain.actors import Actor
from domain.audit import Attempt, AuditRecord
from domain.errors import Refusal
from domain.outcomes import NodeRef, OutcomeStatus
from repositories.contract import Condition, Reader, UnitOfWork
from services.books import Book


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """What is looked for in the trail; None where it does not matter."""

    actor: str | None = None
    account: str | None = None
    operation: str | None = None
    status: OutcomeStatus | None = None
    subject_key: str | None = None
    request_id: str | None = None
    on: date | None = None


async def record_success(uow: UnitOfWork, attempt: Attempt, now: datetime, subject: NodeRef | None) -> None:
    """Record what is done in this transaction; both are kept, or neither."""
    if attempt.is_somebodys():
        uow.audit_records.add(attempt.succeeded(now, subject, changed=uow.has_written()))


async def record_refusal(uow: UnitOfWork, attempt: Attempt, now: datetime, refusal: Refusal) -> None:
    """Record what was refused."""
    if attempt.is_somebodys():
        uow.audit_records.add(attempt.refused(now, refusal))


def trail(actor: Actor, search: AuditSearch) -> Book[AuditRecord]:
    """Give the records looked for, newest first, to the agency (R27)."""
    conditions: dict[str, Condition | None] = {
        "actors": search.actor,
        "account": search.account,
        "request_id": search.request_id,
        "operation": search.operation,
        "status": search.status,
        "subject_key": search.subject_key,
        "day": search.on.isoformat() if search.on is not None else None,
    }
    where = {name: condition for name, condition in conditions.items() if condition is not None}
    return Book(lambda reader: reader.audit_records, where, actor.is_agency())


async def see_many(reader: Reader, actor: Actor, ids: Sequence[str]) -> list[AuditRecord | None]:
    """Give these records to the agency (R27)."""
    return await reader.audit_records.get_many(ids) if actor.is_agency() else [None] * len(ids)
