"""Load on a server, from a process of its own: requests that are bytes already, over connections that are kept.

Closed: so many clients, each of which sends the next request once the last is answered. Open: requests come when they
come, whether or not the ones before are answered; how long one took is counted from when it was due, so that a server
that stands still is not let off.
"""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from multiprocessing import get_context
from typing import Final, cast

import uvloop

HEAD_END: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length: "
OK: Final = b"HTTP/1.1 200 "
SAID: Final = b'"message"'
"""What an answer to a mutation has in it only if something was wrong."""
RETRYABLE: Final = b'"retryable":true'
"""What an answer has in it where nothing was done, and the same request is to be sent again."""
SHOWN: Final = 600
"""How many bytes are shown of an answer that is wrong."""
PATIENCE_S: Final = 60.0
"""How long answers are waited for that are still due when the time is over."""
ENOUGH: Final = 4
"""With fewer groups for each client than that, those that end after the time is over count as well."""
Group = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: groups of requests that belong together, one of a group after the other.

    One group alone is sent again and again. Each answer is `expected`; where that is None, it is one without a message.
    `per_second` makes the load an open one, for which `clients` is how many connections there are at most.
    """

    port: int
    clients: int
    seconds: float
    groups: Sequence[Group]
    expected: bytes | None = None
    per_second: float | None = None


@dataclass(slots=True)
class Outcome:
    """What came of it: groups a second, how long each took and each last request of one, and what was wrong first.

    `again` counts the requests that were sent again, because nothing was done.
    """

    rate: float = 0.0
    group_s: list[float] = field(default_factory=list)
    last_s: list[float] = field(default_factory=list)
    again: int = 0
    wrong: int = 0
    first_wrong: bytes = b""


class Connection(asyncio.Protocol):
    """One connection, over which one request at a time is sent."""

    def __init__(self) -> None:
        """Have received nothing."""
        self._received = b""
        self._length = -1
        self._answered: asyncio.Future[bytes] | None = None
        self._is_lost = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be connected."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are of no class of asyncio's

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits, or asks, that there will be no answer."""
        self._is_lost = True
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionResetError())

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        """Send a request; its whole answer comes, head and body."""
        assert self._transport is not None  # noqa: S101 - it is asked for only after it was made
        if self._is_lost:
            raise ConnectionResetError
        self._received, self._length = b"", -1
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answered

    def data_received(self, data: bytes) -> None:
        """Take a part of the answer."""
        self._received += data
        if self._length < 0:
            self._length = length_of(self._received)
        if 0 <= self._length <= len(self._received) and self._answered is not None:
            self._answered.set_result(self._received)
            self._answered = None

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


def length_of(received: bytes) -> int:
    """Tell how long an answer is, head included; -1 before its head is there."""
    end = received.find(HEAD_END)
    if end < 0:
        return -1
    head = received[:end].lower()
    at = head.index(LENGTH) + len(LENGTH)
    return end + len(HEAD_END) + int(head[at:].split(b"\r\n", 1)[0])


def is_right(answer: bytes, expected: bytes | None) -> bool:
    """Tell whether an answer is what it is to be."""
    body = answer[answer.find(HEAD_END) + len(HEAD_END) :]
    return answer.startswith(OK) and (body == expected if expected is not None else SAID not in body)


# ---- sending ------------------------------------------------------------------------------------------------------


