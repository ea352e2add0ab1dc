"""A document is parsed and judged once as long as it is remembered, and never taken for another."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from repositories.factory import open_storage
from schema.build import build_schema
from schema.limits import COST, NESTING
from schema.measuring import Costs
from schema.parsing import KEPT_CHARACTERS_MAX, KEPT_MAX, Documents
from tests.schema.test_limits import execute, run

GRAPH = build_schema()._schema  # noqa: SLF001 - Strawberry has no other way to it
PAGES = "{ nodes { areas(first: $n) { nodes { name } } } } }"


@pytest.fixture
def documents() -> Documents:
    """Remember none yet."""
    return Documents(GRAPH)


def named(name: str) -> str:
    """Make a document that is unlike those of other names."""
    return f"{{ policy {{ {name}: name }} }}"


def test_a_document_that_comes_again_is_the_one_parsed_before(documents: Documents) -> None:
    first, _ = documents.parsed(named("a"))
    again, faults = documents.parsed(named("a"))
    assert again is first
    assert not faults


def test_a_document_that_differs_by_one_character_is_another(documents: Documents) -> None:
    assert documents.parsed(named("a"))[0] is not documents.parsed(named("b"))[0]


@pytest.mark.parametrize("text", ["{ polcy { name } }", "{ " + "policy { name } " * 21 + "}", "{ a } { b }"])
def test_a_document_that_is_refused_is_not_remembered_and_refused_again(documents: Documents, text: str) -> None:
    said = [[fault.message for fault in documents.parsed(text)[1]] for _ in range(2)]
    assert said[0] == said[1] != []
    assert len(documents) == 0


def test_no_more_documents_are_remembered_than_may_be_and_the_longest_unused_goes_first(documents: Documents) -> None:
    used, _ = documents.parsed(named("used"))
    unused, _ = documents.parsed(named("unused"))
    for number in range(KEPT_MAX - 1):
        documents.parsed(named(f"a{number}"))
        documents.parsed(named("used"))
    assert len(documents) == KEPT_MAX
    assert documents.parsed(named("used"))[0] is used
    assert documents.parsed(named("unused"))[0] is not unused


def test_no_more_characters_are_remembered_than_may_be(documents: Documents) -> None:
    for number in range(20):
        documents.parsed(named(f"a{number}") + " " * 9_000)
    assert len(documents) == KEPT_CHARACTERS_MAX // 9_000
    for number in range(KEPT_MAX):
        documents.parsed(named(f"a{number}"))
    assert len(documents) > KEPT_MAX / 2


async def test_of_two_operations_in_a_document_each_is_carried_out_by_its_name() -> None:
    text = "query A { a: __typename } query B { b: __typename }"
    schema, storage = build_schema(), open_storage("memory://")
    answers = [(await schema.execute(text, operation_name=name)).data or {} for name in ("A", "B", "A")]
    assert [list(answer) for answer in answers] == [["a"], ["b"], ["a"]]
    assert (await execute(text, storage)).errors


def costs_of(text: str) -> Costs:
    """Give the costs of a document's first operation."""
    document = parse(text)
    [operation] = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return Costs(GRAPH, document, operation)


@pytest.mark.parametrize(
    ("variables", "cost"),
    [({"n": 5}, 61), ({"n": 100}, 20_201), ({}, 841), ({"n": None}, 841), ({"n": 5, "other": [1]}, 61)],
)
def test_the_cost_goes_by_the_lengths_that_variables_ask_for(variables: dict[str, Any], cost: int) -> None:
    costs = costs_of("query($n: Int, $other: [Int]) { regions(first: $n) " + PAGES)
    assert [costs.of(variables), costs.of({"n": 1}), costs.of(variables)] == [cost, costs.of({"n": 1}), cost]


def test_a_list_counts_by_how_many_it_holds_and_a_number_is_no_list() -> None:
    costs = costs_of("query($ids: [ID!]!) { nodes(ids: $ids) { id } }")
    assert [costs.of({"ids": ids}) for ids in (["x"] * 7, ["y"] * 7, ["x"] * 3, 7)] == [8, 8, 4, 11]


def test_a_variable_that_is_not_given_is_as_long_as_the_operation_says() -> None:
    costs = costs_of("query($n: Int = 100) { regions(first: $n) " + PAGES)
    assert costs.of({}) == costs.of({"n": 100}) > costs.of({"n": 5})


async def test_a_default_cannot_ask_for_more_than_may_be_asked_for() -> None:
    refused = await run("query($n: Int = 100) { regions(first: $n) " + PAGES)
    assert refused["codes"] == ["INVALID_INPUT"]
    assert refused["cost"]["requested"] > COST.most


def test_brackets_in_a_text_count_as_they_did(documents: Documents) -> None:
    assert documents.parsed('{ region(code: "' + "(" * (NESTING.most - 2) + '") { code } }')[1] == []
