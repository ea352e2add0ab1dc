"""Look-ups of one request, joined: whatever a page asks for costs one round trip for each kind of object."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from domain.actors import Actor
from domain.audit import AuditRecord
from domain.institutions import Institution
from domain.kinship import KinshipSide
from domain.ledger import Account, Entry
from domain.payments import Payment
from domain.persons import Person
from domain.premiums import Premium
from domain.regions import Region
from domain.transfers import Transfer
from domain.wallets import owner_of
from repositories.contract import Reader
from schema.lookups import Lookup
from services import audit, institutions, kinship, payments, persons, premiums, regions, transfers, wallets
from services.persons import Party

E = TypeVar("E")


class Joined(DataLoader[str, E]):
    """Look-ups of one kind; whoever is no longer interested in one takes it from nobody else who waits for it."""

    def __init__(self, load: Callable[[Sequence[str]], Awaitable[Sequence[E]]]) -> None:
        """Look up by that, which gives an object for each key, in their order."""
        super().__init__(load_fn=load)

    def load(self, key: str) -> Lookup[E]:
        """Look up an object, together with whoever asks for the same; to give up ends the waiting, not the look-up."""
        future: Any = self.cache_map.get(key)
        if future is None or future.cancelled():
            future = super().load(key)
            future.add_done_callback(_heard)
        return Lookup(future)


def _heard(future: asyncio.Future[object]) -> None:
    """Take note of what was raised, so that nobody is told of a failure that nobody waits for any more."""
    if not future.cancelled():
        future.exception()


class Loaders:
    """Loads through services, which leave out what the caller may not see; each kind is made when it is asked for."""

    def __init__(
        self,
        reader: Reader,
        actor: Actor,
        now: Callable[[], datetime],
        settle: Callable[..., Awaitable[None]],
        parties_seen: Mapping[str, Party],
    ) -> None:
        """Load from that reader for that caller; what is due of somebody's money is settled before it is looked at."""
        self._reader = reader
        self._actor = actor
        self._now = now
        self._settle = settle
        self._parties_seen = parties_seen

    @cached_property
    def regions(self) -> Joined[Region | None]:
        """Regions by their codes."""
        return Joined(self._reader.regions.get_many)

    @cached_property
    def areas(self) -> Joined[list[Region]]:
        """The areas of provinces."""
        return Joined(partial(regions.areas_of, self._reader))

    @cached_property
    def institutions(self) -> Joined[Institution | None]:
        """Institutions by their codes."""
        return Joined(partial(institutions.see_many, self._reader))

    @cached_property
    def premiums(self) -> Joined[Premium | None]:
        """Premiums by area and year."""
        return Joined(partial(premiums.see_many, self._reader))

    @cached_property
    def parties(self) -> Joined[Party]:
        """What others see of persons."""
        joined = Joined(partial(persons.parties, self._reader))
        joined.prime_many(self._parties_seen)
        return joined

    @cached_property
    def persons(self) -> Joined[Person | None]:
        """Persons by their numbers."""
        return Joined(partial(persons.see_many, self._reader, self._actor))

    @cached_property
    def kinships(self) -> Joined[KinshipSide | None]:
        """Sides of kinships."""
        return Joined(partial(kinship.visible_sides, self._reader.kinships, self._actor))

    @cached_property
    def entries(self) -> Joined[Entry | None]:
        """Entries of accounts."""
        return Joined(partial(wallets.see_entries, self._reader, self._actor))

    @cached_property
    def payments(self) -> Joined[Payment | None]:
        """Payments by their ids."""
        return Joined(partial(payments.see_many, self._reader, self._actor))

    @cached_property
    def audit_records(self) -> Joined[AuditRecord | None]:
        """Records of the audit."""
        return Joined(partial(audit.see_many, self._reader, self._actor))

    @cached_property
    def accounts(self) -> Joined[Account | None]:
        """Accounts by their ids."""
        return Joined(self._accounts)

    @cached_property
    def transfers(self) -> Joined[Transfer | None]:
        """Transfers by their ids."""
        return Joined(self._transfers)

    async def _accounts(self, ids: Sequence[str]) -> list[Account | None]:
        await self._settle(*filter(None, map(owner_of, ids)))
        return await wallets.see_accounts(self._reader, self._actor, ids)

    async def _transfers(self, ids: Sequence[str]) -> list[Transfer | None]:
        return await transfers.see_many(self._reader, self._actor, self._now(), ids)

    def region(self, code: str) -> Lookup[Region]:
        """Give a region that a stored object refers to; it is there, since regions are never removed."""

        def planted(region: Region | None) -> Region:
            if region is None:
                message = f"region {code} is referred to but not planted"
                raise LookupError(message)
            return region

        return self.regions.load(code).then(planted)
