"""Contenders run in turn, round after round, so that whatever else the machine does is done to all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.figures import Figure, Results, latencies_of
from bench.load import Outcome

Round = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Scale:
    """How long it is measured: rounds, seconds each, and how much of everything there is."""

    rounds: int
    seconds: float
    short: bool = False


def in_turn(scenario: str, level: str, unit: str, scale: Scale, contenders: Mapping[str, Round]) -> list[Figure]:
    """Run a round of each contender, and again; a first round of each, which warms up, does not count."""
    for run in contenders.values():
        run()
    values: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(scale.rounds):
        names = list(contenders)
        for name in names if turn % 2 == 0 else reversed(names):
            values[name].append(contenders[name]())
    return [Figure(scenario, level, name, unit, tuple(found)) for name, found in values.items()]


def compared(figures: list[Figure]) -> Results:
    """Compare the first figure with each of the others."""
    results = Results(list(figures))
    first, *others = figures
    for other in others:
        results.compare(f"{first.scenario} · {first.level} · {first.contender} : {other.contender}", first, other)
    return results


def latency_figure(scenario: str, level: str, contender: str, outcome: Outcome, *, last: bool = False) -> Figure:
    """Sum up how long answers took in an open load; with `last`, of each group's last request alone."""
    seconds = outcome.last_s if last else outcome.group_s
    return Figure(scenario, level, contender, "/s", (outcome.rate,), latencies_of(seconds))
