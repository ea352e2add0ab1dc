"""What the measurements are to show: each target names a ratio or a latency, and how good it is to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bench.figures import Results


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target with what was measured of it."""

    about: str
    demanded: str
    measured: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class AtLeast:
    """A ratio that is to be so much at least."""

    about: str
    ratio: str
    least: float

    def judge(self, results: Results) -> Verdict | None:
        """Compare it with what was measured; None if it was not."""
        found = results.ratio(self.ratio)
        if found is None:
            return None
        return Verdict(self.about, f"≥ {self.least:.2g}×", f"{found.median:.2f}×", found.median >= self.least)


@dataclass(frozen=True, slots=True)
class Within:
    """A figure whose p99 is to stay below so many milliseconds."""

    about: str
    figure: str
    p99_ms: float

    def judge(self, results: Results) -> Verdict | None:
        """Compare it with what was measured; None if it was not."""
        found = next((figure for figure in results.figures if figure.name == self.figure), None)
        if found is None or found.latencies is None:
            return None
        p99 = found.latencies.p99_ms
        return Verdict(self.about, f"< {self.p99_ms:g} ms", f"{p99:.0f} ms", p99 < self.p99_ms)


NOT_SLOWER: Final = 0.95
"""A ratio of two that are alike is as often below 1 as above it."""

TARGETS: Final = (
    AtLeast("(a) 200 areas, stock Strawberry", "a · schema · ours : stock", 6),
    AtLeast("(b) one region, stock Strawberry", "b · schema · ours : stock", 2),
    AtLeast("(c) my wallet page, stock Strawberry", "c · schema · ours : stock", 2),
    AtLeast("(b) over HTTP, a Starlette handler with the same bytes", "b · http, 16 clients · ours : limit", 1 / 3),
    AtLeast(
        "(f) verify, 64 clients, spread: the driver alone, wall time without services",
        "f · storage, 64 clients · ours : driver",
        3,
    ),
    AtLeast(
        "(f) 64 clients, spread, over HTTP: without group commit",
        "f spread · http, 64 clients · ours : one by one",
        1.5,
    ),
    AtLeast("(f) 64 clients, over HTTP: hot payee against spread", "f · http, 64 clients · hot : spread", 0.8),
    Within("(f) p99 of a transfer (apply and verify) at half of the highest rate", "f half rate · http · ours", 100),
    AtLeast(
        "(f) one lone client, over HTTP: not slower than without group commit",
        "f spread · http, 1 client · ours : one by one",
        NOT_SLOWER,
    ),
)


def verdicts(results: Results) -> Iterator[Verdict]:
    """Judge the targets of which something was measured."""
    judges: list[Callable[[Results], Verdict | None]] = [target.judge for target in TARGETS]
    for judge in judges:
        verdict = judge(results)
        if verdict is not None:
            yield verdict
