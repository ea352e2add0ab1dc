"""The oracle's accounts and statements, its people, and what it knows of passwords and faces."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NoReturn

from tests.model.requests import BROTHER, HUSBAND, SON, WIFE, Bill

EMPLOYEES: Final = (HUSBAND, SON)
RESIDENTS: Final = (WIFE, BROTHER)
WITH_WALLET: Final = (HUSBAND, WIFE, SON)
IN_THE_HOSPITALS_AREA: Final = (HUSBAND, WIFE)
RELATIONS: Final = {
    (HUSBAND, WIFE): "SPOUSE",
    (WIFE, HUSBAND): "SPOUSE",
    (HUSBAND, SON): "CHILD",
    (SON, HUSBAND): "PARENT",
    (WIFE, SON): "CHILD",
    (SON, WIFE): "PARENT",
    (HUSBAND, BROTHER): "SIBLING",
    (BROTHER, HUSBAND): "SIBLING",
}
MOST_OF_A_TRANSFER: Final = 200_000
MOST_OF_A_DAY: Final = 3
TRIES: Final = 5
AHEAD_OF_UTC: Final = timedelta(hours=8)


class Refuse(Exception):
    """It must be refused, with that code."""


def refuse(code: str) -> NoReturn:
    """Refuse with that code."""
    raise Refuse(code)


def refuse_if(condition: bool, code: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Refuse with that code if it is so."""
    if condition:
        refuse(code)


@dataclass
class Transfer:
    """A transfer, as it is stored."""

    payer: str
    payee: str
    source: str
    amount: int
    until: datetime
    status: str = "PENDING_VERIFICATION"
    verified_on: str = ""


@dataclass
class Payment:
    """A payment: to the hospital for a bill, or the premium of a year."""

    payer: str
    amount: int
    bill: Bill | None
    year: int | None
    refunded: int = 0


@dataclass
class Books:
    """Money, and who has proved to be whom; `policy` is `article` or `national`."""

    policy: str
    now: datetime
    balances: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    held: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    statements: defaultdict[str, list[tuple[str, int, int]]] = field(default_factory=lambda: defaultdict(list))
    wrong_tries: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    locked_until: dict[str, datetime] = field(default_factory=dict)
    faces: set[str] = field(default_factory=set)

    @property
    def _clock(self) -> datetime:
        return self.now + AHEAD_OF_UTC

    def next_time(self, hour: int) -> datetime:
        """Give the next moment at which it is that hour in Shanghai."""
        then = self._clock.replace(hour=hour, minute=0, second=0, microsecond=0)
        return (then if self._clock < then else then + timedelta(days=1)) - AHEAD_OF_UTC

    # ---- the ledger -----------------------------------------------------------------------------------------------

    def _enter(self, account: str, kind: str, amount: int) -> None:
        self.balances[account] += amount
        self.statements[account].append((kind, amount, self.balances[account]))

    def _available(self, account: str) -> int:
        return self.balances[account] - self.held[account]

    # ---- verification ---------------------------------------------------------------------------------------------

    def _prove(self, person: str, proof: str) -> None:
        if proof not in ("password", "wrong"):
            refuse_if(proof in self.faces, "VERIFICATION_FAILED")
            self.faces.add(proof)
            return
        locked_until = self.locked_until.get(person)
        if locked_until is not None:
            refuse_if(self.now < locked_until, "VERIFICATION_LOCKED")
            del self.locked_until[person]
            self.wrong_tries[person] = 0
        if proof == "password":
            self.wrong_tries[person] = 0
            return
        self.wrong_tries[person] += 1
        if self.wrong_tries[person] == TRIES:
            self.locked_until[person] = self.now + timedelta(minutes=15)
        refuse("VERIFICATION_FAILED")


def wallet(person: str) -> str:
    """Name a person's wallet."""
    return person.replace("person:", "wallet:")


def personal(person: str) -> str:
    """Name a person's personal account."""
    return person.replace("person:", "personal:")
