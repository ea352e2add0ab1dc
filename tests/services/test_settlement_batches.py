"""However many are due are settled, and those that cannot be keep no other from it (R20, R21)."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ledger import NO_ENTRY, Account
from domain.money import Fen
from domain.transfers import Transfer, TransferStatus
from repositories.contract import Storage, UnitOfWork
from services.settlement import BATCH, settle_all, settle_of
from tests.clients import NOON
from tests.factories import make_personal_account, make_transfer
from tests.repositories.storing import existing, store, stored

SIX = NOON + timedelta(hours=18)
COUNT = BATCH + 3


def make_offer(number: int) -> Transfer:
    """Make an offer of 1.00 of P0001's to a payee of that number, due at six."""
    applied = make_transfer(f"key-{number}", payee_no=f"P1{number:03}", created_at=NOON)
    return replace(applied, status=TransferStatus.PENDING_ACCEPTANCE, verified_at=NOON, expires_at=SIX)


def make_account(held: int) -> Account:
    """Make the account of P0001 in which that many offers hold all there is."""
    return make_personal_account(balance=held * 100, held=held * 100)


def returned(transfer: Transfer) -> Transfer:
    """Give the transfer as it is when it went back."""
    return replace(transfer, status=TransferStatus.RETURNED)


async def account_in(storage: Storage) -> object:
    """Give the account as it is, but for the hash of its last entry."""
    account = await stored(storage, make_account(0))
    return replace(account, head=NO_ENTRY) if isinstance(account, Account) else account


async def test_more_than_a_batch_is_settled_in_one_go(storage: Storage) -> None:
    """R21."""
    offers = [make_offer(number) for number in range(COUNT)]
    await store(storage, make_account(COUNT), *offers)
    assert await settle_all(storage, SIX) == COUNT
    assert [await stored(storage, offer) for offer in offers] == list(map(returned, offers))
    assert await account_in(storage) == replace(make_account(COUNT), held=Fen(0), seq=COUNT)


async def test_more_than_a_batch_of_one_person_is_settled_before_anybody_looks(storage: Storage) -> None:
    """R21."""
    await store(storage, make_account(COUNT), *map(make_offer, range(COUNT)))
    assert await settle_of(storage, storage.read(), SIX, ["P0001"]) == COUNT
    assert await account_in(storage) == replace(make_account(COUNT), held=Fen(0), seq=COUNT)


async def test_those_that_cannot_be_settled_keep_no_other_from_it(
    storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    """R20, R21: more than a batch of them, whose account is missing, and newer than the one that can be."""
    later = NOON + timedelta(minutes=1)
    broken = [replace(make_offer(number), payer_no="P0002", created_at=later) for number in range(COUNT)]
    sound = make_offer(COUNT)
    await store(storage, make_account(1), *broken, sound)
    with caplog.at_level(logging.ERROR):
        assert await settle_all(storage, SIX) == 1
    assert [await stored(storage, offer) for offer in (sound, *broken)] == [returned(sound), *broken]
    assert sorted(caplog.messages) == sorted(f"transfer {offer.id} cannot be settled: LookupError" for offer in broken)


async def test_what_could_not_be_settled_is_settled_once_it_can_be(storage: Storage) -> None:
    """R20, R21: less is held than must go back, which nothing but a fault can bring about."""
    offer, account = make_offer(1), make_personal_account(balance=100)
    await store(storage, account, offer)
    assert await settle_all(storage, SIX) == 0
    assert (await stored(storage, offer), await stored(storage, account)) == (offer, account)

    async def mend(uow: UnitOfWork) -> None:
        uow.accounts.save(replace(await existing(uow, account.id), held=Fen(100)))

    await storage.transact(mend)
    assert await settle_all(storage, SIX) == 1
    assert (await stored(storage, offer), await account_in(storage)) == (returned(offer), replace(account, seq=1))
