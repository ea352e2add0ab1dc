"""Whatever is deprecated says what to use and until when, so that clients can be told (docs/deprecation.md)."""

from __future__ import annotations

import re
from typing import Final

import pytest
import strawberry
from graphql import DirectiveNode, StringValueNode, Visitor, parse, visit

from schema.build import printed_schema
from schema.fields import resolved

REASON: Final = re.compile(r".*Use .+\. Until \d{4}-\d{2}-\d{2}\.")


class Deprecations(Visitor):
    """Collects the reasons of all that is deprecated; none given is an empty one."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__()
        self.reasons: list[str] = []

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        """Read a reason."""
        if node.name.value == "deprecated":
            given = [each.value.value for each in node.arguments or () if isinstance(each.value, StringValueNode)]
            self.reasons.append(given[0] if given else "")


def wrong_reasons(sdl: str) -> list[str]:
    """Give the reasons that do not say what to use, and until when."""
    found = Deprecations()
    visit(parse(sdl), found)
    return [reason for reason in found.reasons if not REASON.fullmatch(reason)]


def test_every_deprecation_says_what_to_use_and_until_when() -> None:
    assert wrong_reasons(printed_schema()) == []


@pytest.mark.parametrize(
    ("directive", "wrong"),
    [
        ('@deprecated(reason: "Use b. Until 2027-06-30.")', []),
        ('@deprecated(reason: "请用b。Use b. Until 2027-06-30.")', []),
        ('@deprecated(reason: "Until 2027-06-30.")', ["Until 2027-06-30."]),
        ('@deprecated(reason: "Use b.")', ["Use b."]),
        ("@deprecated", [""]),
    ],
)
def test_a_reason_that_leaves_something_out_is_found(directive: str, wrong: list[str]) -> None:
    assert wrong_reasons(f"type Query {{ a: Int {directive} b: Int }}") == wrong


def test_a_field_with_a_resolver_can_be_deprecated() -> None:
    @strawberry.type
    class Query:
        @resolved("旧。Old.", graphql_type=str, deprecation_reason="Use b. Until 2027-06-30.")
        @staticmethod
        def a() -> str:
            return ""

    assert 'a: String! @deprecated(reason: "Use b. Until 2027-06-30.")' in strawberry.Schema(Query).as_str()
