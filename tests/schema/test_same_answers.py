"""Our executor gives the answers of the stock executor, errors included, to whatever is asked."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import strawberry
from graphql import GraphQLError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from api.faces import NoFaces
from domain.actors import Actor
from domain.policies import ARTICLE
from repositories.contract import Reader, Storage
from repositories.errors import Unavailable
from repositories.factory import open_storage
from schema.build import Mutation, Query
from schema.context import Context, Wiring
from schema.errors import ERROR_TYPES
from schema.execution import PlannedExecutor
from schema.nodes import global_id
from schema.scalars import SCALARS
from schema.subscriptions import Subscription
from seeds.demo import FAMILY, INSTITUTIONS
from seeds.plant import plant
from services.feeds import Feeds
from tests.clients import NOON
from tests.keys import cheap_hasher
from tests.schema.asking import Operation, operations

EXAMPLES: Final = int(os.environ.get("SAME_ANSWERS", "120"))
CONFIG: Final = StrawberryConfig(scalar_map=SCALARS)
STOCK, OURS = (
    strawberry.Schema(Query, Mutation, Subscription, types=ERROR_TYPES, execution_context_class=executor, config=CONFIG)
    for executor in (None, PlannedExecutor)
)
CODES: Final = ["370000", "370100", "540100", "340100", "999999"]
KNOWN: Final[dict[str, list[str]]] = {
    "code": [*CODES, INSTITUTIONS[0].code],
    "areaCode": CODES,
    "provinceCode": CODES,
    "personNo": [member.person_no for member in FAMILY],
    "number": ["x"],
    "id": [
        *(global_id("Person", member.person_no) for member in FAMILY),
        *(global_id("Wallet", member.person_no) for member in FAMILY),
        *(global_id("Region", code) for code in CODES),
        *(global_id("Institution", asked.code) for asked in INSTITUTIONS),
        "bad",
    ],
}
ACTORS: Final = (FAMILY[0].actor, FAMILY[1].actor, Actor(agency="test"), Actor())
"""Who asks: persons, an agency, and somebody who is not signed in."""
TABLES: Final = ("", "", "persons", "regions", "transfers", "accounts", "institutions", "entries")


class Failing:
    """Stands in front of a reader, or of one of its tables, that cannot be reached."""

    def __init__(self, inner: object, table: str, name: str = "") -> None:
        """Fail for one table."""
        self._inner, self._table, self._name = inner, table, name

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands in for anything
        """Give what the reader gives, or fail."""
        if not self._name:
            return Failing(getattr(self._inner, name), self._table, name)
        if self._name == self._table and name == "get_many":
            raise Unavailable(self._table)
        return getattr(self._inner, name)


class FailingContext(Context):
    """A context one of whose tables cannot be reached."""

    failing: str

    @property
    def reader(self) -> Reader:
        """Read, and fail."""
        reader: Any = Failing(self.wiring.storage.read(), self.failing)
        return reader  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
async def wiring() -> AsyncIterator[Wiring]:
    """Plant the demo family."""
    storage: Storage = open_storage("memory://")
    await storage.prepare()
    hasher = cheap_hasher()
    await plant(storage, hasher, lambda: NOON, demo=True)
    yield Wiring(storage, lambda: NOON, ARTICLE, hasher, NoFaces(), Feeds(storage))
    await storage.close()
    hasher.close()


def _told(error: GraphQLError) -> tuple[object, ...]:
    return error.formatted, type(error.original_error), str(error.original_error)


async def ask(
    schema: strawberry.Schema, wiring: Wiring, asked: Operation, actor: Actor, failing: str
) -> tuple[str, Any]:
    """Give the answer, and what is told of its errors."""
    context = FailingContext(wiring, actor)
    context.failing = failing
    result: Any = await schema.execute(asked[0], asked[1], context_value=context)
    return json.dumps(result.data), list(map(_told, result.errors or ()))


async def test_random_operations_are_answered_alike(wiring: Wiring) -> None:
    seen: Counter[str] = Counter()
    asked = operations(STOCK._schema, KNOWN)  # noqa: SLF001 - the library shows it no other way

    def run(operation: Operation, actor: Actor, failing: str) -> None:
        pending.append((operation, actor, failing))

    pending: list[tuple[Operation, Actor, str]] = []
    given(asked, st.sampled_from(ACTORS), st.sampled_from(TABLES))(
        settings(
            max_examples=EXAMPLES,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )(run)
    )()
    for operation, actor, failing in pending:
        stock = await ask(STOCK, wiring, operation, actor, failing)
        for _ in range(2):  # the second time as it was planned
            assert await ask(OURS, wiring, operation, actor, failing) == stock, operation
        seen["errors" if stock[1] else "data"] += 1
    assert seen["data"]
    assert seen["errors"]
