"""Money is an integer number of fen; yuan exist only as text at the edge (R19)."""

from __future__ import annotations

import re
from typing import Final, NewType

Fen = NewType("Fen", int)
"""An amount in fen (0.01 yuan), signed."""

FEN_PER_YUAN: Final = 100
_YUAN: Final = re.compile(r"(0|[1-9][0-9]{0,12})(?:\.([0-9]{1,2}))?")


def parse_yuan(text: str) -> Fen | None:
    """Read a canonical decimal string of yuan, such as "12.5", as fen; None if it is anything else (R19)."""
    match = _YUAN.fullmatch(text)
    if match is None:
        return None
    yuan, decimals = match.groups(default="")
    return Fen(int(yuan) * FEN_PER_YUAN + int(decimals.ljust(2, "0")))


def format_yuan(amount: int) -> str:
    """Write fen as a canonical decimal string of yuan with two decimals, such as "-12.50"."""
    yuan, fen = divmod(abs(amount), FEN_PER_YUAN)
    return f"{'-' if amount < 0 else ''}{yuan}.{fen:02d}"
