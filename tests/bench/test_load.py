"""Load on a real server: what is sent, and what is made of the answers."""

from __future__ import annotations

from bench.load import Load, put
from bench.requests import post
from tests.bench.answering import AGAIN, REFUSED, answering

LONG_S = 20.0
"""Longer than any of these takes: what there is to send comes to its end."""
GROUPS = [(post(b"apply %d" % number), post(b"verify %d" % number)) for number in range(20)]


def test_every_group_is_sent_once_and_in_its_order() -> None:
    with answering() as server:
        outcome = put(Load(server.port, 3, LONG_S, GROUPS))
    assert sorted(server.asked) == sorted(request for group in GROUPS for request in group)
    assert all(server.asked.index(apply) < server.asked.index(verify) for apply, verify in GROUPS)
    assert (len(outcome.group_s), outcome.wrong, outcome.again) == (20, 0, 0)
    assert outcome.rate > 0


def test_an_open_load_sends_every_group_once_as_well() -> None:
    with answering() as server:
        outcome = put(Load(server.port, 2, LONG_S, GROUPS, per_second=2_000))
    assert sorted(server.asked) == sorted(request for group in GROUPS for request in group)
    assert (len(outcome.group_s), len(outcome.last_s), outcome.wrong) == (20, 20, 0)


def test_a_group_takes_at_least_as_long_as_its_last_request() -> None:
    with answering() as server:
        outcome = put(Load(server.port, 1, LONG_S, GROUPS))
    assert all(last <= group for group, last in zip(outcome.group_s, outcome.last_s, strict=True))


def test_what_was_refused_for_the_moment_is_sent_again() -> None:
    with answering(AGAIN, AGAIN) as server:
        outcome = put(Load(server.port, 1, LONG_S, GROUPS))
    assert server.asked[:3] == [GROUPS[0][0]] * 3
    assert (len(outcome.group_s), outcome.again, outcome.wrong) == (20, 2, 0)


def test_what_is_refused_is_wrong() -> None:
    with answering(REFUSED) as server:
        outcome = put(Load(server.port, 1, LONG_S, GROUPS))
    assert outcome.wrong == 1
    assert outcome.first_wrong.endswith(REFUSED)


def test_any_answer_but_the_expected_one_is_wrong() -> None:
    with answering(b'{"data":[]}') as server:
        outcome = put(Load(server.port, 1, LONG_S, GROUPS, b'{"data":{}}'))
    assert outcome.wrong == 1
