"""Tries of a password at the same time: each comes before or after every other (R18)."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from domain.credentials import TRIES_MAX, PasswordProof
from domain.errors import ErrorCode, Refusal, Refused
from repositories.contract import Storage, UnitOfWork
from repositories.factory import open_storage
from repositories.mongo.local import in_database
from services.credentials import verify
from tests.factories import NOW, make_credential
from tests.keys import KEYS
from tests.repositories.storing import store


@pytest.fixture
async def guarded(mongodb_url: str) -> AsyncIterator[Storage]:
    """Give a storage in which works overlap, with one person's password."""
    opened = open_storage(in_database(mongodb_url, "tries"), KEYS.master)
    await opened.prepare()
    await store(opened, make_credential())
    yield opened
    await opened.close()


@pytest.fixture
async def elsewhere(guarded: Storage, mongodb_url: str) -> AsyncIterator[Storage]:
    """Give the same storage as another process has it."""
    del guarded  # it is there
    opened = open_storage(in_database(mongodb_url, "tries"), KEYS.master)
    await opened.prepare()
    yield opened
    await opened.close()


async def attempt(uow: UnitOfWork, *, right: bool) -> Refusal | None:
    """Try a password."""
    return await verify(uow, "P0001", PasswordProof(correct=right, version=1), "password", NOW, "verification")


async def test_the_right_password_comes_too_late_when_the_tries_were_used_up_meanwhile(
    guarded: Storage, elsewhere: Storage
) -> None:
    """R18: who tries many passwords at once has five tries, like everybody."""
    begun, used_up = asyncio.Event(), asyncio.Event()

    async def overlapping(uow: UnitOfWork) -> Refusal | None:
        await uow.credentials.get("P0001")
        begun.set()
        await used_up.wait()
        return await attempt(uow, right=True)

    late = asyncio.create_task(guarded.transact(overlapping))
    await begun.wait()
    for _ in range(TRIES_MAX):
        await elsewhere.transact(lambda uow: attempt(uow, right=False))
    used_up.set()
    with pytest.raises(Refused, match=ErrorCode.VERIFICATION_LOCKED):
        await late
