"""Wallets activated, moved to another use place, frozen; personal accounts credited (R7, R10 to R12)."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any

import strawberry

from domain.actors import Actor
from domain.ledger import Account
from domain.money import Fen
from domain.outcomes import NodeRef
from domain.wallets import PersonalAccount, Wallet
from schema.answers import Answer, Payload, transacted
from schema.context import Info
from schema.fields import IDEMPOTENCY_KEY, resolved
from schema.wallets import PersonalAccountType, WalletType
from services import wallets


@strawberry.input(description="确认使用钱包。The wallet to activate.")
class ActivateWalletInput:
    """Where, and which mobile."""

    use_area_code: str = strawberry.field(description="使用地代码，须为本人参保地。Code of the use place.")
    phone: str = strawberry.field(description="绑定手机号。Mobile to bind.")


@strawberry.input(description="个人账户划入。An allotment to a personal account.")
class CreditPersonalAccountInput:
    """To whom, how much, for which month."""

    person_no: str = strawberry.field(description="个人编号。Personal number.")
    amount: Fen = strawberry.field(description="金额。Amount.")
    period: str = strawberry.field(description='账期，例如"2025-05"。Month, such as "2025-05".')
    idempotency_key: str = strawberry.field(description=IDEMPOTENCY_KEY)


@strawberry.input(description="变更使用地。The use place to change to.")
class ChangeUsePlaceInput:
    """Where the wallet is used from now on."""

    area_code: str = strawberry.field(description="新使用地代码，须为本人参保地。Code of the new use place.")


@strawberry.input
class _WalletStatusInput:
    person_no: str = strawberry.field(description="个人编号。Personal number.")
    reason: str = strawberry.field(description="原因，1至200个字符。Reason, 1 to 200 characters.")


@strawberry.input(description="冻结钱包。A wallet to freeze.")
class FreezeWalletInput(_WalletStatusInput):
    """Whose wallet, and why."""


@strawberry.input(description="解冻钱包。A wallet to unfreeze.")
class UnfreezeWalletInput(_WalletStatusInput):
    """Whose wallet, and why."""


@strawberry.type
class _WalletPayload(Payload):
    @resolved("钱包；被拒绝时为空。The wallet; null if refused.", graphql_type=WalletType | None)
    @staticmethod
    def wallet(root: strawberry.Parent[Answer[Any]], info: Info) -> Awaitable[Account | None] | None:
        """Load the wallet as it is now."""
        return info.context.loaders.accounts.load(root.value.id) if root.value is not None else None


@strawberry.type(description="确认使用钱包的结果。Answer to activateWallet.")
class ActivateWalletPayload(_WalletPayload):
    """Exposes an Answer."""


@strawberry.type(description="变更使用地的结果。Answer to changeUsePlace.")
class ChangeUsePlacePayload(_WalletPayload):
    """Exposes an Answer."""


@strawberry.type(description="冻结钱包的结果。Answer to freezeWallet.")
class FreezeWalletPayload(_WalletPayload):
    """Exposes an Answer."""


@strawberry.type(description="解冻钱包的结果。Answer to unfreezeWallet.")
class UnfreezeWalletPayload(_WalletPayload):
    """Exposes an Answer."""


@strawberry.type(description="个人账户划入的结果。Answer to creditPersonalAccount.")
class CreditPersonalAccountPayload(Payload):
    """Exposes an Answer."""

    @resolved("个人账户；被拒绝时为空。The account; null if refused.", graphql_type=PersonalAccountType | None)
    @staticmethod
    def personal_account(root: strawberry.Parent[Answer[Any]], info: Info) -> Awaitable[Account | None] | None:
        """Load the account as it is now."""
        return info.context.loaders.accounts.load(root.value.id) if root.value is not None else None


def own_wallet(actor: Actor) -> NodeRef | None:
    """Name the caller's own wallet in the audit trail."""
    return NodeRef("Wallet", actor.person_no) if actor.person_no is not None else None


@strawberry.type
class WalletMutations:
    """What can be done with wallets and personal accounts."""

    @resolved(
        "确认使用钱包：选择使用地，绑定手机号。Activate the wallet: choose the use place, bind a mobile.",
        graphql_type=ActivateWalletPayload | None,
    )
    async def activate_wallet(
        self,
        info: Info,
        input_: Annotated[ActivateWalletInput, strawberry.argument(name="input", description="钱包。The wallet.")],
    ) -> Answer[Wallet]:
        """Activate."""
        context, now = info.context, info.context.now()
        return await transacted(
            info,
            lambda uow: wallets.activate_wallet(uow, context.actor, now, input_.use_area_code, input_.phone),
            own_wallet(context.actor),
        )

    @resolved(
        "变更使用地：仅限当前使用地所在省份支持变更时，余额和记录不变。"
        "Change the use place, where the current one's province supports it; balance and history stay.",
        graphql_type=ChangeUsePlacePayload | None,
    )
    async def change_use_place(
        self,
        info: Info,
        input_: Annotated[ChangeUsePlaceInput, strawberry.argument(name="input", description="使用地。The place.")],
    ) -> Answer[Wallet]:
        """Change."""
        context, now = info.context, info.context.now()
        return await transacted(info, lambda uow: wallets.change_use_place(uow, context.actor, now, input_.area_code))

    @resolved(
        "冻结钱包：不能转出、转入或支付（经办机构）。Freeze a wallet: it neither sends, receives nor pays (agency).",
        graphql_type=FreezeWalletPayload | None,
    )
    async def freeze_wallet(
        self,
        info: Info,
        input_: Annotated[FreezeWalletInput, strawberry.argument(name="input", description="冻结。What to freeze.")],
    ) -> Answer[Wallet]:
        """Freeze."""
        context, now = info.context, info.context.now()
        return await transacted(
            info,
            lambda uow: wallets.freeze_wallet(uow, context.actor, now, input_.person_no, input_.reason),
            NodeRef("Wallet", input_.person_no),
        )

    @resolved("解冻钱包（经办机构）。Unfreeze a wallet (agency).", graphql_type=UnfreezeWalletPayload | None)
    async def unfreeze_wallet(
        self,
        info: Info,
        input_: Annotated[
            UnfreezeWalletInput, strawberry.argument(name="input", description="解冻。What to unfreeze.")
        ],
    ) -> Answer[Wallet]:
        """Unfreeze."""
        context, now = info.context, info.context.now()
        return await transacted(
            info,
            lambda uow: wallets.unfreeze_wallet(uow, context.actor, now, input_.person_no, input_.reason),
            NodeRef("Wallet", input_.person_no),
        )

    @resolved(
        "个人账户划入（经办机构）。Credit a personal account (agency).",
        graphql_type=CreditPersonalAccountPayload | None,
    )
    async def credit_personal_account(
        self,
        info: Info,
        input_: Annotated[
            CreditPersonalAccountInput, strawberry.argument(name="input", description="划入。The allotment.")
        ],
    ) -> Answer[PersonalAccount]:
        """Credit."""
        context, now = info.context, info.context.now()
        return await transacted(
            info,
            lambda uow: wallets.credit_personal_account(
                uow,
                context.actor,
                now,
                person_no=input_.person_no,
                amount=input_.amount,
                period=input_.period,
                key=input_.idempotency_key,
            ),
            NodeRef("PersonalAccount", input_.person_no),
        )
