"""Links between the documents lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.docs.pages import PAGES, ROOT

LINK: Final = re.compile(r"\[[^\]]+\]\((?P<path>[^)#:\s]*)(?:#(?P<anchor>[^)]+))?\)")
_CODE: Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
ALL: Final = (*PAGES, ROOT / "DECISIONS.md", ROOT / "CHANGELOG.md")


def anchors_of(page: Path) -> set[str]:
    """Give what can be linked to on a page: its headings, as GitHub names them, and what is named by hand."""
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    named = re.findall(r'<a id="([^"]+)">', text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings} | set(named)


@pytest.mark.parametrize("page", ALL, ids=[page.name for page in ALL])
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in LINK.finditer(_CODE.sub("", page.read_text(encoding="utf-8"))):
        target = (page.parent / link["path"]).resolve() if link["path"] else page
        assert target.exists(), link[0]
        if link["anchor"]:
            assert link["anchor"] in anchors_of(target), link[0]


def test_the_two_readmes_lead_to_each_other() -> None:
    assert "(README.zh-CN.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "(README.md)" in (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
