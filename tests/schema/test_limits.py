"""One request asks for so much and no more, and judging that takes time in proportion to its text."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import DocumentNode, get_introspection_query, parse
from strawberry.types import ExecutionResult

from api.faces import NoFaces
from domain.actors import ANONYMOUS, Actor
from domain.policies import ARTICLE
from repositories.contract import Storage, UnitOfWork
from repositories.factory import open_storage
from schema import steps
from schema.build import WalletSchema, build_schema
from schema.context import Context, Wiring
from schema.limits import ALIASES, COST, DEPTH, DIRECTIVES, MUTATIONS, ROOT_FIELDS, Limit
from schema.measuring import Measuring
from seeds.plant import plant
from services.feeds import Feeds
from tests.factories import make_transfer
from tests.keys import cheap_hasher
from tests.repositories.storing import store

SCHEMA = build_schema()
UP = "province { "


async def execute(
    query: str,
    storage: Storage,
    schema: WalletSchema = SCHEMA,
    actor: Actor = ANONYMOUS,
    variables: dict[str, object] | None = None,
) -> ExecutionResult:
    """Run an operation on a storage."""
    hasher = cheap_hasher()
    wiring = Wiring(storage, lambda: datetime.now(UTC), ARTICLE, hasher, NoFaces(), Feeds(storage))
    result = await schema.execute(query, variable_values=variables, context_value=Context(wiring, actor))
    hasher.close()
    return result


async def run(query: str, **variables: object) -> dict[str, Any]:
    """Run an operation as nobody, on an empty storage."""
    result = await execute(query, open_storage("memory://"), variables=variables)
    return {
        "codes": [(error.extensions or {}).get("code") for error in result.errors or ()],
        "messages": " ".join(error.message for error in result.errors or ()),
        "cost": (result.extensions or {}).get("cost"),
    }


def cost_of(query: str, **variables: object) -> int:
    """Give the cost of a document's first operation."""
    document: DocumentNode = parse(query)
    measuring = Measuring(SCHEMA._schema, document, variables)  # noqa: SLF001 - Strawberry has no other way to it
    return measuring.measure(next(measuring.operations())).cost


def region(levels: int) -> str:
    """Ask for a region through that many levels."""
    inner = levels - 2
    return '{ region(code: "370100") { ' + UP * inner + "code" + " }" * inner + " } }"


@pytest.mark.parametrize(
    ("limit", "within", "beyond"),
    [
        (DEPTH, region(DEPTH.most), region(DEPTH.most + 1)),
        (
            ALIASES,
            "{ policy { " + " ".join(f"a{n}: name" for n in range(ALIASES.most)) + " } }",
            "{ policy { " + " ".join(f"a{n}: name" for n in range(ALIASES.most + 1)) + " } }",
        ),
        (
            DIRECTIVES,
            "{ policy { " + "name @include(if: true) " * DIRECTIVES.most + "} }",
            "{ policy { " + "name @include(if: true) " * (DIRECTIVES.most + 1) + "} }",
        ),
        (
            ROOT_FIELDS,
            "{ " + "policy { name } " * ROOT_FIELDS.most + "}",
            "{ ...All } fragment All on Query { " + "policy { name } " * (ROOT_FIELDS.most + 1) + "}",
        ),
        (
            MUTATIONS,
            "mutation { " + 'cancelTransfer(input: {transferId: "x"}) { errors { code } } ' * MUTATIONS.most + "}",
            "mutation { ...All } fragment All on Mutation { "
            + 'cancelTransfer(input: {transferId: "x"}) { errors { code } } ' * (MUTATIONS.most + 1)
            + "}",
        ),
    ],
    ids=lambda value: value.en if isinstance(value, Limit) else "",
)
async def test_each_limit_is_kept_and_may_be_reached(limit: Limit, within: str, beyond: str) -> None:
    assert (await run(within))["codes"] == []
    refused = await run(beyond)
    assert refused["codes"] == ["INVALID_INPUT"]
    assert f"at most {limit.most} {limit.en}" in refused["messages"]


async def test_the_cost_is_reported() -> None:
    assert (await run("{ policy { name } }"))["cost"] == {"requested": 2, "limit": COST.most}


async def test_a_request_that_costs_too_much_is_refused_before_anything_is_looked_up() -> None:
    refused = await run("{ regions(first: 100) { nodes { areas(first: 100) { nodes { name } } } } }")
    assert refused["codes"] == ["INVALID_INPUT"]
    assert refused["cost"]["requested"] > COST.most


@pytest.mark.parametrize(("first", "cost"), [(1, 5), (100, 401), (10**9, 401), (-5, 5), (None, 81)])
def test_a_page_costs_as_much_as_it_is_long(first: int | None, cost: int) -> None:
    query = "query($n: Int) { regions(first: $n) { nodes { code province { name } } } }"
    assert cost_of(query, n=first) == cost


def test_what_a_page_says_of_itself_costs_once() -> None:
    assert cost_of("{ regions(first: 100) { totalCount pageInfo { hasNextPage } } }") == 4


