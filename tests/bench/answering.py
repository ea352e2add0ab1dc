"""A server that answers what it is told to, to see what load is put on it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench.load import HEAD_END, length_of

GOOD = b'{"data":{}}'
AGAIN = b'{"errors":[{"message":"","extensions":{"retryable":true}}]}'
REFUSED = b'{"data":{"a":{"errors":[{"message":""}]}}}'


@dataclass
class Answering:
    """Gives these answers first, and good ones from then on; remembers what it was asked."""

    first: list[bytes] = field(default_factory=list)
    asked: list[bytes] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        try:
            while True:
                head = await reader.readuntil(HEAD_END)
                self.asked.append(head + await reader.readexactly(length_of(head) - len(head)))
                body = self.first.pop(0) if self.first else GOOD
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@contextmanager
def answering(*first: bytes) -> Iterator[Answering]:
    """Run such a server in a thread of its own until leaving."""
    server = Answering(list(first))
    loop, ready, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def run() -> None:
        async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
            server.port = listening.sockets[0].getsockname()[1]
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    ready.wait()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
