"""Previewing a transfer, applying for it, verifying and cancelling it (R13 to R20)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from domain.eligibility import TransferPreview
from domain.errors import ChoiceMalformed, Refusal, Refused
from domain.kinship import Relation
from domain.ledger import Account
from domain.money import Fen
from domain.outcomes import NodeRef
from domain.transfers import FundSource, Transfer
from domain.wallets import wallet_id
from schema.answers import Answer, Mutating, Payload, answer, transacted
from schema.context import Context, Info
from schema.fields import IDEMPOTENCY_KEY, resolved
from schema.nodes import key_of
from schema.transfers import TransferPreviewType, TransferType
from schema.verification import VerificationInput
from schema.wallets import WalletType
from services import transfers
from services.transfer_cases import Application, Identity

# ---- inputs -------------------------------------------------------------------------------------------------------


@strawberry.input(description="收款人的姓名和身份号码。Name and ID number of the payee.")
class IdentityInput:
    """A payee by identity."""

    name: str = strawberry.field(description="姓名。Name.")
    id_number: str = strawberry.field(description="公民身份号码，18位。Citizen ID number, 18 characters.")


@strawberry.input(
    one_of=True, description="收款人，两种方式选一。The payee: by a declared tie, or by name and ID number."
)
class PayeeInput:
    """A payee in exactly one of two ways."""

    kinship_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="本人亲属关系的标识。Id of a tie of one's own."
    )
    identity: IdentityInput | None = strawberry.field(
        default=strawberry.UNSET, description="姓名和身份号码。Name and ID number."
    )

    def payee(self) -> str | Identity:
        """Give the payee to the service."""
        if isinstance(self.kinship_id, str):
            return key_of("Kinship", self.kinship_id)
        if not self.identity:
            raise Refused(ChoiceMalformed(path=("payee",)))
        return Identity(self.identity.name, self.identity.id_number)


@strawberry.input(description="试算一笔转账。A transfer to preview.")
class TransferPreviewInput:
    """What is asked for."""

    source: FundSource = strawberry.field(description="资金来源。Where the money comes from.")
    payee: PayeeInput = strawberry.field(description="收款人。The payee.")
    relation: Relation = strawberry.field(description="收款人是本人的什么人。What the payee is to the payer.")
    amount: Fen = strawberry.field(description="金额，至少0.01。Amount, at least 0.01.")

    def application(self) -> Application:
        """Give the application to the service."""
        return Application(self.source, self.payee.payee(), self.relation, self.amount)

    @property
    def about(self) -> NodeRef | None:
        """Name the tie in the audit trail, should nothing come of it; whoever is known by ID number is not."""
        tie = self.payee.kinship_id
        return NodeRef("Kinship", key_of("Kinship", tie)) if isinstance(tie, str) else None

    async def counted(self, context: Context) -> Application:
        """Give the application to the service; a look-up by ID number is counted first."""
        application = self.application()
        if isinstance(application.payee, Identity):
            await context.count_id_lookup()
        return application


@strawberry.input(description="申请转账。A transfer to apply for.")
class ApplyTransferInput(TransferPreviewInput):
    """What is asked for, once per key."""

    idempotency_key: str = strawberry.field(description=IDEMPOTENCY_KEY)


@strawberry.input
class _TransferInput:
    transfer_id: strawberry.ID = strawberry.field(description="转账标识。Id of the transfer.")

    @property
    def about(self) -> NodeRef:
        """Name the transfer in the audit trail."""
        return NodeRef("Transfer", self.key)

    @property
    def key(self) -> str:
        """Give the transfer's key to the service."""
        return key_of("Transfer", self.transfer_id)


@strawberry.input(description="验证转账。A transfer to verify.")
class VerifyTransferInput(_TransferInput):
    """Which transfer, and how."""

    verification: VerificationInput = strawberry.field(description="验证。The verification.")


@strawberry.input(description="取消转账。A transfer to cancel.")
class CancelTransferInput(_TransferInput):
    """Which transfer."""


@strawberry.input(description="接收转账。A transfer to accept.")
class AcceptTransferInput(_TransferInput):
    """Which transfer."""


@strawberry.input(description="拒收转账。A transfer to decline.")
class DeclineTransferInput(_TransferInput):
    """Which transfer."""


# ---- payloads -----------------------------------------------------------------------------------------------------


@strawberry.type
class _TransferPayload(Payload):
    @resolved("转账；被拒绝时为空。The transfer; null if refused.", graphql_type=TransferType | None)
    @staticmethod
    def transfer(root: strawberry.Parent[Answer[Any]]) -> Transfer | None:
        """Give the transfer."""
        transfer: Transfer | None = root.value
        return transfer


@strawberry.type(description="申请转账的结果。Answer to applyTransfer.")
class ApplyTransferPayload(_TransferPayload):
    """Exposes an Answer."""


@strawberry.type(description="取消转账的结果。Answer to cancelTransfer.")
class CancelTransferPayload(_TransferPayload):
    """Exposes an Answer."""


@strawberry.type(description="接收转账的结果。Answer to acceptTransfer.")
class AcceptTransferPayload(_TransferPayload):
    """Exposes an Answer."""


