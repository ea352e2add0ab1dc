"""May this transfer be made? Every rule, in the order in which refusals are reported (R13 to R19).

A rule that has nothing to go by yet raises `CannotJudge` and is left out: a preview never speaks of a wallet that does
not exist, and nothing about a payee is judged before kinship holds (R15).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from domain.coverage import require_open
from domain.dates import shanghai_date
from domain.errors import ErrorCode, Language, NoPersonalAccount, Refusal, Refused, RelativeMismatch
from domain.kinship import Kinship, Relation, require_relation, require_tie
from domain.ledger import Account, require_available
from domain.money import Fen
from domain.persons import Person, require_enrolled, require_payee_enrolled
from domain.policies import TransferPolicy
from domain.regions import Region
from domain.transfers import FundSource, Transfer, TransferScope, TransferStatus, scope_of, transfer_number
from domain.wallets import (
    PersonalAccount,
    Wallet,
    require_activated,
    require_not_frozen,
    require_payee_activated,
    require_payee_not_frozen,
)


class CannotJudge(Exception):
    """The rule has nothing to go by, because one before it does not hold."""


@dataclass(frozen=True, slots=True)
class Place:
    """An area with the province whose facts it is judged by."""

    area: Region
    province: Region


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
        return _existing(self.payer.wallet)

    def account_place(self) -> Place:
        """Give the area of the personal account that pays; CannotJudge if none does."""
        if self.source is not FundSource.PERSONAL_ACCOUNT:
            raise CannotJudge
        return _existing(self.payer.account_place)

    def source_account(self) -> Account:
        """Give the account that pays; CannotJudge without it."""
        if self.source is FundSource.PERSONAL_ACCOUNT:
            return _existing(self.payer.account)
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


T = TypeVar("T")


def _existing(thing: T | None) -> T:
    if thing is None:
        raise CannotJudge
    return thing


def scope(case: TransferCase) -> TransferScope | None:
    """Tell the scope as far as it is known yet (R17)."""
    try:
        return scope_of(case.payer_area_code(), case.payee_area_code())
    except CannotJudge:
        return None


# ---- the rules ----------------------------------------------------------------------------------------------------


def _payer_enrolled(case: TransferCase) -> None:
    require_enrolled(case.payer.person)


def _has_personal_account(case: TransferCase) -> None:
    if case.source is not FundSource.PERSONAL_ACCOUNT:
        raise CannotJudge
    if case.payer.account is None or case.payer.person.active_employment() is None:
        raise Refused(NoPersonalAccount(path=("source",)))


def _payee_identified(case: TransferCase) -> None:
    if case.payee is None:
        raise Refused(RelativeMismatch(path=("payee", "identity")))


def _near_relative(case: TransferCase) -> None:
    if case.payee is None:
        raise CannotJudge
    require_tie(case.tie, "payee")


def _relation_stated(case: TransferCase) -> None:
    require_relation(case.active_tie(), case.payer.person.person_no, case.relation)


def _payee_enrolled(case: TransferCase) -> None:
    require_payee_enrolled(case.kin().person)


def _payer_place_open(case: TransferCase) -> None:
    _require_a_place_open(case.payer.places, case.today)


def _account_place_open(case: TransferCase) -> None:
    _require_a_place_open((case.account_place(),), case.today, "source")


def _payee_place_open(case: TransferCase) -> None:
    _require_a_place_open(case.kin().places, case.today, "payee")


def _require_a_place_open(places: Sequence[Place], today: date, *path: str) -> None:
    refused: Refused | None = None
    for place in places:
        try:
            require_open(place.area, place.province, today, *path)
        except Refused as error:
            refused = refused or error
        else:
            return
    raise refused or CannotJudge


def _payer_activated(case: TransferCase) -> None:
    require_activated(case.payer.wallet)


def _payer_not_frozen(case: TransferCase) -> None:
    require_not_frozen(case.payer_wallet())


def _payee_activated(case: TransferCase) -> None:
    require_payee_activated(case.kin().wallet)


def _payee_not_frozen(case: TransferCase) -> None:
    require_payee_not_frozen(_existing(case.kin().wallet))


def _balance_suffices(case: TransferCase) -> None:
    require_available(case.source_account(), case.amount, "amount")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a transfer: the code it refuses with, what it demands, and how it is judged."""

    code: ErrorCode
    zh: str
    en: str
    require: Callable[[TransferCase], None]


