"""Golden operations are answered as they are written down, on every storage, and cover the whole schema."""

from __future__ import annotations

import pytest
from graphql import build_schema, validate

from schema.build import printed_schema
from tests.clients import Server
from tests.golden.measuring import covered, wanted
from tests.golden.playing import Player
from tests.golden.scenarios import FOLDER, POLICIES, Scenario, read_scenarios

SCHEMA = build_schema(printed_schema())
SCENARIOS = read_scenarios()


async def test_operations_are_answered_as_written(server: Server) -> None:
    await require_as_written(server, "article")


async def test_operations_of_the_national_policy_are_answered_as_written(national: Server) -> None:
    """R21."""
    await require_as_written(national, "national")


async def require_as_written(server: Server, policy: str) -> None:
    """Play what is written for a policy, and compare; if the change was meant, `make golden` writes it down."""
    scenarios = [each for each in SCENARIOS if each.policy == policy]
    for written, played in zip(scenarios, await Player(server).play(scenarios), strict=True):
        for step, now in zip(written.steps, played.steps, strict=True):
            assert now.answer == step.answer, f"{written.path.name}: {step.what} If it is meant: make golden"


def test_every_root_field_every_object_field_and_every_code_is_covered() -> None:
    assert wanted(SCHEMA) - covered(SCHEMA, SCENARIOS) == set()


def test_every_mutation_is_carried_out_and_refused() -> None:
    refused = {
        name
        for scenario in SCENARIOS
        for step in scenario.steps
        for name, payload in ({} if step.events else step.answer).items()
        if isinstance(payload, dict) and payload.get("errors")
    }
    mutations = SCHEMA.mutation_type
    assert mutations is not None
    assert refused == set(mutations.fields)


def test_what_is_taken_away_is_missed() -> None:
    """The measure measures: without a file, what only that file covers is not covered."""
    without = [each for each in SCENARIOS if not each.path.name.endswith("_premiums.json")]
    assert wanted(SCHEMA) - covered(SCHEMA, without) >= {"Query.premium", "Mutation.publishPremium", "Premium.opensOn"}
    codes = [each for each in SCENARIOS if each.policy == "article"]
    assert "ErrorCode.DAILY_LIMIT_REACHED" not in covered(SCHEMA, codes)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.path.stem)
def test_every_operation_fits_the_schema_is_sent_and_is_written_as_make_golden_writes_it(scenario: Scenario) -> None:
    assert scenario.policy in POLICIES
    assert [error.message for each in scenario.operations.values() for error in validate(SCHEMA, each)] == []
    assert set(scenario.operations) == {step.operation for step in scenario.steps}
    assert scenario.path.read_text(encoding="utf-8") == scenario.written()


def test_every_document_has_its_steps() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {scenario.path.stem for scenario in SCENARIOS}
    assert len(list(FOLDER.iterdir())) == 2 * len(SCENARIOS)
