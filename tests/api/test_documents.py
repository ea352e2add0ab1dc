"""Documents that are named instead of sent: persisted ones, by hash, and trusted ones, from a manifest."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from api.documents import Documents, hash_of, read_manifest
from api.settings import Misconfigured
from repositories.factory import open_storage
from tests.clients import Server, running_server

CITY = "query City($code: String!) { region(code: $code) { name walletOpen } }"
VIEWER = "{ viewer { person { name } } }"
JINAN = {"region": {"name": "济南市", "walletOpen": True}}


def by_hash(text: str, digest: str | None = None) -> dict[str, Any]:
    """Name a document by its hash, or by another."""
    return {"persistedQuery": {"version": 1, "sha256Hash": digest or hash_of(text)}}


async def got(server: Server, text: str, headers: dict[str, str] | None = None, **variables: object) -> httpx.Response:
    """Ask by GET, naming the document by its hash."""
    parameters = {"extensions": json.dumps(by_hash(text)), "variables": json.dumps(variables)}
    return await server.http.get("/graphql", params=parameters, headers=headers)


async def persisted(server: Server, text: str, **variables: object) -> None:
    """Send a document once, with its hash."""
    body = {"query": text, "variables": variables, "extensions": by_hash(text)}
    assert "errors" not in (await server.http.post("/graphql", json=body)).json()


# ---- persisted queries --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_document_is_sent_once_and_named_from_then_on(shared_server: Server, method: str) -> None:
    text, asked = f"{CITY} # by {method}", {"variables": {"code": "370100"}}
    body = asked | {"extensions": by_hash(text)}
    sent = {"json": body} if method == "POST" else {"params": {name: json.dumps(part) for name, part in body.items()}}
    unknown = await shared_server.http.request(method, "/graphql", **sent)
    assert unknown.json() == {
        "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]
    }
    await persisted(shared_server, text, code="370100")
    assert (await shared_server.http.request(method, "/graphql", **sent)).json()["data"] == JINAN


@pytest.mark.parametrize(
    "extension",
    [
        {"version": 2, "sha256Hash": hash_of(CITY)},
        {"version": 1},
        {"version": 1, "sha256Hash": 7},
        {"version": 1, "sha256Hash": hash_of(VIEWER)},
        "x",
    ],
)
async def test_a_hash_that_is_none_or_another_is_refused(shared_server: Server, extension: object) -> None:
    body = {"query": CITY, "variables": {"code": "370100"}, "extensions": {"persistedQuery": extension}}
    answer = await shared_server.http.post("/graphql", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "INVALID_INPUT")


async def test_a_mutation_that_is_named_is_still_not_carried_out_by_get(shared_server: Server) -> None:
    text = 'mutation { revokeKinship(input: {kinshipId: "x"}) { errors { code } } }'
    await persisted(shared_server, text)
    assert (await got(shared_server, text)).status_code == 405


def test_the_longest_unused_is_forgotten_first() -> None:
    documents = Documents(most=2)
    for text in ("{ a }", "{ b }"):
        documents.text_of({"query": text, "extensions": by_hash(text)})
    documents.text_of({"extensions": by_hash("{ a }")})
    documents.text_of({"query": "{ c }", "extensions": by_hash("{ c }")})
    assert documents.text_of({"extensions": by_hash("{ a }")}) == "{ a }"
    with pytest.raises(Exception, match="PersistedQueryNotFound"):
        documents.text_of({"extensions": by_hash("{ b }")})


def test_what_is_too_much_is_not_remembered() -> None:
    documents, text = Documents(most=2), "{ a }" + " " * 30_000
    assert documents.text_of({"query": text, "extensions": by_hash(text)}) == text
    with pytest.raises(Exception, match="PersistedQueryNotFound"):
        documents.text_of({"extensions": by_hash(text)})


# ---- kept on the way ----------------------------------------------------------------------------------------------


async def test_what_everybody_sees_is_kept_and_asked_for_again_by_its_tag(shared_server: Server) -> None:
    await persisted(shared_server, CITY, code="370100")
    first = await got(shared_server, CITY, code="370100")
    assert first.json()["data"] == JINAN
    assert first.headers["Cache-Control"] == "public, max-age=60"
    assert {"Accept", "Accept-Language", "Authorization"} <= set(first.headers["Vary"].split(", "))
    again = await got(shared_server, CITY, {"If-None-Match": f'"x", W/{first.headers["ETag"]}'}, code="370100")
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    other = await got(shared_server, CITY, {"If-None-Match": first.headers["ETag"]}, code="340100")
    assert (other.status_code, other.headers["ETag"] == first.headers["ETag"]) == (200, False)


@pytest.mark.parametrize(
    "text",
    [
        VIEWER,
        '{ region(code: "370100") { name } viewer { roles } }',
        '{ institution(code: "H37010000001") { name payments { totalCount } } }',
        "{ auditLog { totalCount } }",
        '{ node(id: "UmVnaW9uOjM3MDEwMA") { id } }',
        "{ __typename }",
        "fragment V on Query { viewer { roles } } query { ...V policy { name } }",
    ],
)
async def test_what_may_be_somebodys_is_not_kept(shared_server: Server, text: str) -> None:
    """R27."""
    await persisted(shared_server, text)
    answer = await got(shared_server, text)
    assert answer.status_code == 200
    assert (answer.headers["Cache-Control"], "ETag" in answer.headers) == ("no-store", False)


@pytest.mark.parametrize(
    "text",
    [
        "{ coverage { provincesOpen fullyOpen { name province { name } } } policy { name } }",
        "{ regions(first: 2) { nodes { areas(first: 1) { edges { node { name } } pageInfo { endCursor } } } } }",
        '{ premium(areaCode: "370100", year: 2025) { amount area { name } } kinshipCommitment { version } }',
        "{ institutions(first: 1) { nodes { name area { name } } totalCount } }",
    ],
)
async def test_what_is_public_may_be_kept(shared_server: Server, text: str) -> None:
    """R1, R24."""
    await persisted(shared_server, text)
    assert "ETag" in (await got(shared_server, text)).headers


async def test_whoever_is_signed_in_is_answered_alone(shared_server: Server) -> None:
    """R27."""
    await persisted(shared_server, CITY, code="370100")
    answer = await got(shared_server, CITY, shared_server.person("P0001").headers, code="370100")
    assert (answer.headers["Cache-Control"], "ETag" in answer.headers) == ("no-store", False)


async def test_faults_and_what_is_not_named_are_kept_by_nobody(shared_server: Server) -> None:
    await persisted(shared_server, CITY, code="370100")
    """A proxy that kept `PersistedQueryNotFound` would answer it to everybody, long after the text was sent."""
    unknown = await got(shared_server, "{ policy { name } } # nobody sends this")
    faulty = await got(shared_server, CITY)
    sent = await shared_server.http.get("/graphql", params={"query": "{ policy { name } }"})
    for answer in (unknown, faulty, sent):
        assert (answer.headers["Cache-Control"], "ETag" in answer.headers) == ("no-store", False)


async def test_a_stream_of_something_public_is_a_stream(shared_server: Server) -> None:
    await persisted(shared_server, CITY, code="370100")
    answer = await got(shared_server, CITY, {"Accept": "text/event-stream"}, code="370100")
    assert (answer.status_code, "济南市" in answer.text, "ETag" in answer.headers) == (200, True, False)


async def test_documents_are_named_over_a_websocket_as_well(shared_server: Server) -> None:
    """One that is not known costs the operation only, not the connection."""
    await persisted(shared_server, CITY, code="370100")
    address = f"ws{shared_server.url.removeprefix('http')}/graphql"
    async with connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
        await socket.send(json.dumps({"type": "connection_init"}))
        await socket.recv()
        for name, said in ((by_hash("{ none }"), "PERSISTED_QUERY_NOT_FOUND"), (by_hash(CITY), "济南市")):
            payload = {"extensions": name, "variables": {"code": "370100"}}
            await socket.send(json.dumps({"type": "subscribe", "id": said, "payload": payload}))
            assert said in str(await socket.recv())


# ---- trusted documents --------------------------------------------------------------------------------------------


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Give a manifest with one document."""
    path = tmp_path / "documents.json"
    path.write_text(json.dumps({"city": CITY}))
    return path


