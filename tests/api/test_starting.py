"""A server that starts while its storage is away waits for it, and stops when it is told to."""

import asyncio
import logging
import signal
from pathlib import Path

import pytest

from api.starting import until_there
from repositories.errors import Unavailable, Unsuitable
from repositories.memory import MemoryStorage
from tests.clients import running_server


class AwayAtFirst(MemoryStorage):
    """A storage that does not answer the first two times."""

    asked = 0

    async def prepare(self) -> None:
        """Be there from the third time on."""
        self.asked += 1
        if self.asked < 3:
            message = "away"
            raise Unavailable(message)
        await super().prepare()


async def test_a_server_waits_for_a_storage_that_is_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="api.starting"):
        async with running_server(AwayAtFirst(), tmp_path) as server:
            assert (await server.http.get("/health/ready")).json() == {"status": "ready"}
    assert [record.getMessage() for record in caplog.records] == ["waiting for the storage: Unavailable"] * 2


async def test_a_server_that_waits_stops_when_it_is_told_to() -> None:
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    tries = 0

    async def prepare() -> None:
        nonlocal tries
        tries += 1
        if tries == 2:
            signal.raise_signal(signal.SIGTERM)
            await asyncio.sleep(0)  # the loop acts on it
        message = "away"
        raise Unavailable(message)

    try:
        with pytest.raises(Unavailable):
            await until_there(prepare)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told == [signal.SIGTERM]


async def test_a_storage_that_will_never_do_is_not_waited_for() -> None:
    async def prepare() -> None:
        message = "standalone"
        raise Unsuitable(message)

    with pytest.raises(Unsuitable):
        await until_there(prepare)
