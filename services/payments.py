"""Payments out of a wallet: to institutions, for premiums, and what is refunded of them (R22, R23, R25, R26)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain import paying
from domain.actors import Actor, as_person, require_institution_or_agency, require_insured
from domain.errors import NotFound, Refusal, Refused
from domain.faces import to_pay_bill, to_pay_premium
from domain.institutions import parse_institution_code
from domain.ledger import post, require_amount
from domain.money import Fen
from domain.outcomes import PAY_MEDICAL, PAY_PREMIUM, REFUND, NodeRef, parse_key
from domain.paying import MedicalCase, PremiumCase, Purse
from domain.payments import (
    MedicalBill,
    Payment,
    Refund,
    bill_id,
    charge,
    payment_journal,
    premium_claim,
    refund_journal,
    refunded,
    require_bill,
    require_refundable,
)
from domain.premiums import premium_id, require_year
from domain.wallets import parse_reason, require_activated, require_payer_not_frozen
from repositories.contract import Reader, UnitOfWork
from services.books import Book
from services.credentials import Proof, verify
from services.outcomes import KeyedRequest, Once, once
from services.regions import place_of, require_areas, with_provinces
from services.wallets import book, get_wallet


@dataclass(frozen=True, slots=True)
class MedicalRequest:
    """What a wallet is asked to pay an institution, once per key."""

    institution_code: str
    bill: MedicalBill
    amount: Fen
    key: str

    def checked(self) -> MedicalRequest:
        """Give the request back if it is well formed; else INVALID_INPUT or INVALID_AMOUNT."""
        parse_institution_code(self.institution_code, "institution_code")
        require_bill(self.bill, "bill")
        require_amount(self.amount, "amount")
        parse_key(self.key, "idempotency_key")
        return self

    def arguments(self) -> dict[str, str | int | None]:
        """Give what makes another request another one."""
        return {
            "institutionCode": self.institution_code,
            "bill": self.bill.number,
            "total": self.bill.total,
            "fundPaid": self.bill.fund_paid,
            "selfPaid": self.bill.self_paid,
            "amount": self.amount,
        }


@dataclass(frozen=True, slots=True)
class PremiumRequest:
    """Which premium a wallet is asked to pay, once per key."""

    area_code: str
    year: int
    key: str

    def checked(self) -> PremiumRequest:
        """Give the request back if it is well formed; else INVALID_INPUT."""
        require_year(self.year, "year")
        parse_key(self.key, "idempotency_key")
        return self


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """What is to go back of a payment and why, once per key."""

    payment_id: str
    amount: Fen
    reason: str = field(repr=False)
    key: str

    def checked(self) -> RefundRequest:
        """Give the request in canonical form; INVALID_INPUT or INVALID_AMOUNT."""
        require_amount(self.amount, "amount")
        reason = parse_reason(self.reason, "reason")
        parse_key(self.key, "idempotency_key")
        return RefundRequest(self.payment_id, self.amount, reason, self.key)


# ---- what can be done ---------------------------------------------------------------------------------------------


async def pay_medical(
    uow: UnitOfWork, actor: Actor, now: datetime, *, asked: MedicalRequest, proof: Proof
) -> Payment | Refusal:
    """Pay the self-paid part of a bill, or some of it, at an institution in the wallet's use place (R22)."""
    asked.checked()
    payer_no = require_insured(actor)
    request = KeyedRequest(as_person(payer_no), asked.key, PAY_MEDICAL, asked.arguments())

    purpose = to_pay_bill(asked.institution_code, asked.bill.number, asked.amount)

    async def pay() -> Payment | Refusal:
        charged = await uow.bills.get(bill_id(asked.institution_code, asked.bill.number))
        institution = await uow.institutions.get(asked.institution_code)
        purse = await _purse_of(uow, payer_no)
        case = MedicalCase(purse, institution, asked.bill, charged, asked.amount, now)
        payment = paying.pay_medical(case, request.id, proof.method)
        refusal = await _verify_and_book(uow, purse, payment, proof, purpose)
        if refusal is not None:
            return refusal
        bill = charge(charged, asked.institution_code, asked.bill, asked.amount)
        if charged is None:
            uow.bills.add(bill)
        else:
            uow.bills.save(bill)
        return payment

    return await _once(uow, request, now, pay)


async def pay_premium(
    uow: UnitOfWork, actor: Actor, now: datetime, *, asked: PremiumRequest, proof: Proof
) -> Payment | Refusal:
    """Pay one's own premium of a year in the area where one is enrolled as a resident (R23)."""
    asked.checked()
    payer_no = require_insured(actor)
    arguments: dict[str, str | int | None] = {"areaCode": asked.area_code, "year": asked.year}
    request = KeyedRequest(as_person(payer_no), asked.key, PAY_PREMIUM, arguments)

    purpose = to_pay_premium(asked.area_code, asked.year)

    async def pay() -> Payment | Refusal:
        await require_areas(uow.regions, [asked.area_code], "area_code")
        regions = await with_provinces(uow.regions, [asked.area_code])
        purse = await _purse_of(uow, payer_no)
        premium = premium_id(asked.area_code, asked.year)
        claim = premium_claim(payer_no, premium)
        case = PremiumCase(
            purse,
            place_of(regions, asked.area_code),
            await uow.premiums.get(premium),
            paid=await uow.payments.find_one({"premium_claim": claim}) is not None,
            now=now,
        )
        payment = paying.pay_premium(case, request.id, proof.method)
        return await _verify_and_book(uow, purse, payment, proof, purpose) or payment

    return await _once(uow, request, now, pay)


