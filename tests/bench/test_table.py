"""The tables of the docs, and the targets in them."""

from __future__ import annotations

import pytest

from bench.figures import Figure, Latencies, Ratio, Results
from bench.profiling import PLACE
from bench.table import MEASURED, PAGE, lines, number, report, table, written_into
from bench.targets import TARGETS, verdicts

RESULTS = Results(
    [Figure("f half rate", "http", "ours", "/s", (500.0,), Latencies(5.0, 20.0, 120.0, 1_000))],
    [Ratio("a · schema · ours : stock", (5.0, 7.0, 6.5)), Ratio("b · schema · ours : stock", (1.5,))],
    ["a note"],
)


def test_a_table_is_one_of_markdown() -> None:
    assert table(("a", "b"), [("1", "2")], (1,)) == "| a | b |\n| --- | ---: |\n| 1 | 2 |"


def test_targets_that_were_measured_are_met_or_not() -> None:
    judged = {verdict.about[:3]: (verdict.measured, verdict.is_met) for verdict in verdicts(RESULTS)}
    assert judged == {"(a)": ("6.50×", True), "(b)": ("1.50×", False), "(f)": ("120 ms", False)}


def test_every_target_has_a_name_of_its_own() -> None:
    assert len({target.about for target in TARGETS}) == len(TARGETS)


def test_a_report_has_targets_ratios_figures_and_notes() -> None:
    text = report(RESULTS)
    assert "| (a) 200 areas, stock Strawberry | ≥ 6× | 6.50× | yes |" in text
    assert "| (b) one region, stock Strawberry | ≥ 2× | 1.50× | **no** |" in text
    assert "| a · schema · ours : stock | 6.50 | 5.00 – 7.00 |" in text
    assert "| f half rate | http | ours | 500 /s | one round | 5.00 / 20.0 / 120 ms |" in text
    assert text.endswith("- a note")
    assert len(list(lines(RESULTS))) == 4


def test_a_page_keeps_what_stands_around_the_table() -> None:
    page = "before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n"
    written = written_into(page, "new", "python -m bench")
    assert written.startswith("before\n<!-- bench: begin -->\n`python -m bench`, ")
    assert written.endswith("new\n<!-- bench: end -->\nafter\n")
    assert "old" not in written


@pytest.mark.parametrize("place", [MEASURED, PLACE])
def test_the_page_has_a_place_for_what_is_written_into_it(place: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text.index(f"<!-- {place}: begin -->") < text.index(f"<!-- {place}: end -->")


@pytest.mark.parametrize(
    ("value", "text"), [(12_345.6, "12,346"), (123.4, "123"), (12.34, "12.3"), (1.234, "1.23"), (0.1234, "0.123")]
)
def test_numbers_can_be_read(value: float, text: str) -> None:
    assert number(value) == text