def test_objects_by_id_cost_as_many_as_they_are() -> None:
    assert cost_of("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 7) == 8


def test_a_list_that_is_no_page_costs_as_if_it_were_ten() -> None:
    assert cost_of("{ coverage { fullyOpen { name } } }") == 12


def doubling(levels: int) -> str:
    """Make a document whose spreads unfold into 2^levels fields."""
    fragments = "".join(f"fragment F{n} on Region {{ ...F{n + 1} ...F{n + 1} }} " for n in range(levels))
    return f'{{ region(code: "1") {{ ...F0 }} }} {fragments} fragment F{levels} on Region {{ name }}'


async def test_spreads_that_unfold_without_end_are_measured_and_refused() -> None:
    """A rule that follows each spread anew would take 2^60 steps."""
    assert cost_of(doubling(60)) == 2**60 + 1
    assert (await run(doubling(60)))["codes"] == ["INVALID_INPUT"]


async def test_fragments_in_a_circle_are_refused_and_not_followed() -> None:
    refused = await run("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }")
    assert set(refused["codes"]) == {"INVALID_INPUT"}


@pytest.mark.parametrize(
    "text",
    ["{ policy { name } }" + " " * 20_000, "{ policy" * 500, "{ " + "policy { name } " * 700 + "}", "[" * 100_000],
    ids=["characters", "nesting", "tokens", "brackets"],
)
async def test_a_text_that_is_too_much_for_a_parser_is_refused(text: str) -> None:
    assert (await run(text))["codes"] == ["INVALID_INPUT"]


async def test_a_client_may_ask_what_there_is() -> None:
    assert (await run(get_introspection_query()))["codes"] == []


async def test_a_document_is_judged_anew_with_other_variables() -> None:
    query = "query($n: Int) { regions(first: $n) { nodes { areas(first: $n) { nodes { name } } } } }"
    assert [(await run(query, n=n))["codes"] for n in (5, 100, 5)] == [[], ["INVALID_INPUT"], []]


# ---- time ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "extensions"),
    [
        ('mutation { cancelTransfer(input: {transferId: "x"}) { errors { code } } }', {"outcome": "UNKNOWN"}),
        ("{ viewer { person { wallet { balance } } } }", {"retryable": True}),
    ],
)
async def test_what_takes_too_long_is_answered_honestly(
    monkeypatch: pytest.MonkeyPatch, operation: str, extensions: dict[str, object]
) -> None:
    """R20: what was begun in a transaction is carried to its end, so its outcome is not known yet."""
    storage = open_storage("memory://")
    await plant(storage, cheap_hasher(), lambda: datetime.now(UTC), demo=True)
    overdue = make_transfer("overdue", "P0001", "P0002")
    await store(storage, overdue)
    busy, free = asyncio.Event(), asyncio.Event()

    async def keep_busy(_uow: UnitOfWork) -> None:
        busy.set()
        await free.wait()

    keeping = asyncio.create_task(storage.transact(keep_busy))
    await busy.wait()
    monkeypatch.setattr(steps, "DEADLINE_S", 0.05)
    result = await execute(operation, storage, actor=Actor(person_no="P0001"))
    assert [error.extensions for error in result.errors or ()] == [extensions]
    free.set()
    await keeping


# ---- what there is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (get_introspection_query(), {}),
        ('{ __type(name: "Person") { fields { name } } }', {}),
        ("{ polcy { name } }", {}),
        ("{ region { name } }", {}),
        ("{ regions { nodes } }", {}),
        ("{ regions(frist: 1) { totalCount } }", {}),
        ("{ regions(filter: {level: AREAS}) { totalCount } }", {}),
        ("{ regions(filter: {serch: 1}) { totalCount } }", {}),
        ("query($x: Strin) { region(code: $x) { name } }", {}),
        ("query($x: RegionFilter) { regions(filter: $x) { totalCount } }", {"x": {"serch": 1}}),
        ("mutation($x: CancelTransferInput!) { cancelTransfer(input: $x) { errors { code } } }", {"x": {}}),
    ],
)
async def test_a_schema_that_is_not_to_be_discovered_tells_where_a_request_first_does_not_fit_it_and_no_more(
    query: str, variables: dict[str, object]
) -> None:
    result = await execute(query, open_storage("memory://"), build_schema(discoverable=False), variables=variables)
    assert result.data is None
    [error] = result.errors or []
    assert error.extensions == {"code": "INVALID_INPUT"}
    assert error.message == "请求与接口的模式不符。"
    assert error.locations


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ policy { name }", "Syntax Error"),
        ('mutation { closeRegion(input: {code: "370100", on: "x"}) { errors { code } } }', "2025-05-08"),
        ("query A { policy { name } } query B { policy { name } }", "operationName"),
        ("{ " + "policy { name } " * 21 + "}", "20 root fields"),
    ],
)
async def test_it_still_tells_what_is_wrong_with_the_request_itself(query: str, said: str) -> None:
    result = await execute(query, open_storage("memory://"), build_schema(discoverable=False))
    assert [said in error.message for error in result.errors or ()] == [True]


async def test_a_schema_that_may_be_discovered_suggests_what_may_be_meant() -> None:
    assert "Did you mean 'policy'?" in (await run("{ polcy { name } }"))["messages"]
