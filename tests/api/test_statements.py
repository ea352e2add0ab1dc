"""What is seen of payments and transfers afterwards, and by whom (R26, R27)."""

from typing import Any

import pytest

from tests.clients import PAYMENT, Server

BY_NUMBER = f"query($n: String!) {{ payment(number: $n) {{ {PAYMENT} }} }}"
BY_ID = f"query($id: ID!) {{ node(id: $id) {{ ... on Payment {{ {PAYMENT} }} }} }}"
BY_IDS = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Payment {{ {PAYMENT} }} }} }}"


async def transfers(
    server: Server, person_no: str, direction: str | None = None, status: str | None = None
) -> list[tuple[str, str]]:
    """Give the amounts and statuses of the transfers in one's own wallet."""
    query = (
        "query($d: TransferDirection, $s: TransferStatus) { viewer { person { wallet "
        "{ transfers(direction: $d, status: $s) { totalCount nodes { amount status } } } } } }"
    )
    viewer = (await server.person(person_no).ask(query, d=direction, s=status))["viewer"]
    page = viewer["person"]["wallet"]["transfers"]
    assert page["totalCount"] == len(page["nodes"])
    return [(node["amount"], node["status"]) for node in page["nodes"]]


# ---- payments -----------------------------------------------------------------------------------------------------


async def test_a_payment_is_seen_by_payer_institution_and_agency(server: Server) -> None:
    """R27."""
    paid = (await server.person("P0001").pay("H37010000001", "10.00"))["payment"]
    for caller in (server.person("P0001"), server.hospital, server.agency):
        assert (await caller.ask(BY_NUMBER, n=paid["number"]))["payment"] == paid
        assert (await caller.ask(BY_ID, id=paid["id"]))["node"] == paid
        assert (await caller.ask(BY_IDS, ids=[paid["id"], "x"]))["nodes"] == [paid, None]


async def test_a_payment_does_not_exist_for_anybody_else(server: Server) -> None:
    """R27: not for the payer's wife, nor for another institution."""
    paid = (await server.person("P0001").pay("H37010000001", "10.00"))["payment"]
    for caller in (server.person("P0002"), server.institution("P37010000001"), server.anonymous):
        assert (await caller.ask(BY_NUMBER, n=paid["number"]))["payment"] is None
        assert (await caller.ask(BY_ID, id=paid["id"]))["node"] is None
        assert (await caller.ask(BY_IDS, ids=[paid["id"]]))["nodes"] == [None]


async def test_a_premium_that_was_paid_is_seen_by_payer_and_agency_only(server: Server) -> None:
    """R23, R27."""
    daughter = server.person("P0004")
    await server.person("P0001").give("P0004", "CHILD", "400.00")
    paid = (await daughter.pay_premium("540100"))["payment"]
    for caller in (daughter, server.agency):
        assert (await caller.ask(BY_NUMBER, n=paid["number"]))["payment"] == paid
    for caller in (server.person("P0001"), server.institution("H54010000001"), server.anonymous):
        assert (await caller.ask(BY_NUMBER, n=paid["number"]))["payment"] is None
        assert (await caller.ask(BY_ID, id=paid["id"]))["node"] is None


async def test_a_payment_that_was_never_made_is_not_there(shared_server: Server) -> None:
    """R27."""
    for caller in (shared_server.agency, shared_server.person("P0001")):
        assert (await caller.ask(BY_NUMBER, n="P20250602NONE"))["payment"] is None


