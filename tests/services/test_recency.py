"""What is revoked or ended while a verification is under way stops it, on every storage (R18)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from domain.actors import Actor
from domain.credentials import PasswordProof
from domain.errors import ErrorCode, Refused
from domain.kinship import Relation
from domain.money import Fen
from domain.persons import Enrolment, EnrolmentStatus, InsuranceScheme
from domain.policies import ARTICLE
from domain.transfers import FundSource, Transfer
from repositories.contract import Storage, UnitOfWork
from repositories.factory import open_storage
from seeds.demo import AGENCY, BY_NO, ENROLLED_SINCE
from seeds.plant import plant
from services import kinship, persons, transfers
from services.transfer_cases import Application, Identity
from tests.factories import NOW
from tests.keys import KEYS, cheap_hasher

FATHER = Actor(person_no="P0001")
Change = Callable[[UnitOfWork], Awaitable[object]]


@pytest.fixture
async def pending(storage: Storage) -> Transfer:
    """Give an application of P0001 for P0004."""
    hasher = cheap_hasher()
    await plant(storage, hasher, lambda: NOW, demo=True)
    hasher.close()
    payee = BY_NO["P0004"]
    asked = Application(FundSource.PERSONAL_ACCOUNT, Identity(payee.name, payee.id_number), Relation.CHILD, Fen(100))
    applied = await storage.transact(
        lambda uow: transfers.apply_transfer(uow, FATHER, NOW, ARTICLE, asked=asked, key="key")
    )
    assert isinstance(applied, Transfer)
    return applied


@pytest.fixture
async def elsewhere(storage: Storage, request: pytest.FixtureRequest) -> AsyncIterator[Storage]:
    """Give the same storage as another process has it, where there can be one."""
    if type(storage).__name__ == "MemoryStorage":
        yield storage
        return
    opened = open_storage(request.getfixturevalue("mongodb_database"), KEYS.master)
    yield opened
    await opened.close()


async def revoke(uow: UnitOfWork) -> None:
    """Revoke the tie between the two."""
    tie = await uow.kinships.find_one({"active_pair": "P0001|P0004"})
    assert tie is not None
    await kinship.revoke_kinship(uow, AGENCY, NOW, f"{tie.id}:P0001")


async def suspend_payee(uow: UnitOfWork) -> None:
    """Suspend the payee's enrolment."""
    enrolment = Enrolment(InsuranceScheme.RESIDENT, "540100", EnrolmentStatus.SUSPENDED, ENROLLED_SINCE)
    await persons.set_enrolment(uow, AGENCY, NOW, "P0004", enrolment)


async def suspend_payer(uow: UnitOfWork) -> None:
    """Suspend the payer's enrolment."""
    enrolment = Enrolment(InsuranceScheme.EMPLOYEE, "370100", EnrolmentStatus.SUSPENDED, ENROLLED_SINCE)
    await persons.set_enrolment(uow, AGENCY, NOW, "P0001", enrolment)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (revoke, ErrorCode.NOT_NEAR_RELATIVE),
        (suspend_payee, ErrorCode.NOT_ENROLLED),
        (suspend_payer, ErrorCode.NOT_ENROLLED),
    ],
)
async def test_what_changed_while_a_verification_was_under_way_stops_it(
    storage: Storage, elsewhere: Storage, pending: Transfer, change: Change, code: ErrorCode
) -> None:
    """R18: judged in the transaction that moves the money, and still true when it commits."""
    judged, changing = asyncio.Event(), None

    async def verify(uow: UnitOfWork) -> object:
        nonlocal changing
        proof = PasswordProof(correct=True, version=1)
        done = await transfers.verify_transfer(uow, FATHER, NOW, ARTICLE, transfer_id=pending.id, proof=proof)
        judged.set()
        if changing is not None:
            await asyncio.wait({changing}, timeout=0.3)  # memory runs works one after another: it waits for us
        return done

    async def change_meanwhile() -> None:
        await judged.wait()
        await elsewhere.transact(change)

    changing = asyncio.create_task(change_meanwhile())
    [outcome] = await asyncio.gather(storage.transact(verify), return_exceptions=True)
    await changing
    if isinstance(outcome, Refused):
        assert outcome.refusal.code is code
    completed = not isinstance(outcome, Refused)
    transfer = await storage.read().transfers.get(pending.id)
    assert transfer is not None
    assert (transfer.completed_at is not None) == completed
    if completed:  # then it came first, and whoever changed something waited for it
        assert type(storage).__name__ == "MemoryStorage"