RULES: Final = (
    Rule(ErrorCode.NOT_ENROLLED, "付款人正常参保", "The payer is actively enrolled", _payer_enrolled),
    Rule(
        ErrorCode.NO_PERSONAL_ACCOUNT,
        "付款人有职工医保个人账户",
        "The payer has a personal account",
        _has_personal_account,
    ),
    Rule(
        ErrorCode.RELATIVE_MISMATCH,
        "收款人姓名与身份号码相符",
        "The payee's name and ID number match",
        _payee_identified,
    ),
    Rule(ErrorCode.NOT_NEAR_RELATIVE, "双方是近亲属", "Payer and payee are near relatives", _near_relative),
    Rule(
        ErrorCode.RELATION_MISMATCH,
        "所填关系与登记一致",
        "The relation stated is the one declared",
        _relation_stated,
    ),
    Rule(ErrorCode.NOT_ENROLLED, "收款人正常参保", "The payee is actively enrolled", _payee_enrolled),
    Rule(
        ErrorCode.REGION_NOT_OPEN,
        "付款人所在地区已开通",
        "The wallet is open in the payer's area",
        _payer_place_open,
    ),
    Rule(
        ErrorCode.REGION_NOT_OPEN,
        "个人账户所在地区已开通",
        "The wallet is open in the personal account's area",
        _account_place_open,
    ),
    Rule(
        ErrorCode.REGION_NOT_OPEN,
        "收款人所在地区已开通",
        "The wallet is open in the payee's area",
        _payee_place_open,
    ),
    Rule(ErrorCode.WALLET_NOT_ACTIVATED, "付款人已开通钱包", "The payer has a wallet", _payer_activated),
    Rule(ErrorCode.WALLET_FROZEN, "付款人钱包未冻结", "The payer's wallet is not frozen", _payer_not_frozen),
    Rule(ErrorCode.PAYEE_WALLET_NOT_ACTIVATED, "收款人已开通钱包", "The payee has a wallet", _payee_activated),
    Rule(ErrorCode.WALLET_FROZEN, "收款人钱包未冻结", "The payee's wallet is not frozen", _payee_not_frozen),
    Rule(ErrorCode.INSUFFICIENT_BALANCE, "余额充足", "The balance suffices", _balance_suffices),
)
"""The rules in the order in which refusals are reported; the policy's own come before the balance (R21)."""


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """How one rule turned out for a case."""

    rule: Rule
    refusal: Refusal | None

    @property
    def code(self) -> ErrorCode:
        """Give the code the rule refused with, or would refuse with."""
        return self.refusal.code if self.refusal is not None else self.rule.code

    @property
    def passed(self) -> bool:
        """Tell whether the rule holds."""
        return self.refusal is None

    def message(self, language: Language = Language.ZH) -> str:
        """Say what holds, or what does not and what to do."""
        if self.refusal is not None:
            return self.refusal.message(language)
        return self.rule.zh if language is Language.ZH else self.rule.en


@dataclass(frozen=True, slots=True)
class TransferPreview:
    """Every rule that can be judged, pass or fail; nothing is changed by looking."""

    scope: TransferScope | None
    checks: tuple[RuleCheck, ...]

    @property
    def eligible(self) -> bool:
        """Tell whether the application would be accepted."""
        return all(check.passed for check in self.checks)


def judge(case: TransferCase) -> Iterator[RuleCheck]:
    """Run every rule that can be judged, in order, and say how each turned out."""
    for rule in RULES:
        try:
            rule.require(case)
        except CannotJudge:
            continue
        except Refused as refused:
            yield RuleCheck(rule, refused.refusal)
        else:
            yield RuleCheck(rule, None)


def preview(case: TransferCase) -> TransferPreview:
    """Judge a case without making anything of it."""
    return TransferPreview(scope(case), tuple(judge(case)))


def require_eligible(case: TransferCase) -> None:
    """Refuse with the first rule that does not hold."""
    for check in judge(case):
        if check.refusal is not None:
            raise Refused(check.refusal)


def apply(case: TransferCase, transfer_id: str) -> Transfer:
    """Make an application out of a case, once every rule holds; it holds no money (R18)."""
    require_eligible(case)
    return Transfer(
        id=transfer_id,
        number=transfer_number(transfer_id, case.now),
        payer_no=case.payer.person.person_no,
        payee_no=case.kin().person.person_no,
        source=case.source,
        amount=case.amount,
        relation=case.relation,
        payer_area_code=case.payer_area_code(),
        payee_area_code=case.payee_area_code(),
        status=TransferStatus.PENDING_VERIFICATION,
        created_at=case.now,
        expires_at=case.now + timedelta(minutes=case.policy.verification_minutes),
    )
