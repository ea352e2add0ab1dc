"""What was measured: a figure has one value for each round, and is compared with another of the same rounds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

SHOWN: Final = (0.5, 0.95, 0.99)
"""The percentiles of latencies that are reported."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """Percentiles of how long answers took, in milliseconds, and how many answers that was."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    number: int


@dataclass(frozen=True, slots=True)
class Figure:
    """What one contender did in one scenario: a value a round, in that unit; `/s` is the more the better."""

    scenario: str
    level: str
    contender: str
    unit: str
    rounds: tuple[float, ...]
    latencies: Latencies | None = None

    @property
    def name(self) -> str:
        """Name the figure, by all but its values."""
        return f"{self.scenario} · {self.level} · {self.contender}"

    @property
    def median(self) -> float:
        """Give the median of the rounds."""
        return statistics.median(self.rounds)

    @property
    def is_rate(self) -> bool:
        """Tell whether more of it is better."""
        return self.unit.endswith("/s")


@dataclass(frozen=True, slots=True)
class Ratio:
    """How much better one contender is than another, round by round; 2 is twice as fast, whatever the unit."""

    name: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Give the median of the rounds."""
        return statistics.median(self.rounds)


@dataclass(slots=True)
class Results:
    """All that was measured in one run, and what was noted on the way."""

    figures: list[Figure] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, other: Results) -> None:
        """Take in what another scenario measured."""
        self.figures += other.figures
        self.ratios += other.ratios
        self.notes += other.notes

    def ratio(self, name: str) -> Ratio | None:
        """Give the ratio of that name, if it was measured."""
        return next((ratio for ratio in self.ratios if ratio.name == name), None)

    def compare(self, name: str, better: Figure, worse: Figure) -> None:
        """Note how much better the first is than the second, of rounds that were run in turn."""
        self.ratios.append(ratio_of(name, better, worse))


def ratio_of(name: str, better: Figure, worse: Figure) -> Ratio:
    """Compare two figures round by round."""
    pairs = zip(better.rounds, worse.rounds, strict=True)
    if better.is_rate:
        return Ratio(name, tuple(ours / theirs for ours, theirs in pairs))
    return Ratio(name, tuple(theirs / ours for ours, theirs in pairs))


def percentile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that at least that share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def latencies_of(seconds: Sequence[float]) -> Latencies | None:
    """Sum up how long answers took, in seconds; None where there were none."""
    if not seconds:
        return None
    p50, p95, p99 = (percentile(seconds, share) * 1_000 for share in SHOWN)
    return Latencies(p50, p95, p99, len(seconds))
