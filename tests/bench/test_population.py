"""People who are made in bulk have books that agree."""

from __future__ import annotations

from itertools import chain

from bench.filling import batches, fill_by_works
from bench.population import money, pair_of, people
from domain.money import Fen
from domain.wallets import wallet_id
from repositories.memory import MemoryStorage
from services.reconciliation import Reconciliation


async def test_the_books_of_made_up_people_agree() -> None:
    storage = MemoryStorage()
    await fill_by_works(storage, chain(people(4), money(4, 5)))
    async with storage.snapshot() as snapshot:
        assert [difference async for difference in Reconciliation(snapshot).differences()] == []
    wallet = await storage.read().accounts.get(wallet_id(pair_of(4).payee.person_no))
    assert wallet is not None
    assert (wallet.seq, wallet.balance) == (5, Fen(5 * 12_050))


def test_no_two_people_have_an_id_number_in_common() -> None:
    pairs = [pair_of(number) for number in range(1, 600)]
    numbers = {person.id_number for pair in pairs for person in (pair.payer, pair.payee)}
    assert len(numbers) == 2 * len(pairs)


def test_rows_come_in_batches() -> None:
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