class Sender:
    """Sends groups over connections, and keeps what came of them."""

    def __init__(self, load: Load) -> None:
        """Prepare to send that."""
        self.load = load
        self.outcome = Outcome()
        self.ends = 0.0
        self.groups: Iterator[Group] = iter(load.groups) if len(load.groups) > 1 else repeat(load.groups[0])

    async def send(self, connection: Connection, group: Group, due: float) -> float | None:
        """Send a group, and give when its last answer came; None if it came to no end while there was time."""
        begun = due
        for number, request in enumerate(group):
            begun = time.perf_counter() if number else due
            answer = await self._answer(connection, request)
            if answer is None:
                return None
            if not is_right(answer, self.load.expected):
                self.outcome.wrong += 1
                self.outcome.first_wrong = self.outcome.first_wrong or answer[-SHOWN:]
        done = time.perf_counter()
        self.outcome.group_s.append(done - due)
        self.outcome.last_s.append(done - begun)
        return done

    async def _answer(self, connection: Connection, request: bytes) -> bytes | None:
        """Ask, and again with the same key where nothing was done, as clients do; None once the time is over."""
        while RETRYABLE in (answer := await connection.ask(request)):
            self.outcome.again += 1
            if time.perf_counter() >= self.ends:
                return None
        return answer

    async def closed(self, connections: Sequence[Connection]) -> None:
        """Let every client send one group after the other until the time is over, or there are no more."""
        begun = last = time.perf_counter()
        self.ends = ends = begun + self.load.seconds
        within = 0

        async def client(connection: Connection) -> None:
            nonlocal last, within
            while (due := time.perf_counter()) < ends and (group := next(self.groups, None)) is not None:
                done = await self.send(connection, group, due)
                if done is not None and done <= ends:
                    last, within = max(last, done), within + 1

        await asyncio.gather(*map(client, connections))
        is_enough = within >= ENOUGH * len(connections)
        whole = max(1, len(self.outcome.group_s)), time.perf_counter() - begun  # at most one in that time
        number, took = (within, last - begun) if is_enough else whole
        self.outcome.rate = number / took

    async def open(self, connections: Sequence[Connection]) -> None:
        """Send groups when they are due, at random times of that rate, over whichever connection is free."""
        assert self.load.per_second is not None  # noqa: S101 - what makes it an open one
        lot = random.Random(0)  # noqa: S311 - when requests come, alike each time
        free, waiting = deque(connections), deque[tuple[Group, float]]()
        under_way: set[asyncio.Task[None]] = set()
        begun = due = time.perf_counter()
        self.ends = begun + self.load.seconds + PATIENCE_S

        async def carry(connection: Connection, group: Group, since: float) -> None:
            await self.send(connection, group, since)
            while waiting:
                await self.send(connection, *waiting.popleft())
            free.append(connection)

        while (due := due + lot.expovariate(self.load.per_second)) < begun + self.load.seconds:
            if (group := next(self.groups, None)) is None:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if free:
                task = asyncio.create_task(carry(free.popleft(), group, due))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            else:
                waiting.append((group, due))
        if under_way:
            await asyncio.wait(under_way, timeout=PATIENCE_S)
        self.outcome.rate = len(self.outcome.group_s) / (time.perf_counter() - begun)


async def _run(load: Load) -> Outcome:
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(Connection, "127.0.0.1", load.port) for _ in range(load.clients)]
    connections = [connection for _, connection in made]
    sender = Sender(load)
    gc.disable()
    try:
        await (sender.closed(connections) if load.per_second is None else sender.open(connections))
    finally:
        gc.enable()
        for connection in connections:
            connection.close()
    return sender.outcome


def put(load: Load) -> Outcome:
    """Put a load on a server, in this process."""
    return uvloop.run(_run(load))


class Failed(Exception):
    """Answers were not what they were to be, so how fast they came says nothing."""


class Loader:
    """Puts loads on servers from a process of its own, one load after the other."""

    def __init__(self, process: ProcessPoolExecutor) -> None:
        """Use that process."""
        self._process = process
        self._again: Counter[str] = Counter()

    def put(self, load: Load, about: str = "a server") -> Outcome:
        """Put a load on a server; Failed if an answer was wrong."""
        outcome = self._process.submit(put, load).result()
        self._again[about] += outcome.again
        if outcome.wrong:
            said = outcome.first_wrong.decode(errors="replace")
            message = f"{about}: {outcome.wrong} answers were wrong, the first: {said}"
            raise Failed(message)
        return outcome

    def sent_again(self) -> Iterator[str]:
        """Say whose requests were sent again, since this was asked last."""
        taken, self._again = self._again, Counter()
        for about, number in taken.items():
            if number:
                yield f"{about}: {number:,} requests were refused for the moment, and sent again"


@contextmanager
def loader() -> Iterator[Loader]:
    """Keep a process from which loads are put on servers, until leaving."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        yield Loader(process)
