"""Transfers: previewed, applied for, verified, cancelled (R13 to R20)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.actors import Actor, as_person, require_insured
from domain.credentials import PasswordProof, VerificationMethod
from domain.eligibility import (
    Place,
    Side,
    TransferCase,
    TransferPreview,
    apply,
    preview,
    require_eligible,
)
from domain.errors import NotFound, NotPermitted, Refusal, Refused
from domain.identity import parse_id_number, parse_name
from domain.kinship import Kinship, Relation, pair_key
from domain.ledger import post, require_amount
from domain.money import Fen
from domain.outcomes import NodeRef, parse_key
from domain.persons import Person, require_registered
from domain.policies import TransferPolicy
from domain.regions import Region, province_code_of
from domain.transfers import (
    FundSource,
    Transfer,
    TransferStatus,
    between,
    cancel,
    complete,
    journal_of,
    require_pending,
)
from domain.wallets import PersonalAccount, Wallet, personal_account_id, require_payee_activated, wallet_id
from repositories.contract import Lookups, Reader, UnitOfWork
from services.credentials import verify
from services.kinship import find_identified, visible_sides
from services.outcomes import KeyedRequest, Once, once
from services.regions import with_provinces
from services.wallets import book


@dataclass(frozen=True, slots=True)
class Identity:
    """A payee given by name and ID number."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Application:
    """What a payer asks for; the payee is given by one's own side of a tie, or by name and ID number."""

    source: FundSource
    payee: str | Identity
    relation: Relation
    amount: Fen

    def checked(self) -> Application:
        """Give the application in canonical form; INVALID_INPUT or INVALID_AMOUNT."""
        require_amount(self.amount, "amount")
        if isinstance(self.payee, str):
            return self
        name = parse_name(self.payee.name, "payee", "identity", "name")
        id_number = parse_id_number(self.payee.id_number, "payee", "identity", "id_number")
        return Application(self.source, Identity(name, id_number), self.relation, self.amount)

    def arguments(self) -> dict[str, str | int | None]:
        """Give what makes another application another request."""
        identity = self.payee if isinstance(self.payee, Identity) else None
        return {
            "source": self.source,
            "kinshipId": self.payee if isinstance(self.payee, str) else None,
            "name": identity.name if identity is not None else None,
            "idNumber": identity.id_number if identity is not None else None,
            "relation": self.relation,
            "amount": self.amount,
        }


# ---- what can be done ---------------------------------------------------------------------------------------------


async def preview_transfer(
    reader: Reader, actor: Actor, now: datetime, policy: TransferPolicy, asked: Application
) -> TransferPreview:
    """Judge an application by every rule that can be judged, without making it (R15)."""
    application = asked.checked()
    return preview(await _case_of(reader, actor, now, policy, application))


async def apply_transfer(
    uow: UnitOfWork, actor: Actor, now: datetime, policy: TransferPolicy, *, asked: Application, key: str
) -> Transfer | Refusal:
    """Apply for a transfer, once per key; nothing moves before it is verified (R18, R20)."""
    application = asked.checked()
    parse_key(key, "idempotency_key")
    payer_no = require_insured(actor)
    request = KeyedRequest(as_person(payer_no), key, "applyTransfer", application.arguments())

    async def make() -> Transfer:
        transfer = apply(await _case_of(uow, actor, now, policy, application), request.id)
        uow.transfers.add(transfer)
        return transfer

    async def recall(transfer_id: str) -> Transfer | None:
        transfer = await uow.transfers.get(transfer_id)
        return transfer.as_of(now) if transfer is not None else None

    return await once(uow, request, now, Once(make, lambda transfer: NodeRef("Transfer", transfer.id), recall))


async def verify_transfer(
    uow: UnitOfWork, actor: Actor, now: datetime, policy: TransferPolicy, *, transfer_id: str, proof: PasswordProof
) -> Transfer | Refusal:
    """Verify an application and move the money; every rule is judged again, here, where it moves (R18, R20)."""
    transfer = await _own_application(uow, actor, transfer_id)
    if transfer.status is TransferStatus.COMPLETED:
        return transfer
    require_pending(transfer, now)
    case = await _case_again(uow, now, policy, transfer)
    try:
        require_eligible(case)
    except Refused as refused:  # its path names an argument of the application, which this operation has not
        raise Refused(refused.refusal.at("transfer_id")) from None
    refusal = await verify(uow, transfer.payer_no, proof, now, "verification")
    if refusal is not None:
        return refusal
    claim(uow, case)
    target = require_payee_activated(case.kin().wallet)
    book(uow, post(journal_of(transfer, case.source_account(), target, now)))
    settled = between(transfer, case.payer_area_code(), case.payee_area_code())
    completed = complete(settled, VerificationMethod.PASSWORD, now)
    uow.transfers.save(completed)
    return completed


def claim(uow: UnitOfWork, case: TransferCase) -> None:
    """Let nobody revoke the tie or end an enrolment between the judgement and the commit (R18).

    Regions are judged as of the moment the transaction began: claiming them would put all transfers in one row.
    """
    uow.kinships.touch(case.active_tie().id)
    uow.persons.touch(case.payer.person.person_no)
    uow.persons.touch(case.kin().person.person_no)


