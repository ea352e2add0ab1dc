"""Keyed requests: done once, answered alike for ever (R20)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from domain.actors import Actor
from domain.errors import Refusal, Refused
from domain.outcomes import (
    NodeRef,
    Outcome,
    OutcomeStatus,
    fingerprint,
    outcome_id,
    require_same_request,
)
from repositories.contract import Reader, UnitOfWork

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request under its caller's idempotency key; `arguments` are what makes another request another one."""

    caller: str
    key: str
    operation: str
    arguments: Mapping[str, str | int | None]

    @property
    def id(self) -> str:
        """Give the id of the outcome, and of the transfer or payment that the request makes."""
        return outcome_id(self.caller, self.key)

    @property
    def fingerprint(self) -> str:
        """Give the fingerprint of operation and arguments."""
        return fingerprint(self.key, self.operation, self.arguments)


@dataclass(frozen=True, slots=True)
class Once(Generic[T]):
    """What a keyed request does the first time, how its object is named, and how it is found again."""

    do: Callable[[], Awaitable[T | Refusal]]
    name: Callable[[T], NodeRef]
    recall: Callable[[str], Awaitable[T | None]]


async def once(uow: UnitOfWork, request: KeyedRequest, now: datetime, act: Once[T]) -> T | Refusal:
    """Do what the request asks for unless it was done before; refusals are kept like successes (R20).

    What `do` raises undoes its writes; what it returns as a refusal keeps them. Raises IDEMPOTENCY_KEY_REUSED.
    """
    known = await uow.outcomes.get(request.id)
    if known is not None:
        return await _answer_again(require_same_request(known, request.fingerprint), act)
    try:
        result = await act.do()
    except Refused as refused:
        uow.discard()
        result = refused.refusal
    refusal = result if isinstance(result, Refusal) else None
    uow.outcomes.add(
        Outcome(
            id=request.id,
            caller=request.caller,
            operation=request.operation,
            fingerprint=request.fingerprint,
            status=OutcomeStatus.COMPLETED if refusal is None else OutcomeStatus.REFUSED,
            at=now,
            refusal=refusal,
            node=None if isinstance(result, Refusal) else act.name(result),
        )
    )
    return result


async def _answer_again(outcome: Outcome, act: Once[T]) -> T | Refusal:
    if outcome.refusal is not None:
        return outcome.refusal
    found = await act.recall(outcome.node.key) if outcome.node is not None else None
    if found is None:
        message = f"the object of outcome {outcome.id} is gone"
        raise AssertionError(message)
    return found


async def see(reader: Reader, actor: Actor, key: str) -> Outcome | None:
    """Give what became of the caller's request of that key; None if it is unknown, or the caller is."""
    found = await reader.outcomes.get_many([outcome_id(name, key) for name in actor.names()])
    return next((outcome for outcome in found if outcome is not None), None)
