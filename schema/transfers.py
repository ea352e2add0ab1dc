"""Transfers as they are shown, the policy they are under, and the result of a preview (R13 to R21)."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated

import strawberry

from domain.credentials import VerificationMethod
from domain.eligibility import RuleCheck, TransferPreview
from domain.errors import ErrorCode
from domain.kinship import Relation
from domain.money import Fen
from domain.policies import TransferPolicy
from domain.transfers import FundSource, Transfer, TransferScope, TransferStatus
from schema.context import Context, Info
from schema.fields import resolved
from schema.nodes import Node, exposes, finds
from schema.parties import PartyType
from services import transfers
from services.persons import Party


@strawberry.type(name="Transfer", description="医保钱包转账。A transfer into a near relative's wallet.")
class TransferType(Node):
    """Exposes a Transfer."""

    is_type_of = exposes(Transfer, "Transfer", lambda transfer: transfer.id)

    number: str = strawberry.field(description="转账单号。Number to read out.")
    source: FundSource = strawberry.field(description="资金来源。Where the money comes from.")
    amount: Fen = strawberry.field(description="金额。Amount.")
    relation: Relation = strawberry.field(description="收款人是付款人的什么人。What the payee is to the payer.")
    scope: TransferScope = strawberry.field(description="省内或跨省。Within a province or across.")
    status: TransferStatus = strawberry.field(description="状态。Where it stands now.")
    verified_by: VerificationMethod | None = strawberry.field(description="验证方式。How the payer was verified.")
    created_at: datetime = strawberry.field(description="申请时间。When it was applied for.")
    expires_at: datetime | None = strawberry.field(
        description="须在此前验证，待接收时须在此前接收。Until when it must be verified, or then accepted."
    )
    verified_at: datetime | None = strawberry.field(description="验证时间。When it was verified.")
    completed_at: datetime | None = strawberry.field(description="成功时间。When it was completed.")

    @resolved("付款人。Payer.", graphql_type=PartyType)
    @staticmethod
    def payer(root: strawberry.Parent[Transfer], info: Info) -> Awaitable[Party]:
        """Load what may be seen of the payer."""
        return info.context.loaders.parties.load(root.payer_no)

    @resolved("收款人。Payee.", graphql_type=PartyType)
    @staticmethod
    def payee(root: strawberry.Parent[Transfer], info: Info) -> Awaitable[Party]:
        """Load what may be seen of the payee."""
        return info.context.loaders.parties.load(root.payee_no)


@finds("Transfer")
def _find(context: Context, transfer_id: str) -> Awaitable[Transfer | None]:
    return context.loaders.transfers.load(transfer_id)


@strawberry.type(name="TransferPolicy", description="现行转账规则。The policy in force for transfers.")
class TransferPolicyType:
    """Exposes a TransferPolicy."""

    name: str = strawberry.field(description="规则名称。Name of the policy.")
    max_amount: Fen | None = strawberry.field(description="单笔限额；空为不限。Most per transfer; null for no limit.")
    max_per_day: int | None = strawberry.field(description="每日次数；空为不限。Most per day; null for no limit.")
    closed_from: str | None = strawberry.field(description="每日停止服务时间。When service stops for the night.")
    closed_until: str | None = strawberry.field(description="每日恢复服务时间。When service starts again.")
    acceptance_required: bool = strawberry.field(
        description="是否须收款人接收。Whether the payee must accept a transfer."
    )
    verification_minutes: int = strawberry.field(
        description="申请后须在几分钟内验证。Minutes in which an application must be verified."
    )


@strawberry.type(name="RuleCheck", description="一条规则的检查结果。How one rule turned out.")
class RuleCheckType:
    """Exposes a RuleCheck."""

    code: ErrorCode = strawberry.field(description="不满足时的错误码。The code it refuses with.")
    passed: bool = strawberry.field(description="是否满足。Whether it holds.")

    @resolved("说明。What holds, or what does not and what to do.")
    @staticmethod
    def message(root: strawberry.Parent[RuleCheck], info: Info) -> str:
        """Say it in the caller's language."""
        return root.message(info.context.language)


@strawberry.type(
    name="TransferPreview",
    description="转账试算：逐条检查，不产生任何影响；无法判断的规则不列出。"
    "Every rule that can be judged, pass or fail; no side effects.",
)
class TransferPreviewType:
    """Exposes a TransferPreview."""

    eligible: bool = strawberry.field(description="能否申请。Whether an application would be accepted.")
    scope: TransferScope | None = strawberry.field(description="省内或跨省；未知为空。Scope; null if not known yet.")

    @resolved("各条规则，按报错的优先顺序。The rules, in the order of precedence.", graphql_type=list[RuleCheckType])
    @staticmethod
    def checks(root: strawberry.Parent[TransferPreview]) -> tuple[RuleCheck, ...]:
        """Give the checks."""
        return root.checks


@strawberry.type
class TransferQueries:
    """What can be asked about transfers."""

    @resolved("现行转账规则。The policy in force.", graphql_type=TransferPolicyType)
    def policy(self, info: Info) -> TransferPolicy:
        """Give the policy."""
        return info.context.policy

    @resolved(
        "按单号查转账，限付款人、收款人和经办机构。A transfer by number; payer, payee or agency.",
        graphql_type=TransferType | None,
    )
    async def transfer(
        self,
        info: Info,
        number: Annotated[str, strawberry.argument(description="转账单号。Number of the transfer.")],
    ) -> Transfer | None:
        """Find the transfer."""
        context = info.context
        return await transfers.see_by_number(context.reader, context.actor, context.now(), number)
