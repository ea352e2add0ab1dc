"""Sends the model's requests to the services, each as the schema does: what is due of the caller is settled first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from api.faces import NoFaces
from domain.actors import Actor
from domain.credentials import PasswordProof
from domain.errors import Refusal, Refused
from domain.faces import FaceAssertion, FaceProof, to_pay_bill, to_pay_premium, to_verify_transfer
from domain.kinship import Relation
from domain.money import Fen
from domain.outcomes import outcome_id
from domain.payments import MedicalBill, Payment
from domain.policies import POLICIES
from domain.transfers import FundSource, Transfer
from domain.wallets import PersonalAccount, Wallet
from repositories.contract import Storage, UnitOfWork
from schema.carrying import carried
from schema.context import Context, Wiring
from services import payments, transfers, wallets
from services.credentials import Proof
from services.feeds import Feeds
from services.payments import MedicalRequest, PremiumRequest, RefundRequest
from services.settlement import settle_all
from services.transfer_cases import Application, Identity
from tests.factories import JINAN, NOW
from tests.keys import cheap_hasher
from tests.model.requests import (
    Answer,
    Apply,
    Credit,
    PayMedical,
    PayPremium,
    Proven,
    Refund,
    Request,
    Respond,
    SetStatus,
    Settle,
    Verify,
)
from tests.model.world import BY_CALLER

Done: TypeAlias = Transfer | Payment | Wallet | PersonalAccount | Refusal
Work: TypeAlias = Callable[[UnitOfWork], Awaitable[Done]]
HOSPITAL_CODE: Final = "H37010000001"


class Driver:
    """The system under test: a storage, a policy, and a clock that only moves when it is told to."""

    def __init__(self, storage: Storage, policy: str) -> None:
        """Begin at the factories' moment."""
        self.storage = storage
        self.now = NOW
        self._policy = POLICIES[policy]
        self._wiring = Wiring(storage, lambda: self.now, self._policy, cheap_hasher(), NoFaces(), Feeds(storage))

    async def perform(self, request: Request, around: Callable[[Work], Work] = lambda work: work) -> Answer:
        """Do what is asked, and give what is answered; `around` is put around the work of the transaction."""
        if isinstance(request, Settle):
            return "settled", await settle_all(self.storage, self.now)
        context = Context(self._wiring, actor_of(request.caller))
        try:
            done = await carried(context.transact(around(self._work(request, context.actor, self.now))))
        except Refused as refused:
            done = refused.refusal
        return answer_of(done)

    def _work(self, request: Request, actor: Actor, now: datetime) -> Work:
        match request:
            case Credit(person=person):
                return lambda uow: wallets.credit_personal_account(
                    uow,
                    actor,
                    now,
                    person_no=number_of(person),
                    amount=Fen(request.amount),
                    period="2025-05",
                    key=request.key,
                )
            case Apply():
                asked = application_of(request)
                return lambda uow: transfers.apply_transfer(uow, actor, now, self._policy, asked=asked, key=request.key)
            case SetStatus(person=person, status=status):
                change = wallets.freeze_wallet if status == "FROZEN" else wallets.unfreeze_wallet
                return lambda uow: change(uow, actor, now, number_of(person), "核查")
            case Refund():
                going_back = RefundRequest(outcome_id(*request.payment), Fen(request.amount), "退货", request.key)
                return lambda uow: payments.refund_payment(uow, actor, now, going_back)
            case Respond():
                return self._response(request, actor, now)
            case Verify() | PayMedical() | PayPremium():
                return self._proven(request, actor, now)
        raise TypeError(request)

    def _response(self, request: Respond, actor: Actor, now: datetime) -> Work:
        transfer_id = outcome_id(*request.transfer)
        if request.verb == "accept":
            return lambda uow: transfers.accept_transfer(uow, actor, now, self._policy, transfer_id)
        end = transfers.cancel_transfer if request.verb == "cancel" else transfers.decline_transfer
        return lambda uow: end(uow, actor, now, transfer_id)

    def _proven(self, request: Proven, actor: Actor, now: datetime) -> Work:
        proof = proof_of(request, now)
        match request:
            case Verify():
                transfer_id = outcome_id(*request.transfer)
                return lambda uow: transfers.verify_transfer(
                    uow, actor, now, self._policy, transfer_id=transfer_id, proof=proof
                )
            case PayMedical():
                medical = MedicalRequest(HOSPITAL_CODE, bill_of(request), Fen(request.amount), request.key)
                return lambda uow: payments.pay_medical(uow, actor, now, asked=medical, proof=proof)
            case PayPremium():
                premium = PremiumRequest(JINAN, request.year, request.key)
                return lambda uow: payments.pay_premium(uow, actor, now, asked=premium, proof=proof)


def number_of(person: str) -> str:
    """Give a person's number."""
    return person.removeprefix("person:")


def actor_of(caller: str) -> Actor:
    """Sign a caller in."""
    role, _, name = caller.partition(":")
    return Actor(**{{"person": "person_no", "institution": "institution_code", "agency": "agency"}[role]: name})


def application_of(request: Apply) -> Application:
    """Name the payee by name and ID number."""
    payee = BY_CALLER[request.payee]
    identity = Identity(payee.name, payee.id_number)
    return Application(FundSource(request.source), identity, Relation(request.relation), Fen(request.amount))


def bill_of(request: PayMedical) -> MedicalBill:
    """Give the bill in fen."""
    bill = request.bill
    return MedicalBill(bill.number, Fen(bill.total), Fen(bill.fund_paid), Fen(bill.self_paid))


def proof_of(request: Proven, now: datetime) -> Proof:
    """Give what was found out before the transaction: of a password, or of a face assertion made just now."""
    if request.proof in ("password", "wrong"):
        return PasswordProof(correct=request.proof == "password", version=1)
    person_no = number_of(request.caller)
    return FaceProof(FaceAssertion(request.proof, person_no, purpose_of(request), now, now + timedelta(minutes=3)))


def purpose_of(request: Proven) -> str:
    """Give what a face is shown for."""
    match request:
        case Verify():
            return to_verify_transfer(outcome_id(*request.transfer))
        case PayMedical():
            return to_pay_bill(HOSPITAL_CODE, request.bill.number, Fen(request.amount))
        case PayPremium():
            return to_pay_premium(JINAN, request.year)


def answer_of(done: Done) -> Answer:
    """Put what came of it as the oracle does."""
    match done:
        case Refusal():
            return "refused", done.code.value
        case Transfer():
            return "transfer", done.status.value
        case Payment():
            return "payment", done.refunded_amount
        case Wallet():
            return "wallet", done.status.value
        case PersonalAccount():
            return "account", done.balance
