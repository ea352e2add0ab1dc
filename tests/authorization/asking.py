"""What each query of the table is asked with: the payer's thing, and one like it that nobody has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests.authorization.stage import AWAY, HOME, HOSPITAL, KEY, PAYEE, PAYER, Stage
from tests.authorization.table import QUERIES
from tests.authorization.telling import nobodys, nobodys_id

Arguments = dict[str, Any]
Asked = Callable[[Stage], tuple[Arguments, Arguments]]
_TIE: Final = "by the payer's tie to the payee"


def _numbered(name: str, of: Callable[[Stage], str]) -> Asked:
    return lambda stage: ({name: of(stage)}, {name: nobodys(of(stage))})


def _preview(stage: Stage) -> tuple[Arguments, Arguments]:
    tie = stage.ties[PAYEE]
    asked = {"source": "PERSONAL_ACCOUNT", "relation": "CHILD", "amount": "1.00"}
    theirs, nobody = (asked | {"payee": {"kinshipId": each}} for each in (tie, nobodys_id(tie)))
    return {"input": theirs}, {"input": nobody}


ARGUMENTS: Final[dict[tuple[str, str], Asked]] = {
    ("region", "a region"): _numbered("code", lambda _: AWAY),
    ("institution", "an institution"): _numbered("code", lambda _: HOSPITAL),
    ("premium", "an area's premium"): lambda _: ({"areaCode": HOME, "year": 2025}, {"areaCode": HOME, "year": 2099}),
    ("person", "the payer"): _numbered("personNo", lambda _: PAYER),
    ("transfer", "the payer's to the payee"): _numbered("number", lambda stage: str(stage.transfer["number"])),
    ("payment", "the payer's at the institution"): _numbered("number", lambda stage: str(stage.medical["number"])),
    ("payment", "the payer's of a premium"): _numbered("number", lambda stage: str(stage.premium["number"])),
    ("outcome", "of the payer's key"): lambda _: ({"idempotencyKey": KEY}, {"idempotencyKey": "nobodys-key"}),
    ("transferPreview", _TIE): _preview,
}
"""Queries that are not here need no arguments."""

PLAIN: Final = [row for row in QUERIES if "type" not in row.cells.values()]
"""Those that are not about whatever has an id."""


def asked_with(stage: Stage, name: str, of: str) -> tuple[Arguments, Arguments]:
    """Give the arguments that ask for the payer's thing, and for nobody's."""
    made = ARGUMENTS.get((name, of))
    return made(stage) if made is not None else ({}, {})
