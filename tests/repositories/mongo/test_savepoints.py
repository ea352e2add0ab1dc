"""Works at the same time in one transaction give and leave what they would one after another, whatever they do."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ledger import Account
from domain.money import Fen
from repositories.contract import UnitOfWork
from repositories.memory import MemoryTable
from repositories.mongo.joining import Joined
from repositories.mongo.savepoints import Glass, Savepoints, Work
from repositories.staging import StagedUnitOfWork
from repositories.tables import TABLES
from tests.factories import make_person, make_transfer, make_wallet
from tests.repositories.mongo.counting import Counted
from tests.repositories.storing import Boom

PERSONS = ("P0001", "P0002", "P0003")


def id_number_of(number: int) -> str:
    """Give the ID number of one of the persons."""
    return make_person(PERSONS[number]).id_number


def beginning() -> Counted:
    """Give what is there before any work: three wallets and a person each."""
    tables: dict[str, MemoryTable[Any]] = {table.name: MemoryTable(table) for table in TABLES}
    for person_no in PERSONS:
        wallet = replace(make_wallet(person_no), balance=Fen(10))
        tables["accounts"].put(wallet.id, wallet)
        tables["persons"].put(person_no, make_person(person_no))
    return Counted(tables)


@dataclass(frozen=True)
class Step:
    """One thing a work does."""

    kind: str
    wallet: int = 0
    amount: int = 0


STEPS = st.one_of(
    st.builds(Step, st.just("move"), st.integers(0, 2), st.integers(-6, 6)),
    st.builds(Step, st.just("read"), st.integers(0, 2)),
    st.builds(Step, st.just("touch"), st.integers(0, 2)),
    st.builds(Step, st.just("add"), st.integers(0, 2)),
    st.builds(Step, st.just("find"), st.integers(0, 2)),
    st.builds(Step, st.just("claimed"), st.integers(0, 2)),
    st.builds(Step, st.just("pause"), amount=st.integers(1, 4)),
    st.builds(Step, st.just("discard")),
    st.builds(Step, st.just("raise")),
)


async def carry_out(uow: UnitOfWork, number: int, steps: Sequence[Step]) -> list[object]:
    """Do what the steps say, and give all that was seen."""
    seen: list[object] = []
    for step in steps:
        wallet_id = make_wallet(PERSONS[step.wallet]).id
        if step.kind == "pause":
            for _ in range(step.amount):
                await asyncio.sleep(0)
        elif step.kind == "discard":
            uow.discard()
        elif step.kind == "raise":
            raise Boom
        elif step.kind == "add":
            transfer = make_transfer(f"{number}-{step.wallet}", payer_no=PERSONS[step.wallet])
            if await uow.transfers.get(transfer.id) is None:
                uow.transfers.add(transfer)
        elif step.kind == "find":
            found = await uow.transfers.find({"pending_of": PERSONS[step.wallet]}, 2)
            seen.append([transfer.id for transfer in found])
        elif step.kind == "claimed":
            seen.append(await uow.persons.find_one({"id_number": id_number_of(step.wallet)}))
        else:
            seen.append(await _with_account(uow, wallet_id, step))
    return seen


async def _with_account(uow: UnitOfWork, wallet_id: str, step: Step) -> Account:
    account = await uow.accounts.get(wallet_id)
    assert account is not None
    if step.kind == "touch":
        uow.accounts.touch(wallet_id)
    if step.kind == "move":
        if account.balance + step.amount < 0:
            raise Boom
        uow.accounts.save(replace(account, balance=Fen(account.balance + step.amount), seq=account.seq + 1))
    return account


async def one_after_another(programs: Sequence[Sequence[Step]]) -> tuple[list[object], dict[Any, Any]]:
    """Give what each work gives, and what they leave, when each begins after the one before is done."""
    around = StagedUnitOfWork(beginning())
    given: list[object] = []
    for number, program in enumerate(programs):
        savepoints = Savepoints(Glass(around))
        result = (await savepoints.carry_out([Work(partial(carry_out, number=number, steps=program))]))[0]
        around.take(savepoints.changes())
        given.append((type(result.error), result.value))
    return given, left(around)


def left(savepoints: Savepoints | StagedUnitOfWork) -> dict[Any, Any]:
    """Give what is written in the end, claims included."""
    return {(change.table.name, change.key): change.after for change in savepoints.changes()}


@given(st.lists(st.lists(STEPS, max_size=6), min_size=1, max_size=7))
@settings(max_examples=300, deadline=None)
def test_works_that_share_a_transaction_are_as_if_one_came_after_the_other(programs: list[list[Step]]) -> None:
    async def together() -> tuple[list[object], dict[Any, Any]]:
        joined = Joined(beginning())
        savepoints = Savepoints(joined)
        works: list[Work[Any]] = [
            Work(partial(carry_out, number=number, steps=program)) for number, program in enumerate(programs)
        ]
        results = await savepoints.carry_out(works)
        joined.require_whole()
        return [(type(result.error), result.value) for result in results], left(savepoints)

    assert asyncio.run(together()) == asyncio.run(one_after_another(programs))


async def test_what_is_looked_up_at_the_same_time_is_looked_up_together() -> None:
    source = beginning()

    async def look(uow: UnitOfWork, number: int) -> None:
        await uow.accounts.get(make_wallet(PERSONS[number % 3]).id)
        await uow.persons.find_one({"id_number": id_number_of(number % 3)})
        await uow.persons.get(PERSONS[number % 3])

    works: list[Work[Any]] = [Work(partial(look, number=number)) for number in range(30)]
    await Savepoints(Joined(source)).carry_out(works)
    assert source.commands == ["accounts", "persons"]
