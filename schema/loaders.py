"""Look-ups of one request, joined: whatever a page asks for costs one round trip for each kind of object."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from strawberry.dataloader import DataLoader

from domain.actors import Actor
from domain.ledger import Account
from domain.regions import Region
from domain.transfers import Transfer
from domain.wallets import owner_of
from repositories.contract import Reader
from schema.lookups import Lookup
from services import audit, institutions, kinship, payments, persons, premiums, regions, transfers, wallets

E = TypeVar("E")


class Joined(DataLoader[str, E]):
    """Look-ups of one kind; whoever is no longer interested in one takes it from nobody else who waits for it."""

    def load(self, key: str) -> Lookup[E]:
        """Look up an object, together with whoever asks for the same; to give up ends the waiting, not the look-up."""
        future: Any = super().load(key)
        return Lookup(future)


def _joined(load: Callable[[Sequence[str]], Awaitable[Sequence[E]]]) -> Joined[E]:
    return Joined(load_fn=load)


class Loaders:
    """Loads through services, which leave out what the caller may not see."""

    def __init__(
        self, reader: Reader, actor: Actor, now: Callable[[], datetime], settle: Callable[..., Awaitable[None]]
    ) -> None:
        """Load from that reader for that caller; what is due of somebody's money is settled before it is looked at."""

        async def load_accounts(ids: Sequence[str]) -> list[Account | None]:
            await settle(*filter(None, map(owner_of, ids)))
            return await wallets.see_accounts(reader, actor, ids)

        async def load_transfers(ids: Sequence[str]) -> list[Transfer | None]:
            return await transfers.see_many(reader, actor, now(), ids)

        self.regions = _joined(reader.regions.get_many)
        self.areas = _joined(partial(regions.areas_of, reader))
        self.institutions = _joined(partial(institutions.see_many, reader))
        self.premiums = _joined(partial(premiums.see_many, reader))
        self.parties = _joined(partial(persons.parties, reader))
        self.persons = _joined(partial(persons.see_many, reader, actor))
        self.kinships = _joined(partial(kinship.visible_sides, reader.kinships, actor))
        self.entries = _joined(partial(wallets.see_entries, reader, actor))
        self.payments = _joined(partial(payments.see_many, reader, actor))
        self.audit_records = _joined(partial(audit.see_many, reader, actor))
        self.accounts = _joined(load_accounts)
        self.transfers = _joined(load_transfers)

    def region(self, code: str) -> Lookup[Region]:
        """Give a region that a stored object refers to; it is there, since regions are never removed."""

        def planted(region: Region | None) -> Region:
            if region is None:
                message = f"region {code} is referred to but not planted"
                raise LookupError(message)
            return region

        return self.regions.load(code).then(planted)
