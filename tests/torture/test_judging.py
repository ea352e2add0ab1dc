"""A judge who never finds anything proves nothing: here is what he finds."""

from dataclasses import replace
from typing import Any

import pytest

from tests.torture.history import Certain, History, Kind, Operation, Said, learn
from tests.torture.judging import against_model, untrue
from tests.torture.ledger import Ledger

GIVEN = Operation(
    Kind.TRANSFER, "P0001", "key", 5, "wallet:P0001", "wallet:P0002", {}, kept=Certain.YES, moved=Certain.YES
)
COMPLETED: dict[str, Any] = {"status": "COMPLETED", "error": None, "node": None}


def entry(account: str, seq: int, amount: int, balance: int, journal: str = GIVEN.id) -> dict[str, Any]:
    return {"account_id": account, "seq": seq, "amount": amount, "balance_after": balance, "journal_id": journal}


def ledger_of(*entries: dict[str, Any], **balances: int) -> Ledger:
    """Give a ledger of wallets with these balances, each as it should be after its entries."""
    accounts: dict[str, dict[str, Any]] = {}
    for person_no, balance in balances.items():
        name = f"wallet:{person_no}"
        seq = sum(row["account_id"] == name for row in entries)
        accounts[name] = {"balance": balance, "seq": seq, "held": 0}
    return Ledger(accounts, list(entries), {})


OPENED = (entry("wallet:P0001", 1, 9, 9, "opening"), entry("elsewhere", 0, -9, 0, "opening"))
OUT, IN = entry("wallet:P0001", 2, -5, 4), entry("wallet:P0002", 1, 5, 5)
SOUND = ledger_of(*OPENED, OUT, IN, P0001=4, P0002=5)
BEFORE = ledger_of(*OPENED, P0001=9)


def test_what_is_as_it_was_told_is_sound() -> None:
    assert list(untrue(GIVEN, COMPLETED, [OUT, IN], is_kept=True)) == []
    assert list(SOUND.problems()) == []
    assert list(against_model(History([GIVEN]), BEFORE, SOUND)) == []


@pytest.mark.parametrize(
    ("operation", "outcome", "legs", "is_kept", "is_lost"),
    [
        (GIVEN, None, [], False, True),
        (GIVEN, COMPLETED, [], True, True),
        (GIVEN, COMPLETED, [OUT], True, True),
        (GIVEN, COMPLETED | {"error": {"code": "CONFLICT"}}, [OUT, IN], True, False),
        (GIVEN, COMPLETED, [OUT, IN | {"amount": 6}], True, False),
        (GIVEN, None, [OUT, IN], True, False),
        (replace(GIVEN, kept=Certain.NO, moved=Certain.NO), COMPLETED, [], True, False),
        (replace(GIVEN, moved=Certain.NO), COMPLETED, [OUT, IN], True, False),
    ],
)
def test_what_is_not_as_it_was_told_is_found(
    operation: Operation, outcome: dict[str, Any] | None, legs: list[dict[str, Any]], *, is_kept: bool, is_lost: bool
) -> None:
    found = list(untrue(operation, outcome, legs, is_kept=is_kept))
    assert found
    assert any(lost for _problem, lost in found) is is_lost


@pytest.mark.parametrize(
    "ledger",
    [
        ledger_of(*OPENED, OUT, P0001=4),
        ledger_of(*OPENED, OUT | {"seq": 3}, IN, P0001=4, P0002=5),
        ledger_of(*OPENED, OUT | {"balance_after": 5}, IN, P0001=4, P0002=5),
        ledger_of(*OPENED, OUT, IN, P0001=5, P0002=5),
    ],
    ids=["a leg is missing", "a number is missing", "a balance after is wrong", "a balance is wrong"],
)
def test_books_that_do_not_add_up_are_found(ledger: Ledger) -> None:
    assert list(ledger.problems())


def test_money_that_no_client_knows_of_is_found() -> None:
    assert len(list(against_model(History(), BEFORE, SOUND))) == 2
    assert ledger_of(P0001=-1).negative() == 1


def test_an_unknown_answer_leaves_a_doubt_that_only_a_clear_one_ends() -> None:
    doubt = learn(Certain.NO, Said.UNKNOWN)
    assert (doubt, learn(doubt, Said.NOT_DONE), learn(doubt, Said.DONE)) == (Certain.MAYBE, Certain.MAYBE, Certain.YES)
    assert learn(Certain.NO, Said.NOT_DONE) is Certain.NO
