"""Whatever schemathesis generates from the schema, whoever sends it, the server refuses it or carries it out.

The same operations are generated every time; `OUTSIDE_SEED=N` generates others.
"""

from __future__ import annotations

import os
from typing import Any, Final

import httpx
import pytest
from graphql import (
    GraphQLError,
    StringValueNode,
    build_ast_schema,
    is_scalar_type,
    is_specified_scalar_type,
    parse,
)
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode

from schema.build import build_schema
from tests.outside.conftest import Asked
from tests.outside.generating import SCALARS, SDL, operations

SEED: Final = int(os.environ.get("OUTSIDE_SEED", "20250508"))
MOST: Final = int(os.environ.get("OUTSIDE_MOST", "5"))
"""How many of each operation and kind, each sent by everybody, on each storage: what it takes is in proportion."""
generated: Final = settings(
    phases=[Phase.generate, Phase.shrink],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
"""Nothing is kept between runs, so that a seed says it all."""


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: str(mode.value))
@pytest.mark.parametrize("label", operations())
def test_no_generated_operation_breaks_the_server(asked: Asked, label: str, mode: GenerationMode) -> None:
    """R20, R28: nothing but refusals and faults of the caller, and nothing in the log."""

    @seed(SEED)
    @settings(generated, max_examples=MOST if mode is GenerationMode.POSITIVE else max(1, MOST // 2))
    @given(case=asked.operations[label].as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:  # noqa: ANN401 - schemathesis has it generic over what GraphQL has not
        for name, caller in asked.callers.items():
            answer = caller.post("/graphql", json={"query": case.body})
            what = f"OUTSIDE_SEED={SEED}: {name} sent {case.body}"
            assert is_sound(answer), f"{what}\n{answer.text}"
            assert asked.log.taken() == [], what

    holds()


def is_sound(answer: httpx.Response) -> bool:
    """Tell whether whatever is wrong is said with a code, so that it was the caller's doing."""
    return answer.status_code == 200 and all("code" in error["extensions"] for error in answer.json().get("errors", ()))


def test_every_scalar_of_ours_is_generated() -> None:
    types = build_ast_schema(parse(SDL.read_text(encoding="utf-8"))).type_map.values()
    assert set(SCALARS) == {each.name for each in types if is_scalar_type(each) and not is_specified_scalar_type(each)}


@pytest.mark.parametrize("scalar", ["Money", "Date"])
def test_scalars_are_generated_as_they_can_be_and_as_they_cannot(scalar: str) -> None:
    reading: Any = build_schema()._schema.type_map[scalar]  # noqa: SLF001 - Strawberry has no other way to it
    seen: list[bool] = []

    @seed(SEED)
    @settings(generated, max_examples=100)
    @given(value=SCALARS[scalar])
    def look(value: StringValueNode) -> None:
        try:
            reading.parse_value(value.value)
        except GraphQLError:
            seen.append(False)
        else:
            seen.append(True)

    look()
    assert 0.5 < seen.count(True) / len(seen) < 1
