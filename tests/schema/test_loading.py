"""What a page costs: a fixed number of look-ups, however long it is."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, cast

import pytest

from api.faces import NoFaces
from domain.actors import Actor
from domain.kinship import Relation, declare
from domain.ledger import EntryKind, Journal, Leg, post
from domain.money import Fen
from domain.policies import ARTICLE
from domain.wallets import Wallet
from repositories.contract import Reader, Storage, UnitOfWork
from schema.build import build_schema
from schema.context import Context, Wiring
from schema.nodes import global_id
from seeds.regions import load_regions
from services.feeds import Feeds
from services.wallets import book
from tests.factories import NOW, make_person, make_wallet
from tests.keys import cheap_hasher

RELATIVES = 50
SCHEMA = build_schema()


class Counting:
    """Counts the calls of a table, or of every table of a reader."""

    def __init__(self, inner: object, counts: Counter[str], name: str = "") -> None:
        """Stand in front of that object."""
        self._inner, self._counts, self._name = inner, counts, name

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - stands in for anything
        """Give the object's own attribute, counting if it is called."""
        attribute = getattr(self._inner, name)
        if not callable(attribute):
            return Counting(attribute, self._counts, name)

        async def counted(*arguments: object, **options: object) -> object:
            self._counts[f"{self._name}.{name}"] += 1
            call: Callable[..., Awaitable[object]] = attribute
            return await call(*arguments, **options)

        return counted


class CountingContext(Context):
    """A context whose reader counts."""

    counts: Counter[str]

    @property
    def reader(self) -> Reader:
        """Count what is read."""
        return cast("Reader", Counting(self.wiring.storage.read(), self.counts))


@pytest.fixture
async def family(storage: Storage) -> Storage:
    """Plant a person with fifty relatives, each with a wallet, in areas all over the country."""
    regions = load_regions()
    areas = [region.code for region in regions if region.province_code is not None][:RELATIVES]
    own = make_person("P0000")

    async def plant(uow: UnitOfWork) -> None:
        for region in regions:
            uow.regions.add(region)
        uow.persons.add(own)
        wallet: Wallet = make_wallet("P0000")
        uow.accounts.add(wallet)
        for number, area in enumerate(areas, start=1):
            relative = make_person(f"P{number:04d}")
            uow.persons.add(relative)
            theirs = make_wallet(relative.person_no, use_area_code=area)
            uow.accounts.add(theirs)
            moment = NOW + timedelta(minutes=number)
            uow.kinships.add(declare(own, relative, Relation.SIBLING, moment, 0))
            legs = (Leg("allotment:x", EntryKind.ALLOTMENT, Fen(-1)), Leg(wallet, EntryKind.ALLOTMENT, Fen(1)))
            posting = post(Journal(f"j{number}", legs, moment))
            wallet = cast("Wallet", posting.accounts[0])
            book(uow, posting)

    await storage.transact(plant)
    return storage


async def count_calls(storage: Storage, query: str, **variables: object) -> Counter[str]:
    """Run a query as the person, and count what it asked the storage."""
    hasher = cheap_hasher()
    context = CountingContext(
        Wiring(storage, lambda: NOW, ARTICLE, hasher, NoFaces(), Feeds(storage)), Actor(person_no="P0000")
    )
    counts: Counter[str] = Counter()
    object.__setattr__(context, "counts", counts)
    result = await SCHEMA.execute(query, variable_values=variables, context_value=context)
    hasher.close()
    assert result.errors is None, result.errors
    return counts


KINSHIPS = (
    "query($n: Int!) { viewer { person { kinships(first: $n) { totalCount nodes { id crossProvince "
    "relative { name area { name province { name } } } } } } } }"
)


async def test_a_page_of_fifty_relatives_costs_as_many_look_ups_as_one_of_two(family: Storage) -> None:
    few, many = [await count_calls(family, KINSHIPS, n=n) for n in (2, RELATIVES)]
    assert few == many
    assert many == {
        "persons.get_many": 2,
        "kinships.page": 1,
        "kinships.count": 1,
        "accounts.get_many": 1,
        "regions.get_many": 2,
    }


async def test_what_is_not_asked_for_is_not_looked_up(family: Storage) -> None:
    assert await count_calls(family, "{ viewer { roles } }") == {}


async def test_a_statement_costs_one_page(family: Storage) -> None:
    query = "{ viewer { person { wallet { balance entries(first: 50) { nodes { seq transfer { id } } } } } } }"
    assert await count_calls(family, query) == {
        "persons.get_many": 1,
        "transfers.some": 1,
        "accounts.get_many": 1,
        "entries.page": 1,
    }


async def test_the_openness_of_a_page_of_regions_costs_three_look_ups(family: Storage) -> None:
    query = "{ regions(first: 100) { nodes { name walletOpen coverage province { name } } } }"
    counts = await count_calls(family, query)
    assert counts["regions.page"] == 1
    assert sum(counts.values()) <= 4


async def test_nodes_of_one_kind_cost_one_look_up(family: Storage) -> None:
    ties = await family.read().kinships.find({"members": "P0000"}, RELATIVES)
    ids = [global_id("Kinship", f"{tie.id}:P0000") for tie in ties]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert await count_calls(family, query, ids=ids) == {"kinships.get_many": 1}


async def test_hashing_is_not_done_for_those_who_may_not_ask_for_it(storage: Storage) -> None:
    """R27: nobody makes the server work without signing in."""

    class Refusing:
        async def hash(self, password: str) -> str:
            raise AssertionError(password)

        async def matches(self, password_hash: str, password: str) -> bool:
            raise AssertionError(password_hash, password)

        def is_outdated(self, password_hash: str) -> bool:
            raise AssertionError(password_hash)

    query = (
        'mutation { a: setPassword(input: {newPassword: "135790", currentPassword: "246810"}) { errors { code } } '
        'b: verifyTransfer(input: {transferId: "x", verification: {password: "246810"}}) { errors { code } } }'
    )
    wiring = Wiring(storage, lambda: NOW, ARTICLE, Refusing(), NoFaces(), Feeds(storage))
    result = await SCHEMA.execute(query, context_value=Context(wiring, Actor()))
    refused = {"errors": [{"code": "UNAUTHENTICATED"}]}
    assert (result.errors, result.data) == (None, {"a": refused, "b": refused})


async def test_what_one_field_no_longer_waits_for_another_still_gets(family: Storage) -> None:
    """A refusal beside a field ends its waiting; whoever waits for the same object gets it all the same."""
    hasher = cheap_hasher()
    loaders = Context(Wiring(family, lambda: NOW, ARTICLE, hasher, NoFaces(), Feeds(family)), Actor()).loaders
    given_up, waiting = [asyncio.ensure_future(loaders.region("370100")) for _ in range(2)]
    await asyncio.sleep(0)
    given_up.cancel()
    assert (await waiting).name == "济南市"
    hasher.close()
