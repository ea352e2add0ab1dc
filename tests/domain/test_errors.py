"""Every refusal has a code of the vocabulary and says in Chinese and in English what is wrong."""

import string
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from typing import Final

import pytest

from domain import errors
from domain.errors import (
    ErrorCode,
    InsufficientBalance,
    Language,
    NotFound,
    PolicyRefusal,
    Refusal,
    Refused,
    RegionNotOpen,
    RegionRefusal,
    RegionStatusUnknown,
    RemainderRefusal,
    VerificationFailed,
    VerificationRefusal,
)
from domain.money import Fen

CODES: Final = """
INVALID_INPUT INVALID_AMOUNT UNAUTHENTICATED FORBIDDEN NOT_FOUND CONFLICT
IDEMPOTENCY_KEY_REUSED PENDING_ELSEWHERE
NOT_ENROLLED NO_PERSONAL_ACCOUNT NOT_RESIDENT_INSURED ENROLMENT_EXISTS
NOT_NEAR_RELATIVE RELATION_MISMATCH RELATIVE_MISMATCH KINSHIP_EXISTS KINSHIP_IMPLAUSIBLE COMMITMENT_REQUIRED
WALLET_EXISTS WALLET_NOT_ACTIVATED PAYEE_WALLET_NOT_ACTIVATED WALLET_FROZEN
REGION_NOT_OPEN REGION_STATUS_UNKNOWN NOT_ENROLLED_IN_AREA USE_PLACE_CHANGE_UNSUPPORTED USE_PLACE_UNCHANGED
TRANSFER_NOT_PENDING TRANSFER_EXPIRED AMOUNT_OVER_LIMIT DAILY_LIMIT_REACHED OUTSIDE_SERVICE_HOURS
TRANSFER_PENDING_TO_PAYEE
INSUFFICIENT_BALANCE
PASSWORD_NOT_SET VERIFICATION_FAILED VERIFICATION_LOCKED
INSTITUTION_NOT_DESIGNATED WALLET_NOT_ACCEPTED NOT_IN_USE_PLACE OVER_SELF_PAID
PREMIUM_NOT_PUBLISHED PREMIUM_WINDOW_CLOSED PREMIUM_ALREADY_PAID OVER_REFUND
"""
ABSTRACT: Final[list[type[Refusal]]] = [Refusal, PolicyRefusal, RegionRefusal, RemainderRefusal, VerificationRefusal]


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


KINDS: Final = sorted(set(_below(Refusal)).difference(ABSTRACT), key=lambda kind: kind.__name__)


def test_the_vocabulary_is_that_of_the_contract() -> None:
    """R27: clients branch on codes."""
    assert [code.value for code in ErrorCode] == CODES.split()


def test_every_code_is_refused_with_by_something_and_nothing_refuses_with_another() -> None:
    """R27."""
    assert {kind.code for kind in KINDS} == set(ErrorCode)


def test_a_codes_name_is_its_value() -> None:
    """R27."""
    assert all(code.name == code.value for code in ErrorCode)


@pytest.mark.parametrize("kind", KINDS)
def test_every_refusal_has_a_code_of_the_vocabulary(kind: type[Refusal]) -> None:
    """R27."""
    assert kind.code in set(ErrorCode)


@pytest.mark.parametrize("kind", ABSTRACT)
def test_what_only_groups_refusals_has_no_code(kind: type[Refusal]) -> None:
    """It is never raised."""
    assert not hasattr(kind, "code")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", Language)
def test_every_message_is_a_sentence_without_open_placeholders(kind: type[Refusal], language: Language) -> None:
    """A value that is missing raises; one that is not used is caught below."""
    message = kind().message(language)
    assert message.endswith({Language.ZH: ("。",), Language.EN: (".", '".')}[language])
    assert not {"{", "}"} & set(message)


@pytest.mark.parametrize("kind", KINDS)
def test_no_message_is_the_same_in_both_languages(kind: type[Refusal]) -> None:
    """English is ASCII, Chinese is not."""
    assert kind().message(Language.EN).isascii()
    assert not kind().message(Language.ZH).isascii()


@pytest.mark.parametrize("kind", KINDS)
def test_both_languages_give_the_same_values(kind: type[Refusal]) -> None:
    """No reader is told less."""
    placeholders = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (kind.zh, kind.en)]
    assert placeholders[0] == placeholders[1] <= set(kind().details())


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_refusals_say_the_same(kind: type[Refusal]) -> None:
    """Who reads a message knows which rule it was."""
    said = [(other.zh, other.en) for other in KINDS if other is not kind]
    assert all(kind.zh != zh and kind.en != en for zh, en in said)


def test_chinese_is_spoken_first() -> None:
    """The wallet is China's."""
    assert NotFound().message() == NotFound().message(Language.ZH)


@pytest.mark.parametrize("kind", [RegionNotOpen, RegionStatusUnknown])
def test_a_refused_region_is_named(kind: type[RegionRefusal]) -> None:
    """R3, R16."""
    refusal = kind(region_code="210100", region_name="辽宁省沈阳市")
    assert all("辽宁省沈阳市" in refusal.message(language) for language in Language)


def test_an_insufficient_balance_says_what_is_available() -> None:
    """R19."""
    refusal = InsufficientBalance(available=Fen(1_250))
    assert all("12.50" in refusal.message(language) for language in Language)


def test_a_failed_verification_says_how_many_tries_are_left() -> None:
    """R18."""
    refusal = VerificationFailed(attempts_left=3)
    assert all("3" in refusal.message(language) for language in Language)


def test_a_refusal_can_be_compared_and_not_be_changed() -> None:
    """R20: it is stored, and given again for the same key."""
    refusal = NotFound(path=("code",))
    assert refusal == NotFound(path=("code",)) != NotFound()
    with pytest.raises(FrozenInstanceError):
        refusal.path = ()  # type: ignore[misc]


def test_what_is_raised_carries_the_refusal_and_says_only_its_code() -> None:
    """R28: no personal data reaches a log."""
    refused = Refused(RegionNotOpen(region_code="210100", region_name="辽宁省沈阳市"))
    assert str(refused) == "REGION_NOT_OPEN"
    assert refused.refusal == RegionNotOpen(region_code="210100", region_name="辽宁省沈阳市")


def test_every_refusal_of_the_module_is_one_of_the_tree() -> None:
    """So the tests above see them all."""
    found = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Refusal)}
    assert found == {*KINDS, *ABSTRACT}
