"""Wallets, personal accounts and their statements (R7, R10, R26)."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated

import strawberry

from domain.ledger import Account, Entry, EntryKind
from domain.money import Fen
from domain.payments import Payment
from domain.regions import Region
from domain.transfers import Transfer, TransferDirection, TransferStatus
from domain.wallets import (
    PersonalAccount,
    StatusChange,
    UsePlaceChange,
    Wallet,
    WalletStatus,
    personal_account_id,
    wallet_id,
)
from repositories.tables import ENTRIES, PAYMENTS, TRANSFERS
from schema.context import Context, Info
from schema.fields import resolved
from schema.lists import After, Before, Connection, First, Last, Listed, listed
from schema.nodes import Node, exposes, finds
from schema.payments import PaymentType
from schema.regions import RegionType
from schema.transfers import TransferType
from services import payments, transfers, wallets


@strawberry.type(name="LedgerEntry", description="一笔收支。One movement of an account.")
class LedgerEntryType(Node):
    """Exposes an Entry of a guarded account."""

    is_type_of = exposes(Entry, "LedgerEntry", lambda entry: entry.id)

    seq: int = strawberry.field(description="账户内的序号，从1起连续。Number in its account, from 1 without gaps.")
    kind: EntryKind = strawberry.field(description="类型。Kind.")
    amount: Fen = strawberry.field(description="金额，收入为正，支出为负。Signed amount.")
    balance_after: Fen = strawberry.field(description="之后的余额。Balance after it.")
    occurred_at: datetime = strawberry.field(description="时间。When it happened.")

    @resolved("所属支付。The payment it belongs to.", graphql_type=PaymentType | None)
    @staticmethod
    def payment(root: strawberry.Parent[Entry], info: Info) -> Awaitable[Payment | None] | None:
        """Load the payment."""
        return info.context.loaders.payments.load(root.payment_id) if root.payment_id is not None else None

    @resolved("所属转账。The transfer it belongs to.", graphql_type=TransferType | None)
    @staticmethod
    def transfer(root: strawberry.Parent[Entry], info: Info) -> Awaitable[Transfer | None] | None:
        """Load the transfer."""
        return info.context.loaders.transfers.load(root.transfer_id) if root.transfer_id is not None else None


@strawberry.type(name="UsePlaceChange", description="使用地变更记录。A change of the use place.")
class UsePlaceChangeType:
    """Exposes a UsePlaceChange."""

    at: datetime = strawberry.field(description="时间。When.")

    @resolved("原使用地。The old use place.", name="from", graphql_type=RegionType)
    @staticmethod
    def from_(root: strawberry.Parent[UsePlaceChange], info: Info) -> Awaitable[Region]:
        """Load the old area."""
        return info.context.loaders.region(root.from_code)

    @resolved("新使用地。The new use place.", graphql_type=RegionType)
    @staticmethod
    def to(root: strawberry.Parent[UsePlaceChange], info: Info) -> Awaitable[Region]:
        """Load the new area."""
        return info.context.loaders.region(root.to_code)


@strawberry.type(name="WalletStatusChange", description="冻结或解冻记录。A freeze, or its end.")
class WalletStatusChangeType:
    """Exposes a StatusChange."""

    status: WalletStatus = strawberry.field(description="变为何种状态。What it was set to.")
    reason: str = strawberry.field(description="原因。Reason.")
    at: datetime = strawberry.field(description="时间。When.")


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
        return await listed(info, wallets.entries_of(info.context.actor, root), ENTRIES, first, after, last, before)


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
    def use_area(root: strawberry.Parent[Wallet], info: Info) -> Awaitable[Region]:
        """Load the use place."""
        return info.context.loaders.region(root.use_area_code)

    @resolved("使用地变更记录。Changes of the use place.", graphql_type=list[UsePlaceChangeType])
    @staticmethod
    def use_place_changes(root: strawberry.Parent[Wallet]) -> tuple[UsePlaceChange, ...]:
        """Give the changes."""
        return root.use_place_changes

    @resolved(
        "冻结和解冻记录，最近100条。The latest hundred freezes and their ends.",
        graphql_type=list[WalletStatusChangeType],
    )
    @staticmethod
    def status_changes(root: strawberry.Parent[Wallet]) -> tuple[StatusChange, ...]:
        """Give the changes."""
        return root.status_changes

    @resolved("转账，最新的在前。Transfers, newest first.", graphql_type=Connection[TransferType])
    @staticmethod
    async def transfers(
        root: strawberry.Parent[Wallet],
        info: Info,
        *,
        direction: Annotated[
            TransferDirection | None, strawberry.argument(description="仅转入或转出。Only those in, or out.")
        ] = strawberry.UNSET,
        status: Annotated[
            TransferStatus | None, strawberry.argument(description="仅此状态。Only those of this status.")
        ] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Listed[Transfer]:
        """Page through the transfers from and to the person."""
        book = transfers.transfers_of(
            info.context.actor, info.context.now(), root.person_no, direction or None, status or None
        )
        return await listed(info, book, TRANSFERS, first, after, last, before)

    @resolved("支付，最新的在前。Payments, newest first.", graphql_type=Connection[PaymentType])
    @staticmethod
    async def payments(
        root: strawberry.Parent[Wallet],
        info: Info,
        *,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Listed[Payment]:
        """Page through the payments."""
        book = payments.payments_of(info.context.actor, root.person_no)
        return await listed(info, book, PAYMENTS, first, after, last, before)


@strawberry.type(name="PersonalAccount", description="职工医保个人账户。An employee's personal account.")
class PersonalAccountType(Node, _Statement):
    """Exposes a PersonalAccount."""

    is_type_of = exposes(PersonalAccount, "PersonalAccount", lambda account: account.person_no)

    balance: Fen = strawberry.field(description="余额。Balance.")
    available_balance: Fen = strawberry.field(description="可用余额，不含冻结部分。Balance less what is held.")

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
def _find_wallet(context: Context, person_no: str) -> Awaitable[Account | None]:
    return context.loaders.accounts.load(wallet_id(person_no))


@finds("PersonalAccount")
def _find_personal_account(context: Context, person_no: str) -> Awaitable[Account | None]:
    return context.loaders.accounts.load(personal_account_id(person_no))


@finds("LedgerEntry")
def _find_entry(context: Context, entry_id: str) -> Awaitable[Entry | None]:
    return context.loaders.entries.load(entry_id)
