"""A real server on a port of this machine, and callers that talk HTTP to it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import uvicorn

from api.addresses import believing, read_proxies
from api.app import create_app
from api.explorer import BUILT
from api.heads import BoundedHeads
from api.keys import development_key
from api.settings import Settings
from api.tokens import issue_token
from domain.actors import ANONYMOUS, Actor
from repositories.contract import Storage
from seeds.demo import BY_NO, PASSWORD
from services.feeds import Feeds
from services.keys import FILE as OWN_KEYS
from services.keys import kept_file
from tests.discretion import require_discreet
from tests.keys import FILE

NOON: Final = datetime(2025, 6, 2, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""


@dataclass
class Clock:
    """A clock that only moves when it is told to."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def advance(self, **time: float) -> None:
        """Move on: `clock.advance(minutes=30)`."""
        self.now += timedelta(**time)


@dataclass(frozen=True)
class Caller:
    """Somebody who sends operations."""

    http: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)

    async def post(self, query: str, **variables: object) -> httpx.Response:
        """Send an operation and give the whole answer."""
        body = {"query": query, "variables": variables}
        answer = await self.http.post("/graphql", json=body, headers=self.headers)
        require_discreet(answer.json(), self.headers.get("Authorization", ""))
        return answer

    async def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """Send an operation that has no fault, and give its data."""
        answer: dict[str, Any] = (await self.post(query, **variables)).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def fault(self, query: str, **variables: object) -> dict[str, Any]:
        """Send an operation that has a fault, and give the first."""
        answer = (await self.post(query, **variables)).json()
        error: dict[str, Any] = answer["errors"][0]
        return error

    async def do(self, mutation: str, selection: str, **arguments: object) -> dict[str, Any]:
        """Carry out a mutation with this input and give its payload, errors included."""
        kind = mutation[0].upper() + mutation[1:]
        query = (
            f"mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{ {selection} "
            "errors { __typename code message path ... on InsufficientBalance { available } "
            "... on RegionNotOpen { region { code } } ... on VerificationFailed { attemptsLeft } "
            "... on PolicyLimit { limit used } } } }"
        )
        payload: dict[str, Any] = (await self.ask(query, input=arguments))[mutation]
        return payload

    async def codes(self, mutation: str, selection: str, **arguments: object) -> list[str]:
        """Carry out a mutation and give the codes of its refusals."""
        return [error["code"] for error in (await self.do(mutation, selection, **arguments))["errors"]]

    # ---- the transfer, as a front end does it ---------------------------------------------------------------------

    async def apply(self, payee_no: str, relation: str, amount: str, **changes: object) -> dict[str, Any]:
        """Apply for a transfer to one of the demo family, from the personal account unless changed."""
        payee = BY_NO[payee_no]
        arguments: dict[str, object] = {
            "source": "PERSONAL_ACCOUNT",
            "payee": {"identity": {"name": payee.name, "idNumber": payee.id_number}},
            "relation": relation,
            "amount": amount,
            "idempotencyKey": f"{payee_no}-{relation}-{amount}",
        }
        return await self.do("applyTransfer", f"transfer {{ {TRANSFER} }}", **(arguments | changes))

    async def verify(self, transfer_id: str, password: str = PASSWORD) -> dict[str, Any]:
        """Verify a transfer by password."""
        return await self.do(
            "verifyTransfer",
            f"transfer {{ {TRANSFER} }} wallet {{ balance }}",
            transferId=transfer_id,
            verification={"password": password},
        )

    async def give(self, payee_no: str, relation: str, amount: str, **changes: object) -> dict[str, Any]:
        """Apply for a transfer and verify it; give the completed transfer."""
        applied = await self.apply(payee_no, relation, amount, **changes)
        assert applied["errors"] == [], applied
        verified = await self.verify(applied["transfer"]["id"])
        assert verified["errors"] == [], verified
        transfer: dict[str, Any] = verified["transfer"]
        return transfer

    # ---- using the money ------------------------------------------------------------------------------------------

    async def pay(self, institution_code: str, amount: str, **changes: object) -> dict[str, Any]:
        """Pay towards a bill of 100.00, of which 30.00 are self-paid, unless changed."""
        arguments: dict[str, object] = {
            "institutionCode": institution_code,
            "bill": {"number": "B1", "total": "100.00", "fundPaid": "70.00", "selfPaid": "30.00"},
            "amount": amount,
            "verification": {"password": PASSWORD},
            "idempotencyKey": f"pay-{institution_code}-{amount}",
        }
        selection = f"payment {{ {PAYMENT} }} wallet {{ balance }}"
        return await self.do("payMedicalExpense", selection, **(arguments | changes))

    async def pay_premium(self, area_code: str, **changes: object) -> dict[str, Any]:
        """Pay one's premium of 2025, unless changed."""
        arguments: dict[str, object] = {
            "areaCode": area_code,
            "year": 2025,
            "verification": {"password": PASSWORD},
            "idempotencyKey": f"premium-{area_code}",
        }
        return await self.do("payPremium", f"payment {{ {PAYMENT} }} wallet {{ balance }}", **(arguments | changes))

    async def refund(self, payment_id: str, amount: str, **changes: object) -> dict[str, Any]:
        """Refund some of a payment."""
        arguments: dict[str, object] = {
            "paymentId": payment_id,
            "amount": amount,
            "reason": "退药",
            "idempotencyKey": f"refund-{amount}",
        }
        return await self.do("refundPayment", f"payment {{ {PAYMENT} }}", **(arguments | changes))

    async def statement(self, account: str = "wallet") -> list[dict[str, Any]]:
        """Give one's own statement, newest first."""
        entries = (
            "entries(first: 100) { nodes { seq kind amount balanceAfter transfer { number } payment { number } } }"
        )
        viewer = (await self.ask(f"{{ viewer {{ person {{ account: {account} {{ {entries} }} }} }} }}"))["viewer"]
        nodes: list[dict[str, Any]] = viewer["person"]["account"]["entries"]["nodes"]
        return nodes

    async def balances(self) -> dict[str, str | None]:
        """Give one's own balances."""
        person = (await self.ask("{ viewer { person { wallet { balance } personalAccount { balance } } } }"))["viewer"][
            "person"
        ]
        return {name: account and account["balance"] for name, account in person.items()}


