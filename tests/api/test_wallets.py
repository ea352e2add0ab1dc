"""Wallets that the agency freezes and lets go again (R12)."""

import asyncio

import pytest

from tests.clients import Server

WALLET = "wallet { status balance statusChanges { status reason at } }"


async def freeze(server: Server, person_no: str) -> None:
    """Freeze a wallet."""
    assert await server.agency.codes("freezeWallet", "wallet { status }", personNo=person_no, reason="核查") == []


async def unfreeze(server: Server, person_no: str) -> None:
    """Let a wallet go again."""
    assert await server.agency.codes("unfreezeWallet", "wallet { status }", personNo=person_no, reason="无误") == []


async def test_the_agency_freezes_a_wallet_and_lets_it_go_again(server: Server) -> None:
    """R12: with what is in it, and every change is recorded."""
    frozen = await server.agency.do("freezeWallet", WALLET, personNo="P0001", reason=" 核查 ")
    first = {"status": "FROZEN", "reason": "核查", "at": "2025-06-02T12:00:00.000+08:00"}
    assert frozen == {"wallet": {"status": "FROZEN", "balance": "200.00", "statusChanges": [first]}, "errors": []}
    server.clock.advance(minutes=1)
    active = await server.agency.do("unfreezeWallet", WALLET, personNo="P0001", reason="无误")
    second = {"status": "ACTIVE", "reason": "无误", "at": "2025-06-02T12:01:00.000+08:00"}
    assert active["wallet"] == {"status": "ACTIVE", "balance": "200.00", "statusChanges": [first, second]}


@pytest.mark.parametrize(("mutation", "changes"), [("freezeWallet", ["FROZEN"]), ("unfreezeWallet", [])])
async def test_doing_it_twice_is_no_error_and_no_change(server: Server, mutation: str, changes: list[str]) -> None:
    """R12."""
    for _ in range(2):
        answer = await server.agency.do(mutation, WALLET, personNo="P0001", reason="核查")
        assert answer["errors"] == []
        assert [change["status"] for change in answer["wallet"]["statusChanges"]] == changes


async def test_the_holder_sees_that_the_wallet_is_frozen(server: Server) -> None:
    """R12, R26: and the statement as ever."""
    await freeze(server, "P0001")
    father = server.person("P0001")
    seen = (await father.ask(f"{{ viewer {{ person {{ {WALLET} }} }} }}"))["viewer"]["person"]["wallet"]
    assert (seen["status"], [change["reason"] for change in seen["statusChanges"]]) == ("FROZEN", ["核查"])
    assert len(await father.statement()) == 1


# ---- neither sends, receives nor pays -----------------------------------------------------------------------------


async def test_a_frozen_wallet_does_not_send(server: Server) -> None:
    """R12."""
    mother = server.person("P0002")
    await freeze(server, "P0002")
    refused = await mother.apply("P0001", "SPOUSE", "5.00", source="WALLET", idempotencyKey="frozen")
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [("WALLET_FROZEN", None)]
    await unfreeze(server, "P0002")
    assert await mother.give("P0001", "SPOUSE", "5.00", source="WALLET", idempotencyKey="active")


async def test_a_frozen_wallet_does_not_receive(server: Server) -> None:
    """R12."""
    father = server.person("P0001")
    await freeze(server, "P0004")
    refused = await father.apply("P0004", "CHILD", "5.00", idempotencyKey="frozen")
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [("WALLET_FROZEN", ["input", "payee"])]
    await unfreeze(server, "P0004")
    assert await father.give("P0004", "CHILD", "5.00", idempotencyKey="active")


@pytest.mark.parametrize("person_no", ["P0002", "P0001"])
async def test_a_wallet_frozen_after_the_application_stops_the_transfer(server: Server, person_no: str) -> None:
    """R12, R18: payer's or payee's; it stays pending."""
    mother = server.person("P0002")
    transfer = (await mother.apply("P0001", "SPOUSE", "5.00", source="WALLET"))["transfer"]
    await freeze(server, person_no)
    refused = await mother.verify(transfer["id"])
    assert [error["code"] for error in refused["errors"]] == ["WALLET_FROZEN"]
    assert (await mother.balances())["wallet"] == "50.00"
    await unfreeze(server, person_no)
    assert (await mother.verify(transfer["id"]))["transfer"]["status"] == "COMPLETED"


