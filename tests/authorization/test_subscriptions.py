"""Every subscription, for everybody: another's transfer is like one that does not exist (R27)."""

import asyncio
from typing import Any, Final

import pytest

from tests.api.subscribing import by_sse, leave, listening
from tests.authorization.stage import Stage
from tests.authorization.table import COLUMNS, SUBSCRIPTIONS, Row
from tests.authorization.telling import PATIENCE_S, nobodys_id
from tests.authorization.walking import operation, root_fields

REFUSED: Final = [(row, column) for row in SUBSCRIPTIONS for column in COLUMNS if row.cells[column] != "own"]


def asked(stage: Stage, row: Row) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give the arguments that name the payer's transfer, and nobody's."""
    if row.names is None:
        return {}, {}
    transfer_id = stage.transfer["id"]
    return {"transferId": transfer_id}, {"transferId": nobodys_id(transfer_id)}


def test_every_argument_is_given() -> None:
    """R27."""
    taking = {name for name, field in root_fields("Subscription").items() if field.args}
    assert taking == {row.name for row in SUBSCRIPTIONS if row.names is not None}


def title(value: object) -> str:
    """Name a parameter."""
    return value.title if isinstance(value, Row) else str(value)


@pytest.mark.parametrize(("row", "column"), REFUSED, ids=title)
async def test_who_may_not_listen_learns_nothing(stage: Stage, row: Row, column: str) -> None:
    """R27."""
    teller, query = stage.tellers[column], operation("Subscription", row.name)
    theirs, nobodys = asked(stage, row)
    answer = await teller.subscribe(query, **theirs)
    assert f'"code":"{row.cells[column]}"' in answer.body["events"]
    assert answer == await teller.subscribe(query, **nobodys)


@pytest.mark.parametrize("row", SUBSCRIPTIONS, ids=title)
async def test_who_may_listen_is_heard_for(stage: Stage, row: Row) -> None:
    """R27."""
    query, arguments = operation("Subscription", row.name), asked(stage, row)[0]

    async def listen(column: str) -> None:
        teller = stage.tellers[column]
        async with by_sse(stage.server, teller.caller, query, **arguments) as events:
            await leave(await listening(stage.server, teller.person_no or "", events))

    await asyncio.gather(*(listen(column) for column in COLUMNS if row.cells[column] == "own"))


async def test_one_hears_of_ones_own_and_of_nobody_elses(acting_stage: Stage) -> None:
    """R27: the payer pays at the institution, and only he or she is told."""
    server, query = acting_stage.server, operation("Subscription", "walletActivity")
    payer, payee = acting_stage.tellers["self"], acting_stage.tellers["payee"]
    async with by_sse(server, payer.caller, query) as his, by_sse(server, payee.caller, query) as hers:
        told = await listening(server, payer.person_no or "", his)
        not_told = await listening(server, payee.person_no or "", hers)
        bill = {"number": "B3", "total": "2.00", "fundPaid": "1.00", "selfPaid": "1.00"}
        assert (await payer.caller.pay("H37010000001", "1.00", bill=bill, idempotencyKey="heard"))["errors"] == []
        event = (await asyncio.wait_for(told, PATIENCE_S))["walletActivity"]
        assert (event["amount"], event["payment"]["amount"]) == ("-1.00", "1.00")
        assert not not_told.done()
        await leave(not_told)
