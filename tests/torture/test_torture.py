"""A few seconds of every scenario; the long form is `make torture`, and its results are in docs/reliability.md."""

from pathlib import Path

import pytest

from tests.torture.scenarios import SCENARIOS, play

LOAD_S = 6.0
ELECTION_MS = 2_000
"""A fifth of what it is by default, so that a test lives to see more than one election."""


@pytest.mark.parametrize("name", SCENARIOS)
async def test_no_fen_is_lost_and_nobody_is_told_what_is_not_so(name: str, mongod: Path) -> None:
    """R20."""
    del mongod  # there is one
    report = await play(name, LOAD_S, ELECTION_MS)
    assert report.judgement.is_clean(), report.judgement.shown()
    assert report.counted["acknowledged"]
    assert report.faults or name == "bank"
