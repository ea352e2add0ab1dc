"""What was measured as tables: in a terminal, and in the docs between two marks."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.figures import Figure, Latencies, Ratio, Results
from bench.targets import Verdict, verdicts

PAGE: Final = Path("docs/performance.md")
MEASURED: Final = "bench"
"""Between which marks the tables are."""
Row = tuple[str, ...]
FIGURES: Final[Row] = ("scenario", "measured at", "contender", "median", "lowest – highest", "p50 / p95 / p99")
RATIOS: Final[Row] = ("ratio", "median", "lowest – highest")
VERDICTS: Final[Row] = ("target", "demanded", "measured", "met")


def table(head: Row, rows: Sequence[Row], right: Sequence[int] = ()) -> str:
    """Give a table in Markdown, whose columns of these numbers are flush right."""
    rule = tuple("---:" if column in right else "---" for column in range(len(head)))
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def report(results: Results) -> str:
    """Give all tables, the targets first."""
    judged = [_verdict(verdict) for verdict in verdicts(results)]
    parts = [
        table(VERDICTS, judged, (1, 2)) if judged else "",
        table(RATIOS, [_ratio(ratio) for ratio in results.ratios], (1, 2)) if results.ratios else "",
        table(FIGURES, [_figure(figure) for figure in results.figures], (3, 4, 5)) if results.figures else "",
        "\n".join(f"- {note}" for note in results.notes),
    ]
    return "\n\n".join(filter(None, parts))


def written_into(page: str, text: str, command: str, place: str = MEASURED) -> str:
    """Give a page with the tables in their place, and what made them."""
    begin, end = (f"<!-- {place}: {edge} -->" for edge in ("begin", "end"))
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    day = datetime.now(UTC).date()
    made = f"`{command}`, {day}, {os.cpu_count()} cores, Python {platform.python_version()}:"
    return f"{before}{begin}\n{made}\n\n{text}\n{end}{after}"


def number(value: float) -> str:
    """Write a value so that it can be read: three digits that say something, or all before the point."""
    for least, digits in ((100, 0), (10, 1), (1, 2)):
        if abs(value) >= least:
            return f"{value:,.{digits}f}"
    return f"{value:.3f}"


def _verdict(verdict: Verdict) -> Row:
    return verdict.about, verdict.demanded, verdict.measured, "yes" if verdict.is_met else "**no**"


def _ratio(ratio: Ratio) -> Row:
    return ratio.name, number(ratio.median), _spread(ratio.rounds)


def _figure(figure: Figure) -> Row:
    median = f"{number(figure.median)} {figure.unit}"
    return figure.scenario, figure.level, figure.contender, median, _spread(figure.rounds), _latencies(figure.latencies)


def _spread(rounds: Sequence[float]) -> str:
    return f"{number(min(rounds))} – {number(max(rounds))}" if len(rounds) > 1 else "one round"


def _latencies(latencies: Latencies | None) -> str:
    if latencies is None:
        return "–"
    shown = (latencies.p50_ms, latencies.p95_ms, latencies.p99_ms)
    return f"{' / '.join(number(each) for each in shown)} ms"


def lines(results: Results) -> Iterator[str]:
    """Say what was measured in short lines, while it is measured."""
    for figure in results.figures:
        median = f"{number(figure.median)} {figure.unit}"
        yield f"  {figure.name}: {median} ({_spread(figure.rounds)}) {_latencies(figure.latencies)}"
    for ratio in results.ratios:
        yield f"  {ratio.name} = {number(ratio.median)} ({_spread(ratio.rounds)})"
    for note in results.notes:
        yield f"  {note}"
