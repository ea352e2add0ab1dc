"""What is happening to one's own money, as it is committed (R26, R27).

Whoever listens hears of nothing but his or her own. The number of listeners is limited, in all and for each person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Final

from domain.ledger import Entry
from domain.transfers import Transfer
from domain.wallets import owner_of
from repositories.contract import Event, Storage

LISTENERS_MAX: Final = 1_000
LISTENERS_EACH_MAX: Final = 20


class TooManyListeners(Exception):
    """This process, or this person, has as many subscriptions as there may be; end one, or try again later."""


class Feeds:
    """The subscriptions of this process."""

    def __init__(self, storage: Storage, *, most: int = LISTENERS_MAX, most_each: int = LISTENERS_EACH_MAX) -> None:
        """Listen to that storage."""
        self._storage = storage
        self._most = most
        self._most_each = most_each
        self._places: Counter[str] = Counter()
        self.listening: Counter[str] = Counter()
        """How often each person is heard for, by now."""

    async def transfers(
        self, person_no: str, transfer_id: str | None, clock: Callable[[], datetime]
    ) -> AsyncGenerator[Transfer, None]:
        """Give each transfer of the person, or that one only, whenever it has changed."""

        def concerns(event: Event) -> bool:
            transfer = event.entity
            return (
                isinstance(transfer, Transfer) and person_no in transfer.parties and transfer_id in (None, transfer.id)
            )

        async with self._hearing(person_no, concerns) as events:
            async for event in events:
                if isinstance(event.entity, Transfer):
                    yield event.entity.as_of(clock())

    async def entries(self, person_no: str) -> AsyncGenerator[Entry, None]:
        """Give every movement of the person's wallet and personal account."""

        def concerns(event: Event) -> bool:
            return isinstance(event.entity, Entry) and owner_of(event.entity.account_id) == person_no

        async with self._hearing(person_no, concerns) as events:
            async for event in events:
                if isinstance(event.entity, Entry):
                    yield event.entity

    @asynccontextmanager
    async def _hearing(self, person_no: str, concerns: Callable[[Event], bool]) -> AsyncIterator[AsyncIterator[Event]]:
        """Take one of the places there are and hear what concerns the person; TooManyListeners if there is none."""
        if self._places.total() >= self._most or self._places[person_no] >= self._most_each:
            message = "no more subscriptions; end one, or try again later"
            raise TooManyListeners(message)
        with _counted(self._places, person_no):
            async with self._storage.watch(concerns) as events:
                with _counted(self.listening, person_no):
                    yield events


@contextmanager
def _counted(counter: Counter[str], name: str) -> Iterator[None]:
    counter[name] += 1
    try:
        yield
    finally:
        counter[name] -= 1
        if not counter[name]:
            del counter[name]
