"""Transfers: previewed, applied for, verified, cancelled, accepted, declined (R13 to R21)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain import transfers as life
from domain.actors import Actor, as_person, require_insured
from domain.credentials import PasswordProof, VerificationMethod
from domain.dates import shanghai_date
from domain.eligibility import TransferPreview, apply, preview, require_eligible
from domain.errors import NotFound, NotPermitted, Refusal, Refused
from domain.identity import parse_id_number, parse_name
from domain.kinship import Kinship, Relation, pair_key
from domain.ledger import require_amount
from domain.money import Fen
from domain.outcomes import NodeRef, parse_key
from domain.persons import Person, require_registered
from domain.policies import TransferPolicy, Usage, day_key
from domain.transfer_cases import Side, TransferCase
from domain.transfer_rules import ACCEPTANCE_RULES, RULES, Rule
from domain.transfers import (
    FundSource,
    Step,
    Transfer,
    TransferDirection,
    TransferStatus,
    awaiting_key,
    between,
    cancel,
    listing_key,
    require_pending,
)
from domain.wallets import PersonalAccount, Wallet, personal_account_id, require_payee_activated, wallet_id
from repositories.contract import Lookups, Reader, UnitOfWork, Where
from services.books import Book
from services.credentials import verify
from services.kinship import find_identified, visible_sides
from services.outcomes import KeyedRequest, Once, once
from services.regions import place_of, with_provinces
from services.wallets import book, get_account

VERIFIED: Final = (TransferStatus.PENDING_ACCEPTANCE, TransferStatus.COMPLETED)
"""Where verifying leads to."""


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
        case = await _case_of(uow, actor, now, policy, application)
        transfer = apply(case, request.id)
        claim_wallets(uow, case)
        uow.transfers.add(transfer)
        return transfer

    async def recall(transfer_id: str) -> Transfer | None:
        transfer = await uow.transfers.get(transfer_id)
        return transfer.as_of(now) if transfer is not None else None

    return await once(uow, request, now, Once(make, lambda transfer: NodeRef("Transfer", transfer.id), recall))


async def verify_transfer(
    uow: UnitOfWork, actor: Actor, now: datetime, policy: TransferPolicy, *, transfer_id: str, proof: PasswordProof
) -> Transfer | Refusal:
    """Verify an application: the money moves, or is held until the payee accepts (R18, R20, R21).

    Every rule is judged again, here, where it moves.
    """
    transfer = await _own_application(uow, actor, transfer_id)
    if transfer.verified_at is not None and transfer.status in VERIFIED:
        return transfer
    require_pending(transfer, TransferStatus.PENDING_VERIFICATION, now)
    case = await _case_again(uow, now, policy, transfer)
    _require_eligible_still(case)
    refusal = await verify(uow, transfer.payer_no, proof, now, "verification")
    if refusal is not None:
        return refusal
    claim(uow, case)
    target = require_payee_activated(case.kin().wallet)
    moving = between(transfer, case.payer_area_code(), case.payee_area_code())
    method = VerificationMethod.PASSWORD
    return _take(uow, life.verify(moving, policy, method, now, source=case.source_account(), target=target))


async def accept_transfer(
    uow: UnitOfWork, actor: Actor, now: datetime, policy: TransferPolicy, transfer_id: str
) -> Transfer:
    """Take a transfer that waits for its payee; what may have changed since it was verified is judged again (R21)."""
    transfer = await _offered(uow, actor, transfer_id)
    if transfer.status is TransferStatus.COMPLETED:
        return transfer
    require_pending(transfer, TransferStatus.PENDING_ACCEPTANCE, now)
    case = await _case_again(uow, now, policy, transfer)
    _require_eligible_still(case, ACCEPTANCE_RULES)
    claim(uow, case)
    target = require_payee_activated(case.kin().wallet)
    return _take(uow, life.accept(transfer, now, source=case.source_account(), target=target))


async def decline_transfer(uow: UnitOfWork, actor: Actor, now: datetime, transfer_id: str) -> Transfer:
    """Give a transfer that waits for its payee back to where it came from (R21)."""
    transfer = await _offered(uow, actor, transfer_id)
    if transfer.as_of(now).status is TransferStatus.RETURNED:
        return transfer.as_of(now)
    require_pending(transfer, TransferStatus.PENDING_ACCEPTANCE, now)
    return _take(uow, life.give_back(transfer, now, source=await get_account(uow.accounts, transfer.source_id)))


async def settle_transfer(uow: UnitOfWork, now: datetime, transfer_id: str) -> Transfer | None:
    """Do what time has done to a transfer: expired, or returned; who comes second finds it done (R18, R21)."""
    transfer = await uow.transfers.get(transfer_id)
    if transfer is None or not transfer.is_due(now):
        return transfer
    source = await get_account(uow.accounts, transfer.source_id)
    return _take(uow, life.settle(transfer, now, source=source))


def _require_eligible_still(case: TransferCase, rules: Sequence[Rule] = RULES) -> None:
    try:
        require_eligible(case, rules)
    except Refused as refused:  # its path names an argument of the application, which this operation has not
        raise Refused(refused.refusal.at("transfer_id")) from None


def _take(uow: UnitOfWork, step: Step) -> Transfer:
    """Store a transfer one step on, with what that leaves behind in the ledger."""
    book(uow, step.posting)
    uow.transfers.save(step.transfer)
    return step.transfer


def claim(uow: UnitOfWork, case: TransferCase) -> None:
    """Let nobody revoke the tie, end an enrolment or freeze a wallet between the judgement and the commit (R18).

    Regions are judged as of the moment the transaction began: claiming them would put all transfers in one row. The
    payer's claim also makes two verifications of one payer count one after the other (R21).
    """
    uow.kinships.touch(case.active_tie().id)
    uow.persons.touch(case.payer.person.person_no)
    uow.persons.touch(case.kin().person.person_no)
    claim_wallets(uow, case)


def claim_wallets(uow: UnitOfWork, case: TransferCase) -> None:
    """Let nobody freeze either wallet or change its use place between the judgement and the commit (R11, R12)."""
    uow.accounts.touch(case.payer_wallet().id)
    uow.accounts.touch(require_payee_activated(case.kin().wallet).id)


async def cancel_transfer(uow: UnitOfWork, actor: Actor, now: datetime, transfer_id: str) -> Transfer:
    """Cancel one's own application while it is unverified (R18)."""
    transfer = await _own_application(uow, actor, transfer_id)
    if transfer.status is TransferStatus.CANCELLED:
        return transfer
    require_pending(transfer, TransferStatus.PENDING_VERIFICATION, now)
    cancelled = cancel(transfer)
    uow.transfers.save(cancelled)
    return cancelled


