"""The ratios as a picture: one bar each, on a scale of powers of two, with what the rounds said."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import matplotlib as mpl

from bench.figures import Results

mpl.use("Agg")

from matplotlib import pyplot as plt

PICTURE: Final = Path("docs/performance.png")
BETTER, WORSE = "#2f7d4f", "#b0413e"


def draw(results: Results, path: Path = PICTURE) -> None:
    """Draw every ratio of the run; a ratio of 1 means that both are alike."""
    ratios = list(reversed(results.ratios))
    if not ratios:
        return
    figure, axes = plt.subplots(figsize=(9, 1 + 0.28 * len(ratios)), layout="constrained")
    medians = [ratio.median for ratio in ratios]
    below = [ratio.median - min(ratio.rounds) for ratio in ratios]
    above = [max(ratio.rounds) - ratio.median for ratio in ratios]
    colours = [BETTER if median >= 1 else WORSE for median in medians]
    places = range(len(ratios))
    axes.barh(places, [median - 1 for median in medians], left=1, xerr=(below, above), color=colours, ecolor="#555")
    axes.set_yticks(places, [ratio.name for ratio in ratios], fontsize=7)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}×")
    axes.axvline(1, color="#222", linewidth=0.8)
    axes.grid(visible=True, axis="x", alpha=0.3)
    axes.margins(y=0.01)
    axes.set_title("how much better the first is than the second", fontsize=9)
    figure.savefig(path, dpi=120, metadata={"Software": None})
    plt.close(figure)
