"""How Chinese names are read: pinyin without tones, for searching (R24)."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pypinyin

from domain.regions import search_text

_READINGS: Final = {
    "丰都": [["feng"], ["du"]],
    "克孜勒苏": [["ke"], ["zi"], ["le"], ["su"]],
    "朝阳": [["chao"], ["yang"]],
    "漯河": [["luo"], ["he"]],
    "锡林郭勒": [["xi"], ["lin"], ["guo"], ["le"]],
    "长庆": [["chang"], ["qing"]],
    "长治": [["chang"], ["zhi"]],
    "闵行": [["min"], ["hang"]],
    "阿勒泰": [["a"], ["le"], ["tai"]],
}
"""Names of places that the library misreads (R5)."""


@cache
def _prepare() -> None:
    pypinyin.load_phrases_dict(_READINGS)


def syllables_of(name: str) -> tuple[str, ...]:
    """Read a name: a syllable for each Chinese character, any other letter or digit as it is."""
    _prepare()
    one_by_one: Any = list  # the library's types do not know that this may be a list
    readings = pypinyin.lazy_pinyin(name, errors=one_by_one)
    return tuple(search_text(reading) for reading in readings if reading.isalnum())
