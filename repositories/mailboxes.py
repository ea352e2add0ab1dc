"""Where events wait for a watcher; the same for every backend."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from repositories.contract import EVENTS_MAX, Event
from repositories.errors import Unavailable

_FALLEN_BEHIND: Final = "the watcher fell behind; look up what is missing, and watch anew"
_LOST: Final = "events were lost; look up what is missing, and watch anew"


class Mailbox:
    """The events that one watcher wants and has not taken yet."""

    def __init__(self, wanted: Callable[[Event], bool]) -> None:
        """Keep what is wanted."""
        self._wanted = wanted
        self._waiting: asyncio.Queue[Event | None] = asyncio.Queue()
        self._ended: str | None = None

    def put(self, event: Event) -> None:
        """Keep an event if it is wanted and the watcher keeps up."""
        if self._ended is not None or not self._wanted(event):
            return
        if self._waiting.qsize() >= EVENTS_MAX:
            self._end(_FALLEN_BEHIND)
            return
        self._waiting.put_nowait(event)

    def lose(self) -> None:
        """Tell the watcher, after what waits for it, that something is missing."""
        if self._ended is None:
            self._end(_LOST)

    def _end(self, why: str) -> None:
        self._ended = why
        self._waiting.put_nowait(None)

    async def taken(self) -> AsyncIterator[Event]:
        """Give the events as they come; Unavailable once something is missing."""
        while (event := await self._waiting.get()) is not None:
            yield event
        raise Unavailable(self._ended)
