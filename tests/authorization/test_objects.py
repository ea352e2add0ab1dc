"""Every object type, for everybody: by its id, among others, and wherever another object leads to it (R27, R28)."""

import re
from typing import Final

import pytest

from seeds.demo import FAMILY, TIES
from tests.authorization.exploring import Seen, cell_of, explore, owner_of
from tests.authorization.stage import PAYEE, PAYER, Stage
from tests.authorization.table import COLUMNS, TYPES, Row
from tests.authorization.telling import Answer, named_by, nobodys_id, require_nothing, type_names
from tests.authorization.walking import by_id, by_ids, is_node, node_types, object_types

SEEN: Final[dict[tuple[str, str], Seen]] = {}
NODES: Final = [row for row in TYPES if is_node(object_types()[row.name]) and "id" in row.fields]
PARTS: Final = [row for row in TYPES if row.fields and is_node(object_types()[row.name]) and "id" not in row.fields]
VALUES: Final = [
    row
    for row in TYPES
    if not is_node(object_types()[row.name]) and "own" not in row.cells.values() and row.name != "Party"
]
ANY: Final = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


async def seen_by(stage: Stage, column: str) -> Seen:
    """Give what a caller comes to; it is gathered once for each server."""
    key = (str(stage.server.keys), column)
    if key not in SEEN:
        SEEN[key] = await explore(stage, stage.tellers[column])
    return SEEN[key]


async def all_there_is(stage: Stage) -> Seen:
    """Give everything: the agency comes to all of it."""
    return await seen_by(stage, "agency")


async def payers_own(stage: Stage, type_name: str) -> list[str]:
    """Give the ids of what the payer has of that type, or is party to; of what is anybody's, all."""
    truth = await all_there_is(stage)
    return [
        global_id
        for global_id, node in truth.nodes.items()
        if named_by(global_id)[0] == type_name
        and PAYER in (owner_of(global_id) or PAYER, (node.get("payer") or {}).get("personNo"))
    ]


async def test_there_is_an_object_of_every_type(stage: Stage) -> None:
    """R27: so that what is not seen below is hidden, and not missing."""
    truth = await all_there_is(stage)
    assert {named_by(global_id)[0] for global_id in truth.nodes} == set(node_types())
    assert {row.name for row in VALUES} <= {each["__typename"] for each in truth.others}


@pytest.mark.parametrize("column", COLUMNS)
async def test_of_all_objects_a_caller_sees_those_of_the_table(stage: Stage, column: str) -> None:
    """R27: by `nodes`, whosever they are."""
    truth, teller = await all_there_is(stage), stage.tellers[column]
    ids = list(truth.nodes)
    seen: list[str] = []
    for start in range(0, len(ids), 100):
        found = (await teller.ask(ANY, ids=ids[start : start + 100])).data["nodes"]
        seen += [node["id"] for node in found if node is not None]
    assert seen == [each for each in ids if cell_of(teller, each, truth.nodes[each]) == "seen"]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("row", NODES, ids=lambda row: row.title)
async def test_an_object_that_is_not_seen_is_like_one_that_is_not_there(stage: Stage, row: Row, column: str) -> None:
    """R27: all of it asked for, by `node` and, with one that is seen or not, by `nodes`."""
    truth, teller = await all_there_is(stage), stage.tellers[column]
    one, several = by_id(row.name), by_ids(row.name)
    for global_id in await payers_own(stage, row.name):
        nobodys = nobodys_id(global_id)
        assert nobodys not in truth.nodes
        answer, absent = await teller.ask(one, id=global_id), await teller.ask(one, id=nobodys)
        assert absent.data == {"node": None}
        if cell_of(teller, global_id, truth.nodes[global_id]) == "seen":
            assert answer.data["node"]["id"] == global_id
            assert_same_cost(answer, absent)
        else:
            assert answer == absent
        both, half = [await teller.ask(several, ids=[each, global_id]) for each in (global_id, nobodys)]
        assert both.data["nodes"] == [answer.data["node"]] * 2
        assert half.data["nodes"] == [None, answer.data["node"]]
        assert_same_cost(both, half)


