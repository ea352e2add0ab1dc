"""Wallets, personal accounts and their statements (R7, R10, R26)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any

import strawberry

from domain.ledger import Account, Entry, EntryKind
from domain.money import Fen
from domain.regions import Region
from domain.transfers import Transfer
from domain.wallets import (
    PersonalAccount,
    UsePlaceChange,
    Wallet,
    WalletStatus,
    personal_account_id,
    wallet_id,
)
from repositories.contract import ENTRIES
from schema.answers import Answer, Payload, transacted
from schema.context import Context, Info
from schema.fields import resolved
from schema.lists import After, Before, Connection, First, Last, Listed, window_of
from schema.nodes import Node, exposes, finds
from schema.regions import RegionType
from schema.transfers import TransferType
from services import wallets


@strawberry.type(name="LedgerEntry", description="一笔收支。One movement of an account.")
class LedgerEntryType(Node):
    """Exposes an Entry of a guarded account."""

    is_type_of = exposes(Entry, "LedgerEntry", lambda entry: entry.id)

    seq: int = strawberry.field(description="账户内的序号，从1起连续。Number in its account, from 1 without gaps.")
    kind: EntryKind = strawberry.field(description="类型。Kind.")
    amount: Fen = strawberry.field(description="金额，收入为正，支出为负。Signed amount.")
    balance_after: Fen = strawberry.field(description="之后的余额。Balance after it.")
    occurred_at: datetime = strawberry.field(description="时间。When it happened.")

    @resolved("所属转账。The transfer it belongs to.", graphql_type=TransferType | None)
    @staticmethod
    async def transfer(root: strawberry.Parent[Entry], info: Info) -> Transfer | None:
        """Load the transfer."""
        return await info.context.loaders.transfers.load(root.transfer_id) if root.transfer_id is not None else None


@strawberry.type(name="UsePlaceChange", description="使用地变更记录。A change of the use place.")
class UsePlaceChangeType:
    """Exposes a UsePlaceChange."""

    at: datetime = strawberry.field(description="时间。When.")

    @resolved("原使用地。The old use place.", name="from", graphql_type=RegionType)
    @staticmethod
    async def from_(root: strawberry.Parent[UsePlaceChange], info: Info) -> Region:
        """Load the old area."""
        return await info.context.loaders.region(root.from_code)

    @resolved("新使用地。The new use place.", graphql_type=RegionType)
    @staticmethod
    async def to(root: strawberry.Parent[UsePlaceChange], info: Info) -> Region:
        """Load the new area."""
        return await info.context.loaders.region(root.to_code)


@strawberry.type
class _Statement:
    @resolved("收支明细，最新的在前。Statement, newest first.", graphql_type=Connection[LedgerEntryType])
    @staticmethod
    async def entries(
        root: strawberry.Parent[Account],
        info: Info,
        *,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Listed[Entry]:
        """Page through the statement."""
        reader, actor = info.context.reader, info.context.actor
        window = window_of(ENTRIES, first, after, last, before)
        page = await wallets.entries_page(reader, actor, root, window)
        return Listed(page, partial(wallets.entries_count, reader, actor, root))


@strawberry.type(name="Wallet", description="医保钱包。A wallet.")
class WalletType(Node, _Statement):
    """Exposes a Wallet."""

    is_type_of = exposes(Wallet, "Wallet", lambda wallet: wallet.person_no)

    status: WalletStatus = strawberry.field(description="状态。Status.")
    balance: Fen = strawberry.field(description="余额。Balance.")
    available_balance: Fen = strawberry.field(description="可用余额，不含冻结部分。Balance less what is held.")
    masked_phone: str = strawberry.field(description="脱敏的绑定手机号。The bound mobile, masked.")
    activated_at: datetime = strawberry.field(description="开通时间。When it was activated.")

    @resolved("使用地。The area in which it is used.", graphql_type=RegionType)
    @staticmethod
    async def use_area(root: strawberry.Parent[Wallet], info: Info) -> Region:
        """Load the use place."""
        return await info.context.loaders.region(root.use_area_code)

    @resolved("使用地变更记录。Changes of the use place.", graphql_type=list[UsePlaceChangeType])
    @staticmethod
    def use_place_changes(root: strawberry.Parent[Wallet]) -> tuple[UsePlaceChange, ...]:
        """Give the changes."""
        return root.use_place_changes


@strawberry.type(name="PersonalAccount", description="职工医保个人账户。An employee's personal account.")
class PersonalAccountType(Node, _Statement):
    """Exposes a PersonalAccount."""

    is_type_of = exposes(PersonalAccount, "PersonalAccount", lambda account: account.person_no)

    balance: Fen = strawberry.field(description="余额。Balance.")

    @resolved("账户所在统筹区。The area that holds it.", graphql_type=RegionType)
    @staticmethod
    async def area(root: strawberry.Parent[PersonalAccount], info: Info) -> Region:
        """Load the area of the employee enrolment."""
        person = await info.context.loaders.persons.load(root.person_no)
        code = person.account_area_code() if person is not None else None
        if code is None:
            message = "a personal account belongs to a person with an employee enrolment"
            raise LookupError(message)
        return await info.context.loaders.region(code)


@finds("Wallet")
async def _find_wallet(context: Context, person_no: str) -> Account | None:
    return await context.loaders.accounts.load(wallet_id(person_no))


@finds("PersonalAccount")
async def _find_personal_account(context: Context, person_no: str) -> Account | None:
    return await context.loaders.accounts.load(personal_account_id(person_no))


@finds("LedgerEntry")
async def _find_entry(context: Context, entry_id: str) -> Entry | None:
    return await context.loaders.entries.load(entry_id)


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
    idempotency_key: str = strawberry.field(description="幂等键。Idempotency key.")


@strawberry.type(description="确认使用钱包的结果。Answer to activateWallet.")
class ActivateWalletPayload(Payload):
    """Exposes an Answer."""

    @resolved("钱包；被拒绝时为空。The wallet; null if refused.", graphql_type=WalletType | None)
    @staticmethod
    def wallet(root: strawberry.Parent[Answer[Any]]) -> Wallet | None:
        """Give the wallet."""
        wallet: Wallet | None = root.value
        return wallet


@strawberry.type(description="个人账户划入的结果。Answer to creditPersonalAccount.")
class CreditPersonalAccountPayload(Payload):
    """Exposes an Answer."""

    @resolved("个人账户；被拒绝时为空。The account; null if refused.", graphql_type=PersonalAccountType | None)
    @staticmethod
    def personal_account(root: strawberry.Parent[Answer[Any]]) -> PersonalAccount | None:
        """Give the account."""
        account: PersonalAccount | None = root.value
        return account


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
            context,
            lambda uow: wallets.activate_wallet(uow, context.actor, now, input_.use_area_code, input_.phone),
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
            context,
            lambda uow: wallets.credit_personal_account(
                uow,
                context.actor,
                now,
                person_no=input_.person_no,
                amount=input_.amount,
                period=input_.period,
                key=input_.idempotency_key,
            ),
        )
