"""What nobody accepted by the next 06:00 has gone back, for whoever looks first and without anybody's doing (R21)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from schema.nodes import global_id
from tests.clients import Caller, Server

AVAILABLE = "wallet { availableBalance } personalAccount { balance availableBalance }"
WAITING = "waiting: transfers(status: PENDING_ACCEPTANCE) { totalCount nodes { number } }"
RETURNED = "returned: transfers(status: RETURNED) { totalCount nodes { number } }"

Look = Callable[[Server, dict[str, Any]], Awaitable[object]]


async def overdue(server: Server, amount: str = "150.00", source: str = "WALLET") -> dict[str, Any]:
    """Give the transfer of P0001 to P0004 that goes back at this very moment."""
    transfer = await server.person("P0001").give("P0004", "CHILD", amount, source=source)
    server.clock.now = datetime.fromisoformat(transfer["expiresAt"])
    return transfer


async def person_of(caller: Caller, selection: str) -> dict[str, Any]:
    """Ask for something of oneself."""
    person: dict[str, Any] = (await caller.ask(f"{{ viewer {{ person {{ {selection} }} }} }}"))["viewer"]["person"]
    return person


async def answer(caller: Caller, verb: str, transfer: dict[str, Any]) -> dict[str, Any]:
    """Accept or decline a transfer."""
    return await caller.do(f"{verb}Transfer", "transfer { status }", transferId=transfer["id"])


# ---- whoever looks first ------------------------------------------------------------------------------------------


async def payers_balance(server: Server, _transfer: dict[str, Any]) -> object:
    """Look at what the payer has available."""
    return (await person_of(server.person("P0001"), AVAILABLE))["wallet"]["availableBalance"]


async def payers_statement(server: Server, transfer: dict[str, Any]) -> object:
    """Look at the payer's newest entry."""
    newest = (await server.person("P0001").statement())[0]
    assert newest["transfer"] == {"number": transfer["number"]}
    return newest["kind"], newest["amount"], newest["balanceAfter"]


async def payers_lists(server: Server, _transfer: dict[str, Any]) -> object:
    """Look at the payer's transfers that wait, and at those that came back."""
    wallet = (await person_of(server.person("P0001"), f"wallet {{ {WAITING} {RETURNED} }}"))["wallet"]
    return wallet["waiting"]["totalCount"], wallet["returned"]["totalCount"]


async def payees_list(server: Server, transfer: dict[str, Any]) -> object:
    """Look at the status of the payee's newest transfer."""
    listed = "wallet { transfers(direction: IN, first: 1) { nodes { number status } } }"
    newest = (await person_of(server.person("P0004"), listed))["wallet"]["transfers"]["nodes"][0]
    assert newest["number"] == transfer["number"]
    return newest["status"]


async def payees_lists(server: Server, _transfer: dict[str, Any]) -> object:
    """Look at the payee's transfers that wait, and at those that went back."""
    wallet = (await person_of(server.person("P0004"), f"wallet {{ {WAITING} {RETURNED} }}"))["wallet"]
    return wallet["waiting"]["totalCount"], wallet["returned"]["totalCount"]


async def number(server: Server, transfer: dict[str, Any]) -> object:
    """Look up the transfer by its number."""
    query = "query($n: String!) { transfer(number: $n) { status } }"
    return (await server.person("P0004").ask(query, n=transfer["number"]))["transfer"]["status"]


async def node(server: Server, transfer: dict[str, Any]) -> object:
    """Look up the transfer by its id."""
    query = "query($id: ID!) { node(id: $id) { ... on Transfer { status } } }"
    return (await server.person("P0001").ask(query, id=transfer["id"]))["node"]["status"]


async def outcome(server: Server, _transfer: dict[str, Any]) -> object:
    """Look at what became of the application."""
    query = 'query { outcome(idempotencyKey: "P0004-CHILD-150.00") { status node { ... on Transfer { status } } } }'
    told = (await server.person("P0001").ask(query))["outcome"]
    return told["status"], told["node"]["status"]


async def agency(server: Server, _transfer: dict[str, Any]) -> object:
    """Let the agency look at the payer's wallet."""
    query = '{ person(personNo: "P0001") { wallet { availableBalance } } }'
    return (await server.agency.ask(query))["person"]["wallet"]["availableBalance"]


async def freezing(server: Server, _transfer: dict[str, Any]) -> object:
    """Let the agency freeze the payer's wallet, and look at the wallet it is told of."""
    frozen = await server.agency.do("freezeWallet", "wallet { availableBalance }", personNo="P0001", reason="核查")
    return frozen["wallet"]["availableBalance"]


async def preview(server: Server, _transfer: dict[str, Any]) -> object:
    """Preview a transfer of all the wallet has, to the same payee."""
    payee = {"identity": {"name": "李芳", "idNumber": "370102199309183320"}}
    asked = {"source": "WALLET", "payee": payee, "relation": "CHILD", "amount": "200.00"}
    query = "query($i: TransferPreviewInput!) { transferPreview(input: $i) { eligible } }"
    return (await server.person("P0001").ask(query, i=asked))["transferPreview"]["eligible"]


async def application(server: Server, _transfer: dict[str, Any]) -> object:
    """Send all the wallet has to the same payee."""
    return (await server.person("P0001").give("P0004", "CHILD", "200.00", source="WALLET"))["status"]


async def payment(server: Server, _transfer: dict[str, Any]) -> object:
    """Pay more than was available while it was held."""
    bill = {"number": "B1", "total": "200.00", "fundPaid": "0.00", "selfPaid": "200.00"}
    return (await server.person("P0001").pay("H37010000001", "200.00", bill=bill))["wallet"]["balance"]


