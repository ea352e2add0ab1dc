"""All that a transfer is judged by: both sides, the tie, the policy, the moment (R13 to R21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.dates import shanghai_date
from domain.kinship import Kinship, Relation
from domain.ledger import Account
from domain.money import Fen
from domain.persons import Person
from domain.places import CannotJudge, Place, existing
from domain.policies import TransferPolicy, Usage
from domain.transfers import FundSource, TransferScope, scope_of
from domain.wallets import PersonalAccount, Wallet


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a transfer: the person, the wallet, the account, and the areas to judge (R16).

    `places` holds the wallet's use place or, where there is no wallet yet, the areas of the active enrolments.
    """

    person: Person
    wallet: Wallet | None
    places: tuple[Place, ...]
    account: PersonalAccount | None = None
    account_place: Place | None = None


@dataclass(frozen=True, slots=True)
class TransferCase:
    """All that is needed to decide on a transfer; no payee where name and ID number match nobody (R15)."""

    payer: Side
    payee: Side | None
    tie: Kinship | None
    relation: Relation
    source: FundSource
    amount: Fen
    policy: TransferPolicy
    usage: Usage
    now: datetime

    @property
    def today(self) -> date:
        """Give the Shanghai day on which the case is judged."""
        return shanghai_date(self.now)

    def active_tie(self) -> Kinship:
        """Give the tie; CannotJudge unless it holds."""
        if self.tie is None or not self.tie.is_active():
            raise CannotJudge
        return self.tie

    def kin(self) -> Side:
        """Give the payee; CannotJudge before kinship holds: an active tie of the relation stated."""
        tie = self.active_tie()
        if self.payee is None or tie.seen_by(self.payer.person.person_no).relation is not self.relation:
            raise CannotJudge
        return self.payee

    def payer_wallet(self) -> Wallet:
        """Give the payer's wallet; CannotJudge without one."""
        return existing(self.payer.wallet)

    def account_place(self) -> Place:
        """Give the area of the personal account that pays; CannotJudge if none does."""
        if self.source is not FundSource.PERSONAL_ACCOUNT:
            raise CannotJudge
        return existing(self.payer.account_place)

    def source_account(self) -> Account:
        """Give the account that pays; CannotJudge without it."""
        if self.source is FundSource.PERSONAL_ACCOUNT:
            return existing(self.payer.account)
        return self.payer_wallet()

    def payer_area_code(self) -> str:
        """Give the area the money comes from: the personal account's, or the wallet's use place."""
        if self.source is FundSource.PERSONAL_ACCOUNT:
            return self.account_place().area.code
        return self.payer_wallet().use_area_code

    def payee_area_code(self) -> str:
        """Give the area the money goes to: the payee's wallet's, or where the payee is enrolled."""
        places = self.kin().places
        if not places:
            raise CannotJudge
        return places[0].area.code


def scope(case: TransferCase) -> TransferScope | None:
    """Tell the scope as far as it is known yet (R17)."""
    try:
        return scope_of(case.payer_area_code(), case.payee_area_code())
    except CannotJudge:
        return None
