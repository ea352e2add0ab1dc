"""Which language a caller is answered in: codes never change, messages do."""

from __future__ import annotations

from functools import lru_cache

from api.media_types import HEADERS_KEPT, quality
from domain.errors import Language


@lru_cache(maxsize=HEADERS_KEPT)
def preferred_language(accepted: str) -> Language:
    """Give the language a caller prefers: English if it is asked for before Chinese, else Chinese."""
    asked = []
    for place, part in enumerate(accepted.split(",")):
        tag, *parameters = (piece.strip().lower() for piece in part.split(";"))
        asked.append((-quality(parameters), place, tag))
    for unwanted, _, tag in sorted(asked):
        for language in Language:
            if unwanted < 0 and tag.partition("-")[0] == language.value:
                return language
    return Language.ZH
