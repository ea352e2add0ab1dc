"""The same key gives the same answer, to the same caller, for the same request (R20)."""

import json
import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ErrorCode
from domain.outcomes import OutcomeStatus, fingerprint, outcome_id, parse_key, require_same_request
from tests.domain.cases import refusing
from tests.factories import make_outcome

VALUES = st.one_of(st.text(max_size=6), st.integers(), st.none())
REQUESTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)


# ---- keys ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a", "!", "~", "k" * 255, str(uuid.UUID(int=1)), '{"a":1}'])
def test_visible_ascii_characters_are_a_key(text: str) -> None:
    """R20."""
    assert parse_key(text) == text


@pytest.mark.parametrize("text", ["", "k" * 256, "a b", " a", "a\n", "\x00", "\x7f", "键", "\uff41", "é"])
def test_other_text_is_no_key(text: str) -> None:
    """R20."""
    with refusing(ErrorCode.INVALID_INPUT, "idempotency_key"):
        parse_key(text, "idempotency_key")


def test_a_callers_key_always_has_the_same_id() -> None:
    """R20."""
    assert outcome_id("person:P0001", "key-1") == outcome_id("person:P0001", "key-1")


def test_the_id_is_a_uuid_made_of_a_name() -> None:
    """R20: it is the id of the transfer or payment, too."""
    assert uuid.UUID(outcome_id("person:P0001", "key-1")).version == 5


CALLERS = st.text(alphabet="ab:\uff41", min_size=1, max_size=4)
KEYS = st.text(alphabet="ab:", min_size=1, max_size=4)


@given(st.lists(st.tuples(CALLERS, KEYS), unique=True, max_size=8))
def test_keys_are_scoped_to_their_caller(keyed: list[tuple[str, str]]) -> None:
    """R20: no two callers share a key, however they are written."""
    assert len({outcome_id(caller, key) for caller, key in keyed}) == len(keyed)


# ---- requests -----------------------------------------------------------------------------------------------------


@given(REQUESTS)
def test_the_order_of_the_arguments_does_not_matter(request: dict[str, str | int | None]) -> None:
    """R20."""
    turned = dict(reversed(request.items()))
    assert fingerprint("key", "applyTransfer", request) == fingerprint("key", "applyTransfer", turned)


@given(REQUESTS, REQUESTS)
def test_other_arguments_are_another_request(
    one: dict[str, str | int | None], other: dict[str, str | int | None]
) -> None:
    """R20: a number is not its digits, and nothing is not an empty text."""
    same = fingerprint("key", "applyTransfer", one) == fingerprint("key", "applyTransfer", other)
    assert same == (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


def test_another_operation_is_another_request() -> None:
    """R20."""
    assert fingerprint("key", "applyTransfer", {}) != fingerprint("key", "payPremium", {})


def test_a_fingerprint_shows_nothing_of_the_request() -> None:
    """R28."""
    shown = fingerprint("key", "applyTransfer", {"name": "李建国", "idNumber": "370102196603151238"})
    assert len(shown) == 64
    assert set(shown) <= set("0123456789abcdef")


def test_the_same_request_is_given_its_outcome() -> None:
    """R20."""
    outcome = make_outcome()
    assert require_same_request(outcome, outcome.fingerprint) is outcome


def test_a_refused_request_is_given_its_refusal() -> None:
    """R20: a refusal that depends on state is kept as well."""
    outcome = replace(make_outcome(), status=OutcomeStatus.REFUSED)
    assert require_same_request(outcome, outcome.fingerprint) is outcome


def test_another_request_under_a_known_key_is_refused() -> None:
    """R20."""
    with refusing(ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotency_key"):
        require_same_request(make_outcome(), fingerprint("key", "payPremium", {}))