async def test_a_trusted_document_is_named_by_its_id(manifest: Path, tmp_path: Path) -> None:
    async with running_server(open_storage("memory://"), tmp_path, documents_file=manifest) as server:
        asked = {"documentId": "city", "variables": {"code": "370100"}}
        assert (await server.http.post("/graphql", json=asked)).json()["data"] == JINAN
        by_get = {"documentId": "city", "variables": json.dumps({"code": "370100"})}
        assert (await server.http.get("/graphql", params=by_get)).headers["Cache-Control"] == "public, max-age=60"
        unknown = await server.http.post("/graphql", json={"documentId": "none"})
        assert (unknown.status_code, "documentId" in unknown.text) == (400, True)


async def test_where_only_trusted_documents_are_taken_no_other_is(manifest: Path, tmp_path: Path) -> None:
    """However it comes: in a body, by GET, with its hash, or over a WebSocket."""
    settings: dict[str, Any] = {"documents_file": manifest, "documents_only": True}
    async with running_server(open_storage("memory://"), tmp_path, **settings) as server:
        for good in ({"documentId": "city"}, {"query": CITY}, {"extensions": by_hash(CITY)}):
            answer = await server.http.post("/graphql", json={**good, "variables": {"code": "370100"}})
            assert answer.json()["data"] == JINAN, good
        for bad in ({"query": VIEWER}, {"query": VIEWER, "extensions": by_hash(VIEWER)}):
            answer = await server.http.post("/graphql", json=bad)
            assert answer.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN"}, bad
        assert "FORBIDDEN" in (await server.http.get("/graphql", params={"query": VIEWER})).text
        address = f"ws{server.url.removeprefix('http')}/graphql"
        async with connect(address, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
            await socket.send(json.dumps({"type": "connection_init"}))
            await socket.recv()
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": VIEWER}}))
            assert "FORBIDDEN" in str(await socket.recv())


def test_apollos_manifest_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    operation = {"id": "a1", "name": "City", "type": "query", "body": CITY}
    path.write_text(json.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation]}))
    assert read_manifest(path) == {"a1": CITY}


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"a": 1}', '{"a": "{ x"}', '{"a": "{ nope }"}', '{"operations": [{"id": "a"}]}']
)
def test_a_manifest_that_is_none_is_refused_in_a_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(content)
    with pytest.raises(Misconfigured, match="WALLET_DOCUMENTS_FILE"):
        read_manifest(path)
    with pytest.raises(Misconfigured, match="No such file"):
        read_manifest(tmp_path / "none.json")
