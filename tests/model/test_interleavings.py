"""Operations on the same money at the same time, step by step in orders drawn by lot (R18 to R21).

Memory storage runs works one after another, so nothing could go wrong with it here; these tests run the services on a
variant of it whose works overlap as MongoDB's do (`optimistic`). What they find, in seconds and again by the same
seed, is what a real server shows once in a long while: a rule that was judged on what a concurrent work has changed,
because nothing of it was claimed; a uniqueness that two works both believe in; an operation that takes more than one
transaction and does not hold together; a caller who goes away between two of them. What they cannot find is whatever
the variant takes for granted: that a server's transactions are what they are said to be, and that the driver's and the
runner's retries are right. For that, the machine asks several things at once of a real MongoDB.
"""

from typing import Final

import pytest

from tests.model.interleaving import interleave_all
from tests.model.running import POLICIES

SEEDS: Final = range(300)


@pytest.mark.parametrize("policy", POLICIES)
def test_what_happens_at_once_happens_as_if_one_after_another(policy: str) -> None:
    assert interleave_all(SEEDS, policy) > len(SEEDS)  # so often a work lost a conflict, and was run again
