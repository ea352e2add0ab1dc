"""One hears of one's own transfers and movements as they happen, over WebSocket and server-sent events (R26, R27)."""

import asyncio
from typing import Any

import pytest

from schema.nodes import global_id
from tests.api.subscribing import PATIENCE_S, Subscribe, by_socket, by_sse, listening, next_of, refusal_of
from tests.clients import Server

TRANSFERS = "subscription { transferUpdated { number status amount payee { name } } }"
ONE = "subscription($id: ID) { transferUpdated(transferId: $id) { status } }"
ACTIVITY = "subscription { walletActivity { kind amount balanceAfter transfer { status } payment { kind } } }"


@pytest.fixture(params=[by_socket, by_sse], ids=["websocket", "sse"])
def subscribe(request: pytest.FixtureRequest) -> Subscribe:
    """Give each way of subscribing."""
    way: Subscribe = request.param
    return way


async def heard(waiting: asyncio.Task[dict[str, Any]]) -> dict[str, Any]:
    """Give the event that was waited for."""
    return await asyncio.wait_for(waiting, PATIENCE_S)


async def test_payer_and_payee_hear_of_their_transfer(server: Server, subscribe: Subscribe) -> None:
    """R27."""
    father, daughter = server.person("P0001"), server.person("P0004")
    async with subscribe(server, father, TRANSFERS) as his, subscribe(server, daughter, TRANSFERS) as hers:
        first = [await listening(server, "P0001", his), await listening(server, "P0004", hers)]
        number = (await father.give("P0004", "CHILD", "120.50"))["number"]
        for waiting, events in zip(first, (his, hers), strict=True):
            updates = [(await heard(waiting))["transferUpdated"], (await next_of(events))["transferUpdated"]]
            assert [update["status"] for update in updates] == ["PENDING_VERIFICATION", "COMPLETED"]
            assert {update["number"] for update in updates} == {number}
            assert updates[0]["payee"] == {"name": "李*"}


async def test_a_stranger_to_a_transfer_hears_nothing_of_it(server: Server, subscribe: Subscribe) -> None:
    """R27."""
    father, son = server.person("P0001"), server.person("P0003")
    async with subscribe(server, son, TRANSFERS) as events:
        waiting = await listening(server, "P0003", events)
        await father.give("P0004", "CHILD", "1.00")
        own = await father.give("P0003", "CHILD", "2.00")
        assert (await heard(waiting))["transferUpdated"]["number"] == own["number"]


async def test_one_transfer_can_be_followed_alone(server: Server, subscribe: Subscribe) -> None:
    """R18."""
    father = server.person("P0001")
    followed = (await father.apply("P0004", "CHILD", "1.00"))["transfer"]["id"]
    async with subscribe(server, father, ONE, id=followed) as events:
        waiting = await listening(server, "P0001", events)
        await father.give("P0003", "CHILD", "2.00")
        await father.do("cancelTransfer", "transfer { id }", transferId=followed)
        assert await heard(waiting) == {"transferUpdated": {"status": "CANCELLED"}}


async def test_every_movement_of_wallet_and_personal_account_is_heard_of(server: Server, subscribe: Subscribe) -> None:
    """R26."""
    father = server.person("P0001")
    async with subscribe(server, father, ACTIVITY) as events:
        waiting = await listening(server, "P0001", events)
        await father.give("P0004", "CHILD", "1.00")
        await father.pay("H37010000001", "30.00")
        assert [(await heard(waiting))["walletActivity"], (await next_of(events))["walletActivity"]] == [
            {
                "kind": "TRANSFER_OUT",
                "amount": "-1.00",
                "balanceAfter": "4999.00",
                "transfer": {"status": "COMPLETED"},
                "payment": None,
            },
            {
                "kind": "MEDICAL_PAYMENT",
                "amount": "-30.00",
                "balanceAfter": "170.00",
                "transfer": None,
                "payment": {"kind": "MEDICAL"},
            },
        ]


async def test_a_transfer_of_others_is_not_found_like_one_that_is_not_there(
    server: Server, subscribe: Subscribe
) -> None:
    """R27."""
    theirs = (await server.person("P0001").apply("P0004", "CHILD", "1.00"))["transfer"]["id"]
    nobodys = global_id("Transfer", "b8c8ab53-2d6a-5a5c-9a53-6e1c3f0c6a01")
    son = server.person("P0003")
    faults = [await refusal_of(subscribe(server, son, ONE, id=node_id)) for node_id in (theirs, nobodys, "x")]
    assert faults[0]["extensions"] == {"code": "NOT_FOUND"}
    assert faults[0] == faults[1] == faults[2]


async def test_only_insured_persons_subscribe(shared_server: Server, subscribe: Subscribe) -> None:
    """R27."""
    for query in (TRANSFERS, ACTIVITY):
        callers = (shared_server.anonymous, shared_server.agency, shared_server.hospital)
        faults = [await refusal_of(subscribe(shared_server, caller, query)) for caller in callers]
        assert [fault["extensions"]["code"] for fault in faults] == ["UNAUTHENTICATED", "FORBIDDEN", "FORBIDDEN"]


async def test_a_transfer_that_comes_back_is_heard_of(national: Server, subscribe: Subscribe) -> None:
    """R21."""
    father, daughter = national.person("P0001"), national.person("P0004")
    given = await father.give("P0004", "CHILD", "100.00")
    async with (
        subscribe(national, father, ACTIVITY) as money,
        subscribe(national, father, ONE, id=given["id"]) as state,
    ):
        moved = await listening(national, "P0001", money)
        changed = await listening(national, "P0001", state, others=1)
        national.clock.advance(hours=18)
        assert await daughter.balances() == {"wallet": "10.00", "personalAccount": None}
        assert (await heard(moved))["walletActivity"] == {
            "kind": "TRANSFER_RETURNED",
            "amount": "0.00",
            "balanceAfter": "5000.00",
            "transfer": {"status": "RETURNED"},
            "payment": None,
        }
        assert await heard(changed) == {"transferUpdated": {"status": "RETURNED"}}


async def test_a_text_that_is_too_much_is_refused_over_a_connection_too(
    shared_server: Server, subscribe: Subscribe
) -> None:
    nested = "subscription { walletActivity " + "{ transfer " * 70 + "}" * 71
    fault = await refusal_of(subscribe(shared_server, shared_server.person("P0001"), nested))
    assert fault["extensions"] == {"code": "INVALID_INPUT"}
