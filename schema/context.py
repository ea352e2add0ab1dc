"""What a resolver has at hand: the caller, the clock, the policy, the storage, and this request's loaders."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TypeAlias, TypeVar

import strawberry

from domain.actors import Actor
from domain.dates import shanghai_date, to_milliseconds
from domain.errors import Language, Refusal
from domain.policies import TransferPolicy
from domain.transfers import Transfer
from repositories.contract import Reader, Storage, UnitOfWork
from schema.loaders import Loaders
from services.credentials import FaceReader, PasswordHasher
from services.feeds import Feeds
from services.persons import Party, parties
from services.rates import UNLIMITED, Rates, id_lookup, verification
from services.settlement import Overdue, settle_of, unless_due

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the whole server shares."""

    storage: Storage
    clock: Callable[[], datetime]
    policy: TransferPolicy
    hasher: PasswordHasher
    faces: FaceReader
    feeds: Feeds
    rates: Rates = UNLIMITED
    takes_document: Callable[[str], bool] = lambda _text: True
    """Whether a document is taken at all; where there are trusted ones only, no others are."""


@dataclass
class Context:
    """One operation's view of the server; a connection that carries many gives each of them its own."""

    wiring: Wiring
    actor: Actor
    language: Language = Language.ZH
    request_id: str = "-"
    connection_params: Mapping[str, object] = field(default_factory=dict)
    end_by: Callable[[datetime], None] = lambda _moment: None
    """Ends the connection that carries the operation at that moment, if one does that stays open."""
    address: str = "unknown"
    """Whence the operation came, as far as it counts there."""
    parties_seen: Mapping[str, Party] = field(default_factory=dict)
    """Whom the last transaction looked up; its answer names them as that saw them."""

    @cached_property
    def reader(self) -> Reader:
        """Read what is committed."""
        return self.wiring.storage.read()

    @cached_property
    def loaders(self) -> Loaders:
        """Join the look-ups of this request."""
        return Loaders(self.reader, self.actor, self.now, self.settle, self.parties_seen)

    @property
    def policy(self) -> TransferPolicy:
        """Give the policy in force."""
        return self.wiring.policy

    def now(self) -> datetime:
        """Tell the time, in UTC to the millisecond."""
        return to_milliseconds(self.wiring.clock())

    def today(self) -> date:
        """Tell the Shanghai day."""
        return shanghai_date(self.now())

    @cached_property
    def settled(self) -> set[str]:
        """Hold the persons of whom nothing is due in this operation any more."""
        return set()

    def forget(self) -> None:
        """Look everything up anew from here on."""
        self.__dict__.pop("loaders", None)

    def renew(self) -> None:
        """Begin anew, as for the next event of a subscription."""
        self.forget()
        self.parties_seen = {}
        self.__dict__.pop("settled", None)

    @cached_property
    def settling(self) -> asyncio.Lock:
        """Let one resolver settle at a time, so that whoever comes second reads what the first has settled."""
        return asyncio.Lock()

    async def settle(self, *person_nos: str) -> None:
        """Do what time has done to these persons' transfers, before anybody looks at their money (R18, R21)."""
        async with self.settling:
            wanted = {number for number in person_nos if self.actor.may_see_person(number)} - self.settled
            if await settle_of(self.wiring.storage, self.reader, self.now(), wanted):
                self.forget()
            self.settled.update(wanted)

    async def settle_caller(self) -> None:
        """Do what time has done to the caller's transfers."""
        if self.actor.person_no is not None:
            await self.settle(self.actor.person_no)

    async def with_parties(self, uow: UnitOfWork, made: Awaitable[Transfer | Refusal]) -> Transfer | Refusal:
        """Let the answer name both parties of a transfer as the transaction saw them, which has looked them up."""
        self.parties_seen = {}  # of a run that is not kept
        result = await made
        if isinstance(result, Transfer):
            self.parties_seen = dict(zip(result.parties, await parties(uow, result.parties), strict=True))
        return result

    async def count_id_lookup(self) -> None:
        """Count a look-up by ID number, before it is made; TooOften."""
        await self.wiring.rates.spend(*id_lookup(self.actor, self.address))

    async def count_verification(self) -> None:
        """Count a verification by password, before anything is compared; TooOften."""
        await self.wiring.rates.spend(*verification(self.actor, self.address))

    async def transact(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run a work in one transaction; what was loaded before may be out of date afterwards, so it is forgotten.

        If anything is due of the caller it is settled first, so that no work finds money held that has gone back.
        """
        self.renew()
        try:
            return await self._transact(work)
        finally:
            self.forget()

    async def _transact(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        person_no, now = self.actor.person_no, self.now()
        if person_no is None:
            return await self.wiring.storage.transact(work)
        try:
            return await self.wiring.storage.transact(lambda uow: unless_due(uow, now, person_no, work))
        except Overdue:
            await self.settle(person_no)
            return await self.wiring.storage.transact(work)


Info: TypeAlias = strawberry.Info[Context, None]
