"""Ratios of this run beside the committed ones: what is fast stays fast, on whatever machine (never absolute times)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from bench.figures import Results

FILE: Final = Path("bench/ratios.json")
TOLERANCE: Final = 0.3
"""How much of a committed ratio may be missing: the short form has few rounds, and machines are shared."""


def guarded(results: Results) -> dict[str, float]:
    """Give the ratios to commit."""
    return {ratio.name: round(ratio.median, 3) for ratio in results.ratios}


def read_ratios(path: Path = FILE) -> dict[str, float]:
    """Read the committed ratios."""
    kept: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def write_ratios(results: Results, path: Path = FILE) -> None:
    """Put this run's ratios beside those of scenarios that were not run."""
    kept = (read_ratios(path) if path.exists() else {}) | guarded(results)
    path.write_text(json.dumps(kept, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def fallen(committed: Mapping[str, float], measured: Mapping[str, float], tolerance: float) -> Iterator[str]:
    """Say a sentence of each ratio that is lower than the committed one by more than the tolerance."""
    for name, now in measured.items():
        before = committed.get(name)
        if before is not None and now < before * (1 - tolerance):
            yield f"{name} has fallen: it was {before:.2f}, and is {now:.2f} (tolerance {tolerance:.0%})."
