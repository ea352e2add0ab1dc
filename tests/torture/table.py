"""Reports as a table of the docs."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from tests.torture.scenarios import SCENARIOS, Report

BEGIN: Final = "<!-- torture: begin -->"
END: Final = "<!-- torture: end -->"
HEAD: Final = (
    "what breaks",
    "seconds",
    "operations",
    "acknowledged",
    "unknown",
    "not done",
    "refused",
    "faults",
    "lost",
    "doubled",
    "negative",
    "longest write gap",
    "longest without a primary",
    "slowest answer",
    "snapshots",
    "broken promises",
)


def table_of(reports: Sequence[Report]) -> str:
    """Give the reports as a table in Markdown."""
    rows = [HEAD, ("---", *["---:"] * (len(HEAD) - 1)), *(_row(report) for report in reports)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(report: Report) -> tuple[str, ...]:
    counted, judged = report.counted, report.judgement
    return (
        SCENARIOS[report.name].about,
        f"{report.seconds:.0f}",
        str(counted.total()),
        *(str(counted[name]) for name in ("acknowledged", "unknown", "not done", "refused")),
        str(report.faults),
        str(judged.lost),
        str(judged.doubled),
        str(judged.negative),
        f"{report.gap_s:.1f} s",
        f"{report.without_primary_s:.1f} s" if report.without_primary_s else "–",
        f"{report.slowest_s:.1f} s",
        str(report.snapshots),
        str(len(judged.problems)),
    )


def written_into(page: str, table: str, seconds: float) -> str:
    """Give a page with the table in its place."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    day = datetime.now(UTC).date()
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    command = f"`python -m tests.torture --seconds {seconds:.0f} --write`"
    return f"{before}{BEGIN}\n{command}, {day}, {machine}:\n\n{table}\n{END}{after}"
