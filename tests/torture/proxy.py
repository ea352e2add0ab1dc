"""A TCP proxy that loses replies after what was asked went through, drops all of them, or cuts every connection."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

CHUNK_BYTES: Final = 65_536


class Behaviour(StrEnum):
    """What the proxy does with what passes through it."""

    PASS = "PASS"
    LOSE = "LOSE"
    """Some requests of the kind that `loses` names reach the server; of the reply nothing comes back, and the
    connection ends."""
    DROP = "DROP"
    """Requests reach the server, replies do not come back, connections stay open."""
    CUT = "CUT"
    """Connections end, and new ones with them."""


@dataclass
class Proxy:
    """Stands between clients and a server on this machine."""

    to_port: int
    loses: Callable[[bytes], bool]
    chance: float = 0.2
    behaviour: Behaviour = Behaviour.PASS
    lost: int = 0
    port: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def behave(self, behaviour: Behaviour) -> None:
        """Behave in that way from now on; a proxy that dropped replies cuts what waits for them."""
        if behaviour is Behaviour.CUT or self.behaviour is Behaviour.DROP:
            self.cut()
        self.behaviour = behaviour

    def cut(self) -> None:
        """End every connection there is."""
        for writer in self._open:
            writer.transport.abort()

    def has_open(self) -> bool:
        """Tell whether connections are left."""
        return bool(self._open)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on."""
        if self.behaviour is Behaviour.CUT:
            writer.transport.abort()
            return
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.to_port)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, server_writer}
        self._open |= both
        losing = asyncio.Event()
        ways = {
            asyncio.create_task(self._ask(reader, server_writer, losing)),
            asyncio.create_task(self._reply(server_reader, writer, losing)),
        }
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for end in both:
            end.transport.abort()
        await asyncio.wait(ways)
        self._open -= both

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                is_losing = self.behaviour is Behaviour.LOSE and self.loses(chunk)
                if is_losing and random.random() < self.chance:  # noqa: S311 - chance, not secrecy
                    losing.set()
                writer.write(chunk)
                await writer.drain()

    async def _reply(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                if losing.is_set():
                    self.lost += 1
                    return
                if self.behaviour is Behaviour.DROP:
                    self.lost += 1
                    continue
                writer.write(chunk)
                await writer.drain()


@asynccontextmanager
async def proxy_to(port: int, loses: Callable[[bytes], bool]) -> AsyncIterator[Proxy]:
    """Start a proxy to that port until leaving; it passes everything until it is told to behave otherwise."""
    proxy = Proxy(port, loses)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.behave(Behaviour.CUT)
        while proxy.has_open():  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.01)
