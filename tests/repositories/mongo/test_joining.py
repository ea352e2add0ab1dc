"""What the works of one transaction look up: in step, in one go, and whoever gives up takes it from nobody else."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from repositories.contract import UnitOfWork, Window
from repositories.memory import MemoryTable
from repositories.mongo.joining import Joined
from repositories.mongo.questions import Together
from repositories.mongo.reading import Wanted
from repositories.mongo.savepoints import Savepoints, Work
from repositories.tables import ACCOUNTS, KINSHIPS, PERSONS, TABLES, TRANSFERS
from tests.factories import make_kinship, make_person, make_transfer, make_wallet
from tests.repositories.mongo.counting import Counted
from tests.repositories.storing import PATIENCE_S, Boom

NUMBERS = [f"P{number:04}" for number in range(1, 21)]


def beginning() -> Counted:
    """Give twenty persons with wallets, and transfers of the first to all others."""
    tables: dict[str, MemoryTable[Any]] = {table.name: MemoryTable(table) for table in TABLES}
    for number in NUMBERS:
        tables["persons"].put(number, make_person(number))
        wallet = make_wallet(number)
        tables["accounts"].put(wallet.id, wallet)
    for number in NUMBERS[1:]:
        transfer = make_transfer(f"key-{number}", payee_no=number)
        tables["transfers"].put(transfer.id, transfer)
    tie = make_kinship()
    tables["kinships"].put(tie.id, tie)
    return Counted(tables)


class Broken(Counted):
    """Cannot look anything up in transfers."""

    async def look_up(self, wanted: Sequence[Wanted]) -> list[list[Any]]:
        """Give what is found of each."""
        if any(one.table is TRANSFERS for one in wanted):
            raise Boom
        return await super().look_up(wanted)


async def carried_out(source: Counted, *works: Any) -> list[Any]:  # noqa: ANN401 - works give anything
    """Carry works out together, and give what each gave."""
    joined = Joined(source)
    results = await Savepoints(joined).carry_out([Work(work) for work in works])
    joined.require_whole()
    for result in results:
        if result.error is not None:
            raise result.error
    return [result.value for result in results]


async def ask_in_step(uow: UnitOfWork, number: str) -> int:
    """Ask for several tables at once, and go on with others; how deep that is nested is another for each work."""
    person, wallets, (transfer, *_) = await asyncio.gather(
        uow.persons.get(number),
        uow.accounts.get_many([make_wallet(number).id]),
        uow.transfers.find({"pending_of": number}, len(NUMBERS)),
    )
    assert person is not None
    assert wallets == [make_wallet(number)]
    payee, tie = await asyncio.gather(
        uow.persons.get(transfer.payee_no), uow.kinships.find_one({"members": transfer.payee_no})
    )
    assert payee is not None
    assert (tie is not None) == (transfer.payee_no == "P0002")
    await uow.transfers.get(make_transfer("none of these").id)
    return int(number[1:])


async def ask_one_thing_at_a_time(uow: UnitOfWork, number: str) -> int:
    """Ask for one thing after the other."""
    await uow.accounts.get(make_wallet(number).id)
    await uow.kinships.find({"members": number}, 3)
    await uow.transfers.get(make_transfer(f"key-{number}").id)
    return int(number[1:])


async def test_works_that_ask_for_several_tables_at_once_are_looked_up_together_again_and_again() -> None:
    source = beginning()
    works = [partial(ask_in_step, number=number) for number in NUMBERS]
    assert await carried_out(source, *works) == list(range(1, 21))
    assert len(source.calls) == 3
    assert set(source.calls[0]) == {"accounts", "persons", "transfers"}


async def test_works_of_different_paces_are_looked_up_together_as_well() -> None:
    source = beginning()
    kinds = [ask_in_step, ask_one_thing_at_a_time]
    works = [partial(kinds[place % 2], number=number) for place, number in enumerate(NUMBERS)]
    assert await carried_out(source, *works) == list(range(1, 21))
    assert len(source.calls) == 3


async def test_a_work_that_pauses_for_long_is_waited_for_by_nobody() -> None:
    source = beginning()
    may_go_on, is_done = asyncio.Event(), asyncio.Event()

    async def dawdle(uow: UnitOfWork) -> int:
        await uow.persons.get("P0001")
        await may_go_on.wait()
        return await ask_one_thing_at_a_time(uow, "P0001")

    async def hasten(uow: UnitOfWork) -> int:
        result = await ask_in_step(uow, "P0002")
        is_done.set()
        return result

    carrying = asyncio.create_task(carried_out(source, dawdle, hasten))
    async with asyncio.timeout(PATIENCE_S):
        await is_done.wait()
        may_go_on.set()
        assert await carrying == [1, 2]
    assert len(source.calls) == 6


async def test_a_work_that_gives_up_a_look_up_takes_it_from_no_other() -> None:
    source = beginning()

    async def give_up(uow: UnitOfWork, number: str) -> bool:
        asking = [
            asyncio.create_task(uow.persons.get_many([number, "P0001"])),
            asyncio.create_task(uow.persons.find({"id_number": make_person(number).id_number}, 1)),
            asyncio.create_task(uow.transfers.find({"pending_of": "P0001"}, 30)),
        ]
        await asyncio.sleep(0)
        for task in asking:
            task.cancel()
        told = await asyncio.gather(*asking, return_exceptions=True)
        return all(isinstance(each, asyncio.CancelledError) for each in told)

    async def wait(uow: UnitOfWork, number: str) -> int:
        persons, found, transfers = await asyncio.gather(
            uow.persons.get_many([number, "P0001"]),
            uow.persons.find({"id_number": make_person(number).id_number}, 1),
            uow.transfers.find({"pending_of": "P0001"}, 30),
        )
        assert persons == [make_person(number), make_person("P0001")]
        assert found == [make_person(number)]
        return len(transfers)

    works = [partial(give_up, number="P0003"), *(partial(wait, number=number) for number in NUMBERS[3:])]
    assert await carried_out(source, *works) == [True, *[19] * 17]
    assert len(source.calls) == 1


async def test_one_query_with_different_limits_is_asked_once_and_cut_for_each() -> None:
    source = beginning()

    async def find(uow: UnitOfWork, limit: int) -> list[str]:
        found = await uow.transfers.find({"pending_of": "P0001"}, limit)
        again = await uow.transfers.find({"pending_of": "P0001"}, limit)
        assert again == found
        return [transfer.id for transfer in found]

    limits = [2, 7, 30, 1, 0, 5]
    told = await carried_out(source, *(partial(find, limit=limit) for limit in limits))
    everything = max(told, key=len)
    assert len(everything) == 19
    assert told == [everything[:limit] for limit in limits]
    assert source.calls[0] == ["transfers"]


async def test_what_goes_wrong_is_told_to_all_whatever_they_make_of_it_and_nothing_is_looked_up_any_more() -> None:
    source = Broken({table.name: MemoryTable(table) for table in TABLES})
    joined = Joined(source)
    told = await asyncio.gather(
        joined.fetch(PERSONS, ["P0001"]),
        joined.select(TRANSFERS, {"pending_of": "P0001"}, Window(1)),
        joined.select(PERSONS, {"id_number": make_person().id_number}, Window(1)),
        return_exceptions=True,
    )
    assert [type(each) for each in told] == [Boom] * 3
    with pytest.raises(Boom):
        await joined.fetch(ACCOUNTS, ["P0001"])
    with pytest.raises(Boom):
        joined.require_whole()
    assert source.calls == []


async def test_what_a_work_leaves_behind_asks_for_nothing_once_the_works_have_ended() -> None:
    source = beginning()
    joined = Joined(source)
    left: list[asyncio.Task[None]] = []

    async def ask_on(uow: UnitOfWork) -> None:
        for number in NUMBERS:
            await uow.persons.get(number)

    async def leave_behind(uow: UnitOfWork) -> None:
        left.append(asyncio.create_task(ask_on(uow)))
        await uow.persons.get("P0001")

    await Savepoints(joined).carry_out([Work(leave_behind)])
    await joined.end()
    asked = len(source.calls)
    with pytest.raises(RuntimeError, match="after the works had ended"):
        await left[0]
    assert len(source.calls) == asked < len(NUMBERS)


async def test_whoever_asks_at_any_pass_of_the_event_loop_is_answered() -> None:
    """Just as a look-up ends as well."""
    source = beginning()
    joined = Joined(source)

    async def ask_after(passes: int) -> None:
        for _ in range(passes):
            await asyncio.sleep(0)
        number = NUMBERS[passes % 20]
        assert await joined.fetch(PERSONS, [number]) == {number: make_person(number)}
        assert await joined.select(KINSHIPS, {"members": number}, Window(passes)) in ([], [make_kinship()])

    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(*(ask_after(passes) for passes in range(60)))


async def test_what_cannot_be_dealt_out_is_told_to_all_and_leaves_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise Boom

    monkeypatch.setattr(Together, "answers", fail)

    async def ask(uow: UnitOfWork, number: str) -> None:
        await uow.transfers.find({"pending_of": number}, 1)

    joined = Joined(beginning())
    works = [Work(partial(ask, number=number)) for number in NUMBERS]
    told = await asyncio.wait_for(Savepoints(joined).carry_out(works), PATIENCE_S)
    assert {type(result.error) for result in told} == {Boom}
    with pytest.raises(Boom):
        joined.require_whole()
