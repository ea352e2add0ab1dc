"""Our executor is the stock executor, only faster: the library's own tests hold, and hard cases are answered alike."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import strawberry
from graphql import parse

from schema.variants import OPERATIONS_MAX
from tests.schema.awkward import OURS, STOCK
from tests.schema.graphql_core.describing import COUNTED

CORE: Final = Path(__file__).with_name("graphql_core")
ROOT: Final = CORE.parents[2]
FIELDS: Final = "number name colour day moment big broken"
CASES: Final = (
    f"{{ thing {{ {FIELDS} }} }}",
    f'{{ a: thing(name: null) {{ {FIELDS} }} b: thing(colour: "x") {{ {FIELDS} }} c: thing {{ alias {FIELDS} }} }}',
    "{ thing(number: 99999999999) { number } }",
    # Which of several errors comes first is told alike where they do not come within a few turns of each other.
    "{ a: thing(number: -1) { slow(turns: 9) looked name must(turns: 40) } b: thing { slow looked must } }",
    "{ things(numbers: [1, 0, -1, 2]) { number slow(turns: 90) must looked } }",
    "{ things(numbers: [1, -1]) { number mustLook slow(turns: 9) } thing { name } }",
    "{ things(numbers: [1]) { others(numbers: [1, 0, 2]) { number slow must } } }",
    "{ things(numbers: [-3]) { others(numbers: [1, 9]) { number must slow next { must } } } }",
    "{ thing { lists { number must slow } } }",
    "{ thing(number: -1) { lists { number must } } }",
    "{ thing { returned } other: thing { shouted next { next(by: 3) { shouted number } } } }",
    "{ named { __typename ... on Special { extra } ... on Usual { count } ...F } } fragment F on Named { n: name }",
    "{ misnamed { __typename name } }",
    "{ named { ... on Usual { x: name } ... on Special { x: extra } } __typename }",
    "{ counted thing { number } }",
    '{ a: wish(wish: {}) b: wish(wish: {number: 2, words: ["x"]}) c: wish(wish: {}) }',
    """{ thing { number ...A ... { next { number } } } }
    fragment A on Thing { next { name must } number ...B }
    fragment B on Thing { next { next { must } } }""",
    "{ thing { a: slow(turns: 5) b: slow(turns: 1) c: slow(turns: 3) next { must(turns: 4) } looked } }",
    """{ thing { next(by: -9) { slow(turns: 9) must(turns: 60) } slow looked mustLook }
    z: thing(number: -1) { looked slow(turns: 90) next { mustLook } } }""",
    "{ thing { others(numbers: 0) { number } } things(numbers: 7) { number } }",
    "query Two($n: Int = 3) { thing(number: $n) { number } __schema { queryType { name } } }",
)
CHOOSING: Final = """query ($yes: Boolean!, $no: Boolean = false) {
  thing {
    number @include(if: $yes) name @skip(if: $no) ... @include(if: $no) { next { number } }
    next @skip(if: $yes) { name }
  }
}"""


async def answered(
    schema: strawberry.Schema, query: str, context: object = None, **variables: object
) -> tuple[Any, ...]:
    """Give everything that is told of an answer."""
    result: Any = await schema.execute(query, variables or None, context_value=context)
    errors = [(error.formatted, repr(error.original_error)) for error in result.errors or ()]
    return json.dumps(result.data), errors, result.extensions


def test_the_librarys_own_tests_hold() -> None:
    command: list[str | Path] = ["-m", "pytest", "-c", CORE / "pytest.ini", "--rootdir", CORE, "-p", "no:cacheprovider"]
    plugin: list[str | Path] = ["-p", "tests.schema.graphql_core.describing", "-q", CORE / "upstream"]
    run = subprocess.run([sys.executable, *command, *plugin], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert run.returncode == 0, run.stdout[-5_000:]
    counted = re.search(rf"{COUNTED} (\d+) of (\d+)", run.stdout)
    assert counted is not None
    planned, operations = map(int, counted.groups())
    assert operations > 400
    assert planned > operations * 0.8, "most of it goes by plan; what may be aborted, and middleware, do not"


@pytest.mark.parametrize("query", CASES)
async def test_hard_cases_are_answered_alike(query: str) -> None:
    expected = await answered(STOCK, query)
    for _ in range(3):
        assert await answered(OURS, query) == expected


async def test_a_plan_is_made_for_each_choice_of_fields() -> None:
    for yes in (True, False, True):
        for variables in ({}, {"no": True}, {"no": False}, {"no": None}):
            asked: dict[str, Any] = {"yes": yes, **variables}
            assert await answered(OURS, CHOOSING, **asked) == await answered(STOCK, CHOOSING, **asked)


async def test_mutations_are_carried_out_one_after_another() -> None:
    query = '{ a: add(word: "a", turns: 5) b: add(word: "b") c: add(word: "c", turns: 0) }'
    told = [await answered(schema, f"mutation {query}", []) for schema in (STOCK, OURS)]
    assert told[0] == told[1]
    assert '"c": ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]' in told[0][0]


async def test_a_refused_mutation_ends_those_that_follow() -> None:
    contexts: list[list[str]] = [[], []]
    query = 'mutation { a: add(word: "a") refuse b: add(word: "b") }'
    told = [await answered(schema, query, context) for schema, context in zip((STOCK, OURS), contexts, strict=True)]
    assert told[0] == told[1]
    assert contexts == [["a begins", "a ends", "refused"]] * 2


async def test_an_operation_that_is_cancelled_leaves_no_task_behind() -> None:
    before = asyncio.all_tasks()
    query = (
        "{ things(numbers: [1, 2, 3]) { slow(turns: 100000) must(turns: 100000) looked next { slow(turns: 100000) } } }"
    )
    for turns in range(12):
        operation = asyncio.ensure_future(OURS.execute(query))
        for _ in range(turns):
            await asyncio.sleep(0)
        operation.cancel()
        with pytest.raises(asyncio.CancelledError):
            await operation
        assert asyncio.all_tasks() == before


async def test_what_becomes_null_is_waited_for_no_longer() -> None:
    before = asyncio.all_tasks()
    query = "{ things(numbers: [-1]) { must slow(turns: 1000000) next { slow(turns: 1000000) } } }"
    async with asyncio.timeout(30):
        data, errors, _ = await answered(OURS, query)
    assert (data, len(errors)) == ('{"things": [null]}', 1)
    assert asyncio.all_tasks() == before


async def test_operations_at_the_same_time_share_a_plan_and_nothing_else() -> None:
    query = "query ($n: Int!, $w: Int!) { thing(number: $n) { number slow(turns: $w) next(by: $n) { number must } } }"
    asked = [{"n": n, "w": 20 - n} for n in range(-5, 20)]
    together = await asyncio.gather(*(answered(OURS, query, **variables) for variables in asked))
    assert together == [await answered(STOCK, query, **variables) for variables in asked]


async def test_plans_are_bounded_and_never_taken_for_anothers() -> None:
    for number in range(OPERATIONS_MAX * 3):
        data, errors, _ = await answered(OURS, f"{{ a{number}: thing(number: {number}) {{ n{number}: number }} }}")
        assert (data, errors) == (f'{{"a{number}": {{"n{number}": {number}}}}}', [])
        if number % 50 == 0:
            gc.collect()
    kept = vars(OURS._schema)["planned_operations"]  # noqa: SLF001 - the library shows it no other way
    assert len(kept) == OPERATIONS_MAX


async def test_a_document_that_is_kept_is_planned_once() -> None:
    document = parse("{ thing { number name } }")
    kept = vars(OURS._schema)["planned_operations"]  # noqa: SLF001 - as above
    executors = [
        OURS.execution_context_class.build(OURS._schema, document)  # noqa: SLF001 - as above
        for _ in range(2)
    ]
    results: list[Any] = [executor.execute_operation() for executor in executors]  # type: ignore[union-attr]
    assert results[0] == results[1]
    assert sum(found.are_of(document.definitions[0], {}) for found in kept.values()) == 1