@strawberry.type(description="拒收转账的结果。Answer to declineTransfer.")
class DeclineTransferPayload(_TransferPayload):
    """Exposes an Answer."""


@strawberry.type(description="验证转账的结果。Answer to verifyTransfer.")
class VerifyTransferPayload(_TransferPayload):
    """Exposes an Answer."""

    @resolved(
        "付款人的钱包；被拒绝时为空。The payer's wallet; null if refused.",
        graphql_type=WalletType | None,
    )
    @staticmethod
    async def wallet(root: strawberry.Parent[Answer[Any]], info: Info) -> Account | None:
        """Load the wallet as it is after the transfer."""
        if root.value is None:
            return None
        return await info.context.loaders.accounts.load(wallet_id(root.value.payer_no))


# ---- operations ---------------------------------------------------------------------------------------------------


@strawberry.type
class PreviewQueries:
    """What can be asked before applying."""

    @resolved("转账试算，不产生任何影响。Every rule, pass or fail; no side effects.", graphql_type=TransferPreviewType)
    async def transfer_preview(
        self,
        info: Info,
        input_: Annotated[TransferPreviewInput, strawberry.argument(name="input", description="转账。The transfer.")],
    ) -> TransferPreview:
        """Judge the transfer."""
        context = info.context
        asked = await input_.counted(context)
        await context.settle_caller()
        return await transfers.preview_transfer(context.reader, context.actor, context.now(), context.policy, asked)


@strawberry.type
class TransferMutations:
    """What can be done with transfers."""

    @resolved(
        "转账申请：检查全部规则，不动用资金，30分钟内须验证。"
        "Apply for a transfer: every rule is checked, no money is held; verify within 30 minutes.",
        graphql_type=ApplyTransferPayload | None,
    )
    async def apply_transfer(
        self,
        info: Info,
        input_: Annotated[ApplyTransferInput, strawberry.argument(name="input", description="申请。The application.")],
    ) -> Answer[Transfer]:
        """Apply."""
        context, now = info.context, info.context.now()

        async def work(mutating: Mutating) -> Transfer | Refusal:
            asked = await input_.counted(context)
            return await mutating.transact(
                lambda uow: context.with_parties(
                    uow,
                    transfers.apply_transfer(
                        uow, context.actor, now, context.policy, asked=asked, key=input_.idempotency_key
                    ),
                )
            )

        return await answer(info, work, input_.about)

    @resolved(
        "验证转账：通过后立即到账，或待收款人接收；五次错误锁定15分钟。"
        "Verify a transfer: the money moves at once, or is held until the payee accepts; five wrong tries lock for "
        "15 minutes.",
        graphql_type=VerifyTransferPayload | None,
    )
    async def verify_transfer(
        self,
        info: Info,
        input_: Annotated[VerifyTransferInput, strawberry.argument(name="input", description="验证。What to verify.")],
    ) -> Answer[Transfer]:
        """Verify."""
        context = info.context

        async def work(mutating: Mutating) -> Transfer | Refusal:
            return await input_.verification.carry_out(
                mutating,
                lambda uow, now, proof: context.with_parties(
                    uow,
                    transfers.verify_transfer(
                        uow, context.actor, now, context.policy, transfer_id=input_.key, proof=proof
                    ),
                ),
            )

        return await answer(info, work, input_.about)

    @resolved("取消未验证的转账申请。Cancel an unverified application.", graphql_type=CancelTransferPayload | None)
    async def cancel_transfer(
        self,
        info: Info,
        input_: Annotated[CancelTransferInput, strawberry.argument(name="input", description="取消。What to cancel.")],
    ) -> Answer[Transfer]:
        """Cancel."""
        context, now = info.context, info.context.now()
        return await transacted(
            info, lambda uow: transfers.cancel_transfer(uow, context.actor, now, input_.key), input_.about
        )

    @resolved(
        "接收待本人接收的转账（规则要求接收时）。Accept a transfer that waits for oneself, if the policy asks for it.",
        graphql_type=AcceptTransferPayload | None,
    )
    async def accept_transfer(
        self,
        info: Info,
        input_: Annotated[AcceptTransferInput, strawberry.argument(name="input", description="接收。What to accept.")],
    ) -> Answer[Transfer]:
        """Accept."""
        context, now = info.context, info.context.now()
        return await transacted(
            info,
            lambda uow: transfers.accept_transfer(uow, context.actor, now, context.policy, input_.key),
            input_.about,
        )

    @resolved(
        "拒收待本人接收的转账，资金退回原处。Decline a transfer that waits for oneself; the money goes back.",
        graphql_type=DeclineTransferPayload | None,
    )
    async def decline_transfer(
        self,
        info: Info,
        input_: Annotated[
            DeclineTransferInput, strawberry.argument(name="input", description="拒收。What to decline.")
        ],
    ) -> Answer[Transfer]:
        """Decline."""
        context, now = info.context, info.context.now()
        return await transacted(
            info, lambda uow: transfers.decline_transfer(uow, context.actor, now, input_.key), input_.about
        )
