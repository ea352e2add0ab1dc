"""Institutions registered, and whether they accept the wallet, recorded by the agency (R24)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from domain.institutions import Institution, WalletServiceStatus
from domain.outcomes import NodeRef
from schema.answers import Answer, Payload, transacted
from schema.context import Info
from schema.fields import resolved
from schema.institutions import InstitutionType
from services import institutions
from services.institutions import Registration


@strawberry.input(description="登记定点医药机构。An institution to register.")
class RegisterInstitutionInput:
    """What the agency knows of the institution."""

    code: str = strawberry.field(
        description="机构代码：医疗机构为H、零售药店为P，加11位数字。Code: H (hospital) or P (pharmacy) and 11 digits."
    )
    name: str = strawberry.field(description="名称，1至100个字符。Name, 1 to 100 characters.")
    area_code: str = strawberry.field(description="所在统筹区的代码。Code of the pooling area.")
    wallet_service: WalletServiceStatus = strawberry.field(
        description="医保钱包服务状态。Whether the wallet is accepted."
    )

    def registration(self) -> Registration:
        """Give the registration to the service."""
        return Registration(self.code, self.name, self.area_code, self.wallet_service)


@strawberry.input(description="设置机构的医保钱包服务状态。Whether an institution accepts the wallet.")
class SetWalletServiceInput:
    """Which institution, and whether."""

    code: str = strawberry.field(description="机构代码。Code of the institution.")
    status: WalletServiceStatus = strawberry.field(description="服务状态。Status of the service.")


@strawberry.type
class _InstitutionPayload(Payload):
    @resolved("机构；被拒绝时为空。The institution; null if refused.", graphql_type=InstitutionType | None)
    @staticmethod
    def institution(root: strawberry.Parent[Answer[Any]]) -> Institution | None:
        """Give the institution."""
        institution: Institution | None = root.value
        return institution


@strawberry.type(description="登记机构的结果。Answer to registerInstitution.")
class RegisterInstitutionPayload(_InstitutionPayload):
    """Exposes an Answer."""


@strawberry.type(description="设置服务状态的结果。Answer to setWalletService.")
class SetWalletServicePayload(_InstitutionPayload):
    """Exposes an Answer."""


@strawberry.type
class InstitutionMutations:
    """What the agency records of institutions."""

    @resolved(
        "登记定点医药机构（经办机构）。Register a designated institution (agency).",
        graphql_type=RegisterInstitutionPayload | None,
    )
    async def register_institution(
        self,
        info: Info,
        input_: Annotated[
            RegisterInstitutionInput, strawberry.argument(name="input", description="机构。The institution.")
        ],
    ) -> Answer[Institution]:
        """Register."""
        context, now, asked = info.context, info.context.now(), input_.registration()
        about = NodeRef("Institution", input_.code)
        return await transacted(info, lambda uow: institutions.register(uow, context.actor, now, asked), about)

    @resolved(
        "设置机构是否支持医保钱包（经办机构）。Record whether an institution accepts the wallet (agency).",
        graphql_type=SetWalletServicePayload | None,
    )
    async def set_wallet_service(
        self,
        info: Info,
        input_: Annotated[SetWalletServiceInput, strawberry.argument(name="input", description="状态。The status.")],
    ) -> Answer[Institution]:
        """Set."""
        context = info.context
        return await transacted(
            info,
            lambda uow: institutions.set_wallet_service(uow, context.actor, input_.code, input_.status),
            NodeRef("Institution", input_.code),
        )