async def test_a_wallet_lists_its_payments_newest_first(server: Server) -> None:
    """R26."""
    father = server.person("P0001")
    paid = []
    for amount in ("3.00", "2.00", "1.00"):
        paid.append((await father.pay("H37010000001", amount))["payment"])
        server.clock.advance(seconds=1)
    query = (
        "query($c: String) { viewer { person { wallet { payments(first: 2, after: $c) "
        f"{{ totalCount nodes {{ {PAYMENT} }} pageInfo {{ hasNextPage endCursor }} }} }} }} }} }}"
    )
    first: dict[str, Any] = (await father.ask(query))["viewer"]["person"]["wallet"]["payments"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    rest = (await father.ask(query, c=first["pageInfo"]["endCursor"]))["viewer"]["person"]["wallet"]["payments"]
    assert rest["pageInfo"]["hasNextPage"] is False
    assert [*first["nodes"], *rest["nodes"]] == paid[::-1]
    assert (await server.person("P0002").ask(query))["viewer"]["person"]["wallet"]["payments"]["totalCount"] == 0


# ---- statements ---------------------------------------------------------------------------------------------------


async def test_a_statement_shows_what_was_received_paid_and_refunded(server: Server) -> None:
    """R26: newest first, with the balance after each."""
    daughter = server.person("P0004")
    gift = await server.person("P0001").give("P0004", "CHILD", "400.00")
    medical = (await daughter.pay("H54010000001", "20.00"))["payment"]
    premium = (await daughter.pay_premium("540100"))["payment"]
    await server.institution("H54010000001").refund(medical["id"], "5.50")
    told = [
        (entry["seq"], entry["kind"], entry["amount"], entry["balanceAfter"], entry["payment"], entry["transfer"])
        for entry in await daughter.statement()
    ]
    paid = {"number": medical["number"]}
    assert told[:4] == [
        (5, "REFUND", "5.50", "15.50", paid, None),
        (4, "PREMIUM_PAYMENT", "-380.00", "10.00", {"number": premium["number"]}, None),
        (3, "MEDICAL_PAYMENT", "-20.00", "390.00", paid, None),
        (2, "TRANSFER_IN", "400.00", "410.00", None, {"number": gift["number"]}),
    ]


async def test_a_statement_shows_allotments_and_transfers_of_a_personal_account(server: Server) -> None:
    """R7, R26."""
    father = server.person("P0001")
    gift = await father.give("P0004", "CHILD", "120.50")
    credit = {"personNo": "P0001", "amount": "100.00", "period": "2025-06", "idempotencyKey": "june"}
    await server.agency.do("creditPersonalAccount", "personalAccount { id }", **credit)
    newest, before = (await father.statement("personalAccount"))[:2]
    assert (newest["kind"], newest["amount"], newest["balanceAfter"]) == ("ALLOTMENT", "100.00", "4979.50")
    assert (before["kind"], before["amount"], before["transfer"]) == (
        "TRANSFER_OUT",
        "-120.50",
        {"number": gift["number"]},
    )


async def test_an_entry_is_found_by_its_id_by_owner_and_agency_only(server: Server) -> None:
    """R26, R27: an institution that was paid does not see the payer's statement."""
    father = server.person("P0001")
    await father.pay("H37010000001", "10.00")
    entries = "{ viewer { person { wallet { entries(first: 1) { nodes { id amount } } } } } }"
    entry = (await father.ask(entries))["viewer"]["person"]["wallet"]["entries"]["nodes"][0]
    query = "query($id: ID!) { node(id: $id) { ... on LedgerEntry { id amount } } }"
    for caller in (father, server.agency):
        assert (await caller.ask(query, id=entry["id"]))["node"] == entry
    for caller in (server.person("P0002"), server.hospital, server.anonymous):
        assert (await caller.ask(query, id=entry["id"]))["node"] is None


# ---- transfers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("direction", "status", "found"),
    [
        (
            None,
            None,
            [("7.00", "PENDING_VERIFICATION"), ("6.00", "CANCELLED"), ("5.00", "COMPLETED"), ("50.00", "COMPLETED")],
        ),
        ("IN", None, [("50.00", "COMPLETED")]),
        ("OUT", None, [("7.00", "PENDING_VERIFICATION"), ("6.00", "CANCELLED"), ("5.00", "COMPLETED")]),
        (None, "COMPLETED", [("5.00", "COMPLETED"), ("50.00", "COMPLETED")]),
        ("OUT", "COMPLETED", [("5.00", "COMPLETED")]),
        ("OUT", "PENDING_VERIFICATION", [("7.00", "PENDING_VERIFICATION")]),
        ("IN", "CANCELLED", []),
    ],
)
async def test_the_transfers_of_a_wallet_are_listed_by_direction_and_status(
    server: Server, direction: str | None, status: str | None, found: list[tuple[str, str]]
) -> None:
    """R26."""
    mother = server.person("P0002")
    server.clock.advance(minutes=1)
    await mother.give("P0001", "SPOUSE", "5.00", source="WALLET")
    server.clock.advance(minutes=1)
    cancelled = await mother.apply("P0001", "SPOUSE", "6.00", source="WALLET")
    await mother.do("cancelTransfer", "transfer { id }", transferId=cancelled["transfer"]["id"])
    server.clock.advance(minutes=1)
    await mother.apply("P0001", "SPOUSE", "7.00", source="WALLET")
    assert await transfers(server, "P0002", direction, status) == found


async def test_an_application_that_expired_is_listed_as_expired(server: Server) -> None:
    """R18, R26: on either side."""
    await server.person("P0002").apply("P0001", "SPOUSE", "7.00", source="WALLET")
    server.clock.advance(minutes=30)
    assert await transfers(server, "P0002", status="PENDING_VERIFICATION") == []
    assert await transfers(server, "P0002", "OUT", "EXPIRED") == [("7.00", "EXPIRED")]
    assert await transfers(server, "P0001", "IN", "EXPIRED") == [("7.00", "EXPIRED")]


async def test_what_is_sent_from_a_personal_account_is_listed_with_the_wallet(server: Server) -> None:
    """R13, R26."""
    await server.person("P0001").give("P0002", "SPOUSE", "9.00")
    assert ("9.00", "COMPLETED") in await transfers(server, "P0001", "OUT")
    assert ("9.00", "COMPLETED") in await transfers(server, "P0002", "IN")