async def cancel_transfer(uow: UnitOfWork, actor: Actor, now: datetime, transfer_id: str) -> Transfer:
    """Cancel one's own application while it is unverified (R18)."""
    transfer = await _own_application(uow, actor, transfer_id)
    if transfer.status is TransferStatus.CANCELLED:
        return transfer
    require_pending(transfer, now)
    cancelled = cancel(transfer)
    uow.transfers.save(cancelled)
    return cancelled


async def _own_application(uow: UnitOfWork, actor: Actor, transfer_id: str) -> Transfer:
    """Give the caller's own application; FORBIDDEN for its payee, NOT_FOUND for everybody else (R27)."""
    payer_no = require_insured(actor)
    transfer = await uow.transfers.get(transfer_id)
    if transfer is None or not actor.may_see_person(*transfer.parties):
        raise Refused(NotFound(path=("transfer_id",)))
    if transfer.payer_no != payer_no:
        raise Refused(NotPermitted(path=("transfer_id",)))
    return transfer


# ---- what can be seen ---------------------------------------------------------------------------------------------


async def see_many(reader: Reader, actor: Actor, now: datetime, transfer_ids: Sequence[str]) -> list[Transfer | None]:
    """Give these transfers as they stand now, to payer, payee or agency (R27)."""
    return [_visible(transfer, actor, now) for transfer in await reader.transfers.get_many(transfer_ids)]


async def see_by_number(reader: Reader, actor: Actor, now: datetime, number: str) -> Transfer | None:
    """Give the transfer of that number as it stands now, to payer, payee or agency (R27)."""
    return _visible(await reader.transfers.find_one({"number": number}), actor, now)


def _visible(transfer: Transfer | None, actor: Actor, now: datetime) -> Transfer | None:
    return transfer.as_of(now) if transfer is not None and actor.may_see_person(*transfer.parties) else None


# ---- gathering what the rules go by -------------------------------------------------------------------------------


async def _case_of(
    tables: Lookups, actor: Actor, now: datetime, policy: TransferPolicy, application: Application
) -> TransferCase:
    payer_no = require_insured(actor)
    payee, tie = await _payee_and_tie(tables, actor, payer_no, application.payee)
    payer = require_registered(await tables.persons.get(payer_no))
    sides = await _sides(tables, payer, payee)
    return TransferCase(*sides, tie, application.relation, application.source, application.amount, policy, now)


async def _case_again(tables: Lookups, now: datetime, policy: TransferPolicy, transfer: Transfer) -> TransferCase:
    payer, payee = await tables.persons.get_many(transfer.parties)
    payer = require_registered(payer)
    tie = await _active_tie(tables, transfer.payer_no, transfer.payee_no)
    sides = await _sides(tables, payer, payee)
    return TransferCase(*sides, tie, transfer.relation, transfer.source, transfer.amount, policy, now)


async def _payee_and_tie(
    tables: Lookups, actor: Actor, payer_no: str, given: str | Identity
) -> tuple[Person | None, Kinship | None]:
    if isinstance(given, Identity):
        payee = await find_identified(tables.persons, given.name, given.id_number)
        tie = await _active_tie(tables, payer_no, payee.person_no) if payee is not None else None
        return payee, tie
    side = (await visible_sides(tables.kinships, actor, [given]))[0]
    if side is None or side.person_no != payer_no:
        raise Refused(NotFound(path=("payee", "kinship_id")))
    return await tables.persons.get(side.relative_no), side.tie


async def _active_tie(tables: Lookups, one: str, other: str) -> Kinship | None:
    return await tables.kinships.find_one({"active_pair": pair_key(one, other)})


async def _sides(tables: Lookups, payer: Person, payee: Person | None) -> tuple[Side, Side | None]:
    """Read both sides' accounts in one round trip, and all their regions in another."""
    persons = [payer] if payee is None else [payer, payee]
    ids = [wallet_id(person.person_no) for person in persons]
    *wallets, account = await tables.accounts.get_many([*ids, personal_account_id(payer.person_no)])
    held = [wallet if isinstance(wallet, Wallet) else None for wallet in wallets]
    codes = [_place_codes(person, wallet) for person, wallet in zip(persons, held, strict=True)]
    account_code = payer.account_area_code()
    regions = await with_provinces(tables.regions, [*codes[0], *codes[-1], *([account_code] if account_code else [])])
    sides = [
        Side(person, wallet, tuple(_place(regions, code) for code in places))
        for person, wallet, places in zip(persons, held, codes, strict=True)
    ]
    paying = Side(
        payer,
        sides[0].wallet,
        sides[0].places,
        account=account if isinstance(account, PersonalAccount) else None,
        account_place=_place(regions, account_code) if account_code is not None else None,
    )
    return paying, sides[1] if payee is not None else None


def _place_codes(person: Person, wallet: Wallet | None) -> list[str]:
    return [wallet.use_area_code] if wallet is not None else [e.area_code for e in person.active_enrolments()]


def _place(regions: dict[str, Region], code: str) -> Place:
    return Place(regions[code], regions[province_code_of(code)])
