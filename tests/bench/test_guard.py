"""Ratios beside the committed ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.figures import Ratio, Results
from bench.guard import fallen, guarded, read_ratios, write_ratios


def test_a_ratio_that_fell_is_told_in_a_sentence() -> None:
    assert list(fallen({"a": 6.0, "b": 2.0}, {"a": 4.0, "b": 2.0}, 0.3)) == [
        "a has fallen: it was 6.00, and is 4.00 (tolerance 30%)."
    ]


@pytest.mark.parametrize("now", [4.2, 6.0, 60.0])
def test_a_ratio_within_the_tolerance_or_better_is_good(now: float) -> None:
    assert list(fallen({"a": 6.0}, {"a": now}, 0.3)) == []


def test_what_was_not_committed_or_not_measured_is_not_compared() -> None:
    assert list(fallen({"a": 6.0}, {"b": 0.1}, 0.3)) == []


def test_ratios_are_kept_beside_those_of_other_scenarios(tmp_path: Path) -> None:
    file = tmp_path / "ratios.json"
    write_ratios(Results(ratios=[Ratio("a", (1.0, 3.0, 2.0)), Ratio("b", (5.0,))]), file)
    write_ratios(Results(ratios=[Ratio("b", (4.0,))]), file)
    assert read_ratios(file) == {"a": 2.0, "b": 4.0}
    assert guarded(Results()) == {}
