"""What a mutation answers: the object, or the refusals that say why there is none."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import uuid4

import strawberry

from domain.audit import Attempt
from domain.errors import Refusal, Refused
from domain.outcomes import NodeRef
from repositories.contract import UnitOfWork
from schema.carrying import carried
from schema.context import Info
from schema.errors import UserErrorType
from schema.fields import resolved
from schema.nodes import ref_of
from schema.observing import LEFT, MUTATIONS, OK, code_of
from services import audit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """The object a mutation made or changed, or the refusals."""

    value: T | None
    refusals: tuple[Refusal, ...] = ()


@strawberry.type
class Payload:
    """Exposes an Answer's refusals; a payload adds the object under its own name."""

    @resolved("拒绝的原因；成功时为空。Why it was refused; empty on success.", graphql_type=list[UserErrorType])
    @staticmethod
    def errors(root: strawberry.Parent[Answer[Any]]) -> tuple[Refusal, ...]:
        """Give the refusals."""
        return root.refusals


def record_id() -> str:
    """Make an id for a record; later ones come after earlier ones, also within a millisecond."""
    return f"{time.time_ns():016x}-{uuid4().hex[:12]}"


class Mutating:
    """A mutation being carried out; what becomes of it is recorded in the audit trail, refusals included (R27)."""

    def __init__(self, info: Info, about: NodeRef | None) -> None:
        """Begin; `about` is the object that the request names, if it names one."""
        self.context = info.context
        self._attempt = Attempt(record_id(), self.context.actor, info.field_name, self.context.request_id, about)

    async def transact(self, work: Callable[[UnitOfWork], Awaitable[T | Refusal]]) -> T | Refusal:
        """Run a work in one transaction, with the record of what becomes of it."""

        async def recorded(uow: UnitOfWork) -> T | Refusal:
            result = await work(uow)
            if isinstance(result, Refusal):
                await audit.record_refusal(uow, self._attempt, self.context.now(), result)
            else:
                await audit.record_success(uow, self._attempt, self.context.now(), ref_of(result))
            return result

        return await self.context.transact(recorded)

    async def refuse(self, refusal: Refusal) -> None:
        """Record what was refused before its transaction, or undid it."""
        if self._attempt.is_somebodys():
            await self.context.transact(
                lambda uow: audit.record_refusal(uow, self._attempt, self.context.now(), refusal)
            )


async def answer(
    info: Info, work: Callable[[Mutating], Awaitable[T | Refusal]], about: NodeRef | None = None
) -> Answer[T]:
    """Carry out a mutation; a refusal, raised or returned, becomes data.

    It is carried to its end, its record included, even if the caller goes away.
    """
    return await carried(_counted(info.field_name, _carry_out(Mutating(info, about), work)))


async def _counted(mutation: str, made: Awaitable[Answer[T]]) -> Answer[T]:
    code = LEFT
    try:
        answered = await made
        code = answered.refusals[0].code.value if answered.refusals else OK
    except Exception as error:
        code = code_of(error)
        raise
    finally:
        MUTATIONS.labels(mutation, code).inc()
    return answered


async def _carry_out(mutating: Mutating, work: Callable[[Mutating], Awaitable[T | Refusal]]) -> Answer[T]:
    try:
        result = await work(mutating)
    except Refused as refused:
        await mutating.refuse(refused.refusal)
        return Answer(None, (refused.refusal,))
    return Answer(None, (result,)) if isinstance(result, Refusal) else Answer(result)


async def transacted(
    info: Info, work: Callable[[UnitOfWork], Awaitable[T | Refusal]], about: NodeRef | None = None
) -> Answer[T]:
    """Carry out a mutation that is one transaction."""
    return await answer(info, lambda mutating: mutating.transact(work), about)
