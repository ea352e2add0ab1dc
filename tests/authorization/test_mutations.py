"""Every mutation, tried by everybody: who may not do it learns nothing of what is there (R27)."""

from typing import Any, Final

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from seeds.demo import BY_NO
from tests.authorization.acting import ACTS, NOBODY, Act, Input, keyed
from tests.authorization.stage import Stage
from tests.authorization.table import CODES, MUTATIONS, Row, row_of_type
from tests.authorization.telling import Answer, Teller
from tests.authorization.walking import operation, root_fields

NAMING: Final = ("personNo", "idNumber", "relativeIdNumber")
"""Fields that name what is somebody's though they are no ids."""


def test_every_row_is_tried() -> None:
    """R27."""
    assert set(ACTS) == {(row.name, row.of) for row in MUTATIONS}


@pytest.mark.parametrize("mutation", root_fields("Mutation"))
async def test_whatever_an_input_names_is_tried_with_what_nobody_has(acting_stage: Stage, mutation: str) -> None:
    """R27: ids, personal numbers and identities, however deep in the input."""
    argument = root_fields("Mutation")[mutation].args["input"]
    kind = get_named_type(argument.type)
    assert isinstance(kind, GraphQLInputObjectType)
    acts = [await make(acting_stage) for (name, _), make in ACTS.items() if name == mutation]
    tried = {name for act in acts for name, value in _flat(act.theirs) if (name, value) not in _flat(act.nobodys)}
    assert _naming(kind) <= tried


def _naming(kind: GraphQLInputObjectType) -> set[str]:
    found = set()
    for name, field in kind.fields.items():
        target = get_named_type(field.type)
        if isinstance(target, GraphQLInputObjectType):
            found |= _naming(target)
        elif target.name == "ID" or name in NAMING:
            found.add(name)
    return found


def _flat(given: Input) -> list[tuple[str, Any]]:
    flat = []
    for name, value in given.items():
        flat += _flat(value) if isinstance(value, dict) else [(name, value)]
    return flat


# ---- the table ----------------------------------------------------------------------------------------------------


def codes(row: Row, answer: Answer) -> list[str]:
    """Give the codes of a mutation's refusals."""
    return [error["code"] for error in answer.data[row.name]["errors"]]


@pytest.mark.parametrize("row", MUTATIONS, ids=lambda row: row.title)
async def test_a_mutation_is_for_those_of_the_table(acting_stage: Stage, row: Row) -> None:
    """R27."""
    act = await ACTS[row.name, row.of](acting_stage)
    got = {column: await _try(teller, row, act) for column, teller in acting_stage.tellers.items()}
    assert {column: cell for column, (cell, _) in got.items()} == row.cells
    assert any(cell == "may" and not refused for cell, refused in got.values()), got


async def _try(teller: Teller, row: Row, act: Act) -> tuple[str, list[str]]:
    """Try it, and say what the table should say of it, with all refusals; what is hidden is as if it were not there."""
    query = operation("Mutation", row.name)
    may = row.cells[teller.column] == "may"
    answer = await teller.ask(query, input=keyed(act.allowed if may else act.theirs))
    refused = codes(row, answer)
    if not may and not _sees(teller, row):
        assert answer == await teller.ask(query, input=keyed(act.nobodys)), (teller.column, answer.body)
    return next((code for code in refused if code in CODES), "may"), refused


def _sees(teller: Teller, row: Row) -> bool:
    """Tell whether the caller sees the object that the input names, and may hear of it why it is refused."""
    if row.names is None:
        return False
    of = "of a premium" if "premium" in row.of else ""
    return row_of_type(row.names, of).cells[teller.column] == "seen"


# ---- who somebody is ----------------------------------------------------------------------------------------------

WRONG: Final = [
    {"name": "无名", "idNumber": BY_NO["P0009"].id_number},
    {"name": BY_NO["P0009"].name, "idNumber": BY_NO["P0008"].id_number},
]


@pytest.mark.parametrize("wrong", WRONG, ids=["name", "number"])
async def test_a_wrong_name_or_number_is_like_somebody_unknown(acting_stage: Stage, wrong: Input) -> None:
    """R15: whichever operation an identity is given to."""
    stated = {"source": "WALLET", "relation": "SIBLING", "amount": "1.00"}
    teller = acting_stage.tellers["payee"]

    async def answers(identity: Input) -> list[Answer]:
        transfer = stated | {"payee": {"identity": identity}}
        tie = {"relation": "SIBLING", "commitmentAccepted": True}
        tie |= {"relativeName": identity["name"], "relativeIdNumber": identity["idNumber"]}
        return [
            await teller.ask(operation("Query", "transferPreview"), input=transfer),
            await teller.ask(operation("Mutation", "applyTransfer"), input=keyed(transfer | {"idempotencyKey": ""})),
            await teller.ask(operation("Mutation", "declareKinship"), input=tie),
        ]

    assert await answers(wrong) == await answers(NOBODY)
