"""Is there an order, one request after another, in which the oracle gives these answers and ends like that?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy

from tests.model.oracle import Oracle
from tests.model.picture import Picture, expected
from tests.model.requests import Answer, Request, Settle


def explain(
    oracle: Oracle, asked: Sequence[Request], answers: Sequence[Answer | None], found: Picture
) -> Oracle | None:
    """Give the oracle after such an order, or None.

    A caller who went away has no answer; his or her request was carried out, or never begun. What is due may be
    settled by anybody at any time; how much of it the job still found tells nothing.
    """
    for end in _ends(oracle, list(range(len(asked))), asked, answers):
        if expected(end) == found:
            return end
    return None


def _ends(
    oracle: Oracle, left: list[int], asked: Sequence[Request], answers: Sequence[Answer | None]
) -> Iterator[Oracle]:
    if all(answers[index] is None for index in left):
        yield oracle
    for index in left:
        after = deepcopy(oracle)
        right = after.perform(asked[index])
        if answers[index] in (None, right) or isinstance(asked[index], Settle):
            yield from _ends(after, [other for other in left if other != index], asked, answers)
    for name in oracle.due():
        after = deepcopy(oracle)
        after.settle_one(name)
        yield from _ends(after, left, asked, answers)
