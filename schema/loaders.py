"""Look-ups of one request, joined: whatever a page asks for costs one round trip for each kind of object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from strawberry.dataloader import DataLoader

from domain.actors import Actor
from domain.kinship import KinshipSide
from domain.ledger import Account, Entry
from domain.persons import Person
from domain.regions import Region
from domain.transfers import Transfer
from repositories.contract import Reader
from services import kinship, persons, regions, transfers, wallets
from services.persons import Party


class Loaders:
    """Loads through services, which leave out what the caller may not see."""

    def __init__(self, reader: Reader, actor: Actor, now: Callable[[], datetime]) -> None:
        """Load from that reader for that caller."""

        async def load_regions(codes: Sequence[str]) -> Sequence[Region | None]:
            return await reader.regions.get_many(codes)

        async def load_areas(codes: Sequence[str]) -> Sequence[list[Region]]:
            return await regions.areas_of(reader, codes)

        async def load_parties(person_nos: Sequence[str]) -> Sequence[Party]:
            return await persons.parties(reader, person_nos)

        async def load_accounts(ids: Sequence[str]) -> Sequence[Account | None]:
            return await wallets.see_accounts(reader, actor, ids)

        async def load_entries(ids: Sequence[str]) -> Sequence[Entry | None]:
            return await wallets.see_entries(reader, actor, ids)

        async def load_transfers(ids: Sequence[str]) -> Sequence[Transfer | None]:
            return await transfers.see_many(reader, actor, now(), ids)

        async def load_persons(person_nos: Sequence[str]) -> Sequence[Person | None]:
            return await persons.see_many(reader, actor, person_nos)

        async def load_kinships(side_ids: Sequence[str]) -> Sequence[KinshipSide | None]:
            return await kinship.visible_sides(reader.kinships, actor, side_ids)

        self.persons = DataLoader(load_fn=load_persons)
        self.kinships = DataLoader(load_fn=load_kinships)
        self.regions = DataLoader(load_fn=load_regions)
        self.areas = DataLoader(load_fn=load_areas)
        self.parties = DataLoader(load_fn=load_parties)
        self.accounts = DataLoader(load_fn=load_accounts)
        self.entries = DataLoader(load_fn=load_entries)
        self.transfers = DataLoader(load_fn=load_transfers)

    async def region(self, code: str) -> Region:
        """Give a region that a stored object refers to; it is there, since regions are never removed."""
        region = await self.regions.load(code)
        if region is None:
            message = f"region {code} is referred to but not planted"
            raise LookupError(message)
        return region