@pytest.mark.parametrize(
    ("look", "seen"),
    [
        (payers_balance, "200.00"),
        (payers_statement, ("TRANSFER_RETURNED", "0.00", "200.00")),
        (payers_lists, (0, 1)),
        (payees_list, "RETURNED"),
        (payees_lists, (0, 1)),
        (number, "RETURNED"),
        (node, "RETURNED"),
        (outcome, ("COMPLETED", "RETURNED")),
        (agency, "200.00"),
        (freezing, "200.00"),
        (preview, True),
        (application, "PENDING_ACCEPTANCE"),
        (payment, "0.00"),
    ],
)
async def test_what_is_not_accepted_by_six_has_gone_back_whoever_looks_first(
    national: Server, look: Look, seen: object
) -> None:
    """R21, R26."""
    assert await look(national, await overdue(national)) == seen


async def test_the_agency_credits_an_account_that_has_its_money_back(national: Server) -> None:
    """R7, R21."""
    await overdue(national, source="PERSONAL_ACCOUNT")
    credited = await national.agency.do(
        "creditPersonalAccount",
        "personalAccount { balance availableBalance }",
        personNo="P0001",
        amount="1.00",
        period="2025-06",
        idempotencyKey="june",
    )
    assert credited["personalAccount"] == {"balance": "5001.00", "availableBalance": "5001.00"}


async def test_all_of_one_answer_is_as_it_is_after_the_return(national: Server) -> None:
    """R21: several ways to the same money in one operation."""
    await overdue(national)
    answered = await national.person("P0001").ask(
        "query($id: ID!) { node(id: $id) { ... on PersonalAccount { availableBalance } } "
        f"viewer {{ person {{ wallet {{ availableBalance {WAITING} }} }} }} }}",
        id=global_id("PersonalAccount", "P0001"),
    )
    assert answered == {
        "node": {"availableBalance": "5000.00"},
        "viewer": {
            "person": {"wallet": {"availableBalance": "200.00", "waiting": {"totalCount": 0, "nodes": []}}},
        },
    }


async def test_everybody_looking_at_once_sees_it_gone_back_once(national: Server) -> None:
    """R20, R21."""
    transfer = await overdue(national)
    looks = [payers_balance, payers_lists, payees_lists, agency] * 5
    seen = await asyncio.gather(*(look(national, transfer) for look in looks))
    assert seen == ["200.00", (0, 1), (0, 1), "200.00"] * 5
    statement = await national.person("P0001").statement()
    assert [entry["kind"] for entry in statement] == ["TRANSFER_RETURNED", "TRANSFER_IN"]


# ---- until six ----------------------------------------------------------------------------------------------------


async def test_a_millisecond_before_six_it_still_waits(national: Server) -> None:
    """R21."""
    transfer = await overdue(national)
    national.clock.now -= timedelta(milliseconds=1)
    assert await payers_balance(national, transfer) == "50.00"
    assert await payees_lists(national, transfer) == (1, 0)
    assert await answer(national.person("P0004"), "accept", transfer) == {
        "transfer": {"status": "COMPLETED"},
        "errors": [],
    }


async def test_what_went_back_cannot_be_accepted(national: Server) -> None:
    """R21."""
    transfer = await overdue(national)
    refused = await national.person("P0004").do("acceptTransfer", "transfer { id }", transferId=transfer["id"])
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [("TRANSFER_NOT_PENDING", ["input", "transferId"])]
    assert (await national.person("P0004").balances())["wallet"] == "10.00"


async def test_what_went_back_is_declined_without_errors(national: Server) -> None:
    """R18: it is in the state that declining leads to."""
    transfer = await overdue(national)
    declined = await answer(national.person("P0004"), "decline", transfer)
    assert declined == {"transfer": {"status": "RETURNED"}, "errors": []}
    assert [entry["kind"] for entry in await national.person("P0001").statement()] == [
        "TRANSFER_RETURNED",
        "TRANSFER_IN",
    ]


async def test_what_went_back_cannot_be_verified_again(national: Server) -> None:
    """R18, R21."""
    transfer = await overdue(national)
    again = await national.person("P0001").verify(transfer["id"])
    assert [error["code"] for error in again["errors"]] == ["TRANSFER_NOT_PENDING"]


async def test_the_key_of_what_went_back_gives_it_again(national: Server) -> None:
    """R20, R21: another transfer needs another key."""
    transfer = await overdue(national)
    again = await national.person("P0001").apply("P0004", "CHILD", "150.00", source="WALLET")
    assert (again["transfer"]["number"], again["transfer"]["status"]) == (transfer["number"], "RETURNED")


async def test_nothing_is_lost_when_several_go_back_and_forth(national: Server) -> None:
    """R20, R21: one accepted, one declined, one overdue."""
    father = national.person("P0001")
    accepted = await father.give("P0002", "SPOUSE", "10.00")
    declined = await father.give("P0003", "CHILD", "20.00")
    late = await father.give("P0004", "CHILD", "40.00")
    await answer(national.person("P0002"), "accept", accepted)
    await answer(national.person("P0003"), "decline", declined)
    national.clock.now = datetime.fromisoformat(late["expiresAt"])
    account = (await person_of(father, AVAILABLE))["personalAccount"]
    assert account == {"balance": "4990.00", "availableBalance": "4990.00"}
    statement = await father.statement("personalAccount")
    assert [(e["seq"], e["kind"], e["amount"], e["balanceAfter"]) for e in statement[:3]] == [
        (6, "TRANSFER_RETURNED", "0.00", "4990.00"),
        (5, "TRANSFER_RETURNED", "0.00", "4990.00"),
        (4, "TRANSFER_OUT", "-10.00", "4990.00"),
    ]
