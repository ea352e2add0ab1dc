"""Percentiles, medians and ratios."""

from __future__ import annotations

import pytest

from bench.figures import Figure, Latencies, Results, latencies_of, percentile, ratio_of


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.95, 95), (0.99, 99), (1, 100), (0.001, 1)])
def test_a_percentile_is_the_value_that_so_many_do_not_exceed(share: float, expected: int) -> None:
    assert percentile(list(reversed(range(1, 101))), share) == expected


def test_a_percentile_of_one_value_is_that_value() -> None:
    assert percentile([7.0], 0.99) == 7


def test_latencies_are_told_in_milliseconds() -> None:
    assert latencies_of([0.001] * 99 + [2.0]) == Latencies(1.0, 1.0, 1.0, 100)
    assert latencies_of([0.001] * 98 + [2.0] * 2) == Latencies(1.0, 1.0, 2_000.0, 100)
    assert latencies_of([]) is None


def test_a_ratio_compares_round_with_round() -> None:
    ratio = ratio_of("r", made("ours", 20, 60, 30), made("stock", 10, 20, 30))
    assert ratio.rounds == (2, 3, 1)
    assert ratio.median == 2


def test_what_takes_less_time_is_better() -> None:
    ours, stock = made("ours", 1, 2, unit="s"), made("stock", 2, 8, unit="s")
    assert ratio_of("r", ours, stock).rounds == (2, 4)


def test_rounds_that_were_not_run_in_turn_are_not_compared() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratio_of("r", made("ours", 1), made("stock", 1, 2))


def test_results_are_taken_together() -> None:
    results, more = Results(notes=["a"]), Results(notes=["b"])
    more.compare("r", made("ours", 2), made("stock", 1))
    results.add(more)
    ratio = results.ratio("r")
    assert ratio is not None
    assert (ratio.median, results.notes, results.ratio("other")) == (2, ["a", "b"], None)


def made(contender: str, *rounds: float, unit: str = "/s") -> Figure:
    """Make a figure of scenario (a)."""
    return Figure("a", "schema", contender, unit, rounds)
