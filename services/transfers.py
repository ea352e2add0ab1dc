"""Transfers: previewed, applied for, verified, cancelled, accepted, declined (R13 to R21)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from domain import transfers as life
from domain.actors import Actor, as_person, require_insured
from domain.eligibility import TransferPreview, apply, preview, require_eligible
from domain.errors import NotFound, NotPermitted, PayeeOnly, PayerOnly, Refusal, Refused
from domain.faces import to_verify_transfer
from domain.outcomes import APPLY, NodeRef, parse_key
from domain.policies import TransferPolicy
from domain.transfer_cases import TransferCase
from domain.transfer_rules import ACCEPTANCE_RULES, RULES, Rule
from domain.transfers import (
    Step,
    Transfer,
    TransferDirection,
    TransferStatus,
    between,
    cancel,
    listing_key,
    require_pending,
)
from domain.wallets import require_payee_activated
from repositories.contract import Reader, UnitOfWork, Where
from services.books import Book
from services.credentials import Proof, verify
from services.outcomes import KeyedRequest, Once, once
from services.transfer_cases import Application, case_again, case_of
from services.wallets import book, get_account

VERIFIED: Final = (TransferStatus.PENDING_ACCEPTANCE, TransferStatus.COMPLETED)
"""Where verifying leads to."""


# ---- what can be done ---------------------------------------------------------------------------------------------


async def preview_transfer(
    reader: Reader, actor: Actor, now: datetime, policy: TransferPolicy, asked: Application
) -> TransferPreview:
    """Judge an application by every rule that can be judged, without making it (R15)."""
    application = asked.checked()
    return preview(await case_of(reader, actor, now, policy, application))


async def apply_transfer(
    uow: UnitOfWork, actor: Actor, now: datetime, policy: TransferPolicy, *, asked: Application, key: str
) -> Transfer | Refusal:
    """Apply for a transfer, once per key; nothing moves before it is verified (R18, R20)."""
    application = asked.checked()
    parse_key(key, "idempotency_key")
    payer_no = require_insured(actor)
    request = KeyedRequest(as_person(payer_no), key, APPLY, application.arguments())

    async def make() -> Transfer:
        case = await case_of(uow, actor, now, policy, application)
        transfer = apply(case, request.id)
        claim_wallets(uow, case)
        uow.transfers.add(transfer)
        return transfer

    async def recall(transfer_id: str) -> Transfer | None:
        transfer = await uow.transfers.get(transfer_id)
        return transfer.as_of(now) if transfer is not None else None

    return await once(uow, request, now, Once(make, lambda transfer: NodeRef("Transfer", transfer.id), recall))


async def verify_transfer(
    uow: UnitOfWork, actor: Actor, now: datetime, policy: TransferPolicy, *, transfer_id: str, proof: Proof
) -> Transfer | Refusal:
    """Verify an application: the money moves, or is held until the payee accepts (R18, R20, R21).

    Every rule is judged again, here, where it moves.
    """
    transfer = (await _own_application(uow, actor, transfer_id)).as_of(now)
    if transfer.status in VERIFIED:
        return transfer
    require_pending(transfer, TransferStatus.PENDING_VERIFICATION, now)
    case = await case_again(uow, now, policy, transfer)
    _require_eligible_still(case)
    refusal = await verify(uow, transfer.payer_no, proof, to_verify_transfer(transfer.id), now, "verification")
    if refusal is not None:
        return refusal
    claim(uow, case)
    target = require_payee_activated(case.kin().wallet)
    moving = between(transfer, case.payer_area_code(), case.payee_area_code())
    return _take(uow, life.verify(moving, policy, proof.method, now, source=case.source_account(), target=target))


async def accept_transfer(
    uow: UnitOfWork, actor: Actor, now: datetime, policy: TransferPolicy, transfer_id: str
) -> Transfer:
    """Take a transfer that waits for its payee; what may have changed since it was verified is judged again (R21)."""
    transfer = await _offered(uow, actor, transfer_id)
    if transfer.status is TransferStatus.COMPLETED:
        return transfer
    require_pending(transfer, TransferStatus.PENDING_ACCEPTANCE, now)
    case = await case_again(uow, now, policy, transfer)
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


async def settle_transfer(uow: UnitOfWork, now: datetime, transfer_id: str) -> bool:
    """Do what time has done to a transfer: expired, or returned; False for who comes second (R18, R21)."""
    transfer = await uow.transfers.get(transfer_id)
    if transfer is None:
        return False
    step = life.settle(transfer, now, source=await get_account(uow.accounts, transfer.source_id))
    _take(uow, step)
    return step.transfer != transfer


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
    return await _as_party(uow, actor, transfer_id, lambda transfer: transfer.payer_no, PayerOnly)


async def _offered(uow: UnitOfWork, actor: Actor, transfer_id: str) -> Transfer:
    """Give a transfer to the caller; FORBIDDEN for its payer, NOT_FOUND for everybody else (R27)."""
    return await _as_party(uow, actor, transfer_id, lambda transfer: transfer.payee_no, PayeeOnly)


async def _as_party(
    uow: UnitOfWork,
    actor: Actor,
    transfer_id: str,
    party: Callable[[Transfer], str],
    refusal: type[NotPermitted],
) -> Transfer:
    person_no = require_insured(actor)
    transfer = await uow.transfers.get(transfer_id)
    if transfer is None or not actor.may_see_person(*transfer.parties):
        raise Refused(NotFound(path=("transfer_id",)))
    if party(transfer) != person_no:
        raise Refused(refusal(path=("transfer_id",)))
    return transfer


# ---- what can be seen ---------------------------------------------------------------------------------------------


async def see_many(reader: Reader, actor: Actor, now: datetime, transfer_ids: Sequence[str]) -> list[Transfer | None]:
    """Give these transfers as they stand now, to payer, payee or agency (R27)."""
    return [_visible(transfer, actor, now) for transfer in await reader.transfers.get_many(transfer_ids)]


def transfers_of(
    actor: Actor,
    now: datetime,
    person_no: str,
    direction: TransferDirection | None,
    status: TransferStatus | None,
) -> Book[Transfer]:
    """Give a person's transfers, of that direction and status, as they stand now (R26, R27)."""
    where: Where = {"listings": listing_key(person_no, direction, status)}
    visible = actor.may_see_person(person_no)
    return Book(lambda reader: reader.transfers, where, visible, shown=lambda transfer: transfer.as_of(now))


async def see_by_number(reader: Reader, actor: Actor, now: datetime, number: str) -> Transfer | None:
    """Give the transfer of that number as it stands now, to payer, payee or agency (R27)."""
    return _visible(await reader.transfers.find_one({"number": number}), actor, now)


def _visible(transfer: Transfer | None, actor: Actor, now: datetime) -> Transfer | None:
    return transfer.as_of(now) if transfer is not None and actor.may_see_person(*transfer.parties) else None
