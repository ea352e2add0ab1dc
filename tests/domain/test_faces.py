"""A face assertion is good for one person, one purpose and a few minutes (R18)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import ErrorCode
from domain.faces import (
    FaceAssertion,
    is_good,
    parse_face_assertion,
    to_pay_bill,
    to_pay_premium,
    to_verify_transfer,
    use,
)
from domain.money import Fen
from tests.domain.cases import refusing
from tests.factories import NOW, after

PURPOSE = to_pay_premium("540100", 2025)
GOOD = FaceAssertion("face-1", "P0001", PURPOSE, issued_at=NOW, expires_at=after(minutes=5))


def test_an_assertion_is_good_for_its_person_and_purpose() -> None:
    """R18."""
    assert is_good(GOOD, "P0001", PURPOSE, after(minutes=1))


@pytest.mark.parametrize(
    ("person_no", "purpose"),
    [
        ("P0002", PURPOSE),
        ("P0001", to_pay_premium("540100", 2026)),
        ("P0001", to_verify_transfer("540100:2025")),
        ("P0001", to_pay_bill("H37010000001", "B1", Fen(100))),
    ],
)
def test_it_is_good_for_nobody_and_nothing_else(person_no: str, purpose: str) -> None:
    """R18."""
    assert not is_good(GOOD, person_no, purpose, after(minutes=1))


@pytest.mark.parametrize(
    ("seconds", "good"), [(-11, False), (-10, True), (0, True), (309, True), (310, False), (3_600, False)]
)
def test_it_is_good_from_when_it_was_made_until_it_expires_give_or_take_ten_seconds(seconds: int, good: bool) -> None:  # noqa: FBT001
    """R18."""
    assert is_good(GOOD, "P0001", PURPOSE, after(seconds=seconds)) is good


def test_an_assertion_that_is_to_last_longer_than_five_minutes_is_none() -> None:
    """R18."""
    lasting = replace(GOOD, expires_at=GOOD.expires_at + timedelta(seconds=1))
    assert not is_good(lasting, "P0001", PURPOSE, NOW)


def test_what_was_used_tells_who_for_what_and_when() -> None:
    """R18."""
    used = use(GOOD, after(minutes=1))
    assert (used.id, used.person_no, used.purpose, used.used_at) == ("face-1", "P0001", PURPOSE, after(minutes=1))


def test_purposes_tell_operations_apart() -> None:
    """R18."""
    assert to_pay_bill("H37010000001", "B:1", Fen(3_000)) == "bill:H37010000001:B:1:30.00"
    assert to_verify_transfer("t-1") == "transfer:t-1"


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.", "a.b.c.d", "a.b.c ", "é.b.c", f"a.b.{'c' * 4_096}"])
def test_what_is_no_jws_is_refused_as_such(text: str) -> None:
    """R18."""
    with refusing(ErrorCode.INVALID_INPUT, "face_assertion"):
        parse_face_assertion(text, "face_assertion")
