"""How a payer proves who he or she is, before money moves (R18)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import strawberry

from domain.credentials import PasswordProof
from domain.errors import ChoiceMalformed, Refusal, Refused
from repositories.contract import UnitOfWork
from schema.context import Context
from services import credentials

T = TypeVar("T")


@strawberry.input(one_of=True, description="验证，选一种方式。Verification, in one of these ways.")
class VerificationInput:
    """A verification in exactly one way."""

    password: str | None = strawberry.field(
        default=strawberry.UNSET, description="医保码密码，6位数字。Medical-insurance-code password, six digits."
    )

    async def prove(self, context: Context) -> PasswordProof:
        """Compare the password, before the transaction."""
        if not isinstance(self.password, str):
            raise Refused(ChoiceMalformed(path=("verification",)))
        path = ("verification", "password")
        return await credentials.prove(
            context.reader, context.wiring.hasher, context.actor, context.now(), self.password, *path
        )

    async def carry_out(
        self, context: Context, work: Callable[[UnitOfWork, datetime, PasswordProof], Awaitable[T | Refusal]]
    ) -> T | Refusal:
        """Run a work that moves money once the payer is verified; its clock value is the one after the comparison."""
        proof = await self.prove(context)
        now = context.now()
        return await context.transact(lambda uow: work(uow, now, proof))
