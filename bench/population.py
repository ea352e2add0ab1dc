"""Made-up people who can send each other money: payers with personal accounts, each tied to a payee of his or her own.

Everybody is made by number, and alike each time. All payers are tied to one more payee, the hot one. Who has a history
has it as the domain itself would have made it: journals, chained entries, outcomes under keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from domain.actors import as_agency, as_person
from domain.credentials import VerificationMethod
from domain.errors import Refused
from domain.identity import IdNumber, Phone, parse_id_number
from domain.kinship import Kinship, Relation, declare
from domain.ledger import Account, EntryKind, Journal, Leg, post
from domain.money import Fen
from domain.outcomes import APPLY, CREDIT, NodeRef, Outcome, OutcomeStatus, fingerprint, outcome_id
from domain.persons import Enrolment, EnrolmentStatus, InsuranceScheme, Person
from domain.policies import ARTICLE
from domain.transfers import FundSource, Transfer, TransferStatus, transfer_number, verify
from domain.wallets import Wallet, activate, allotment_source, open_personal_account
from repositories.tables import ACCOUNTS, ENTRIES, KINSHIPS, OUTCOMES, PERSONS, TRANSFERS, Table

SINCE: Final = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
"""When everybody was registered: the wallet was open by then."""
JINAN, LHASA = "370100", "540100"
PHONE: Final = Phone("13900000000")
AGENCY: Final = "bench"
ALLOTMENT: Final = Fen(10_000_000_000)
"""A hundred million yuan: nobody runs out of money."""
A_DAY: Final = 1_000
"""How many ID numbers there are of a day."""
RING: Final = 3
"""From how many payers a payee's history comes."""
Row = tuple[Table[Any], object]


@dataclass(frozen=True, slots=True)
class Pair:
    """A payer and a payee who are tied, and the payer's tie to the hot payee."""

    number: int
    payer: Person
    payee: Person
    tie: Kinship
    hot_tie: Kinship


def payer_no(number: int) -> str:
    """Name a payer."""
    return f"B{number:07d}A"


def payee_no(number: int) -> str:
    """Name the payee whom that payer is tied to."""
    return f"B{number:07d}P"


HOT_NO: Final = "BHOT"


