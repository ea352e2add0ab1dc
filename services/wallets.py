"""Wallets and personal accounts: activation, use place, freezing, allotments, statements (R7, R10 to R12, R26)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from domain.actors import Actor, as_agency, require_agency, require_insured
from domain.coverage import require_open
from domain.dates import shanghai_date
from domain.errors import NoPersonalAccount, NotFound, Refusal, Refused
from domain.identity import parse_phone
from domain.ledger import Account, Entry, EntryKind, Journal, Leg, Posting, post, require_amount
from domain.money import Fen
from domain.outcomes import CREDIT, NodeRef, parse_key
from domain.persons import require_enrolled, require_enrolled_in, require_registered
from domain.regions import province_code_of
from domain.transfers import require_none_pending
from domain.wallets import (
    PersonalAccount,
    Wallet,
    WalletStatus,
    activate,
    allotment_source,
    owner_of,
    parse_period,
    parse_reason,
    personal_account_id,
    require_activated,
    require_no_wallet,
    require_owner_activated,
    require_use_place_change,
    set_status,
    wallet_id,
)
from domain.wallets import change_use_place as moved
from repositories.contract import Lookup, Reader, UnitOfWork
from services.books import Book
from services.outcomes import KeyedRequest, Once, once
from services.regions import require_region

PENDING_MAX: Final = 1_000
"""More pending transfers of one person than are looked at; the first that is not overdue decides."""


async def activate_wallet(uow: UnitOfWork, actor: Actor, now: datetime, area_code: str, phone: str) -> Wallet:
    """Open the caller's wallet in an open area in which he or she is enrolled (R10)."""
    bound = parse_phone(phone, "phone")
    person_no = require_insured(actor)
    area = await require_region(uow.regions, area_code, "use_area_code")
    province = await require_region(uow.regions, province_code_of(area.code), "use_area_code")
    require_no_wallet(await get_wallet(uow.accounts, person_no))
    person = require_registered(await uow.persons.get(person_no))
    require_enrolled(person)
    require_enrolled_in(person, area_code, "use_area_code")
    require_open(area, province, shanghai_date(now), "use_area_code")
    wallet = activate(person_no, area_code, bound, now)
    uow.accounts.add(wallet)
    return wallet


async def change_use_place(uow: UnitOfWork, actor: Actor, now: datetime, area_code: str) -> Wallet:
    """Use the caller's wallet in another area in which he or she is enrolled (R11)."""
    person_no = require_insured(actor)
    area = await require_region(uow.regions, area_code, "area_code")
    province = await require_region(uow.regions, province_code_of(area.code), "area_code")
    pending = await uow.transfers.find({"pending_of": person_no}, PENDING_MAX)
    require_none_pending(pending, now)
    person = require_registered(await uow.persons.get(person_no))
    require_enrolled(person)
    require_enrolled_in(person, area_code, "area_code")
    require_open(area, province, shanghai_date(now), "area_code")
    wallet = require_activated(await get_wallet(uow.accounts, person_no))
    used_in = await require_region(uow.regions, province_code_of(wallet.use_area_code))
    require_use_place_change(wallet, used_in, area_code, now)
    changed = moved(wallet, area_code, now)
    uow.accounts.save(changed)
    uow.persons.touch(person_no)
    return changed


async def freeze_wallet(uow: UnitOfWork, actor: Actor, now: datetime, person_no: str, reason: str) -> Wallet:
    """Freeze a person's wallet: it neither sends, receives nor pays (R12)."""
    return await _set_status(uow, actor, now, person_no, reason, WalletStatus.FROZEN)


async def unfreeze_wallet(uow: UnitOfWork, actor: Actor, now: datetime, person_no: str, reason: str) -> Wallet:
    """Let a frozen wallet go again (R12)."""
    return await _set_status(uow, actor, now, person_no, reason, WalletStatus.ACTIVE)


