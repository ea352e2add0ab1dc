"""Paying at institutions, paying premiums, and refunding (R22, R23, R25)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry

from domain.errors import Refusal
from domain.ledger import Account
from domain.money import Fen
from domain.outcomes import NodeRef
from domain.payments import MedicalBill, Payment
from domain.premiums import premium_id
from domain.wallets import wallet_id
from schema.answers import Answer, Mutating, Payload, answer, transacted
from schema.context import Info
from schema.fields import IDEMPOTENCY_KEY, resolved
from schema.nodes import key_of
from schema.payments import PaymentType
from schema.verification import VerificationInput
from schema.wallets import WalletType
from services import payments
from services.payments import MedicalRequest, PremiumRequest, RefundRequest

# ---- inputs -------------------------------------------------------------------------------------------------------


@strawberry.input(description="结算单：总额等于基金支付加个人自付。A bill: the total is fund-paid plus self-paid.")
class MedicalBillInput:
    """What a visit costs."""

    number: str = strawberry.field(description="结算单号，在机构内唯一。Number of the bill, unique in its institution.")
    total: Fen = strawberry.field(description="总额。Total.")
    fund_paid: Fen = strawberry.field(description="基金支付部分。The part the fund pays.")
    self_paid: Fen = strawberry.field(description="个人自付部分。The self-paid part.")

    def bill(self) -> MedicalBill:
        """Give the bill to the service."""
        return MedicalBill(self.number, self.total, self.fund_paid, self.self_paid)


@strawberry.input(description="就医购药支付。A medical expense to pay.")
class PayMedicalExpenseInput:
    """To whom, for what, how much."""

    institution_code: str = strawberry.field(description="定点医药机构代码。Code of the institution.")
    bill: MedicalBillInput = strawberry.field(description="结算单。The bill.")
    amount: Fen = strawberry.field(
        description="支付金额，不超过个人自付部分。Amount, at most what is left of the self-paid part."
    )
    verification: VerificationInput = strawberry.field(description="验证。The verification.")
    idempotency_key: str = strawberry.field(description=IDEMPOTENCY_KEY)

    @property
    def about(self) -> NodeRef:
        """Name the institution in the audit trail, should nothing come of it."""
        return NodeRef("Institution", self.institution_code)

    def request(self) -> MedicalRequest:
        """Give the request to the service."""
        return MedicalRequest(self.institution_code, self.bill.bill(), self.amount, self.idempotency_key)


@strawberry.input(description="缴纳居民医保费。A premium to pay.")
class PayPremiumInput:
    """Where, and for which year."""

    area_code: str = strawberry.field(description="居民医保参保地代码。Code of the area of the resident enrolment.")
    year: int = strawberry.field(description="年度。Year.")
    verification: VerificationInput = strawberry.field(description="验证。The verification.")
    idempotency_key: str = strawberry.field(description=IDEMPOTENCY_KEY)

    @property
    def about(self) -> NodeRef:
        """Name the premium in the audit trail, should nothing come of it."""
        return NodeRef("Premium", premium_id(self.area_code, self.year))

    def request(self) -> PremiumRequest:
        """Give the request to the service."""
        return PremiumRequest(self.area_code, self.year, self.idempotency_key)


@strawberry.input(description="退款。What to refund.")
class RefundPaymentInput:
    """Of which payment, how much, and why."""

    payment_id: strawberry.ID = strawberry.field(description="支付标识。Id of the payment.")
    amount: Fen = strawberry.field(description="退款金额，可部分退。Amount; parts are possible.")
    reason: str = strawberry.field(description="原因，1至200个字符。Reason, 1 to 200 characters.")
    idempotency_key: str = strawberry.field(description=IDEMPOTENCY_KEY)

    def request(self) -> RefundRequest:
        """Give the request to the service."""
        return RefundRequest(key_of("Payment", self.payment_id), self.amount, self.reason, self.idempotency_key)


# ---- payloads -----------------------------------------------------------------------------------------------------


@strawberry.type
class _PaymentPayload(Payload):
    @resolved("支付；被拒绝时为空。The payment; null if refused.", graphql_type=PaymentType | None)
    @staticmethod
    def payment(root: strawberry.Parent[Answer[Any]]) -> Payment | None:
        """Give the payment."""
        payment: Payment | None = root.value
        return payment


@strawberry.type
class _PaidPayload(_PaymentPayload):
    @resolved("付款人的钱包；被拒绝时为空。The payer's wallet; null if refused.", graphql_type=WalletType | None)
    @staticmethod
    async def wallet(root: strawberry.Parent[Answer[Any]], info: Info) -> Account | None:
        """Load the wallet as it is after the payment."""
        if root.value is None:
            return None
        return await info.context.loaders.accounts.load(wallet_id(root.value.payer_no))


@strawberry.type(description="就医购药支付的结果。Answer to payMedicalExpense.")
class PayMedicalExpensePayload(_PaidPayload):
    """Exposes an Answer."""


@strawberry.type(description="缴费的结果。Answer to payPremium.")
class PayPremiumPayload(_PaidPayload):
    """Exposes an Answer."""


@strawberry.type(description="退款的结果。Answer to refundPayment.")
class RefundPaymentPayload(_PaymentPayload):
    """Exposes an Answer."""


# ---- operations ---------------------------------------------------------------------------------------------------


async def _paid(
    info: Info, input_: PayMedicalExpenseInput | PayPremiumInput, pay: Callable[..., Awaitable[Payment | Refusal]]
) -> Answer[Payment]:
    """Pay what is well formed, once the payer is verified."""

    async def work(mutating: Mutating) -> Payment | Refusal:
        asked = input_.request().checked()
        return await input_.verification.carry_out(
            mutating, lambda uow, now, proof: pay(uow, info.context.actor, now, asked=asked, proof=proof)
        )

    return await answer(info, work, input_.about)


@strawberry.type
class PaymentMutations:
    """What can be done with the money in a wallet."""

    @resolved(
        "就医购药支付：在使用地的定点医药机构，支付结算单的个人自付部分。"
        "Pay a medical expense: the self-paid part of a bill, at an institution in the use place.",
        graphql_type=PayMedicalExpensePayload | None,
    )
    async def pay_medical_expense(
        self,
        info: Info,
        input_: Annotated[PayMedicalExpenseInput, strawberry.argument(name="input", description="支付。What to pay.")],
    ) -> Answer[Payment]:
        """Pay."""
        return await _paid(info, input_, payments.pay_medical)

    @resolved(
        "缴纳本人的居民医保费：按参保地公布的标准，在缴费期内。"
        "Pay one's own premium of the residents' scheme, as published, inside the window.",
        graphql_type=PayPremiumPayload | None,
    )
    async def pay_premium(
        self,
        info: Info,
        input_: Annotated[PayPremiumInput, strawberry.argument(name="input", description="缴费。What to pay.")],
    ) -> Answer[Payment]:
        """Pay."""
        return await _paid(info, input_, payments.pay_premium)

    @resolved(
        "退款：由收款机构或经办机构，退回付款的钱包，可部分退；居民医保缴费仅经办机构可退。"
        "Refund a payment to the wallet that paid, by the institution that was paid or the agency; parts are possible. "
        "Only the agency refunds a premium.",
        graphql_type=RefundPaymentPayload | None,
    )
    async def refund_payment(
        self,
        info: Info,
        input_: Annotated[RefundPaymentInput, strawberry.argument(name="input", description="退款。What to refund.")],
    ) -> Answer[Payment]:
        """Refund."""
        context, now, asked = info.context, info.context.now(), input_.request()
        about = NodeRef("Payment", asked.payment_id)
        return await transacted(info, lambda uow: payments.refund_payment(uow, context.actor, now, asked), about)
