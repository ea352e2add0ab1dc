"""What schemathesis generates operations from: the schema, its scalars, and values that mean something here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import schemathesis
from graphql import StringValueNode
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes
from schemathesis.schemas import APIOperation

from seeds.demo import FAMILY, INSTITUTIONS, PASSWORD

Operation = APIOperation[Any, Any, Any, Any]
SDL: Final = Path(__file__).parents[2] / "schema" / "schema.graphql"
LIKELY: Final = 0.9
"""How often a value that means something stands where one can."""

# ---- scalars: mostly what they can be, now and then what they cannot ----------------------------------------------

AMOUNTS: Final = st.decimals(0, 10, places=2).map(str) | st.sampled_from(["0.00", "0.01", "30.00", "9999999999999.99"])
NO_AMOUNTS: Final = st.sampled_from(["", "-1.00", "1e3", "NaN", "１.00", "1.001", "01", "99999999999999", " 1"])
DAYS: Final = st.dates(date(2025, 5, 1), date(2025, 12, 31)) | st.dates() | st.sampled_from([date.min, date.max])
NO_DAYS: Final = st.sampled_from(
    ["", "2025-02-30", "0000-01-01", "20250508", "2025-5-8", "２０２５-05-08", "10000-01-01"]
)
MOMENTS: Final = st.datetimes().map(lambda moment: moment.isoformat() + "+08:00")
NO_MOMENTS: Final = st.sampled_from(["", "2025-05-08T25:00:00Z", "yesterday"])


def mostly(values: st.SearchStrategy[str], others: st.SearchStrategy[str]) -> st.SearchStrategy[StringValueNode]:
    """Write values as GraphQL does, and now and then one that is none."""
    return st.integers(0, 20).flatmap(lambda number: others if number == 13 else values).map(nodes.String)


SCALARS: Final[Mapping[str, st.SearchStrategy[StringValueNode]]] = {
    "Money": mostly(AMOUNTS, NO_AMOUNTS),
    "Date": mostly(DAYS.map(date.isoformat), NO_DAYS),
    "DateTime": mostly(MOMENTS, NO_MOMENTS),
}
for name, strategy in SCALARS.items():
    schemathesis.graphql.scalar(name, strategy)

# ---- texts and numbers: the demo family's ------------------------------------------------------------------------

UNKNOWN_PERSON: Final = ("周文", "370102197001011236")
PERSONS: Final = [*(member.person_no for member in FAMILY), "P9999"]
NAMES: Final = [*(member.name for member in FAMILY), UNKNOWN_PERSON[0]]
ID_NUMBERS: Final = [*(member.id_number for member in FAMILY), UNKNOWN_PERSON[1]]
AREAS: Final = ["370100", "370000", "540100", "340100", "130100", "210100", "500105", "999999"]
INSTITUTION_CODES: Final = [*(institution.code for institution in INSTITUTIONS), "P37010099999"]
NUMBERS: Final = [0, 1, 20, 100, 101, -1, 2_025, date.today().year, 9_999, 10_000, 2_147_483_647, -2_147_483_648]  # noqa: DTZ011
TEXTS: Final = ["B1", "2025-05", "核查", "jinan", "济南", "\0", "\r\n", "%", ".*", "$where", "\ufeff", "𠮷", "x" * 300]


@dataclass(frozen=True)
class Ids:
    """Of things that are there, to name in an operation."""

    transfers: Sequence[str] = ("x",)
    payments: Sequence[str] = ("x",)
    kinships: Sequence[str] = ("x",)
    others: Sequence[str] = ("x",)

    def all(self) -> list[str]:
        """Give them all."""
        return [*self.others, *self.kinships, *self.payments, *self.transfers]


def dictionaries(ids: Ids) -> dict[str, tuple[list[Any], list[str]]]:
    """Give the values, and the arguments that each kind of value is for."""
    own = "*.*.input."
    return {
        "persons": (PERSONS, [f"{own}personNo", "Query.person.personNo"]),
        "names": (NAMES, [f"{own}payee.identity.name", f"{own}relativeName", f"{own}name"]),
        "transfers": (list(ids.transfers), [f"{own}transferId"]),
        "payments": (list(ids.payments), [f"{own}paymentId"]),
        "kinships": (list(ids.kinships), [f"{own}kinshipId", f"{own}payee.kinshipId"]),
        "nodes": (ids.all(), ["Query.node.id", "Query.nodes.ids[*]"]),
        "id_numbers": (ID_NUMBERS, [f"{own}payee.identity.idNumber", f"{own}relativeIdNumber", f"{own}idNumber"]),
        "areas": (
            AREAS,
            [f"{own}{name}" for name in ("areaCode", "useAreaCode", "provinceCode", "enrolments[*].areaCode")]
            + ["Query.region.code", "Query.premium.areaCode", "*.*.filter.areaCode", "*.*.filter.provinceCode"]
            + [f"Mutation.{name}.input.code" for name in ("openRegion", "closeRegion")],
        ),
        "institutions": (
            INSTITUTION_CODES,
            [f"{own}institutionCode", "Query.institution.code"]
            + [f"Mutation.{name}.input.code" for name in ("registerInstitution", "setWalletService")],
        ),
        "passwords": (
            [PASSWORD],
            [f"{own}{name}" for name in ("verification.password", "currentPassword", "newPassword")],
        ),
        "actors": (["person:P0001", "agency:test", "institution:H37010000001"], ["*.*.filter.actor"]),
        "operations": (["applyTransfer", "setPassword"], ["*.*.filter.operation"]),
        "phones": (["13900000000", "1390000000"], [f"{own}phone"]),
        "keys": ([f"key-{number}" for number in range(40)], [f"{own}idempotencyKey", "Query.outcome.idempotencyKey"]),
        "texts": (TEXTS, [f"{own}{name}" for name in ("reason", "period", "bill.number")] + ["*.*.filter.search"]),
        "numbers": (NUMBERS, [f"{own}year", "Query.premium.year", "*.*.first", "*.*.last"]),
    }


def operations(ids: Ids = Ids()) -> dict[str, Operation]:
    """Give every query and mutation, by name, generated from values that mean something, these ids among them."""
    meaning = dictionaries(ids)
    config = SchemathesisConfig.from_dict(
        {
            "dictionaries": {kind: {"values": values} for kind, (values, _) in meaning.items()},
            "parameters": {
                argument: {"dictionary": kind, "probability": LIKELY}
                for kind, (_, arguments) in meaning.items()
                for argument in arguments
            },
        }
    )
    found = schemathesis.graphql.from_path(SDL, config=config).get_all_operations()
    return {each.ok().label: each.ok() for each in found if isinstance(each, Ok)}
