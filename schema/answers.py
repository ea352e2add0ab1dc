"""What a mutation answers: the object, or the refusals that say why there is none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import strawberry

from domain.errors import Refusal, Refused
from repositories.contract import UnitOfWork
from schema.context import Context
from schema.errors import UserErrorType
from schema.fields import resolved

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


async def answer(work: Callable[[], Awaitable[T | Refusal]]) -> Answer[T]:
    """Carry out a mutation; a refusal, raised or returned, becomes data."""
    try:
        result = await work()
    except Refused as refused:
        return Answer(None, (refused.refusal,))
    return Answer(None, (result,)) if isinstance(result, Refusal) else Answer(result)


async def transacted(context: Context, work: Callable[[UnitOfWork], Awaitable[T | Refusal]]) -> Answer[T]:
    """Carry out a mutation that is one transaction."""
    return await answer(lambda: context.transact(work))