TRANSFER: Final = (
    "id number source amount relation scope status verifiedBy createdAt expiresAt completedAt "
    "payer { personNo name } payee { personNo name area { name } walletActivated }"
)

PAYMENT: Final = (
    "id number kind amount refundedAmount status createdAt payer { personNo name } institution { code name } "
    "bill { number total fundPaid selfPaid } premium { year amount area { code } }"
)


GENEROUS: Final = {name: "1000000/second" for name in Settings.model_fields if name.startswith("rate_")}
"""Everybody comes from one address here, and some tests come often."""
STOP_S: Final = 15.0
CONNECTIONS: Final = httpx.Limits(max_connections=40)
TLS: Final = ssl.create_default_context()
"""Made once: it takes longer than most tests."""


@dataclass(frozen=True)
class Server:
    """A running server with the demo family in it."""

    url: str
    http: httpx.AsyncClient
    storage: Storage
    clock: Clock
    keys: Path
    feeds: Feeds

    def caller(self, actor: Actor, **headers: str) -> Caller:
        """Sign in."""
        if actor == ANONYMOUS:
            return Caller(self.http, headers)
        token = issue_token(development_key(self.keys), actor, self.signing_time())
        return Caller(self.http, {"Authorization": f"Bearer {token}", **headers})

    @staticmethod
    def signing_time() -> datetime:
        """Tell when tokens are issued: now, whatever the server's clock says."""
        return datetime.now(UTC)

    def person(self, person_no: str, **headers: str) -> Caller:
        """Sign in as a person."""
        return self.caller(Actor(person_no=person_no), **headers)

    @property
    def agency(self) -> Caller:
        """Sign in as the agency."""
        return self.caller(Actor(agency="test"))

    @property
    def nobody(self) -> Actor:
        """Name no caller."""
        return ANONYMOUS

    @property
    def hospital(self) -> Caller:
        """Sign in as a hospital."""
        return self.institution("H37010000001")

    def institution(self, code: str) -> Caller:
        """Sign in as an institution."""
        return self.caller(Actor(institution_code=code))

    @property
    def anonymous(self) -> Caller:
        """Do not sign in."""
        return self.caller(ANONYMOUS)


class QuickServer(uvicorn.Server):
    """A server that is started and stopped a thousand times in a test run, so it stops without pausing."""

    async def begin(self) -> int:
        """Start, and give the port."""
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup()
        port: int = self.servers[0].sockets[0].getsockname()[1]
        return port

    async def end(self) -> None:
        """Close every connection, wait until what is under way has ended, and let the application close."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        async with asyncio.timeout(STOP_S):
            while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - there is no event
                await asyncio.sleep(0.001)
        await self.lifespan.shutdown()


@asynccontextmanager
async def running_server(
    storage: Storage,
    keys: Path,
    explorer: Path = BUILT,
    /,
    **settings: Any,  # noqa: ANN401
) -> AsyncIterator[Server]:
    """Start a server on a free port, with cheap password hashes and a clock of its own; stop it on leaving.

    Its job does not settle anything within a test unless told to: what is overdue is settled when it is looked at.
    """
    clock = Clock()
    kept_file(keys / OWN_KEYS, lambda: FILE)
    cheap: dict[str, Any] = {"data_dir": keys, "argon2_time_cost": 1, "argon2_memory_kib": 8, "settle_every_s": 3_600}
    set_to = Settings(**(cheap | GENEROUS | settings))
    app = create_app(set_to, storage, clock, explorer)
    proxies = believing(read_proxies(set_to.trusted_proxies))
    server = QuickServer(
        uvicorn.Config(
            app, port=0, log_level="warning", http=BoundedHeads, ws="websockets-sansio", lifespan="on", **proxies
        )
    )
    url = f"http://127.0.0.1:{await server.begin()}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=60, verify=TLS, limits=CONNECTIONS) as http:
            yield Server(url, http, storage, clock, keys, app.state.feeds)
    finally:
        await server.end()
