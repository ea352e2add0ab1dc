"""Payments out of a wallet and their refunds, as they are shown (R22, R23, R25, R26)."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated

import strawberry

from domain.credentials import VerificationMethod
from domain.institutions import Institution
from domain.money import Fen
from domain.payments import MedicalBill, Payment, PaymentKind, PaymentStatus, Refund
from domain.premiums import Premium
from repositories.tables import REFUNDS
from schema.context import Context, Info
from schema.fields import resolved
from schema.institutions import InstitutionType
from schema.lists import After, Before, Connection, First, Last, Listed, listed
from schema.nodes import Node, exposes, finds
from schema.parties import PartyType
from schema.premiums import PremiumType
from services import payments
from services.persons import Party


@strawberry.type(name="MedicalBill", description="医疗费用结算单。What a visit costs.")
class MedicalBillType:
    """Exposes a MedicalBill."""

    number: str = strawberry.field(description="结算单号，在机构内唯一。Number of the bill, unique in its institution.")
    total: Fen = strawberry.field(description="总额。Total.")
    fund_paid: Fen = strawberry.field(description="基金支付部分。The part the fund pays.")
    self_paid: Fen = strawberry.field(description="个人自付部分，钱包只可支付这一部分。The self-paid part.")


@strawberry.type(name="Refund", description="一笔退款。Money of a payment that went back.")
class RefundType:
    """Exposes a Refund."""

    amount: Fen = strawberry.field(description="金额。Amount.")
    reason: str = strawberry.field(description="原因。Reason.")
    at: datetime = strawberry.field(description="时间。When.")


@strawberry.type(
    name="Payment",
    description="钱包支付，限付款人、收款机构和经办机构可见。"
    "A payment out of a wallet; seen by whoever paid, the institution that was paid, and the agency.",
)
class PaymentType(Node):
    """Exposes a Payment."""

    is_type_of = exposes(Payment, "Payment", lambda payment: payment.id)

    number: str = strawberry.field(description="支付单号。Number to read out.")
    kind: PaymentKind = strawberry.field(description="类型。Kind.")
    amount: Fen = strawberry.field(description="金额。Amount.")
    refunded_amount: Fen = strawberry.field(description="已退金额。How much of it went back.")
    status: PaymentStatus = strawberry.field(description="状态。Status.")
    created_at: datetime = strawberry.field(description="支付时间。When it was paid.")
    verified_by: VerificationMethod = strawberry.field(description="验证方式。How the payer was verified.")

    @resolved("付款人。Payer.", graphql_type=PartyType)
    @staticmethod
    def payer(root: strawberry.Parent[Payment], info: Info) -> Awaitable[Party]:
        """Load what may be seen of the payer."""
        return info.context.loaders.parties.load(root.payer_no)

    @resolved(
        "收款机构，仅就医购药支付有。The institution; medical payments only.", graphql_type=InstitutionType | None
    )
    @staticmethod
    async def institution(root: strawberry.Parent[Payment], info: Info) -> Institution | None:
        """Load the institution."""
        code = root.institution_code
        return await info.context.loaders.institutions.load(code) if code is not None else None

    @resolved("结算单，仅就医购药支付有。The bill; medical payments only.", graphql_type=MedicalBillType | None)
    @staticmethod
    def bill(root: strawberry.Parent[Payment]) -> MedicalBill | None:
        """Give the bill."""
        return root.bill

    @resolved("缴费标准，仅居民医保缴费有。The premium; premium payments only.", graphql_type=PremiumType | None)
    @staticmethod
    def premium(root: strawberry.Parent[Payment], info: Info) -> Awaitable[Premium | None] | None:
        """Load the premium."""
        return info.context.loaders.premiums.load(root.premium_id) if root.premium_id is not None else None

    @resolved("退款，最新的在前。Refunds, newest first.", graphql_type=Connection[RefundType])
    @staticmethod
    async def refunds(
        root: strawberry.Parent[Payment],
        info: Info,
        *,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Listed[Refund]:
        """Page through the refunds."""
        book = payments.refunds_of(root)
        return await listed(info, book, REFUNDS, first, after, last, before)


@finds("Payment")
def _find(context: Context, payment_id: str) -> Awaitable[Payment | None]:
    return context.loaders.payments.load(payment_id)


@strawberry.type
class PaymentQueries:
    """What can be asked about payments."""

    @resolved(
        "按单号查支付，限付款人、收款机构和经办机构。"
        "A payment by number; whoever paid, the institution that was paid, or the agency.",
        graphql_type=PaymentType | None,
    )
    async def payment(
        self,
        info: Info,
        number: Annotated[str, strawberry.argument(description="支付单号。Number of the payment.")],
    ) -> Payment | None:
        """Find the payment."""
        return await payments.see_by_number(info.context.reader, info.context.actor, number)
