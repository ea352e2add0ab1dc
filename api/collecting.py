"""The collector of cyclic garbage, kept from looking at everything again and again while everybody waits.

Left alone, it goes through all that a server holds, the schema and all that storages remember, whenever some tens of
thousands of objects have come since.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

THRESHOLDS: Final = 20_000, 10, 25
"""How many objects more there are before the young ones are looked at, and how often these before the older ones."""


class _Collector:
    """How it was before, and how many want it otherwise."""

    def __init__(self) -> None:
        self.wanting = 0
        self.before = gc.get_threshold()


_collector: Final = _Collector()


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Leave alone what is there already, which stays as long as the server does, and look at the rest less often.

    That ends with the last of those who want it.
    """
    if not _collector.wanting:
        _collector.before = gc.get_threshold()
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
    _collector.wanting += 1
    try:
        yield
    finally:
        _collector.wanting -= 1
        if not _collector.wanting:
            gc.set_threshold(*_collector.before)
            gc.unfreeze()
