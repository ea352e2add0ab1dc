"""What a resolver has at hand: the caller, the clock, the policy, the storage, and this request's loaders."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TypeAlias, TypeVar

import strawberry

from domain.actors import Actor
from domain.dates import shanghai_date, to_milliseconds
from domain.errors import Language
from domain.policies import TransferPolicy
from repositories.contract import Reader, Storage, UnitOfWork
from schema.loaders import Loaders
from services.credentials import PasswordHasher

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the whole server shares."""

    storage: Storage
    clock: Callable[[], datetime]
    policy: TransferPolicy
    hasher: PasswordHasher


@dataclass(frozen=True)
class Context:
    """One request's view of the server."""

    wiring: Wiring
    actor: Actor
    language: Language = Language.ZH

    @cached_property
    def reader(self) -> Reader:
        """Read what is committed."""
        return self.wiring.storage.read()

    @cached_property
    def loaders(self) -> Loaders:
        """Join the look-ups of this request."""
        return Loaders(self.reader, self.actor, self.now)

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

    async def transact(self, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run a work in one transaction; what was loaded before may be out of date afterwards, so it is forgotten."""
        try:
            return await self.wiring.storage.transact(work)
        finally:
            self.__dict__.pop("loaders", None)


Info: TypeAlias = strawberry.Info[Context, None]
