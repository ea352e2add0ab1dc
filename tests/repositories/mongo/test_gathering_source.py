"""Committed look-ups that go out together give what each gives alone, and see what was committed before."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.money import Fen
from domain.transfers import TransferStatus
from repositories.contract import AnyOf, AtMost, Where, Window
from repositories.memory import MemorySource, MemoryTable
from repositories.mongo.gathering import GatheringSource
from repositories.mongo.storage import MongoStorage
from repositories.tables import KINSHIPS, PERSONS, TABLES, TRANSFERS, Table
from tests.factories import NOW, make_kinship, make_person, make_transfer, make_wallet
from tests.repositories.mongo.sent import Sent, opened_and_heard
from tests.repositories.storing import store, table_of

E = TypeVar("E")
NUMBERS: Final = ("P0001", "P0002", "P0003", "P0004")
MOMENTS: Final = tuple(NOW + timedelta(minutes=minutes) for minutes in (5, 31, 33, 90))


def everything() -> list[object]:
    """Give persons with a tie, and transfers between them that are pending, some of them twice due."""
    found: list[object] = [make_person(number) for number in NUMBERS]
    found.append(make_kinship())
    for place in range(12):
        payer, payee = NUMBERS[place % 3], NUMBERS[place % 3 + 1]
        made = make_transfer(f"key-{place}", payer, payee, created_at=NOW + timedelta(minutes=place))
        found.append(replace(made, status=TransferStatus.CANCELLED) if place % 4 == 3 else made)
    return found


def memory() -> dict[str, MemoryTable[Any]]:
    """Give tables with all that in them."""
    tables: dict[str, MemoryTable[Any]] = {table.name: MemoryTable(table) for table in TABLES}
    for entity in everything():
        table = next(table for table in TABLES if isinstance(entity, table.entity))
        tables[table.name].put(table.key_of(entity), entity)
    return tables


class Slow(MemorySource):
    """Answers a few passes later, and in whatever order where none is asked for."""

    def __init__(self, tables: dict[str, MemoryTable[Any]]) -> None:
        """Begin with no command."""
        super().__init__(tables)
        self.commands = 0

    async def fetch(self, table: Table[E], keys: Any) -> dict[str, E]:  # noqa: ANN401
        """Give the objects of these keys that exist, by key."""
        await self._pause()
        return await super().fetch(table, keys)

    async def select(self, table: Table[E], where: Where, window: Window) -> list[E]:
        """Give at most `window.limit` objects."""
        await self._pause()
        return await super().select(table, where, window if window.ordered else replace(window, backwards=True))

    async def _pause(self) -> None:
        self.commands += 1
        for _ in range(3):
            await asyncio.sleep(0)


@dataclass(frozen=True)
class Asking:
    """A question: keys, or conditions with a window."""

    table: Table[Any]
    keys: tuple[str, ...] = ()
    where: Where = field(default_factory=dict)
    window: Window | None = None


def _selected(table: Table[Any], where: st.SearchStrategy[Where], *, ordered: bool | None = None) -> Any:  # noqa: ANN401
    limits = st.integers(0, 12)
    orders = st.booleans() if ordered is None else st.just(ordered)
    windows = st.builds(lambda limit, ordered: Window(limit, ordered=ordered), limits, orders)
    return st.builds(lambda where, window: Asking(table, where=where, window=window), where, windows)


_numbers = st.sampled_from((*NUMBERS, "P9999"))
_some_numbers = st.lists(_numbers, max_size=4)
_any_number = st.one_of(_numbers, st.builds(lambda some: AnyOf(tuple(some)), _some_numbers))
_id_numbers = st.builds(lambda number: make_person(number).id_number, _numbers)
_any_id_number = st.one_of(_id_numbers, st.builds(lambda some: AnyOf(tuple(some)), st.lists(_id_numbers, max_size=4)))
_moments = st.builds(AtMost, st.sampled_from(MOMENTS))
QUESTIONS: Final = st.one_of(
    st.builds(lambda keys: Asking(PERSONS, tuple(keys)), _some_numbers),
    _selected(PERSONS, st.fixed_dictionaries({"id_number": _any_id_number})),
    _selected(KINSHIPS, st.fixed_dictionaries({"active_pair": st.sampled_from((make_kinship().pair, "none"))})),
    _selected(TRANSFERS, st.fixed_dictionaries({"pending_of": _any_number}), ordered=False),
    _selected(TRANSFERS, st.fixed_dictionaries({"pending_of": _any_number, "due_at": _moments})),
    _selected(TRANSFERS, st.fixed_dictionaries({"due_at": _moments, "pending_of": _any_number}), ordered=False),
    _selected(TRANSFERS, st.fixed_dictionaries({"due_at": _moments})),
    _selected(TRANSFERS, st.fixed_dictionaries({"payer_no": _numbers, "pending_of": _any_number})),
)


async def ask(source: MemorySource | GatheringSource, asking: Asking) -> list[Any]:
    """Ask, and give what is found in the order in which it is."""
    if asking.window is None:
        return list((await source.fetch(asking.table, asking.keys)).items())
    return await source.select(asking.table, asking.where, asking.window)


async def require_right(alone: MemorySource, asking: Asking, found: list[Any]) -> None:
    """Demand what a source gives to whoever asks alone; any of it, and as much, where order does not matter."""
    if asking.window is None or asking.window.ordered:
        assert found == await ask(alone, asking)
        return
    possible = await alone.select(asking.table, asking.where, Window(1_000))
    keys = [asking.table.key_of(each) for each in found]
    assert len(set(keys)) == len(keys) == min(asking.window.limit, len(possible))
    assert all(each in possible for each in found)


@given(st.lists(st.tuples(QUESTIONS, st.integers(0, 4)), max_size=25))
@settings(max_examples=300, deadline=None)
def test_questions_at_the_same_time_are_answered_as_if_each_were_alone(comings: list[tuple[Asking, int]]) -> None:
    async def together() -> None:
        tables = memory()
        source = GatheringSource(Slow(tables))  # one for each, as a storage has
        tasks = []
        for asking, passes in comings:
            tasks.append(asyncio.create_task(ask(source, asking)))
            for _ in range(passes):
                await asyncio.sleep(0)
        for task, (asking, _) in zip(tasks, comings, strict=True):
            await require_right(MemorySource(tables), asking, await task)

    asyncio.run(together())


async def test_an_answer_belongs_to_whoever_asked_and_may_be_changed() -> None:
    source = GatheringSource(Slow(memory()))
    asked = [Asking(TRANSFERS, where={"pending_of": "P0002"}, window=Window(20, ordered=False)) for _ in range(5)]
    first, *others = await asyncio.gather(*(ask(source, asking) for asking in asked))
    first.clear()
    assert {len(other) for other in others} == {6}


async def test_what_is_asked_alike_is_one_command() -> None:
    slow = Slow(memory())
    source = GatheringSource(slow)
    due = [AtMost(moment) for moment in MOMENTS]
    asked = [
        Asking(TRANSFERS, where={"pending_of": number, "due_at": at}, window=Window(40, ordered=False))
        for number in NUMBERS
        for at in due
    ]
    await asyncio.gather(*(ask(source, asking) for asking in asked))
    assert slow.commands == 2


async def test_what_is_cut_is_asked_by_each_alone() -> None:
    slow = Slow(memory())
    source = GatheringSource(slow)
    asked = [Asking(TRANSFERS, where={"pending_of": number}, window=Window(1, ordered=False)) for number in NUMBERS]
    assert [len(found) for found in await asyncio.gather(*(ask(source, asking) for asking in asked))] == [1] * 4
    assert slow.commands == 1 + 1 + 3


# ---- on MongoDB ---------------------------------------------------------------------------------------------------


@pytest.fixture
async def heard(mongod: Path, mongodb_url: str) -> AsyncIterator[tuple[MongoStorage, Sent]]:
    """Give a storage with all that in it, and what it sends."""
    del mongod
    async with opened_and_heard(mongodb_url, "gathering") as (storage, sent):
        await store(storage, *everything())
        sent.clear()
        yield storage, sent


async def test_many_who_look_up_at_once_send_a_few_commands(heard: tuple[MongoStorage, Sent]) -> None:
    storage, sent = heard
    reader = storage.read()
    looked_up = (
        asyncio.gather(
            reader.persons.get(NUMBERS[n % 4]),
            reader.persons.find_one({"id_number": make_person(NUMBERS[n % 4]).id_number}),
            reader.transfers.some({"pending_of": NUMBERS[n % 4], "due_at": AtMost(MOMENTS[3])}, 100),
        )
        for n in range(100)
    )
    for place, (by_key, by_value, due) in enumerate(await asyncio.gather(*looked_up)):
        number = NUMBERS[place % 4]
        assert by_key == by_value == make_person(number)
        pending = [t for t in everything() if number in getattr(t, "pending_of", ())]
        assert {t.id for t in due} == {getattr(t, "id", "") for t in pending}
    assert sent.count("find", "persons") <= 10
    assert sent.count("find", "transfers") <= 10


async def test_questions_at_the_same_time_are_answered_by_mongodb_as_if_each_were_alone(
    heard: tuple[MongoStorage, Sent],
) -> None:
    storage, _ = heard
    alone = MemorySource(memory())
    wheres: list[dict[str, Any]] = [{"pending_of": number} for number in (*NUMBERS, "P9999")]
    wheres += [{"pending_of": AnyOf((number, "P0003"))} for number in NUMBERS]
    wheres += [where | {"due_at": AtMost(moment)} for where in wheres for moment in MOMENTS]
    windows = [Window(limit, ordered=ordered) for limit in (0, 1, 3, 40) for ordered in (True, False)]
    asked = [Asking(TRANSFERS, where=where, window=window) for where in wheres for window in windows]
    id_numbers = [make_person(number).id_number for number in (*NUMBERS, "P0009")]
    people: list[Where] = [{"id_number": value} for value in id_numbers] + [{"id_number": AnyOf(tuple(id_numbers))}]
    asked += [Asking(PERSONS, where=where, window=window) for where in people for window in windows]
    reader = storage.read()

    async def ask_storage(asking: Asking) -> list[Any]:
        table = getattr(reader, asking.table.name)
        assert asking.window is not None
        asks = table.find if asking.window.ordered else table.some
        found: list[Any] = await asks(asking.where, asking.window.limit)
        return found

    for asking, found in zip(asked, await asyncio.gather(*map(ask_storage, asked)), strict=True):
        await require_right(alone, asking, found)


async def test_what_was_committed_before_a_question_is_seen(heard: tuple[MongoStorage, Sent]) -> None:
    """While others ask for the same all the time."""
    storage, _ = heard
    wallet = make_wallet("P0001")
    await store(storage, wallet)
    is_over = False

    async def ask_on() -> None:
        while not is_over:
            await storage.read().accounts.get(wallet.id)
            await storage.read().transfers.some({"pending_of": "P0004"}, 200)

    asking = [asyncio.create_task(ask_on()) for _ in range(8)]
    for number in range(1, 31):
        transfer = make_transfer(f"seen-{number}", "P0003", "P0004")
        await storage.transact(partial(_change, account_id=wallet.id, balance=number, transfer=transfer))
        account, pending = await asyncio.gather(
            storage.read().accounts.get(wallet.id), storage.read().transfers.some({"pending_of": "P0004"}, 200)
        )
        assert account is not None
        assert account.balance == number
        assert transfer in pending
    is_over = True
    await asyncio.gather(*asking)


async def _change(uow: Any, account_id: str, balance: int, transfer: object) -> None:  # noqa: ANN401
    account = await uow.accounts.get(account_id)
    uow.accounts.save(replace(account, balance=Fen(balance)))
    table_of(uow, transfer).add(transfer)
