"""How a payer proves who he or she is, before money moves (R18)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, TypeVar

import strawberry

from domain.errors import ChoiceMalformed, Refusal, Refused
from repositories.contract import UnitOfWork
from schema.answers import Mutating
from schema.context import Context
from services import credentials
from services.credentials import Proof

T = TypeVar("T")


FACE_ASSERTION: Final = (
    "人脸核验服务为本人本次操作签发的核验结果（JWS），5分钟内一次有效。"
    "What the face service signed for this person and this operation (a JWS); good once, for five minutes at most."
)


async def prove_by_password(context: Context, password: str, *path: str) -> Proof:
    """Compare a password with the caller's."""
    return await credentials.prove(context.reader, context.wiring.hasher, context.actor, context.now(), password, *path)


async def prove_by_face(context: Context, assertion: str, *path: str) -> Proof:
    """Find out what a face assertion says."""
    return await credentials.prove_by_face(context.wiring.faces, context.actor, assertion, *path)


@strawberry.input(one_of=True, description="验证，选一种方式。Verification, in one of these ways.")
class VerificationInput:
    """A verification in exactly one way."""

    password: str | None = strawberry.field(
        default=strawberry.UNSET, description="医保码密码，6位数字。Medical-insurance-code password, six digits."
    )

    face_assertion: str | None = strawberry.field(default=strawberry.UNSET, description=FACE_ASSERTION)

    async def prove(self, context: Context) -> Proof:
        """Compare the password, or read the face assertion, before the transaction."""
        if isinstance(self.face_assertion, str):
            return await prove_by_face(context, self.face_assertion, "verification", "face_assertion")
        if not isinstance(self.password, str):
            raise Refused(ChoiceMalformed(path=("verification",)))
        await context.count_verification()
        return await prove_by_password(context, self.password, "verification", "password")

    async def carry_out(
        self, mutating: Mutating, work: Callable[[UnitOfWork, datetime, Proof], Awaitable[T | Refusal]]
    ) -> T | Refusal:
        """Run a work that moves money once the payer is verified; its clock value is the one after the comparison."""
        proof = await self.prove(mutating.context)
        now = mutating.context.now()
        return await mutating.transact(lambda uow: work(uow, now, proof))
