"""The documents and their snippets, with what the comment before a snippet says of it.

`<!-- as: P0001 -->` signs in whoever sends it: a person, `agency`, or an institution's code; without it nobody is.
`<!-- not run: why -->` names a snippet that is not run. In a snippet "ID" and "CURSOR" stand for the last id and end
cursor that were answered before, and in an answer "…" stands for any text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = (
    ROOT / "README.md",
    ROOT / "README.zh-CN.md",
    *sorted((ROOT / "docs").glob("**/*.md")),
)
_FENCE: Final = re.compile(
    r"(?:^<!-- (?P<word>as|not run): (?P<said>[^>]+?) -->\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Snippet:
    """A fenced block: what kind it is, what it holds, where it stands, who sends it, or why nobody does."""

    page: str
    line: int
    kind: str
    text: str
    sender: str | None
    not_run: str | None

    @property
    def place(self) -> str:
        """Name file and line."""
        return f"{self.page}:{self.line}"


def snippets_of(page: Path) -> list[Snippet]:
    """Read a page's snippets, in their order."""
    text = page.read_text(encoding="utf-8")
    return [
        Snippet(
            page=str(page.relative_to(ROOT)),
            line=text.count("\n", 0, fence.start()) + 1,
            kind=fence["kind"],
            text=fence["text"],
            sender=fence["said"] if fence["word"] == "as" else None,
            not_run=fence["said"] if fence["word"] == "not run" else None,
        )
        for fence in _FENCE.finditer(text)
    ]
