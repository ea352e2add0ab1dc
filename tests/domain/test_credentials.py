"""Five wrong passwords lock verification for fifteen minutes, whatever comes then (R18)."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credentials import (
    LOCK,
    TRIES_MAX,
    Credential,
    PasswordProof,
    VerificationMethod,
    judge,
    parse_new_password,
    parse_password,
    require_not_ones_own,
)
from domain.errors import ErrorCode, Refusal, VerificationFailed
from domain.identity import IdNumber, Phone
from domain.persons import Person
from tests.domain.cases import refusing
from tests.factories import NOW, after, make_credential, make_person

RIGHT = PasswordProof(correct=True, version=1)
WRONG = PasswordProof(correct=False, version=1)


def after_tries(*proofs: PasswordProof, now: datetime = NOW) -> tuple[Credential, Refusal | None]:
    """Judge these tries one after another; at least one."""
    credential, refusal = make_credential(), None
    for proof in proofs:
        credential, refusal = judge(credential, proof, now, "verification")
    return credential, refusal


# ---- the password -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["246810", "000000"])
def test_six_digits_are_a_password(text: str) -> None:
    """R18."""
    assert parse_password(text) == text


@pytest.mark.parametrize("text", ["", "24681", "2468101", "24681a", " 246810", "246810\n", "\uff1246810", "٢46810"])
def test_other_text_is_no_password(text: str) -> None:
    """R18: ASCII digits."""
    with refusing(ErrorCode.INVALID_INPUT, "new_password"):
        parse_password(text, "new_password")


def test_there_are_two_ways_to_verify() -> None:
    """R18: by face or by password."""
    assert [method.value for method in VerificationMethod] == ["FACE", "PASSWORD"]


# ---- tries --------------------------------------------------------------------------------------------------------


def test_the_right_password_verifies() -> None:
    """R18."""
    assert after_tries(RIGHT) == (make_credential(), None)


def test_a_new_password_has_not_failed_yet() -> None:
    """R18."""
    credential = Credential("P0001", make_credential().password_hash, version=1)
    assert (credential.failures, credential.locked_until) == (0, None)


def test_a_wrong_password_is_refused_and_counted() -> None:
    """R18."""
    refusal = VerificationFailed(path=("verification",), attempts_left=4)
    assert after_tries(WRONG) == (make_credential(failures=1), refusal)


@pytest.mark.parametrize("tries", [1, 2, 3, 4, 5])
def test_each_wrong_password_leaves_one_try_less(tries: int) -> None:
    """R18."""
    _, refusal = after_tries(*[WRONG] * tries)
    assert isinstance(refusal, VerificationFailed)
    assert refusal.attempts_left == 5 - tries


def test_success_counts_from_zero_again() -> None:
    """R18: only wrong tries in a row lock."""
    assert after_tries(WRONG, WRONG, WRONG, WRONG, RIGHT, WRONG)[0] == make_credential(failures=1)


def test_four_wrong_passwords_do_not_lock() -> None:
    """R18."""
    assert after_tries(*[WRONG] * 4, RIGHT)[1] is None


def test_the_fifth_wrong_password_locks_for_fifteen_minutes() -> None:
    """R18."""
    credential, refusal = after_tries(*[WRONG] * 5)
    assert credential == make_credential(failures=5, locked_until=after(minutes=15))
    assert refusal == VerificationFailed(path=("verification",), attempts_left=0)


def test_a_right_password_that_was_replaced_meanwhile_fails() -> None:
    """R18: the proof was made with an older version."""
    credential, refusal = after_tries(PasswordProof(correct=True, version=0))
    assert (credential.failures, type(refusal)) == (1, VerificationFailed)


def test_without_a_password_there_is_nothing_to_verify_by() -> None:
    """R18."""
    with refusing(ErrorCode.PASSWORD_NOT_SET, "verification"):
        judge(None, PasswordProof(correct=False, version=0), NOW, "verification")


# ---- the lock -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", [RIGHT, WRONG])
@pytest.mark.parametrize("now", [NOW, after(minutes=14, seconds=59, milliseconds=999)])
def test_a_lock_refuses_even_the_right_password(proof: PasswordProof, now: datetime) -> None:
    """R18."""
    locked = make_credential(failures=5, locked_until=after(minutes=15))
    with refusing(ErrorCode.VERIFICATION_LOCKED, "verification"):
        judge(locked, proof, now, "verification")


def test_after_fifteen_minutes_the_right_password_verifies() -> None:
    """R18."""
    locked = make_credential(failures=5, locked_until=after(minutes=15))
    assert judge(locked, RIGHT, after(minutes=15)) == (make_credential(), None)


def test_after_the_lock_there_are_five_tries_again() -> None:
    """R18."""
    locked = make_credential(failures=5, locked_until=after(minutes=15))
    credential, refusal = judge(locked, WRONG, after(minutes=15))
    assert (credential, refusal) == (make_credential(failures=1), VerificationFailed(attempts_left=4))


@given(st.lists(st.booleans(), max_size=30))
def test_a_lock_and_five_failures_come_together(tries: list[bool]) -> None:
    """R18: whatever is tried, at most five wrong passwords are looked at within fifteen minutes."""
    credential = make_credential()
    for correct in tries:
        if credential.locked_until is not None:
            break
        credential, _ = judge(credential, PasswordProof(correct, version=1), NOW)
    assert (credential.locked_until == NOW + LOCK) == (credential.failures == TRIES_MAX)
    assert credential.failures <= TRIES_MAX


# ---- weak passwords and old hashes --------------------------------------------------------------------------------


EASY = "111111 000000 123456 012345 567890 654321 098765 121212 123123 112233 998811 520131 147258 12345"


@pytest.mark.parametrize("text", EASY.split())
def test_what_is_tried_first_is_no_new_password(text: str) -> None:
    """R18."""
    with refusing(ErrorCode.INVALID_INPUT, "new_password"):
        parse_new_password(text, "new_password")


@pytest.mark.parametrize("text", ["246810", "135790", "112358", "123457", "111112", "112231", "123132"])
def test_other_digits_are_a_new_password(text: str) -> None:
    """R18: 246810 is never counted as weak."""
    assert parse_new_password(text, "new_password") == text


ONESELF = replace(make_person(), id_number=IdNumber("370102196603151238"), phone=Phone("13800654321"))


@pytest.mark.parametrize("text", ["660315", "150366", "031566", "196603", "151238", "654321"])
def test_what_others_know_one_by_is_no_new_password(text: str) -> None:
    """R18: the birth date, in whatever order it is written, and the ends of ID number and mobile."""
    with refusing(ErrorCode.INVALID_INPUT, "new_password"):
        require_not_ones_own(text, ONESELF, "new_password")


def test_the_digits_before_an_x_are_no_new_password() -> None:
    """R18: an X cannot be typed, so people leave it out."""
    with refusing(ErrorCode.INVALID_INPUT, "new_password"):
        require_not_ones_own("711537", replace(ONESELF, id_number=IdNumber("42010219850711537X")), "new_password")


@pytest.mark.parametrize("person", [ONESELF, replace(ONESELF, phone=None)])
def test_what_is_somebody_elses_may_be_a_password(person: Person) -> None:
    """R18."""
    require_not_ones_own("660316", person, "new_password")


def test_a_right_password_renews_a_hash_of_another_cost() -> None:
    """R18: and stays the same password, so what was proved before still holds."""
    known = make_credential()
    renewed, refusal = judge(known, PasswordProof(correct=True, version=1, rehashed="$argon2id$new"), NOW)
    assert (renewed.password_hash, renewed.version, refusal) == ("$argon2id$new", known.version, None)


def test_a_wrong_password_renews_nothing() -> None:
    """R18."""
    known = make_credential()
    failed, _ = judge(known, PasswordProof(correct=False, version=1, rehashed="$argon2id$new"), NOW)
    assert failed.password_hash == known.password_hash
