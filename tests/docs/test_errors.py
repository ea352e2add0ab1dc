"""docs/errors.md has every code once, in the order of precedence, with what the server says (error precedence)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Final

import pytest
from graphql import GraphQLEnumType

from domain import errors
from domain.errors import Refusal
from domain.transfer_rules import RULES
from schema.picture import read_schema
from tests.docs.pages import ROOT

PAGE: Final = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
REQUIREMENTS: Final = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
ROWS: Final = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?)<br>(.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
CODES: Final = [code for code, *_ in ROWS]
STEPS: Final = re.findall(r"^## (\d+)\. (.+)$", PAGE, re.MULTILINE)
PRECEDENCE: Final = REQUIREMENTS.partition("## Error precedence\n")[2].partition("\n## ")[0]


def step_of(code: str) -> str:
    """Give the title of the step that a code stands in."""
    before = PAGE.partition(f"\n| `{code}` |")[0]
    titles: list[str] = re.findall(r"^## \d+\. (.+)$", before, re.MULTILINE)
    return titles[-1]


def messages() -> set[tuple[str, str, str]]:
    """Give every message of every refusal, in both languages."""
    kinds = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, Refusal)]
    return {(kind.code, kind.zh, kind.en) for kind in kinds if hasattr(kind, "zh")}


def in_the_order_of_the_page(codes: Sequence[str]) -> bool:
    """Tell whether the page has these in the same order."""
    return sorted(codes, key=CODES.index) == list(codes)


def test_every_code_of_the_schema_is_there_once_and_nothing_else() -> None:
    kind = read_schema().get_type("ErrorCode")
    assert isinstance(kind, GraphQLEnumType)
    assert sorted(CODES) == sorted(kind.values)
    assert len(ROWS) == len(re.findall(r"^\| `", PAGE, re.MULTILINE))


def test_the_steps_are_those_of_the_requirements() -> None:
    required = re.findall(r"^(\d+)\. ([^;\n]+)", PRECEDENCE, re.MULTILINE)
    assert [(number, title.lower()) for number, title in STEPS] == required


def test_codes_that_the_requirements_name_stand_where_they_say() -> None:
    """R22, R23."""
    chains = [re.findall(r"`(\w+)`", line) for line in PRECEDENCE.splitlines() if "→" in line]
    assert len(chains) == 2
    assert all(in_the_order_of_the_page(chain) for chain in chains)
    for title, line in re.findall(r"^\d+\. ([^;\n]+); so (.+)$", PRECEDENCE, re.MULTILINE):
        assert {step_of(code).lower() for code in re.findall(r"`(\w+)`", line)} == {title}


def test_rules_of_a_transfer_stand_in_the_order_in_which_they_are_judged() -> None:
    """R13 to R21: the payee's enrolment has the payer's code, and stands where that does."""
    assert in_the_order_of_the_page(list(dict.fromkeys(rule.code.value for rule in RULES)))


STAND_IN: Final[dict[str, Callable[[str], bool]]] = {
    "Not signed in": lambda code: code == "UNAUTHENTICATED",
    "Known idempotency key": lambda code: code.startswith("IDEMPOTENCY_"),
    "Kinship": lambda code: "RELATI" in code or "KINSHIP" in code or "COMMITMENT" in code,
    "Policy": lambda code: code in {rule.code for rule in RULES[-5:-1]},
    "Verification": lambda code: code.startswith(("VERIFICATION_", "PASSWORD_")),
}


@pytest.mark.parametrize("title", STAND_IN)
def test_a_step_has_its_codes_and_no_others(title: str) -> None:
    assert {code for code in CODES if STAND_IN[title](code)} == {code for code in CODES if step_of(code) == title}


@pytest.mark.parametrize("row", ROWS, ids=CODES)
def test_users_are_told_what_the_server_says(row: tuple[str, str, str, str, str]) -> None:
    code, _, zh, en, _ = row
    assert (code, zh, en) in messages()
