"""Designated hospitals and pharmacies: where they are, and whether they accept the wallet (R24)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.errors import (
    DuplicateInstitution,
    InstitutionCodeMalformed,
    InstitutionNameMalformed,
    InstitutionNotDesignated,
    Refused,
    WalletNotAccepted,
)
from domain.identity import UNSEEN
from domain.regions import name_keys, province_code_of, search_text

NAME_MAX_CHARACTERS: Final = 100
_CODE: Final = re.compile(r"[HP][0-9]{11}")


class InstitutionKind(StrEnum):
    """定点医疗机构 or 定点零售药店."""

    HOSPITAL = "HOSPITAL"
    PHARMACY = "PHARMACY"


_KINDS: Final = {"H": InstitutionKind.HOSPITAL, "P": InstitutionKind.PHARMACY}


class WalletServiceStatus(StrEnum):
    """Whether an institution accepts the wallet: it does where the service is open, in use or idle."""

    NORMAL = "NORMAL"
    OPEN_IDLE = "OPEN_IDLE"
    NOT_OPEN = "NOT_OPEN"


@dataclass(frozen=True, slots=True)
class Institution:
    """A designated hospital or pharmacy (定点医药机构); `syllables` read its name, one for each character."""

    code: str
    name: str
    area_code: str
    wallet_service: WalletServiceStatus
    syllables: tuple[str, ...]
    registered_at: datetime

    @property
    def kind(self) -> InstitutionKind:
        """Tell a hospital from a pharmacy by the code's letter."""
        return _KINDS[self.code[0]]

    @property
    def within(self) -> tuple[str, str]:
        """Give the codes of the regions it lies in: its pooling area, and the province above it."""
        return self.area_code, province_code_of(self.area_code)

    @property
    def accepts_wallet(self) -> bool:
        """Tell whether one can pay there with the wallet."""
        return self.wallet_service is not WalletServiceStatus.NOT_OPEN

    @property
    def search_keys(self) -> tuple[str, ...]:
        """Give every text whose beginning finds it: any part of its name, pinyin or initials, and its code."""
        endings = [self.syllables[start:] for start in range(len(self.syllables))]
        pinyin = ("".join(ending) for ending in endings)
        initials = ("".join(syllable[0] for syllable in ending) for ending in endings)
        return tuple(dict.fromkeys((*name_keys(search_text(self.name)), search_text(self.code), *pinyin, *initials)))


def parse_institution_code(text: str, *path: str) -> str:
    """Read an institution's code; else INVALID_INPUT."""
    if not _CODE.fullmatch(text):
        raise Refused(InstitutionCodeMalformed(path=path))
    return text


def parse_institution_name(text: str, *path: str) -> str:
    """Read an institution's name in its canonical form: no outer blanks, NFC; else INVALID_INPUT."""
    name = unicodedata.normalize("NFC", text.strip())
    if not 1 <= len(name) <= NAME_MAX_CHARACTERS or any(unicodedata.category(c) in UNSEEN for c in name):
        raise Refused(InstitutionNameMalformed(path=path))
    return name


def with_service(institution: Institution, status: WalletServiceStatus) -> Institution:
    """Say from now on whether the institution accepts the wallet."""
    return replace(institution, wallet_service=status)


def require_new(institution: Institution | None) -> None:
    """Refuse with CONFLICT a code that is registered already."""
    if institution is not None:
        raise Refused(DuplicateInstitution(path=("code",)))


def require_designated(institution: Institution | None) -> Institution:
    """Refuse with INSTITUTION_NOT_DESIGNATED a code that no institution has (R22)."""
    if institution is None:
        raise Refused(InstitutionNotDesignated(path=("institution_code",)))
    return institution


def require_accepts_wallet(institution: Institution) -> None:
    """Refuse with WALLET_NOT_ACCEPTED an institution that does not accept the wallet (R22)."""
    if not institution.accepts_wallet:
        raise Refused(WalletNotAccepted(path=("institution_code",)))