def _id_number(sequence: int) -> IdNumber:
    """Give the ID number of the person of that sequence number: no two have the same."""
    born = date(1950, 1, 1) + timedelta(days=sequence // A_DAY)
    bare = f"420102{born:%Y%m%d}{sequence % A_DAY:03d}"
    for check in "0123456789X":
        try:
            return parse_id_number(bare + check)
        except Refused:
            continue
    raise AssertionError


def _person(person_no: str, sequence: int, scheme: InsuranceScheme, area: str) -> Person:
    enrolment = Enrolment(scheme, area, EnrolmentStatus.ACTIVE, date(2020, 1, 1))
    return Person(person_no, f"张{sequence}", _id_number(sequence), PHONE, (enrolment,), SINCE)


HOT: Final = _person(HOT_NO, 0, InsuranceScheme.RESIDENT, LHASA)


def pair_of(number: int) -> Pair:
    """Make the pair of that number, from 1."""
    payer = _person(payer_no(number), 2 * number, InsuranceScheme.EMPLOYEE, JINAN)
    payee = _person(payee_no(number), 2 * number + 1, InsuranceScheme.RESIDENT, LHASA)
    tie = declare(payer, payee, Relation.SIBLING, SINCE, 0)
    return Pair(number, payer, payee, tie, declare(payer, HOT, Relation.SIBLING, SINCE, 0))


# ---- rows ---------------------------------------------------------------------------------------------------------


def people(pairs: int) -> Iterator[Row]:
    """Give the persons of so many pairs with their ties and their money, and the hot payee."""
    yield PERSONS, HOT
    yield ACCOUNTS, activate(HOT_NO, LHASA, PHONE, SINCE)
    for number in range(1, pairs + 1):
        pair = pair_of(number)
        yield from ((PERSONS, person) for person in (pair.payer, pair.payee))
        yield from ((KINSHIPS, tie) for tie in (pair.tie, pair.hot_tie))
        yield ACCOUNTS, activate(pair.payer.person_no, JINAN, PHONE, SINCE)


def money(pairs: int, history: int) -> Iterator[Row]:
    """Give accounts and entries: an allotment for each payer, and for each payee so many transfers of the past.

    Payers' and payees' accounts come last, as all of that leaves them. Memory does not grow with the pairs: those of a
    ring of payers are made together.
    """
    for first in range(1, pairs + 1, RING):
        yield from _ring(range(first, min(first + RING, pairs + 1)), history)


def _ring(numbers: range, history: int) -> Iterator[Row]:
    sources: dict[int, Account] = {}
    for number in numbers:
        sources[number], rows = _allotted(number)
        yield from rows
    for number in numbers:
        wallet = activate(payee_no(number), LHASA, PHONE, SINCE)
        for turn in range(history):
            payer = numbers[(number + turn) % len(numbers)]
            sources[payer], wallet, rows = _given(sources[payer], payer, wallet, number, turn)
            yield from rows
        yield ACCOUNTS, wallet
    yield from ((ACCOUNTS, source) for source in sources.values())


def _allotted(number: int) -> tuple[Account, list[Row]]:
    """Open a payer's personal account, with an allotment in it."""
    caller, key = as_agency(AGENCY), f"allotment-{number}"
    source, legs = open_personal_account(payer_no(number), SINCE), allotment_source(JINAN)
    identity = outcome_id(caller, key)
    moved = (Leg(legs, EntryKind.ALLOTMENT, Fen(-ALLOTMENT)), Leg(source, EntryKind.ALLOTMENT, ALLOTMENT))
    posting = post(Journal(identity, moved, SINCE, period="2025-06"))
    node = NodeRef("PersonalAccount", payer_no(number))
    rows: list[Row] = [(ENTRIES, entry) for entry in posting.entries]
    return posting.accounts[0], [*rows, (OUTCOMES, _outcome(caller, key, CREDIT, node, SINCE))]


def _given(source: Account, payer: int, wallet: Wallet, payee: int, turn: int) -> tuple[Account, Wallet, list[Row]]:
    """Let a payer have given a payee something, an hour after the time before."""
    at = SINCE + timedelta(hours=1 + turn)
    caller, key = as_person(payer_no(payer)), f"past-{payee}-{turn}"
    applied = _applied(outcome_id(caller, key), payer, payee, at)
    step = verify(applied, ARTICLE, VerificationMethod.FACE, at, source=source, target=wallet)
    left, into = step.posting.accounts
    if not isinstance(into, Wallet):
        raise TypeError
    node = NodeRef("Transfer", applied.id)
    rows: list[Row] = [(ENTRIES, entry) for entry in step.posting.entries]
    return left, into, [*rows, (TRANSFERS, step.transfer), (OUTCOMES, _outcome(caller, key, APPLY, node, at))]


def _applied(identity: str, payer: int, payee: int, at: datetime) -> Transfer:
    return Transfer(
        id=identity,
        number=transfer_number(identity, at),
        payer_no=payer_no(payer),
        payee_no=payee_no(payee),
        source=FundSource.PERSONAL_ACCOUNT,
        amount=Fen(12_050),
        relation=Relation.SIBLING,
        payer_area_code=JINAN,
        payee_area_code=LHASA,
        status=TransferStatus.PENDING_VERIFICATION,
        created_at=at,
        expires_at=ARTICLE.application_ends(at),
    )


def _outcome(caller: str, key: str, operation: str, node: NodeRef, at: datetime) -> Outcome:
    """Write the outcome of a request of the past."""
    request = fingerprint(key, operation, {})
    identity = outcome_id(caller, key)
    return Outcome(identity, caller, operation, request, OutcomeStatus.COMPLETED, at, None, node)


def active(number: int, pairs: int) -> int:
    """Give the pair whose turn it is: everybody comes once before anybody comes again."""
    return number % pairs + 1
