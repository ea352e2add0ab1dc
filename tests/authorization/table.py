"""The tables of docs/authorization.md, read off the document: it is the one source, for people and for tests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "authorization.md"
COLUMNS: Final = (
    "anonymous",
    "self",
    "payee",
    "relative",
    "stranger",
    "institution",
    "other institution",
    "agency",
)
CODES: Final = ("UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND")
_CODE: Final = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Row:
    """One row: what it is about, of whom, the fields it speaks of, and what each column's caller gets."""

    name: str
    of: str
    fields: tuple[str, ...]
    cells: dict[str, str]

    @property
    def title(self) -> str:
        """Name the row, as tests are named."""
        return f"{self.name} {self.of}".strip()

    @property
    def names(self) -> str | None:
        """Give the object type that the row's input names, if it names one."""
        found = _CODE.search(self.of)
        return found[1] if found else None


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _rows(heading: str) -> tuple[Row, ...]:
    section = DOCUMENT.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    head, _, *lines = (line for line in section.splitlines() if line.startswith("|"))
    columns = _cells(head)
    assert tuple(columns[-len(COLUMNS) :]) == COLUMNS, heading
    rows = []
    for line in lines:
        given = dict(zip(columns, _cells(line), strict=True))
        cells = {column: given[column].strip("`") for column in COLUMNS}
        rows.append(Row(_cells(line)[0].strip("`"), given["of"], tuple(_CODE.findall(given.get("fields", ""))), cells))
    return tuple(rows)


QUERIES: Final = _rows("Queries")
TYPES: Final = _rows("Object types")
MUTATIONS: Final = _rows("Mutations")
SUBSCRIPTIONS: Final = _rows("Subscriptions")


def row_of_type(name: str, of: str = "") -> Row:
    """Give the row of a type; of several, the one whose second column says so."""
    return next(row for row in TYPES if row.name == name and of in row.of)
