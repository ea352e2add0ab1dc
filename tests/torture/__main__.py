"""`python -m tests.torture --seconds N [--only NAME …] [--write]` tortures the server, prints a table, and keeps it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from tests.torture.scenarios import SCENARIOS, play
from tests.torture.table import table_of, written_into

PAGE = Path("docs/reliability.md")


def main(arguments: list[str]) -> int:
    """Play the scenarios; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="how long faults go on, in each scenario")
    parser.add_argument("--only", nargs="+", choices=list(SCENARIOS), default=list(SCENARIOS), help="which scenarios")
    parser.add_argument("--election-ms", type=int, help="how long members wait for a silent primary (default 10000)")
    parser.add_argument("--logs", type=Path, help="a folder in which the servers' logs are kept")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE}")
    options = parser.parse_args(arguments)
    reports = []
    for name in options.only:
        report = asyncio.run(play(name, options.seconds, options.election_ms, options.logs))
        reports.append(report)
        sys.stdout.write(f"{table_of([report])}\n{'' if report.judgement.is_clean() else report.judgement.shown()}\n")
        sys.stdout.flush()
    table = table_of(reports)
    sys.stdout.write(f"{table}\n")
    if options.write:
        PAGE.write_text(written_into(PAGE.read_text(), table, options.seconds))
    return 0 if all(report.judgement.is_clean() for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
