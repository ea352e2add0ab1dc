"""What a keyed request had done before it was refused is undone, and the refusal is kept (R20)."""

from domain.errors import NotFound, Refusal, Refused
from domain.outcomes import NodeRef
from domain.wallets import Wallet
from repositories.contract import Storage, UnitOfWork
from services.outcomes import KeyedRequest, Once, once
from services.wallets import get_wallet
from tests.factories import NOW, make_wallet

REQUEST = KeyedRequest("person:P0001", "key-1", "openWallet", {})


async def test_a_refusal_undoes_what_was_done_before_it_and_is_kept(storage: Storage) -> None:
    """R20."""

    async def work(uow: UnitOfWork) -> Wallet | Refusal:
        async def open_and_refuse() -> Wallet:
            uow.accounts.add(make_wallet())
            raise Refused(NotFound())

        async def recall(number: str) -> Wallet | None:
            return await get_wallet(uow.accounts, number)

        act = Once(open_and_refuse, lambda wallet: NodeRef("Wallet", wallet.person_no), recall)
        return await once(uow, REQUEST, NOW, act)

    assert await storage.transact(work) == NotFound()
    assert await storage.read().accounts.get(make_wallet().id) is None
    outcome = await storage.read().outcomes.get(REQUEST.id)
    assert outcome is not None
    assert outcome.refusal == NotFound()
    assert await storage.transact(work) == NotFound()