async def refund_payment(uow: UnitOfWork, actor: Actor, now: datetime, asked: RefundRequest) -> Payment | Refusal:
    """Give back what was paid, or some of it, to the wallet that paid; by the institution or the agency (R25)."""
    asked = asked.checked()
    caller = require_institution_or_agency(actor)
    arguments: dict[str, str | int | None] = {
        "paymentId": asked.payment_id,
        "amount": asked.amount,
        "reason": asked.reason,
    }
    request = KeyedRequest(caller, asked.key, REFUND, arguments)

    async def give_back() -> Payment:
        payment = await uow.payments.get(asked.payment_id)
        if payment is None or not actor.may_see_institution(payment.institution_code):
            raise Refused(NotFound(path=("payment_id",)))
        wallet = require_activated(await get_wallet(uow.accounts, payment.payer_no))
        require_payer_not_frozen(wallet)
        require_refundable(payment, asked.amount)
        refund = Refund(request.id, payment.id, asked.amount, asked.reason, caller, now)
        book(uow, post(refund_journal(refund, payment, wallet)))
        uow.refunds.add(refund)
        changed = refunded(payment, asked.amount)
        uow.payments.save(changed)
        await _uncharge(uow, payment, asked.amount)
        return changed

    return await _once(uow, request, now, give_back)


async def _once(
    uow: UnitOfWork, request: KeyedRequest, now: datetime, do: Callable[[], Awaitable[Payment | Refusal]]
) -> Payment | Refusal:
    act = Once(do, lambda payment: NodeRef("Payment", payment.id), uow.payments.get)
    return await once(uow, request, now, act)


async def _purse_of(uow: UnitOfWork, person_no: str) -> Purse:
    person = await uow.persons.get(person_no)
    wallet = await get_wallet(uow.accounts, person_no)
    if wallet is None:
        return Purse(person, None, None)
    regions = await with_provinces(uow.regions, [wallet.use_area_code])
    return Purse(person, wallet, place_of(regions, wallet.use_area_code))


async def _verify_and_book(
    uow: UnitOfWork, purse: Purse, payment: Payment, proof: Proof, purpose: str
) -> Refusal | None:
    """Move the money once the payer is verified; nobody ends his or her enrolment meanwhile."""
    refusal = await verify(uow, payment.payer_no, proof, purpose, payment.created_at, "verification")
    if refusal is None:
        book(uow, post(payment_journal(payment, require_activated(purse.wallet))))
        uow.payments.add(payment)
        uow.persons.touch(payment.payer_no)
    return refusal


async def _uncharge(uow: UnitOfWork, payment: Payment, amount: Fen) -> None:
    """Let what was refunded of a bill be charged again."""
    if payment.institution_code is None or payment.bill is None:
        return
    charged = await uow.bills.get(bill_id(payment.institution_code, payment.bill.number))
    uow.bills.save(charge(charged, payment.institution_code, payment.bill, Fen(-amount)))


# ---- what can be seen ---------------------------------------------------------------------------------------------


async def see_many(reader: Reader, actor: Actor, payment_ids: Sequence[str]) -> list[Payment | None]:
    """Give these payments to whoever paid, the institution that was paid, or the agency (R27)."""
    return [_visible(payment, actor) for payment in await reader.payments.get_many(payment_ids)]


async def see_by_number(reader: Reader, actor: Actor, number: str) -> Payment | None:
    """Give the payment of that number to whoever paid, the institution that was paid, or the agency (R27)."""
    return _visible(await reader.payments.find_one({"number": number}), actor)


def _visible(payment: Payment | None, actor: Actor) -> Payment | None:
    if payment is None:
        return None
    may_see = actor.may_see_person(payment.payer_no) or actor.may_see_institution(payment.institution_code)
    return payment if may_see else None


def payments_of(actor: Actor, person_no: str) -> Book[Payment]:
    """Give what a person's wallet paid, to himself or herself and the agency (R26, R27)."""
    return Book(lambda reader: reader.payments, {"payer_no": person_no}, actor.may_see_person(person_no))


def payments_at(actor: Actor, institution_code: str) -> Book[Payment]:
    """Give what an institution received, to itself and the agency (R27)."""
    visible = actor.may_see_institution(institution_code)
    return Book(lambda reader: reader.payments, {"institution_code": institution_code}, visible)


def refunds_of(payment: Payment) -> Book[Refund]:
    """Give what was refunded of a payment that the caller sees (R25)."""
    return Book(lambda reader: reader.refunds, {"payment_id": payment.id}, visible=True)