async def test_a_frozen_wallet_does_not_pay(server: Server) -> None:
    """R12: neither bills nor premiums."""
    mother = server.person("P0002")
    await freeze(server, "P0002")
    refused = [await mother.pay("H37010000001", "5.00"), await mother.pay_premium("370100")]
    assert [(e["code"], e["path"]) for answer in refused for e in answer["errors"]] == [("WALLET_FROZEN", None)] * 2
    await unfreeze(server, "P0002")
    assert (await mother.pay("H37010000001", "5.00", idempotencyKey="active"))["errors"] == []


async def test_a_personal_account_is_credited_while_the_wallet_is_frozen(server: Server) -> None:
    """R7, R12: it is another account."""
    await freeze(server, "P0001")
    credit = {"personNo": "P0001", "amount": "100.00", "period": "2025-06", "idempotencyKey": "june"}
    credited = await server.agency.do("creditPersonalAccount", "personalAccount { balance }", **credit)
    assert credited == {"personalAccount": {"balance": "5100.00"}, "errors": []}


async def test_freezing_and_paying_at_once_happen_one_after_the_other(server: Server) -> None:
    """R12, R20: in whichever order, and nothing is paid after it."""
    father = server.person("P0001")
    bill = {"total": "30.00", "fundPaid": "0.00", "selfPaid": "30.00"}
    freezing = asyncio.create_task(freeze(server, "P0001"))
    answers = await asyncio.gather(
        *(
            father.pay("H37010000001", "1.00", bill=bill | {"number": f"B{n}"}, idempotencyKey=f"k{n}")
            for n in range(10)
        )
    )
    await freezing
    refused = [error["code"] for answer in answers for error in answer["errors"]]
    assert set(refused) <= {"WALLET_FROZEN"}
    assert (await father.balances())["wallet"] == f"{200 - (10 - len(refused))}.00"
    late = await father.pay("H37010000001", "1.00", idempotencyKey="late")
    assert [error["code"] for error in late["errors"]] == ["WALLET_FROZEN"]


# ---- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mutation", ["freezeWallet", "unfreezeWallet"])
@pytest.mark.parametrize("reason", ["", "  ", "核" * 201, "核\u0007查", "核\u202e查"])
async def test_a_freeze_has_a_reason(shared_server: Server, mutation: str, reason: str) -> None:
    """R12."""
    refused = await shared_server.agency.do(mutation, "wallet { id }", personNo="P0001", reason=reason)
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [("INVALID_INPUT", ["input", "reason"])]


@pytest.mark.parametrize("mutation", ["freezeWallet", "unfreezeWallet"])
@pytest.mark.parametrize(
    ("person_no", "code"),
    [("P7777", "NOT_FOUND"), ("", "NOT_FOUND"), ("P0008", "WALLET_NOT_ACTIVATED"), ("P0010", "WALLET_NOT_ACTIVATED")],
)
async def test_a_wallet_that_does_not_exist_is_not_frozen(
    shared_server: Server, mutation: str, person_no: str, code: str
) -> None:
    """R12."""
    refused = await shared_server.agency.do(mutation, "wallet { id }", personNo=person_no, reason="核查")
    assert [(e["code"], e["path"]) for e in refused["errors"]] == [(code, ["input", "personNo"])]


@pytest.mark.parametrize("mutation", ["freezeWallet", "unfreezeWallet"])
async def test_only_the_agency_freezes_wallets(shared_server: Server, mutation: str) -> None:
    """R27: not even the holder his or her own."""
    for caller, code in (
        (shared_server.anonymous, "UNAUTHENTICATED"),
        (shared_server.person("P0001"), "FORBIDDEN"),
        (shared_server.hospital, "FORBIDDEN"),
    ):
        assert await caller.codes(mutation, "wallet { id }", personNo="P0001", reason="核查") == [code]
