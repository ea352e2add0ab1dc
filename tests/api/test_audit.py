"""Who did what, when, with which outcome: the agency can look it up, and nobody else (R27)."""

from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
)

from domain.actors import Actor
from schema.build import build_schema
from seeds.demo import FAMILY
from tests.clients import Caller, Server

RECORD: Final = "at actors account operation status code changed requestId subject { __typename id }"
MUTATIONS: Final = build_schema()._schema.mutation_type.fields  # type: ignore[union-attr]  # noqa: SLF001
SCALARS: Final = {"String": "x", "ID": "x", "Money": "1.00", "Date": "2025-06-02", "Int": 2025, "Boolean": True}


async def trail(server: Server, caller: Caller | None = None, **search: object) -> list[dict[str, Any]]:
    """Give the newest records, as the agency sees them unless somebody else asks."""
    query = f"query($filter: AuditFilter) {{ auditLog(filter: $filter, first: 100) {{ nodes {{ {RECORD} }} }} }}"
    nodes: list[dict[str, Any]] = (await (caller or server.agency).ask(query, filter=search))["auditLog"]["nodes"]
    return nodes


# ---- what is recorded ---------------------------------------------------------------------------------------------


async def test_what_is_done_is_recorded(server: Server) -> None:
    """R27."""
    payer = server.person("P0001", **{"X-Request-Id": "my-request"})
    transfer = (await payer.apply("P0004", "CHILD", "1.00"))["transfer"]
    (record,) = await trail(server, operation="applyTransfer", actor="person:P0001", on="2025-06-02")
    assert record == {
        "at": "2025-06-02T12:00:00.000+08:00",
        "actors": ["person:P0001"],
        "account": "person:P0001",
        "operation": "applyTransfer",
        "status": "COMPLETED",
        "code": None,
        "changed": True,
        "requestId": "my-request",
        "subject": {"__typename": "Transfer", "id": transfer["id"]},
    }


async def test_a_wrong_password_is_recorded_with_the_transfer_it_was_for(server: Server) -> None:
    """R18, R27."""
    payer = server.person("P0001")
    transfer = (await payer.apply("P0004", "CHILD", "1.00"))["transfer"]
    await payer.verify(transfer["id"], "135790")
    (record,) = await trail(server, operation="verifyTransfer")
    assert (record["status"], record["code"]) == ("REFUSED", "VERIFICATION_FAILED")
    assert record["subject"]["id"] == transfer["id"]


async def test_what_a_rule_refuses_is_recorded_though_nothing_else_is_kept(server: Server) -> None:
    """R27."""
    await server.person("P0001").do("freezeWallet", "wallet { id }", personNo="P0002", reason="试试")
    (record,) = await trail(server, status="REFUSED", actor="person:P0001")
    assert (record["operation"], record["code"]) == ("freezeWallet", "FORBIDDEN")
    assert record["subject"]["__typename"] == "Wallet"


async def test_the_same_request_again_is_recorded_again(server: Server) -> None:
    """R20, R27: it was attempted twice, and done once."""
    for _ in range(2):
        await server.person("P0001").apply("P0004", "CHILD", "1.00")
    records = await trail(server, operation="applyTransfer")
    assert [record["status"] for record in records] == ["COMPLETED", "COMPLETED"]
    assert sorted(record["changed"] for record in records) == [False, True]
    assert records[0]["subject"] == records[1]["subject"]


async def test_what_was_verified_before_is_found_done_and_changes_nothing(server: Server) -> None:
    """R18, R27: whatever the password is then."""
    transfer = await server.person("P0001").give("P0004", "CHILD", "1.00")
    server.clock.advance(seconds=1)
    await server.person("P0001").verify(transfer["id"], "135790")
    records = await trail(server, operation="verifyTransfer")
    assert [(record["status"], record["changed"]) for record in records] == [("COMPLETED", False), ("COMPLETED", True)]


async def test_whoever_has_several_roles_is_found_by_each(server: Server) -> None:
    """R27."""
    both = server.caller(Actor(person_no="P0001", agency="test"))
    await both.do("freezeWallet", "wallet { id }", personNo="P0002", reason="挂失")
    for actor in ("person:P0001", "agency:test"):
        (record,) = await trail(server, actor=actor, operation="freezeWallet")
        assert record["actors"] == ["person:P0001", "agency:test"]


async def test_what_names_nothing_finds_nothing(server: Server) -> None:
    """R27: a mistyped id must not show what others did as if it had been done there."""
    await server.person("P0001").apply("P0004", "CHILD", "1.00")
    searches: list[dict[str, Any]] = [{"subjectId": "nonsense"}, {"subjectId": ""}, {"actor": ""}, {"account": "x"}]
    for search in searches:
        assert await trail(server, **search) == [], search
    assert await trail(server, subjectId=None, actor=None, on=None) == await trail(server)


