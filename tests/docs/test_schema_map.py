"""docs/schema-map.md is what the command draws of the schema, and leaves no object out."""

from __future__ import annotations

import re
import subprocess
import sys

from graphql import GraphQLObjectType

from schema.picture import picture, read_schema
from tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "schema-map.md"


def test_the_committed_map_is_what_the_command_draws() -> None:
    drawn = picture(read_schema())
    assert PAGE.read_text(encoding="utf-8") == drawn, "run `make schema-map`"


def test_the_command_prints_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "schema.picture"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == PAGE.read_text(encoding="utf-8")


def test_every_object_but_those_that_only_carry_another_is_drawn() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name, kind in read_schema().type_map.items():
        carries = name.endswith(("Connection", "Edge", "Payload")) or name == "PageInfo" or name.startswith("__")
        if isinstance(kind, GraphQLObjectType) and not carries:
            is_root = name in {"Query", "Mutation", "Subscription"}
            assert is_root or f" {name}\n" in text or f"\n  {name} " in text or f"`{name}`" in text, name


def test_every_operation_has_its_row() -> None:
    schema = read_schema()
    rows = re.findall(r"^\| `(\w+)` \| \[?`\w+`", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    roots = [schema.query_type, schema.mutation_type, schema.subscription_type]
    assert rows == [name for root in roots if root is not None for name in root.fields]
