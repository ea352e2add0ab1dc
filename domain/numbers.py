"""Numbers of transfers and payments, which people read out to each other."""

from __future__ import annotations

import base64
import uuid
from datetime import datetime

from domain.dates import shanghai_date


def document_number(letter: str, identity: str, at: datetime) -> str:
    """Give the number of what has that UUID: a letter, the Shanghai day, and 13 letters and digits of the id."""
    letters = base64.b32encode(uuid.UUID(identity).bytes).decode()[:13]
    return f"{letter}{shanghai_date(at):%Y%m%d}{letters}"
