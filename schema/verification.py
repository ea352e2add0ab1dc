"""How a payer proves who he or she is, before money moves (R18)."""

from __future__ import annotations

import strawberry

from domain.credentials import PasswordProof
from domain.errors import ChoiceMalformed, Refused
from schema.context import Context
from services import credentials


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