async def _set_status(
    uow: UnitOfWork, actor: Actor, now: datetime, person_no: str, reason: str, status: WalletStatus
) -> Wallet:
    why = parse_reason(reason, "reason")
    agency = require_agency(actor)
    if await uow.persons.get(person_no) is None:
        raise Refused(NotFound(path=("person_no",)))
    wallet = require_owner_activated(await get_wallet(uow.accounts, person_no))
    changed = set_status(wallet, status, reason=why, by=as_agency(agency), now=now)
    uow.accounts.save(changed)
    return changed


async def credit_personal_account(
    uow: UnitOfWork, actor: Actor, now: datetime, *, person_no: str, amount: Fen, period: str, key: str
) -> PersonalAccount | Refusal:
    """Credit an employee's personal account with an allotment (划入), once per key (R7, R20)."""
    require_amount(amount, "amount")
    parse_period(period, "period")
    parse_key(key, "idempotency_key")
    agency = require_agency(actor)
    arguments: dict[str, str | int | None] = {"personNo": person_no, "amount": amount, "period": period}
    request = KeyedRequest(as_agency(agency), key, CREDIT, arguments)

    async def credit() -> PersonalAccount:
        person = await uow.persons.get(person_no)
        if person is None:
            raise Refused(NotFound(path=("person_no",)))
        account = await get_personal_account(uow.accounts, person_no)
        employment = person.active_employment()
        if account is None or employment is None:
            raise Refused(NoPersonalAccount(path=("person_no",)))
        source = allotment_source(employment.area_code)
        legs = (Leg(source, EntryKind.ALLOTMENT, Fen(-amount)), Leg(account, EntryKind.ALLOTMENT, amount))
        book(uow, post(Journal(request.id, legs, now, period=period)))
        return await recall(person_no)

    async def recall(number: str) -> PersonalAccount:
        account = await get_personal_account(uow.accounts, number)
        if account is None:
            raise Refused(NoPersonalAccount(path=("person_no",)))
        return account

    act = Once(credit, lambda account: NodeRef("PersonalAccount", account.person_no), recall)
    return await once(uow, request, now, act)


def book(uow: UnitOfWork, posting: Posting) -> None:
    """Store what a journal leaves behind."""
    for account in posting.accounts:
        uow.accounts.save(account)
    for entry in posting.entries:
        uow.entries.add(entry)


async def get_account(accounts: Lookup[Account], account_id: str) -> Account:
    """Give an account that a stored object refers to; it is there, since accounts are never removed."""
    account = await accounts.get(account_id)
    if account is None:
        message = "accounts are never removed, so whichever is referred to is there"
        raise LookupError(message)
    return account


async def get_wallet(accounts: Lookup[Account], person_no: str) -> Wallet | None:
    """Give a person's wallet."""
    account = await accounts.get(wallet_id(person_no))
    return account if isinstance(account, Wallet) else None


async def get_personal_account(accounts: Lookup[Account], person_no: str) -> PersonalAccount | None:
    """Give a person's personal account."""
    account = await accounts.get(personal_account_id(person_no))
    return account if isinstance(account, PersonalAccount) else None


async def see_accounts(reader: Reader, actor: Actor, account_ids: Sequence[str]) -> list[Account | None]:
    """Give these accounts as far as the caller may see them: his or her own; the agency sees all (R27)."""
    accounts = await reader.accounts.get_many(account_ids)
    return [a if a is not None and actor.may_see_person(a.person_no) else None for a in accounts]


async def see_entries(reader: Reader, actor: Actor, entry_ids: Sequence[str]) -> list[Entry | None]:
    """Give these entries as far as the caller may see their accounts (R26, R27)."""
    entries = await reader.entries.get_many(entry_ids)
    return [e if e is not None and _may_see(actor, e) else None for e in entries]


def _may_see(actor: Actor, entry: Entry) -> bool:
    owner = owner_of(entry.account_id)
    return owner is not None and actor.may_see_person(owner)


def entries_of(actor: Actor, account: Account) -> Book[Entry]:
    """Give an account's statement to its owner and the agency (R26, R27)."""
    return Book(lambda reader: reader.entries, {"account_id": account.id}, actor.may_see_person(account.person_no))
