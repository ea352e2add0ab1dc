"""Names, ID numbers, mobiles and personal numbers: what is well formed, and what others see of it (R6, R28)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final, NewType

from domain.errors import AgencyMalformed, IdNumberMalformed, NameMalformed, PersonNoMalformed, PhoneMalformed, Refused

IdNumber = NewType("IdNumber", str)
"""A citizen ID number (GB 11643), upper case; never shown whole (R28)."""
Phone = NewType("Phone", str)
"""A mainland mobile number; never shown whole (R28)."""

_ID_NUMBER: Final = re.compile(r"[0-9]{17}[0-9X]")
_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK_CHARACTERS: Final = "10X98765432"
_PHONE: Final = re.compile(r"1[3-9][0-9]{9}")
_PERSON_NO: Final = re.compile(r"[A-Za-z0-9-]{1,32}")
_LIKE_ID_NUMBER: Final = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")
_LIKE_PHONE: Final = re.compile(r"1[3-9][0-9]{9}")
_CHANCE: Final = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[HP][0-9]{11}\b", re.ASCII | re.IGNORECASE
)
"""UUIDs, and codes of institutions, in which digits like those of a mobile stand by chance."""
_AGENCY_MAX_CHARACTERS: Final = 64
_NAME_MAX_CHARACTERS: Final = 50
UNSEEN: Final = ("Cc", "Cf", "Cs")
"""Control, format and surrogate characters; newer and privately used Chinese characters are real in names."""
_NAME_DOTS: Final = str.maketrans(dict.fromkeys("•・‧∙⋅", "·"))


def parse_id_number(text: str, *path: str) -> IdNumber:
    """Read a citizen ID number; a small x is accepted. INVALID_INPUT unless date and check character are right."""
    number = text.strip().upper()
    if not _ID_NUMBER.fullmatch(number) or not _has_real_date(number) or number[-1] != _check_character(number):
        raise Refused(IdNumberMalformed(path=path))
    return IdNumber(number)


def _check_character(number: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, number[:17], strict=True))
    return _ID_CHECK_CHARACTERS[total % 11]


def _has_real_date(number: str) -> bool:
    try:
        birth_date(IdNumber(number))
    except ValueError:
        return False
    return True


def birth_date(id_number: IdNumber) -> date:
    """Read the birth date off a citizen ID number."""
    return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))


def parse_phone(text: str, *path: str) -> Phone:
    """Read a mainland mobile number; else INVALID_INPUT."""
    if not _PHONE.fullmatch(text):
        raise Refused(PhoneMalformed(path=path))
    return Phone(text)


def parse_person_no(text: str, *path: str) -> str:
    """Read a personal number; INVALID_INPUT also for an ID number, since personal numbers are shown to others (R28)."""
    if not _PERSON_NO.fullmatch(text) or _LIKE_ID_NUMBER.search(text):
        raise Refused(PersonNoMalformed(path=path))
    return text


def parse_agency(text: str, *path: str) -> str:
    """Read the name an agency or its clerk signs in as, which the audit trail shows; else INVALID_INPUT."""
    if not 1 <= len(text) <= _AGENCY_MAX_CHARACTERS or not text.isprintable() or holds_a_number(text):
        raise Refused(AgencyMalformed(path=path))
    return text


def parse_name(text: str, *path: str) -> str:
    """Read a name in its canonical form: no outer blanks, one kind of middle dot, NFC; else INVALID_INPUT."""
    name = unicodedata.normalize("NFC", text.strip()).translate(_NAME_DOTS)
    if not 1 <= len(name) <= _NAME_MAX_CHARACTERS or any(unicodedata.category(c) in UNSEEN for c in name):
        raise Refused(NameMalformed(path=path))
    return name


def holds_a_number(text: str) -> bool:
    """Tell whether a text seems to hold an ID number or a mobile, which then must not be kept or logged (R28)."""
    bare = _CHANCE.sub("", text)
    return _LIKE_ID_NUMBER.search(bare) is not None or _LIKE_PHONE.search(bare) is not None


def mask_name(name: str) -> str:
    """Show the first character and one star, whatever the length: `李*`."""
    return f"{name[:1]}*"


def mask_id_number(id_number: str) -> str:
    """Show the first three and the last four characters: `370***********1234`."""
    return f"{id_number[:3]}{'*' * 11}{id_number[-4:]}"


def mask_phone(phone: str) -> str:
    """Show the first three and the last four digits: `138****1234`."""
    return f"{phone[:3]}****{phone[-4:]}"
