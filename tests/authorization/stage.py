"""A running server with all that the tables speak of, made once, under the policy in which the payee accepts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from domain.actors import ANONYMOUS, Actor
from repositories.contract import Storage
from tests.authorization.table import COLUMNS
from tests.authorization.telling import Teller
from tests.clients import Server, running_server

PAYER, PAYEE, RELATIVE, STRANGER, FORMER = "P0001", "P0004", "P0005", "P0008", "P0010"
HOSPITAL, PHARMACY = "H37010000001", "P37010000001"
HOME, AWAY = "370100", "370200"
KEY: Final = "the-payers-key"
WHO: Final = {
    "anonymous": ANONYMOUS,
    "self": Actor(person_no=PAYER),
    "payee": Actor(person_no=PAYEE),
    "relative": Actor(person_no=RELATIVE),
    "stranger": Actor(person_no=STRANGER),
    "institution": Actor(institution_code=HOSPITAL),
    "other institution": Actor(institution_code=PHARMACY),
    "agency": Actor(agency="test"),
}
assert tuple(WHO) == COLUMNS


@dataclass(frozen=True)
class Stage:
    """The server, whoever asks it, and what of the payer's is asked for."""

    server: Server
    tellers: dict[str, Teller]
    transfer: dict[str, Any]
    medical: dict[str, Any]
    premium: dict[str, Any]
    ties: dict[str, str]
    """The ids of the payer's ties, by the other person."""


@asynccontextmanager
async def staged(storage: Storage, keys: Path) -> AsyncIterator[Stage]:
    """Start the server and make everything."""
    async with running_server(storage, keys, policy="national") as server:
        await _prepare(server)
        payer = server.person(PAYER)
        medical = (await payer.pay(HOSPITAL, "10.00"))["payment"]
        assert (await server.hospital.refund(medical["id"], "1.00"))["errors"] == []
        premium = (await payer.pay_premium(AWAY))["payment"]
        pending = await payer.apply(PAYEE, "CHILD", "12.00", idempotencyKey=KEY)
        await payer.give("P0003", "CHILD", "3.00")
        yield Stage(
            server,
            {
                column: Teller(column, server.caller(actor), actor.person_no, actor.institution_code)
                for column, actor in WHO.items()
            },
            pending["transfer"],
            medical,
            premium,
            await _ties(server),
        )


async def _prepare(server: Server) -> None:
    """Let the payer's wallet have everything a wallet can have, and end a tie."""
    agency, payer = server.agency, server.person(PAYER)
    asked: dict[str, object] = {"personNo": PAYER, "scheme": "RESIDENT", "areaCode": AWAY, "status": "ACTIVE"}
    await _done(agency.codes("setEnrolment", "person { id }", **asked, since="2024-01-01"))
    supports = {"provinceCode": "370000", "supported": True, "on": "2025-06-01"}
    await _done(agency.codes("setUsePlaceChange", "region { id }", **supports))
    for area in (AWAY, HOME):
        await _done(payer.codes("changeUsePlace", "wallet { id }", areaCode=area))
    for mutation in ("freezeWallet", "unfreezeWallet"):
        await _done(agency.codes(mutation, "wallet { id }", personNo=PAYER, reason="核查"))
    window = {"opensOn": "2025-01-01", "closesOn": "2025-12-31"}
    await _done(agency.codes("publishPremium", "premium { id }", areaCode=AWAY, year=2025, amount="20.00", **window))
    tie = (await _ties(server))[FORMER]
    await _done(payer.codes("revokeKinship", "kinship { id }", kinshipId=tie))


async def _done(codes: Any) -> None:  # noqa: ANN401 - awaits a mutation's codes
    assert await codes == []


async def _ties(server: Server) -> dict[str, str]:
    query = "{ viewer { person { kinships(first: 100) { nodes { id relative { personNo } } } } } }"
    nodes = (await server.person(PAYER).ask(query))["viewer"]["person"]["kinships"]["nodes"]
    return {node["relative"]["personNo"]: node["id"] for node in nodes}
