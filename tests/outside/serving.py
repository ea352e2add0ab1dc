"""A server on a port of this machine, in a thread of its own, so that testers that block can ask it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

S = TypeVar("S")


@dataclass
class Log(logging.Handler):
    """What the server logged, from warnings on."""

    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line, with its traceback."""
        self.lines.append(self.format(record))

    def taken(self) -> list[str]:
        """Give what was logged since this was asked last."""
        taken, self.lines = self.lines, []
        return taken

    def __hash__(self) -> int:
        """Be told apart from other handlers."""
        return id(self)


@contextmanager
def logged() -> Iterator[Log]:
    """Keep what is logged meanwhile."""
    log = Log()
    logging.getLogger().addHandler(log)
    try:
        yield log
    finally:
        logging.getLogger().removeHandler(log)


@contextmanager
def in_thread(start: Callable[[], AbstractAsyncContextManager[S]]) -> Iterator[S]:
    """Run a server in a thread of its own until leaving."""
    started: Future[S] = Future()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with start() as server:
            started.set_result(server)
            await over.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)
        finally:
            loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield started.result()
    finally:
        if thread.is_alive():
            loop.call_soon_threadsafe(over.set)
        thread.join()
