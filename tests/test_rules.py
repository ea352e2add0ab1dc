"""The linter's security rules (bandit's, `S`) hold for all that is shipped; a line that is excepted says why."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[1]
LINT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"][
    "lint"
]
SECURITY: Final = re.compile(r"S\d*")
EXCEPTED: Final = re.compile(r"noqa: [^-]*\bS\d{3}\b(?P<reason>.*)")


def is_security(rule: str) -> bool:
    """Tell whether a rule is one of bandit's."""
    return SECURITY.fullmatch(rule) is not None or rule == "ALL"


def test_every_security_rule_is_on() -> None:
    assert LINT["select"] == ["ALL"]
    assert [rule for rule in LINT["ignore"] if is_security(rule)] == []


def test_files_are_excepted_from_security_rules_in_tests_only() -> None:
    excepted = {files for files, rules in LINT["per-file-ignores"].items() if any(map(is_security, rules))}
    assert excepted == {"tests/**"}


@pytest.mark.parametrize("folder", ["api", "domain", "repositories", "schema", "seeds", "services", "examples"])
def test_a_line_that_is_excepted_says_why(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            excepted = EXCEPTED.search(line)
            assert excepted is None or len(excepted["reason"].partition(" - ")[2]) > 10, f"{path}: {line}"
