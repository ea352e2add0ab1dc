"""Which language a caller is answered in: codes never change, messages do."""

from __future__ import annotations

from collections.abc import Mapping

from api.media_types import quality
from domain.errors import Language


def preferred_language(headers: Mapping[str, str]) -> Language:
    """Give the language a caller prefers: English if it is asked for before Chinese, else Chinese."""
    asked = []
    for place, part in enumerate(headers.get("accept-language", "").split(",")):
        tag, *parameters = (piece.strip().lower() for piece in part.split(";"))
        asked.append((-quality(parameters), place, tag))
    for unwanted, _, tag in sorted(asked):
        for language in Language:
            if unwanted < 0 and tag.partition("-")[0] == language.value:
                return language
    return Language.ZH