def assert_same_cost(one: Answer, other: Answer) -> None:
    """Find that what a request costs says nothing of what it finds."""
    assert one.body["extensions"] == other.body["extensions"]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("row", PARTS, ids=lambda row: row.title)
async def test_what_is_not_for_all_who_see_its_object_is_empty_for_the_others(
    stage: Stage, row: Row, column: str
) -> None:
    """R27: no item, no cursor, no number."""
    found = []
    for global_id in await payers_own(stage, row.name):
        node = (await stage.tellers[column].ask(by_id(row.name), id=global_id)).data["node"]
        found += [node[name] for name in row.fields]
    if row.cells[column] == "seen":
        assert any(part["nodes"] and part["edges"] and part["totalCount"] for part in found)
    else:
        for part in found:
            require_nothing(part, connection=part["__typename"])


@pytest.mark.parametrize("column", COLUMNS)
async def test_whatever_a_caller_comes_to_is_in_the_table(stage: Stage, column: str) -> None:
    """R27: by every query, along every edge, until nothing new is found."""
    teller, seen = stage.tellers[column], await seen_by(stage, column)
    assert [named_by(each) for each, node in seen.nodes.items() if cell_of(teller, each, node) != "seen"] == []


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("row", VALUES, ids=lambda row: row.title)
async def test_what_has_no_id_is_seen_with_what_it_belongs_to(stage: Stage, row: Row, column: str) -> None:
    """R27: of the payer's things, and of what is everybody's."""
    seen = await seen_by(stage, column)
    found = type_names(seen.asked)
    for name in node_types():
        found |= type_names([seen.nodes.get(each) for each in await payers_own(stage, name)])
    assert (row.name in found) == (row.cells[column] == "seen")


# ---- what one sees of the other side ------------------------------------------------------------------------------


@pytest.mark.parametrize("column", COLUMNS)
async def test_of_others_one_sees_the_profile_of_those_one_has_to_do_with(stage: Stage, column: str) -> None:
    """R27, R28."""
    seen = await seen_by(stage, column)
    parties = [each for each in seen.others if each["__typename"] == "Party"]
    met = {party["personNo"] for party in parties}
    assert all(re.fullmatch(r".\*", party["name"]) for party in parties)
    assert (PAYER in met) == (next(row for row in TYPES if row.name == "Party").cells[column] == "seen")
    assert met <= await concerned(stage, column)


async def concerned(stage: Stage, column: str) -> set[str]:
    """Give the persons that the caller has to do with: himself or herself, kin, the other sides, and who paid."""
    teller, truth = stage.tellers[column], await all_there_is(stage)
    if column == "agency":
        return {member.person_no for member in FAMILY}
    known = {
        teller.person_no,
        *(no for one, other, _ in TIES if teller.person_no in (one, other) for no in (one, other)),
    }
    for node in truth.nodes.values():
        sides = {(node.get(side) or {}).get("personNo") for side in ("payer", "payee")}
        paid = (node.get("institution") or {}).get("code")
        if (teller.person_no or teller.institution_code) in {*sides, paid}:
            known |= sides
    return {each for each in known if each is not None}


async def test_the_payee_is_a_relative_and_the_relative_no_payee(stage: Stage) -> None:
    """R27: the columns are what they are called."""
    sides = {
        (node["payer"]["personNo"], node["payee"]["personNo"])
        for node in (await all_there_is(stage)).nodes.values()
        if node["__typename"] == "Transfer"
    }
    people = {column: stage.tellers[column].person_no for column in ("relative", "stranger")}
    assert (PAYER, PAYEE) in sides
    assert not any(no in side for side in sides for no in people.values())
    assert {(PAYER, no) for no in people.values()} & {(a, b) for a, b, _ in TIES} == {(PAYER, people["relative"])}
