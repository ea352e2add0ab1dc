"""What clients asked for and were told: the only thing a server is judged by."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

from domain.outcomes import outcome_id


class Said(StrEnum):
    """What an answer says, or that there was none."""

    DONE = "DONE"
    REFUSED = "REFUSED"
    NOT_DONE = "NOT_DONE"
    """Nothing was changed, and it may be tried again: retryable, or never sent."""
    UNKNOWN = "UNKNOWN"
    """The connection ended, or the server itself says that it does not know."""
    WRONG = "WRONG"
    """What no client may see: an internal error, or a fault without a promise."""


@dataclass(frozen=True)
class Answer:
    """What an operation was answered: its payload where there is one, or the code or text of what is wrong."""

    said: Said
    payload: dict[str, Any] = field(default_factory=dict)
    why: str = ""


class Certain(StrEnum):
    """What a client may conclude from all it was told."""

    NO = "NO"
    MAYBE = "MAYBE"
    YES = "YES"


class Kind(StrEnum):
    """What an operation does; all of them move money."""

    TRANSFER = "TRANSFER"
    PAYMENT = "PAYMENT"
    REFUND = "REFUND"


@dataclass
class Operation:
    """A keyed operation: what it asks for, and what is certain of its outcome and of its money."""

    kind: Kind
    caller: str
    key: str
    amount: int
    out_of: str
    into: str
    details: dict[str, str]
    may_lack: bool = False
    """Whether it asks for more than there is, so that it must be refused."""
    kept: Certain = Certain.NO
    moved: Certain = Certain.NO
    refusal: str = ""
    node: str = ""
    told: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Name it, with all that its client was told."""
        return f"{self.kind} {self.key} ({'; '.join(self.told)})"

    @property
    def id(self) -> str:
        """Give the id of its outcome, and of the journal that moves its money."""
        prefix = "institution" if self.kind is Kind.REFUND else "person"
        return outcome_id(f"{prefix}:{self.caller}", self.key)

    def is_certain(self) -> bool:
        """Tell whether its client knows everything."""
        return Certain.MAYBE not in (self.kept, self.moved)

    def is_done(self) -> bool:
        """Tell whether its money is known to have moved."""
        return self.moved is Certain.YES


@dataclass
class History:
    """Everything that clients did, and when the server acknowledged a write."""

    operations: list[Operation] = field(default_factory=list)
    acknowledged_at: list[float] = field(default_factory=list)
    told: Counter[Said] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest_s: float = 0
    hung_up: int = 0

    def begin(self, operation: Operation) -> Operation:
        """Note an operation before it is sent."""
        self.operations.append(operation)
        return operation

    def note(self, answer: Answer, operation: Operation, since: float) -> None:
        """Note what was answered to a request that was sent then."""
        self.told[answer.said] += 1
        operation.told.append(f"{answer.said} {answer.why}".rstrip())
        self.slowest_s = max(self.slowest_s, time.monotonic() - since)
        if answer.said is Said.WRONG:
            self.wrong.append(f"{operation.kind}: {answer.why}")
        if answer.said is Said.REFUSED and not operation.may_lack:
            self.wrong.append(f"{operation.kind} was refused: {answer.why}")
        if answer.said is Said.DONE:
            self.acknowledged_at.append(time.monotonic())

    def longest_gap_s(self) -> float:
        """Give the longest time between two acknowledged writes, in seconds."""
        times = sorted(self.acknowledged_at)
        return max((after - before for before, after in pairwise(times)), default=0.0)


def learn(certain: Certain, said: Said) -> Certain:
    """Give what is certain after one more answer: DONE settles it, an unknown one leaves a doubt."""
    if said in (Said.DONE, Said.REFUSED):
        return Certain.YES
    if said in (Said.UNKNOWN, Said.WRONG) and certain is Certain.NO:
        return Certain.MAYBE
    return certain