async def test_a_request_can_be_followed_from_the_log(server: Server) -> None:
    """R27."""
    await server.person("P0001", **{"X-Request-Id": "one"}).apply("P0004", "CHILD", "1.00")
    await server.person("P0001", **{"X-Request-Id": "two"}).apply("P0004", "CHILD", "2.00")
    assert [record["requestId"] for record in await trail(server, requestId="two")] == ["two"]


async def test_who_is_nobody_leaves_no_trail(server: Server) -> None:
    """R27."""
    before = await trail(server)
    await server.anonymous.do("freezeWallet", "wallet { id }", personNo="P0002", reason="试试")
    assert await trail(server) == before


async def test_all_that_is_done_to_an_object_can_be_looked_up(server: Server) -> None:
    """R27."""
    agency = server.agency
    frozen = (await agency.do("freezeWallet", "wallet { id }", personNo="P0002", reason="挂失"))["wallet"]
    server.clock.advance(seconds=1)
    await agency.do("unfreezeWallet", "wallet { id }", personNo="P0002", reason="找回")
    server.clock.advance(seconds=1)
    await server.person("P0003").do("unfreezeWallet", "wallet { id }", personNo="P0002", reason="试试")
    records = await trail(server, subjectId=frozen["id"])
    assert [(r["operation"], r["status"]) for r in records] == [
        ("unfreezeWallet", "REFUSED"),
        ("unfreezeWallet", "COMPLETED"),
        ("freezeWallet", "COMPLETED"),
    ]


def example(kind: Any) -> Any:  # noqa: ANN401 - a type of the library, a value of JSON
    """Give a value of that type, whether or not it makes sense."""
    if isinstance(kind, GraphQLNonNull):
        return example(kind.of_type)
    if isinstance(kind, GraphQLList):
        return [example(kind.of_type)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        fields = list(kind.fields.items())
        if kind.extensions["strawberry-definition"].is_one_of:
            fields = fields[:1]
        return {name: example(field.type) for name, field in fields}
    return SCALARS[kind.name]


async def test_every_mutation_leaves_a_record(server: Server) -> None:
    """R27: walked through by the schema, so that none is forgotten."""
    for actor in (Actor(person_no="P0001"), Actor(agency="test"), Actor(institution_code="H37010000001")):
        for mutation, field in MUTATIONS.items():
            arguments = example(get_named_type(field.args["input"].type))
            payload = await server.caller(actor).do(mutation, "__typename", **arguments)
            codes = [error["code"] for error in payload["errors"]] or [None]
            records = await trail(server, operation=mutation, actor=actor.names()[0])
            assert [record["code"] for record in records] == codes, mutation


# ---- who sees it --------------------------------------------------------------------------------------------------


async def test_nobody_but_the_agency_sees_that_there_is_a_trail(server: Server) -> None:
    """R27: not even of what one did oneself."""
    await server.person("P0001").apply("P0004", "CHILD", "1.00")
    query = "{ auditLog(first: 1) { nodes { id } edges { cursor } pageInfo { hasNextPage endCursor } totalCount } }"
    seen = (await server.agency.ask(query))["auditLog"]
    assert seen["totalCount"] == 1
    for caller in (server.person("P0001"), server.hospital, server.anonymous):
        assert (await caller.ask(query))["auditLog"] == {
            "nodes": [],
            "edges": [],
            "pageInfo": {"hasNextPage": False, "endCursor": None},
            "totalCount": 0,
        }
        node = {"id": seen["nodes"][0]["id"]}
        assert await caller.ask("query($id: ID!) { node(id: $id) { id } }", **node) == {"node": None}
    found = await server.agency.ask("query($id: ID!) { node(id: $id) { id } }", id=seen["nodes"][0]["id"])
    assert found == {"node": seen["nodes"][0]}


async def test_the_trail_holds_nothing_personal(server: Server) -> None:
    """R28: not even where somebody writes an ID number in place of a personal number."""
    someone = FAMILY[0]
    for number in (someone.id_number, someone.phone, someone.name):
        await server.agency.do("freezeWallet", "wallet { id }", personNo=number, reason=someone.name)
    await server.person("P0001").apply("P0004", "CHILD", "1.00")
    kept = repr(await server.storage.read().audit_records.find({}, 100))
    for person in FAMILY:
        for secret in (person.name, person.id_number, person.phone):
            assert secret not in kept