async def _own_application(uow: UnitOfWork, actor: Actor, transfer_id: str) -> Transfer:
    """Give the caller's own application; FORBIDDEN for its payee, NOT_FOUND for everybody else (R27)."""
    return await _as_party(uow, actor, transfer_id, lambda transfer: transfer.payer_no)


async def _offered(uow: UnitOfWork, actor: Actor, transfer_id: str) -> Transfer:
    """Give a transfer to the caller; FORBIDDEN for its payer, NOT_FOUND for everybody else (R27)."""
    return await _as_party(uow, actor, transfer_id, lambda transfer: transfer.payee_no)


async def _as_party(uow: UnitOfWork, actor: Actor, transfer_id: str, party: Callable[[Transfer], str]) -> Transfer:
    person_no = require_insured(actor)
    transfer = await uow.transfers.get(transfer_id)
    if transfer is None or not actor.may_see_person(*transfer.parties):
        raise Refused(NotFound(path=("transfer_id",)))
    if party(transfer) != person_no:
        raise Refused(NotPermitted(path=("transfer_id",)))
    return transfer


# ---- what can be seen ---------------------------------------------------------------------------------------------


async def see_many(reader: Reader, actor: Actor, now: datetime, transfer_ids: Sequence[str]) -> list[Transfer | None]:
    """Give these transfers as they stand now, to payer, payee or agency (R27)."""
    return [_visible(transfer, actor, now) for transfer in await reader.transfers.get_many(transfer_ids)]


def transfers_of(
    actor: Actor, person_no: str, direction: TransferDirection | None, status: TransferStatus | None
) -> Book[Transfer]:
    """Give a person's transfers, of that direction and status, to himself or herself and the agency (R26, R27)."""
    where: Where = {"listings": listing_key(person_no, direction, status)}
    return Book(lambda reader: reader.transfers, where, actor.may_see_person(person_no))


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
    usage = await _usage(tables, now, policy, payer_no, payee)
    return TransferCase(*sides, tie, application.relation, application.source, application.amount, policy, usage, now)


async def _case_again(tables: Lookups, now: datetime, policy: TransferPolicy, transfer: Transfer) -> TransferCase:
    payer, payee = await tables.persons.get_many(transfer.parties)
    payer = require_registered(payer)
    tie = await _active_tie(tables, transfer.payer_no, transfer.payee_no)
    sides = await _sides(tables, payer, payee)
    usage = await _usage(tables, now, policy, transfer.payer_no, payee)
    return TransferCase(*sides, tie, transfer.relation, transfer.source, transfer.amount, policy, usage, now)


async def _usage(tables: Lookups, now: datetime, policy: TransferPolicy, payer_no: str, payee: Person | None) -> Usage:
    """Look up what counts against the limits, as far as the policy has any (R21)."""
    verified = awaiting = None
    if policy.max_per_day is not None:
        day = day_key(payer_no, shanghai_date(now))
        verified = await tables.transfers.find({"verified_day": day}, policy.max_per_day)
    if policy.acceptance_required and payee is not None:
        waiting = await tables.transfers.find({"awaiting": awaiting_key(payer_no, payee.person_no)}, 1)
        awaiting = any(not transfer.is_due(now) for transfer in waiting)
    return Usage(len(verified or ()), awaiting=bool(awaiting))


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
        Side(person, wallet, tuple(place_of(regions, code) for code in places))
        for person, wallet, places in zip(persons, held, codes, strict=True)
    ]
    paying = Side(
        payer,
        sides[0].wallet,
        sides[0].places,
        account=account if isinstance(account, PersonalAccount) else None,
        account_place=place_of(regions, account_code) if account_code is not None else None,
    )
    return paying, sides[1] if payee is not None else None


def _place_codes(person: Person, wallet: Wallet | None) -> list[str]:
    return [wallet.use_area_code] if wallet is not None else [e.area_code for e in person.active_enrolments()]
