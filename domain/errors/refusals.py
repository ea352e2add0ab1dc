"""A refusal is a value; the one exception only carries it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from domain.errors.codes import ErrorCode, Language


@dataclass(frozen=True)
class Refusal:
    """What was refused; `path` names the argument at fault, empty when it is the request as a whole."""

    code: ClassVar[ErrorCode]
    zh: ClassVar[str]
    en: ClassVar[str]

    path: tuple[str, ...] = ()

    def message(self, language: Language = Language.ZH) -> str:
        """Say in that language what is wrong and what to do."""
        return (self.zh if language is Language.ZH else self.en).format(**self.details())

    def details(self) -> dict[str, str]:
        """Give the values that the message's placeholders stand for."""
        return {}

    def at(self, *path: str) -> Self:
        """Give the same refusal for another argument."""
        return replace(self, path=path)


class Refused(Exception):
    """A rule said no; the refusal says which."""

    def __init__(self, refusal: Refusal) -> None:
        """Carry the refusal; the exception's text is only its code, so no personal data reaches a log."""
        super().__init__(refusal.code.value)
        self.refusal = refusal
