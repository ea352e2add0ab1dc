"""The transfers that are made while it is measured: which pair's turn it is, under which key, to whom."""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final
from uuid import uuid4

from bench.population import HOT_NO, Pair, pair_of
from domain.actors import Actor, as_person
from domain.audit import Attempt
from domain.dates import to_milliseconds
from domain.errors import Refusal
from domain.faces import LIFETIME_MAX, FaceAssertion, FaceProof, to_verify_transfer
from domain.kinship import Kinship, Relation
from domain.money import Fen
from domain.outcomes import NodeRef, outcome_id
from domain.policies import ARTICLE
from domain.transfers import FundSource, Transfer
from repositories.contract import UnitOfWork
from services import audit, transfers
from services.transfer_cases import Application

AMOUNT: Final = Fen(100)
HOT_SHARE: Final = 0.7
"""How many of the transfers go to the hot payee where there is one."""
Work = Callable[[UnitOfWork], Awaitable[Transfer]]


class NotDone(Exception):
    """A transfer was refused: what is measured is not what it is said to be."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A transfer that is to be made: by the payer of that pair, to his or her payee or to the hot one."""

    pair: Pair
    key: str
    is_hot: bool = False

    @property
    def actor(self) -> Actor:
        """Give who makes it."""
        return Actor(person_no=self.pair.payer.person_no)

    @property
    def tie(self) -> Kinship:
        """Give the tie it goes by."""
        return self.pair.hot_tie if self.is_hot else self.pair.tie

    @property
    def payee_no(self) -> str:
        """Name who gets it."""
        return HOT_NO if self.is_hot else self.pair.payee.person_no

    @property
    def id(self) -> str:
        """Give the id that it will have."""
        return outcome_id(as_person(self.pair.payer.person_no), self.key)


@dataclass(slots=True)
class Plan:
    """Gives transfer after transfer: each pair comes once before any comes again, so that nobody meets."""

    pairs: int
    hot_share: float = 0.0
    _numbers: Iterator[int] | None = None

    def take(self, wanted: int) -> list[Planned]:
        """Give the next ones."""
        numbers = self._numbers = self._numbers or count()
        lot = random.Random(wanted)  # noqa: S311 - which of them are hot, alike in each round
        return [
            Planned(pair_of(next(numbers) % self.pairs + 1), f"bench-{uuid4().hex}", lot.random() < self.hot_share)
            for _ in range(wanted)
        ]


def now() -> datetime:
    """Tell the time, as services take it."""
    return to_milliseconds(datetime.now(UTC))


def applying(planned: Planned) -> Work:
    """Give the work that applies for it, with its record in the audit trail, as the mutation does."""
    side = planned.tie.seen_by(planned.pair.payer.person_no).id
    asked = Application(FundSource.PERSONAL_ACCOUNT, side, Relation.SIBLING, AMOUNT)
    attempt = Attempt(_record_id(), planned.actor, "applyTransfer", "bench", NodeRef("Kinship", side))

    async def apply(uow: UnitOfWork) -> Transfer:
        at = now()
        result = await transfers.apply_transfer(uow, planned.actor, at, ARTICLE, asked=asked, key=planned.key)
        return await _recorded(uow, attempt, at, result)

    return apply


def verifying(planned: Planned) -> Work:
    """Give the work that verifies it by face, with its record in the audit trail."""
    attempt = Attempt(_record_id(), planned.actor, "verifyTransfer", "bench", NodeRef("Transfer", planned.id))
    seen = now() - timedelta(seconds=1)
    purpose = to_verify_transfer(planned.id)
    proof = FaceProof(FaceAssertion(uuid4().hex, planned.pair.payer.person_no, purpose, seen, seen + LIFETIME_MAX))

    async def verify(uow: UnitOfWork) -> Transfer:
        at = now()
        result = await transfers.verify_transfer(uow, planned.actor, at, ARTICLE, transfer_id=planned.id, proof=proof)
        return await _recorded(uow, attempt, at, result)

    return verify


def _record_id() -> str:
    """Name a record, later ones after earlier ones."""
    return f"{time.time_ns():016x}-{uuid4().hex[:12]}"


async def _recorded(uow: UnitOfWork, attempt: Attempt, at: datetime, result: Transfer | Refusal) -> Transfer:
    if isinstance(result, Refusal):
        raise NotDone(result.code.value)
    await audit.record_success(uow, attempt, at, NodeRef("Transfer", result.id))
    return result
