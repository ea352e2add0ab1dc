"""A ledger of a few dictionaries, which says what must come of every request; it knows nothing of the system's code.

It is written to be obviously right: one thing happens after another, and nothing ever fails half-way, since whatever
can refuse is asked before anything is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from tests.model.books import (
    EMPLOYEES,
    IN_THE_HOSPITALS_AREA,
    MOST_OF_A_DAY,
    MOST_OF_A_TRANSFER,
    RELATIONS,
    RESIDENTS,
    WITH_WALLET,
    Books,
    Payment,
    Refuse,
    Transfer,
    personal,
    refuse,
    refuse_if,
    wallet,
)
from tests.model.requests import (
    AGENCY,
    HOSPITAL,
    PREMIUM,
    YEAR,
    Answer,
    Apply,
    Credit,
    Keyed,
    Name,
    PayMedical,
    PayPremium,
    Refund,
    Request,
    Respond,
    SetStatus,
    Settle,
    Verify,
    without_proof,
)


@dataclass
class Oracle(Books):
    """What there is, and what must come of a request."""

    outcomes: dict[Name, tuple[Keyed, Answer]] = field(default_factory=dict)
    transfers: dict[Name, Transfer] = field(default_factory=dict)
    payments: dict[Name, Payment] = field(default_factory=dict)
    frozen: set[str] = field(default_factory=set)

    def perform(self, request: Request) -> Answer:
        """Do what is asked, and say what must be answered."""
        self.settle(request.caller)
        try:
            match request:
                case Settle():
                    return "settled", self.settle()
                case SetStatus():
                    return self._set_status(request)
                case Verify():
                    return self._verify(request)
                case Respond():
                    return self._respond(request)
                case _:
                    return self._once(request)
        except Refuse as refusal:
            return "refused", str(refusal)

    # ---- time -----------------------------------------------------------------------------------------------------

    def due(self) -> list[Name]:
        """Name the transfers that waited too long."""
        return [name for name, it in self.transfers.items() if it.status.startswith("PENDING") and it.until <= self.now]

    def ends(self) -> list[datetime]:
        """Give the moments at which what waits, or is locked, will not any more."""
        ends = {*(it.until for it in self.waiting), *self.locked_until.values()}
        return sorted(end for end in ends if end > self.now)

    @property
    def waiting(self) -> list[Transfer]:
        """Give the transfers that wait for somebody."""
        return [it for it in self.transfers.values() if it.status.startswith("PENDING")]

    def settle(self, party: str | None = None) -> int:
        """Let what is due go: of one party, or all of it."""
        due = [name for name in self.due() if party in (None, self.transfers[name].payer, self.transfers[name].payee)]
        for name in due:
            self.settle_one(name)
        return len(due)

    def settle_one(self, name: Name) -> None:
        """Let a transfer that is due go."""
        transfer = self.transfers[name]
        if transfer.status == "PENDING_ACCEPTANCE":
            self._give_back(transfer)
        else:
            transfer.status = "EXPIRED"

    def _give_back(self, transfer: Transfer) -> None:
        self.held[transfer.source] -= transfer.amount
        self._enter(transfer.source, "TRANSFER_RETURNED", 0)
        transfer.status = "RETURNED"

    # ---- keys -----------------------------------------------------------------------------------------------------

    def _once(self, request: Keyed) -> Answer:
        name = (request.caller, request.key)
        refuse_if(not isinstance(request, PayPremium) and request.amount < 1, "INVALID_AMOUNT")
        refuse_if(not request.key or " " in request.key, "INVALID_INPUT")
        if name in self.outcomes:
            return self._again(request, *self.outcomes[name])
        try:
            answer = self._first(request, name)
        except Refuse as refusal:
            answer = "refused", str(refusal)
        self.outcomes[name] = without_proof(request), answer
        return answer

    def _again(self, request: Keyed, known: Keyed, answer: Answer) -> Answer:
        """Give the answer of the first time, with the object as it stands now."""
        refuse_if(without_proof(request) != known, "IDEMPOTENCY_KEY_REUSED")
        if answer[0] == "refused":
            return answer
        match known:
            case Apply():
                return "transfer", self.transfers[known.caller, known.key].status
            case Credit():
                return "account", self.balances[personal(known.person)]
            case Refund():
                return "payment", self.payments[known.payment].refunded
            case _:
                return "payment", self.payments[known.caller, known.key].refunded

    def _first(self, request: Keyed, name: Name) -> Answer:
        match request:
            case Credit():
                return self._credit(request)
            case Apply():
                return self._apply(request, name)
            case Refund():
                return self._refund(request)
            case PayMedical():
                self._may_pay_medical(request)
                return self._pay(name, Payment(request.caller, request.amount, request.bill, None), request.proof)
            case PayPremium():
                self._may_pay_premium(request)
                return self._pay(name, Payment(request.caller, PREMIUM, None, request.year), request.proof)

    # ---- allotments and freezing ----------------------------------------------------------------------------------

    def _credit(self, request: Credit) -> Answer:
        refuse_if(request.person not in EMPLOYEES, "NO_PERSONAL_ACCOUNT")
        self._enter(personal(request.person), "ALLOTMENT", request.amount)
        return "account", self.balances[personal(request.person)]

    def _set_status(self, request: SetStatus) -> Answer:
        refuse_if(request.caller != AGENCY, "FORBIDDEN")
        refuse_if(request.person not in WITH_WALLET, "WALLET_NOT_ACTIVATED")
        (self.frozen.add if request.status == "FROZEN" else self.frozen.discard)(request.person)
        return "wallet", request.status

    # ---- transfers ------------------------------------------------------------------------------------------------

    def _apply(self, request: Apply, name: Name) -> Answer:
        source = personal(request.caller) if request.source == "PERSONAL_ACCOUNT" else wallet(request.caller)
        self._may_transfer(request.caller, request.payee, request.relation, source, request.amount)
        until = self.now + timedelta(minutes=30)
        self.transfers[name] = Transfer(request.caller, request.payee, source, request.amount, until)
        return "transfer", "PENDING_VERIFICATION"

    def _may_transfer(self, payer: str, payee: str, relation: str, source: str, amount: int) -> None:
        refuse_if(source.startswith("personal:") and payer not in EMPLOYEES, "NO_PERSONAL_ACCOUNT")
        refuse_if((payer, payee) not in RELATIONS, "NOT_NEAR_RELATIVE")
        refuse_if(RELATIONS.get((payer, payee)) != relation, "RELATION_MISMATCH")
        refuse_if(payer not in WITH_WALLET, "WALLET_NOT_ACTIVATED")
        refuse_if(payer in self.frozen, "WALLET_FROZEN")
        refuse_if(payee not in WITH_WALLET, "PAYEE_WALLET_NOT_ACTIVATED")
        refuse_if(payee in self.frozen, "WALLET_FROZEN")
        if self.policy == "national":
            theirs = [it for it in self.transfers.values() if it.payer == payer]
            today = sum(it.verified_on == f"{self._clock:%F}" for it in theirs)
            refuse_if(amount > MOST_OF_A_TRANSFER, "AMOUNT_OVER_LIMIT")
            refuse_if(today >= MOST_OF_A_DAY, "DAILY_LIMIT_REACHED")
            refuse_if(not 6 <= self._clock.hour < 22, "OUTSIDE_SERVICE_HOURS")
            waits = any(it.payee == payee and it.status == "PENDING_ACCEPTANCE" for it in theirs)
            refuse_if(waits, "TRANSFER_PENDING_TO_PAYEE")
        refuse_if(self._available(source) < amount, "INSUFFICIENT_BALANCE")

    def _verify(self, request: Verify) -> Answer:
        transfer = self._of_party(request.caller, request.transfer, lambda it: it.payer)
        if transfer.status in ("PENDING_ACCEPTANCE", "COMPLETED"):
            return "transfer", transfer.status
        self._require_waiting(transfer, "PENDING_VERIFICATION")
        relation = RELATIONS[transfer.payer, transfer.payee]
        self._may_transfer(transfer.payer, transfer.payee, relation, transfer.source, transfer.amount)
        self._prove(request.caller, request.proof)
        transfer.verified_on = f"{self._clock:%F}"
        if self.policy == "national":
            self.held[transfer.source] += transfer.amount
            transfer.status, transfer.until = "PENDING_ACCEPTANCE", self.next_time(6)
        else:
            self._complete(transfer)
        return "transfer", transfer.status

    def _complete(self, transfer: Transfer) -> None:
        self._enter(transfer.source, "TRANSFER_OUT", -transfer.amount)
        self._enter(wallet(transfer.payee), "TRANSFER_IN", transfer.amount)
        transfer.status = "COMPLETED"

    def _respond(self, request: Respond) -> Answer:
        verb, leads_to, whose = request.verb, *RESPONSES[request.verb]
        transfer = self._of_party(request.caller, request.transfer, whose)
        if transfer.status == leads_to:
            return "transfer", transfer.status
        self._require_waiting(transfer, "PENDING_VERIFICATION" if verb == "cancel" else "PENDING_ACCEPTANCE")
        if verb == "cancel":
            transfer.status = "CANCELLED"
        elif verb == "decline":
            self._give_back(transfer)
        else:
            refuse_if({transfer.payer, transfer.payee} & self.frozen != set(), "WALLET_FROZEN")
            self.held[transfer.source] -= transfer.amount
            self._complete(transfer)
        return "transfer", transfer.status

    def _of_party(self, caller: str, name: Name, whose: Callable[[Transfer], str]) -> Transfer:
        transfer = self.transfers.get(name)
        if transfer is None or caller not in (transfer.payer, transfer.payee):
            refuse("NOT_FOUND")
        refuse_if(whose(transfer) != caller, "FORBIDDEN")
        return transfer

    def _require_waiting(self, transfer: Transfer, status: str) -> None:
        refuse_if(transfer.status == "EXPIRED", "TRANSFER_EXPIRED")
        refuse_if(transfer.status != status, "TRANSFER_NOT_PENDING")

    # ---- payments -------------------------------------------------------------------------------------------------

    def charged(self, number: str) -> list[Payment]:
        """Give the payments that count towards the bill of that number."""
        return [it for it in self.payments.values() if it.bill is not None and it.bill.number == number]

    def _may_pay_medical(self, request: PayMedical) -> None:
        counting = [it for it in self.charged(request.bill.number) if it.refunded < it.amount]
        paid = sum(it.amount - it.refunded for it in counting)
        refuse_if(any(it.bill != request.bill for it in counting), "CONFLICT")
        has_wallet = request.caller in WITH_WALLET
        refuse_if(has_wallet and request.caller not in IN_THE_HOSPITALS_AREA, "NOT_IN_USE_PLACE")
        refuse_if(paid + request.amount > request.bill.self_paid, "OVER_SELF_PAID")
        self._may_spend(request.caller, request.amount)

    def _may_pay_premium(self, request: PayPremium) -> None:
        theirs = [it for it in self.payments.values() if it.payer == request.caller and it.year == request.year]
        refuse_if(request.caller not in RESIDENTS, "NOT_RESIDENT_INSURED")
        refuse_if(request.year != YEAR, "PREMIUM_NOT_PUBLISHED")
        refuse_if(any(it.refunded < it.amount for it in theirs), "PREMIUM_ALREADY_PAID")
        self._may_spend(request.caller, PREMIUM)

    def _may_spend(self, person: str, amount: int) -> None:
        refuse_if(person not in WITH_WALLET, "WALLET_NOT_ACTIVATED")
        refuse_if(person in self.frozen, "WALLET_FROZEN")
        refuse_if(self._available(wallet(person)) < amount, "INSUFFICIENT_BALANCE")

    def _pay(self, name: Name, payment: Payment, proof: str) -> Answer:
        self._prove(payment.payer, proof)
        self._enter(wallet(payment.payer), "PREMIUM_PAYMENT" if payment.year else "MEDICAL_PAYMENT", -payment.amount)
        self.payments[name] = payment
        return "payment", 0

    def _refund(self, request: Refund) -> Answer:
        payment = self.payments.get(request.payment)
        if payment is None or (request.caller == HOSPITAL and payment.bill is None):
            refuse("NOT_FOUND")
        refuse_if(payment.payer in self.frozen, "WALLET_FROZEN")
        refuse_if(request.amount > payment.amount - payment.refunded, "OVER_REFUND")
        payment.refunded += request.amount
        self._enter(wallet(payment.payer), "REFUND", request.amount)
        return "payment", payment.refunded


RESPONSES: Final[dict[str, tuple[str, Callable[[Transfer], str]]]] = {
    "accept": ("COMPLETED", lambda transfer: transfer.payee),
    "decline": ("RETURNED", lambda transfer: transfer.payee),
    "cancel": ("CANCELLED", lambda transfer: transfer.payer),
}
"""What each response leads to, and whose it is."""
