"""Every query, for everybody: what may not be seen is answered like what does not exist (R27)."""

from typing import Any

import pytest
from graphql import is_non_null_type

from domain.actors import Actor
from tests.authorization.asking import ARGUMENTS, PLAIN, asked_with
from tests.authorization.stage import HOSPITAL, STRANGER, Stage
from tests.authorization.table import CODES, COLUMNS, Row
from tests.authorization.telling import Teller, require_nothing
from tests.authorization.walking import operation, root_fields, type_of


def test_every_query_that_needs_arguments_is_given_them() -> None:
    """R27: so none is left out."""
    fields = root_fields("Query")
    needing = {name for name in fields if any(is_non_null_type(a.type) for a in fields[name].args.values())}
    assert needing - {"node", "nodes"} == {name for name, _ in ARGUMENTS}
    assert set(ARGUMENTS) <= {(row.name, row.of) for row in PLAIN}


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("row", PLAIN, ids=lambda row: row.title)
async def test_a_query_is_answered_as_the_table_says(stage: Stage, row: Row, column: str) -> None:
    """R27."""
    teller, cell = stage.tellers[column], row.cells[column]
    theirs, nobodys = asked_with(stage, row.name, row.of)
    query = operation("Query", row.name)
    answer = await teller.ask(query, **theirs)
    if cell == "seen":
        assert answer.data[row.name], answer.body
        return
    assert answer == await teller.ask(query, **nobodys)
    if cell in CODES:
        assert answer.fault == cell
    elif cell == "none":
        require_nothing(answer.data[row.name], connection=type_of(root_fields("Query")[row.name]).name)
    else:
        require_own(teller, answer.data[row.name])


def require_own(teller: Teller, viewer: dict[str, Any]) -> None:
    """Find whoever asks, and nobody else."""
    person, institution = viewer["person"], viewer["institution"]
    assert (person and person["personNo"]) == teller.person_no
    assert (institution and institution["code"]) == teller.institution_code


async def test_whoever_holds_several_roles_sees_what_each_of_them_sees(stage: Stage) -> None:
    """R27: a stranger to the payer who works at the institution."""
    roles = ("stranger", "institution")
    both = Actor(person_no=STRANGER, institution_code=HOSPITAL)
    teller = Teller("stranger", stage.server.caller(both), STRANGER, HOSPITAL)
    for row in PLAIN:
        cells = {row.cells[role] for role in roles}
        if cells <= {"seen", "none"}:
            found = (await teller.ask(operation("Query", row.name), **asked_with(stage, row.name, row.of)[0])).data
            if "seen" in cells:
                assert found[row.name], row.title
            else:
                require_nothing(found[row.name], connection=type_of(root_fields("Query")[row.name]).name)
