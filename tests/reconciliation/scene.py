"""Everything that can become of money, done once: what the books hold afterwards is what is tampered with."""

from __future__ import annotations

from typing import Any

from api.faces import issue_assertion
from api.keys import FACE_KEY, development_key
from domain.faces import to_verify_transfer
from tests.api.accepting import answer
from tests.clients import Caller, Server

BILL = {"number": "B1", "total": "100.00", "fundPaid": "70.00", "selfPaid": "30.00"}
YEAR = {"year": 2025, "amount": "20.00", "opensOn": "2025-01-01", "closesOn": "2025-12-31"}

WAITING = "{ viewer { person { wallet { transfers(status: PENDING_ACCEPTANCE) { nodes { id } } } } } }"
PAID = "{ viewer { person { wallet { payments { nodes { id kind status } } } } } }"


async def play(server: Server) -> None:
    """Transfer, accept, decline, let expire, cancel, be refused, pay, refund and credit, under policy `national`."""
    payer, payee, agency = server.person("P0001"), server.person("P0004"), server.agency
    await accepted(payer, payee, "1000.00", source="PERSONAL_ACCOUNT")
    await accepted(payer, payee, "50.00", source="WALLET")
    await answer(payee, "decline", await payer.give("P0004", "CHILD", "60.00"))
    server.clock.advance(days=1)
    await by_face(server, payer, "40.00")
    await payer.give("P0004", "CHILD", "70.00")  # nobody accepts it
    server.clock.advance(days=1)
    assert (await payer.apply("P0005", "PARENT", "10.00"))["errors"] == []
    server.clock.advance(hours=1)
    assert (await payer.statement("personalAccount"))[0]["kind"] == "TRANSFER_RETURNED"
    cancelled = (await payer.apply("P0003", "CHILD", "11.00"))["transfer"]
    assert await payer.codes("cancelTransfer", "transfer { status }", transferId=cancelled["id"]) == []
    assert await payer.codes("applyTransfer", "transfer { id }", **refused())
    await payments(payee, agency)
    assert await agency.codes("creditPersonalAccount", "personalAccount { balance }", **credit()) == []
    await payer.give("P0004", "CHILD", "80.00")  # it waits
    assert (await payer.apply("P0003", "CHILD", "12.00", source="WALLET"))["errors"] == []  # this one too


async def accepted(payer: Caller, payee: Caller, amount: str, source: str) -> None:
    """Give money that is taken."""
    transfer = await payer.give("P0004", "CHILD", amount, source=source)
    assert (await answer(payee, "accept", transfer))["errors"] == []


async def by_face(server: Server, payer: Caller, amount: str) -> None:
    """Verify a transfer by face."""
    transfer = (await payer.apply("P0005", "PARENT", amount))["transfer"]
    purpose = to_verify_transfer(transfer["id"])
    key = development_key(server.keys, FACE_KEY)
    face = {"faceAssertion": issue_assertion(key, "P0001", purpose, server.clock.now)}
    asked = {"transferId": transfer["id"], "verification": face}
    answered = await payer.do("verifyTransfer", "transfer { id }", **asked)
    assert answered["errors"] == [], answered


async def payments(payee: Caller, agency: Caller) -> None:
    """Pay towards one bill twice, and a premium twice, the first of each refunded in parts or whole."""
    first = (await payee.pay("P54010000001", "20.00", bill=BILL))["payment"]
    assert (await agency.refund(first["id"], "5.00"))["errors"] == []
    assert (await agency.refund(first["id"], "2.00"))["errors"] == []
    assert (await payee.pay("P54010000001", "10.00", bill=BILL, idempotencyKey="second"))["errors"] == []
    assert await agency.codes("publishPremium", "premium { id }", areaCode="540100", **YEAR) in ([], ["CONFLICT"])
    premium = (await payee.pay_premium("540100"))["payment"]
    assert (await agency.refund(premium["id"], premium["amount"], idempotencyKey="all"))["errors"] == []
    assert (await payee.pay_premium("540100", idempotencyKey="again"))["errors"] == []


def refused() -> dict[str, Any]:
    """Ask for more than the policy lets through."""
    payee = {"identity": {"name": "李芳", "idNumber": "370102199309183320"}}
    return {
        "source": "PERSONAL_ACCOUNT",
        "payee": payee,
        "relation": "CHILD",
        "amount": "3000.00",
        "idempotencyKey": "refused",
    }


def credit() -> dict[str, Any]:
    """Ask for an allotment."""
    return {"personNo": "P0001", "amount": "33.00", "period": "2025-06", "idempotencyKey": "credit"}


async def move_on(server: Server) -> None:
    """Move some more money, so that every kind of thing that can change has changed."""
    payer, payee, agency = server.person("P0001"), server.person("P0004"), server.agency
    mine = (await payee.ask(WAITING))["viewer"]["person"]["wallet"]["transfers"]["nodes"]
    assert (await answer(payee, "accept", mine[0]))["errors"] == []
    paid = (await payee.ask(PAID))["viewer"]["person"]["wallet"]["payments"]["nodes"]
    bill = next(each for each in paid if each["kind"] == "MEDICAL" and each["status"] == "COMPLETED")
    assert (await agency.refund(bill["id"], "1.00", idempotencyKey=f"moved-{bill['id']}"))["errors"] == []
    assert (await payer.apply("P0005", "PARENT", "13.00", source="WALLET", idempotencyKey="moved"))["errors"] == []
