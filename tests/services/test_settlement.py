"""What is due is settled once, by however many at a time (R18, R20, R21)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.credentials import PasswordProof
from domain.errors import ErrorCode, Refused
from domain.kinship import Relation
from domain.ledger import NO_ENTRY, Account, EntryKind
from domain.money import Fen
from domain.policies import NATIONAL
from domain.transfers import FundSource, Transfer, TransferStatus
from repositories.contract import Storage, UnitOfWork
from repositories.factory import open_storage
from repositories.memory import MemoryStorage
from seeds.demo import BY_NO
from seeds.plant import plant
from services import transfers
from services.settlement import settle_all, settle_of
from services.transfer_cases import Application, Identity
from tests.clients import NOON
from tests.keys import KEYS, cheap_hasher

FATHER, DAUGHTER = BY_NO["P0001"].actor, BY_NO["P0004"].actor
EXPIRY = NOON + timedelta(minutes=30)
SIX = NOON + timedelta(hours=18)
JUST_BEFORE = timedelta(milliseconds=1)
OVERLAP_S = 0.3
APPLIED, WAITING = TransferStatus.PENDING_VERIFICATION, TransferStatus.PENDING_ACCEPTANCE
EXPIRED, RETURNED, COMPLETED = TransferStatus.EXPIRED, TransferStatus.RETURNED, TransferStatus.COMPLETED

Work = Callable[[UnitOfWork], Awaitable[object]]


@pytest.fixture
async def family(storage: Storage) -> Storage:
    """Give a storage with the demo family in it."""
    hasher = cheap_hasher()
    await plant(storage, hasher, lambda: NOON, demo=True)
    hasher.close()
    return storage


@pytest.fixture
async def twin(request: pytest.FixtureRequest, storage: Storage) -> AsyncIterator[Storage]:
    """Give the same storage as another process has it; in memory there is one process only."""
    if isinstance(storage, MemoryStorage):
        yield storage
        return
    opened = open_storage(request.getfixturevalue("mongodb_database"), KEYS.master)
    yield opened
    await opened.close()


async def apply(storage: Storage, payee_no: str = "P0004", relation: Relation = Relation.CHILD) -> Transfer:
    """Let P0001 apply for a transfer of 1.00 out of the personal account at noon."""
    payee = BY_NO[payee_no]
    asked = Application(FundSource.PERSONAL_ACCOUNT, Identity(payee.name, payee.id_number), relation, Fen(100))
    applied = await storage.transact(
        lambda uow: transfers.apply_transfer(uow, FATHER, NOON, NATIONAL, asked=asked, key=payee_no)
    )
    assert isinstance(applied, Transfer)
    return applied


async def verify(storage: Storage, transfer: Transfer) -> Transfer:
    """Verify a transfer at noon; it waits for the payee then."""
    proof = PasswordProof(correct=True, version=1)
    verified = await storage.transact(
        lambda uow: transfers.verify_transfer(uow, FATHER, NOON, NATIONAL, transfer_id=transfer.id, proof=proof)
    )
    assert isinstance(verified, Transfer)
    return verified


async def status_of(storage: Storage, transfer: Transfer) -> TransferStatus:
    """Give the status that is stored."""
    found = await storage.read().transfers.get(transfer.id)
    assert found is not None
    return found.status


async def account_of(storage: Storage, account_id: str = "personal:P0001") -> Account:
    """Give an account, whose number is that of its entries, but for the hash of the last."""
    account = await storage.read().accounts.get(account_id)
    assert account is not None
    assert await storage.read().entries.count({"account_id": account_id}) == account.seq
    return replace(account, head=NO_ENTRY)


def accept(transfer: Transfer, now: datetime) -> Work:
    """Give the work of the payee who accepts."""
    return lambda uow: transfers.accept_transfer(uow, DAUGHTER, now, NATIONAL, transfer.id)


def settle(transfer: Transfer, now: datetime) -> Work:
    """Give the work that settles."""
    return lambda uow: transfers.settle_transfer(uow, now, transfer.id)


# ---- what is due --------------------------------------------------------------------------------------------------


async def test_an_application_that_nobody_verified_in_time_expires(family: Storage) -> None:
    """R18: it held no money, so nothing is written of it."""
    transfer, before = await apply(family), await account_of(family)
    assert await settle_all(family, EXPIRY) == 1
    assert await family.read().transfers.get(transfer.id) == replace(transfer, status=EXPIRED)
    assert await account_of(family) == before


async def test_what_nobody_accepted_in_time_is_returned_and_its_money_is_free(family: Storage) -> None:
    """R21, R26."""
    before = await account_of(family)
    waiting = await verify(family, await apply(family))
    held = await account_of(family)
    assert (held, waiting.expires_at) == (replace(before, held=Fen(100)), SIX)
    assert await settle_all(family, SIX) == 1
    assert await family.read().transfers.get(waiting.id) == replace(waiting, status=RETURNED)
    assert await account_of(family) == replace(before, seq=before.seq + 1)
    newest = (await family.read().entries.find({"account_id": before.id}, 1))[0]
    assert (newest.kind, newest.amount, newest.balance_after, newest.occurred_at, newest.transfer_id) == (
        EntryKind.TRANSFER_RETURNED,
        0,
        before.balance,
        SIX,
        waiting.id,
    )


async def test_what_is_not_due_stays_as_it_is(family: Storage) -> None:
    """R18, R21: an application until half past twelve, an offer until six."""
    applied, waiting = await apply(family), await verify(family, await apply(family, "P0002", Relation.SPOUSE))
    assert await settle_all(family, EXPIRY - JUST_BEFORE) == 0
    assert [await status_of(family, t) for t in (applied, waiting)] == [APPLIED, WAITING]
    assert await settle_all(family, SIX - JUST_BEFORE) == 1
    assert [await status_of(family, t) for t in (applied, waiting)] == [EXPIRED, WAITING]
    assert (await account_of(family)).held == 100


async def test_what_waits_for_nobody_is_not_settled(family: Storage) -> None:
    """R25: accepted, declined or cancelled, it stays so."""
    accepted = await verify(family, await apply(family))
    declined = await verify(family, await apply(family, "P0005", Relation.PARENT))
    cancelled = await apply(family, "P0002", Relation.SPOUSE)
    await family.transact(accept(accepted, NOON))
    await family.transact(lambda uow: transfers.decline_transfer(uow, BY_NO["P0005"].actor, NOON, declined.id))
    await family.transact(lambda uow: transfers.cancel_transfer(uow, FATHER, NOON, cancelled.id))
    before = await account_of(family)
    assert await settle_all(family, SIX + timedelta(days=1)) == 0
    ended = [await status_of(family, transfer) for transfer in (accepted, declined, cancelled)]
    assert ended == [COMPLETED, RETURNED, TransferStatus.CANCELLED]
    assert await account_of(family) == before


async def test_settling_twice_is_settling_once(family: Storage) -> None:
    """R20, R21."""
    waiting = await verify(family, await apply(family))
    await settle_all(family, SIX)
    settled = await account_of(family)
    assert await settle_all(family, SIX + timedelta(hours=1)) == 0
    assert await family.transact(settle(waiting, SIX)) is False
    assert await family.read().transfers.get(waiting.id) == replace(waiting, status=RETURNED)
    assert await account_of(family) == settled


async def test_what_is_due_of_some_persons_is_settled_for_them(family: Storage) -> None:
    """R21: as payers or as payees; what is due of others is left for them."""
    first = await verify(family, await apply(family))
    second = await verify(family, await apply(family, "P0002", Relation.SPOUSE))
    assert [await settle_of(family, family.read(), SIX, people) for people in ((), ("P0003",), ("P0004",))] == [0, 0, 1]
    assert [await status_of(family, transfer) for transfer in (first, second)] == [RETURNED, WAITING]
    assert await settle_of(family, family.read(), SIX, ("P0003", "P0001", "P0001")) == 1
    assert await status_of(family, second) == RETURNED


# ---- at once ------------------------------------------------------------------------------------------------------


async def test_many_that_settle_at_once_do_nothing_twice(family: Storage, twin: Storage) -> None:
    """R20, R21: the jobs of two processes, and people who look."""
    before = await account_of(family)
    relatives = (("P0002", Relation.SPOUSE), ("P0004", Relation.CHILD), ("P0005", Relation.PARENT))
    lapsed = await apply(family, "P0003")
    waiting = [await verify(family, await apply(family, *relative)) for relative in relatives]
    await asyncio.gather(
        *(settle_all(storage, SIX) for storage in (family, twin) * 5),
        *(settle_of(storage, storage.read(), SIX, ("P0001", "P0004")) for storage in (family, twin) * 5),
    )
    assert [await status_of(family, transfer) for transfer in (*waiting, lapsed)] == [RETURNED] * 3 + [EXPIRED]
    assert await account_of(family) == replace(before, seq=before.seq + 3)
    for transfer in waiting:
        assert await family.read().entries.count({"journal_id": transfer.id}) == 1


@pytest.mark.parametrize("accepts_first", [True, False], ids=["accepting", "settling"])
async def test_what_is_accepted_while_it_is_settled_ends_in_one_of_the_two(
    family: Storage, twin: Storage, *, accepts_first: bool
) -> None:
    """R20, R21: the second begins once the first has decided, and before it commits."""
    transfer = await verify(family, await apply(family))
    before = await account_of(family), await account_of(family, "wallet:P0004")
    works = [accept(transfer, SIX - JUST_BEFORE), settle(transfer, SIX)]
    first, second = works if accepts_first else reversed(works)
    decided = asyncio.Event()

    async def meanwhile() -> object:
        await decided.wait()
        return await twin.transact(second)

    other = asyncio.create_task(meanwhile())

    async def overtaken(uow: UnitOfWork) -> object:
        result = await first(uow)
        decided.set()
        await asyncio.wait({other}, timeout=OVERLAP_S)  # memory runs works one after another: it waits for us
        return result

    results = await asyncio.gather(family.transact(overtaken), other, return_exceptions=True)
    refused = [result for result in results if isinstance(result, BaseException)]
    await _ended_in_one(family, transfer, before, refused)


async def test_accepting_and_settling_at_the_same_moment_end_in_one_of_the_two(family: Storage, twin: Storage) -> None:
    """R20, R21: nobody waits for anybody."""
    transfer = await verify(family, await apply(family))
    before = await account_of(family), await account_of(family, "wallet:P0004")
    results = await asyncio.gather(
        *(settle_all(storage, SIX) for storage in (twin, family)),
        *(storage.transact(accept(transfer, SIX - JUST_BEFORE)) for storage in (family, twin)),
        *(settle_all(storage, SIX) for storage in (family, twin)),
        return_exceptions=True,
    )
    refused = [result for result in results if isinstance(result, BaseException)]
    await _ended_in_one(family, transfer, before, refused)


async def _ended_in_one(
    storage: Storage, transfer: Transfer, before: tuple[Account, Account], refused: list[BaseException]
) -> None:
    source, target = before
    now = await account_of(storage), await account_of(storage, target.id)
    if refused:
        for refusal in refused:
            assert isinstance(refusal, Refused)
            assert refusal.refusal.code is ErrorCode.TRANSFER_NOT_PENDING
        assert await status_of(storage, transfer) == RETURNED
        assert now == (replace(source, held=Fen(0), seq=source.seq + 1), target)
        return
    assert await status_of(storage, transfer) == COMPLETED
    assert now == (
        replace(source, balance=Fen(source.balance - 100), held=Fen(0), seq=source.seq + 1),
        replace(target, balance=Fen(target.balance + 100), seq=target.seq + 1),
    )


async def test_what_is_verified_while_it_expires_ends_in_one_of_the_two(family: Storage, twin: Storage) -> None:
    """R18, R20."""
    transfer = await apply(family)
    _, verified = await asyncio.gather(settle_all(twin, EXPIRY), verify(family, transfer), return_exceptions=True)
    if isinstance(verified, Refused):
        assert verified.refusal.code is ErrorCode.TRANSFER_EXPIRED
        assert (await status_of(family, transfer), (await account_of(family)).held) == (EXPIRED, 0)
        return
    assert (await status_of(family, transfer), (await account_of(family)).held) == (WAITING, 100)
