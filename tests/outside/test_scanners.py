"""What generic scanners of GraphQL servers look for, by the list of checks that graphql-cop made common.

They are asked of a server under the settings of production. The one that remains a hit is wanted: queries by GET, which
GraphQL over HTTP describes; docs/security.md says why that is no hole here.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from tests.clients import TLS
from tests.outside.production import production

TYPENAME = "query cop { __typename }"
FORM = "application/x-www-form-urlencoded"
FOREIGN = {"Origin": "https://elsewhere.example"}
CIRCLE = "query cop { __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }"


@pytest.fixture(scope="module")
async def http(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a server under the settings of production."""
    async with (
        production(tmp_path_factory.mktemp("production")) as url,
        httpx.AsyncClient(base_url=url, timeout=60, verify=TLS) as client,
    ):
        yield client


async def post(http: httpx.AsyncClient, body: object) -> dict[str, Any]:
    """Send a body as a scanner does, and give the answer."""
    answer: dict[str, Any] = (await http.post("/graphql", json=body)).json()
    return answer


async def refused(http: httpx.AsyncClient, query: str) -> str:
    """Send an operation that gets no data, and give what is said to be wrong, in few words whatever was sent."""
    answer = await post(http, {"query": query})
    assert "data" not in answer, answer
    assert all(fault["extensions"] == {"code": "INVALID_INPUT"} for fault in answer["errors"])
    assert len(answer["errors"]) <= 2
    return " ".join(fault["message"] for fault in answer["errors"])


async def test_the_server_is_there(http: httpx.AsyncClient) -> None:
    assert (await post(http, {"query": TYPENAME}))["data"] == {"__typename": "Query"}


# ---- making the server work ---------------------------------------------------------------------------------------


async def test_aliases_are_not_overloaded(http: httpx.AsyncClient) -> None:
    await refused(http, "query cop { " + " ".join(f"alias{n}: __typename" for n in range(101)) + " }")


async def test_fields_are_not_duplicated(http: httpx.AsyncClient) -> None:
    await refused(http, "query cop { " + "__typename " * 500 + "}")


@pytest.mark.parametrize("number", [10, 51])
async def test_directives_are_not_overloaded(http: httpx.AsyncClient, number: int) -> None:
    await refused(http, "query cop { __typename " + "@aa" * number + " }")


async def test_operations_are_not_batched(http: httpx.AsyncClient) -> None:
    answer = await http.post("/graphql", json=[{"query": TYPENAME}] * 10)
    assert answer.status_code == 400
    assert isinstance(answer.json(), dict)


async def test_passwords_are_not_tried_out_by_aliases_in_one_request(http: httpx.AsyncClient) -> None:
    proof = 'input: {{transferId: "x", verification: {{password: "{:06}"}}}}'
    tries = " ".join(f"a{n}: verifyTransfer({proof.format(n)}) {{ errors {{ code }} }}" for n in range(11))
    assert "10 mutations" in await refused(http, f"mutation cop {{ {tries} }}")


async def test_depth_has_an_end(http: httpx.AsyncClient) -> None:
    await refused(http, 'query cop { region(code: "370100") { ' + "province { " * 20 + "code" + " }" * 20 + " } }")


async def test_fragments_do_not_run_in_circles(http: httpx.AsyncClient) -> None:
    await refused(http, "query cop { ...A } fragment A on Query { ...B } fragment B on Query { ...A }")


# ---- finding out what there is ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [get_introspection_query(), CIRCLE, "{ __schema { queryType { name } } }", '{ __type(name: "Query") { name } }'],
)
async def test_the_schema_is_not_told(http: httpx.AsyncClient, query: str) -> None:
    assert "Query" not in await refused(http, query)


@pytest.mark.parametrize(
    "query",
    ["{ __schema { directive } }", "{ polcy { name } }", "{ region }", "{ region { name } }", "{ policy { nam } }"],
)
async def test_names_are_neither_suggested_nor_confirmed(http: httpx.AsyncClient, query: str) -> None:
    assert await refused(http, query) == "请求与接口的模式不符。"


@pytest.mark.parametrize(
    "path",
    [
        "/graphql",
        "/",
        "/graphiql",
        "/playground",
        "/console",
        "/graphql/console",
        "/altair",
        "/voyager",
        "/schema.graphql",
    ],
)
async def test_no_page_to_explore_with_is_exposed(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path, headers={"Accept": "text/html"}, follow_redirects=True)
    assert answer.status_code >= 400
    assert answer.headers["Content-Type"].startswith("application/json")


async def test_the_answer_does_not_tell_what_the_server_is_made_of(http: httpx.AsyncClient) -> None:
    answer = await http.post("/graphql", json={"query": TYPENAME})
    assert not {"server", "x-powered-by", "via"} & set(answer.headers)


# ---- what the server tells when something is wrong ----------------------------------------------------------------


@pytest.mark.parametrize("query", ["qwerty cop { abc }", "query cop { abc(", "\0", "{ " * 50, '"""', "{ a(b: $c) }"])
async def test_a_fault_shows_nothing_of_the_inside(http: httpx.AsyncClient, query: str) -> None:
    answer = await http.post("/graphql", json={"query": query})
    assert answer.status_code < 500
    for inside in ("exception", "stacktrace", "Traceback", ".py", "strawberry"):
        assert inside not in answer.text


async def test_nothing_is_traced(http: httpx.AsyncClient) -> None:
    assert set((await post(http, {"query": TYPENAME}))["extensions"]) == {"cost"}


# ---- in somebody else's name --------------------------------------------------------------------------------------


async def test_a_get_carries_out_no_mutation(http: httpx.AsyncClient) -> None:
    answer = await http.get("/graphql", params={"query": "mutation cop { __typename }"})
    assert (answer.status_code, "data" in answer.json()) == (405, False)


async def test_a_get_carries_out_queries_which_change_nothing(http: httpx.AsyncClient) -> None:
    answer = await http.get("/graphql", params={"query": TYPENAME})
    assert answer.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("content_type", [FORM, "text/plain", "multipart/form-data; boundary=x", ""])
async def test_no_form_of_a_foreign_page_is_taken(http: httpx.AsyncClient, content_type: str) -> None:
    for body in (f"query={TYPENAME}", json.dumps({"query": TYPENAME})):
        headers = {"Content-Type": content_type, **FOREIGN}
        assert (await http.post("/graphql", content=body, headers=headers)).status_code == 415


async def test_no_foreign_page_may_read_an_answer(http: httpx.AsyncClient) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization", **FOREIGN}
    for answer in (
        await http.post("/graphql", json={"query": TYPENAME}, headers=FOREIGN),
        await http.get("/graphql", params={"query": TYPENAME}, headers=FOREIGN),
        await http.options("/graphql", headers=asked),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_nobody_is_recognised_by_a_cookie(http: httpx.AsyncClient) -> None:
    answer = await http.post("/graphql", json={"query": TYPENAME}, headers={"Cookie": "session=x; token=x"})
    assert "set-cookie" not in answer.headers
    assert "cookie" not in answer.headers["Vary"].lower()


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "CONNECT"])
async def test_no_other_method_is_taken(http: httpx.AsyncClient, method: str) -> None:
    assert (await http.request(method, "/graphql", json={"query": TYPENAME})).status_code in {400, 404, 405}


async def test_no_header_turns_a_get_into_a_mutation(http: httpx.AsyncClient) -> None:
    headers = {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST", "Content-Type": "application/json"}
    answer = await http.get("/graphql", params={"query": "mutation cop { __typename }"}, headers=headers)
    assert answer.status_code == 405
