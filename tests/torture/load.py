"""Clients that move money among the demo family over HTTP, and remember what they were told."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx

from api.faces import issue_assertion
from api.keys import FACE_KEY, development_key
from api.tokens import issue_token
from domain.actors import Actor
from domain.money import Fen, format_yuan
from seeds.demo import BY_NO, TIES
from tests.discretion import require_discreet
from tests.torture.history import Answer, Certain, History, Kind, Operation, Said, learn

TIMEOUT_S: Final = 60.0
BUSY_PAUSE_S: Final = 0.2
PEOPLE: Final = ("P0001", "P0002", "P0003", "P0004", "P0005", "P0006", "P0007")
"""Who has a wallet."""
HOSPITALS: Final = {
    "P0001": "H37010000001",
    "P0002": "P37010000001",
    "P0003": "H34010000001",
    "P0004": "H54010000001",
    "P0005": "H13010000001",
    "P0007": "P34010000001",
}
"""Where each of them pays: in his or her use place."""
RELATIONS: Final = {
    pair: said
    for one, other, relation in TIES
    if {one, other} <= set(PEOPLE)
    for pair, said in (((one, other), relation), ((other, one), relation.inverse))
}
"""Who may give to whom, and what the second is to the first."""
STAKES: Final = (
    ("P0001", "P0002", 90_000),
    ("P0001", "P0003", 90_000),
    ("P0001", "P0004", 90_000),
    ("P0001", "P0005", 90_000),
    ("P0001", "P0007", 90_000),
    ("P0003", "P0001", 90_000),
    ("P0003", "P0006", 90_000),
)
"""What fills the wallets, in fen, out of personal accounts."""
TOO_MUCH: Final = 100_000_000
AMOUNT_MAX: Final = 20

APPLY: Final = """mutation($input: ApplyTransferInput!) { applyTransfer(input: $input) {
  transfer { id status payee { name } } errors { code } } }"""
VERIFY: Final = """mutation($input: VerifyTransferInput!) { verifyTransfer(input: $input) {
  transfer { id status payee { name } } wallet { balance } errors { code } } }"""
PAY: Final = """mutation($input: PayMedicalExpenseInput!) { payMedicalExpense(input: $input) {
  payment { id amount institution { name } } wallet { balance } errors { code } } }"""
REFUND: Final = """mutation($input: RefundPaymentInput!) { refundPayment(input: $input) {
  payment { id refundedAmount payer { name } } errors { code } } }"""
OUTCOME: Final = """query($key: String!) { outcome(idempotencyKey: $key) { status error { code } node {
  __typename ... on Transfer { id status amount } ... on Payment { id amount } } } }"""


@dataclass
class Clients:
    """Sign in as anybody, and send operations."""

    url: str
    keys: Path
    history: History
    hang_up: float = 0.0
    """How many requests, of one, are hung up on before they are answered."""
    http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        """Prepare to connect."""
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
        self.http = httpx.AsyncClient(base_url=self.url, timeout=TIMEOUT_S, limits=limits)
        self._headers: dict[str, dict[str, str]] = {}
        self._face_key = development_key(self.keys, FACE_KEY)

    def headers(self, caller: str) -> dict[str, str]:
        """Sign in once as a person, or an institution."""
        if caller not in self._headers:
            actor = Actor(person_no=caller) if caller in BY_NO else Actor(institution_code=caller)
            token = issue_token(development_key(self.keys), actor, datetime.now(UTC))
            self._headers[caller] = {"Authorization": f"Bearer {token}"}
        return self._headers[caller]

    def face(self, person_no: str, purpose: str) -> dict[str, str]:
        """Give a verification by face."""
        return {"faceAssertion": issue_assertion(self._face_key, person_no, purpose, datetime.now(UTC))}

    async def ask(self, caller: str, query: str, variables: dict[str, Any]) -> httpx.Response:
        """Send an operation."""
        body = {"query": query, "variables": variables}
        headers = self.headers(caller)
        answer = await self.http.post("/graphql", json=body, headers=headers)
        with suppress(ValueError):  # whoever reads it says so
            require_discreet(answer.json(), headers["Authorization"])
        return answer

    async def do(self, operation: Operation, query: str, arguments: dict[str, Any]) -> Answer:
        """Send a mutation of an operation and understand what is answered."""
        since = time.monotonic()
        will_hang_up = random.random() < self.hang_up  # noqa: S311 - chance, not secrecy
        patience_s = random.uniform(0.0, 0.05) if will_hang_up else TIMEOUT_S  # noqa: S311
        try:
            async with asyncio.timeout(patience_s):
                answer = understood(await self.ask(operation.caller, query, {"input": arguments}))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            answer = Answer(Said.NOT_DONE, why=type(error).__name__)
        except (httpx.TransportError, TimeoutError) as error:
            answer = Answer(Said.UNKNOWN, why=type(error).__name__)
            if isinstance(error, TimeoutError) and will_hang_up:
                self.history.hung_up += 1
            elif isinstance(error, TimeoutError | httpx.TimeoutException):
                answer = Answer(Said.WRONG, why="no answer in a minute")
        self.history.note(answer, operation, since)
        return answer

    # ---- operations; carrying one out again is a retry with the same key ------------------------------------------

    async def carry_out(self, operation: Operation) -> Said:
        """Send what an operation asks for, and remember what it was told."""
        if operation.kind is Kind.TRANSFER:
            return await self._transfer(operation)
        query, arguments = self._payment(operation) if operation.kind is Kind.PAYMENT else self._refund(operation)
        answer = await self.do(operation, query, arguments)
        self._learn(operation, answer, "payment")
        return answer.said

    async def _transfer(self, operation: Operation) -> Said:
        payee = BY_NO[operation.details["payee"]]
        arguments = {
            "source": operation.details["source"],
            "payee": {"identity": {"name": payee.name, "idNumber": payee.id_number}},
            "relation": operation.details["relation"],
            "amount": format_yuan(Fen(operation.amount)),
            "idempotencyKey": operation.key,
        }
        applied = await self.do(operation, APPLY, arguments)
        operation.kept = learn(operation.kept, applied.said)
        if applied.said is Said.REFUSED:
            operation.refusal = applied.why
        if applied.said is not Said.DONE:
            return applied.said
        operation.node = applied.payload["transfer"]["id"]
        proof = self.face(operation.caller, f"transfer:{operation.node}")
        verified = await self.do(operation, VERIFY, {"transferId": operation.node, "verification": proof})
        if verified.said is not Said.REFUSED:
            operation.moved = learn(operation.moved, verified.said)
        return verified.said

    def _payment(self, operation: Operation) -> tuple[str, dict[str, Any]]:
        amount, hospital = format_yuan(Fen(operation.amount)), operation.details["hospital"]
        bill = {"number": operation.key, "total": amount, "fundPaid": "0.00", "selfPaid": amount}
        proof = self.face(operation.caller, f"bill:{hospital}:{operation.key}:{amount}")
        arguments = {"institutionCode": hospital, "bill": bill, "amount": amount, "verification": proof}
        return PAY, arguments | {"idempotencyKey": operation.key}

    @staticmethod
    def _refund(operation: Operation) -> tuple[str, dict[str, Any]]:
        amount = format_yuan(Fen(operation.amount))
        arguments = {"paymentId": operation.details["payment"], "amount": amount, "reason": "退药"}
        return REFUND, arguments | {"idempotencyKey": operation.key}

    @staticmethod
    def _learn(operation: Operation, answer: Answer, node: str) -> None:
        operation.kept = learn(operation.kept, answer.said)
        if answer.said is Said.REFUSED:
            operation.refusal, operation.moved = answer.why, Certain.NO
            return
        operation.moved = learn(operation.moved, answer.said)
        if answer.said is Said.DONE:
            operation.node = answer.payload[node]["id"]


def understood(response: httpx.Response) -> Answer:
    """Read an answer as a careful client does: by its extensions and codes, never by its text."""
    if response.status_code == 503:
        return Answer(Said.NOT_DONE, why="503")
    try:
        body = response.json()
    except ValueError:
        return Answer(Said.WRONG, why=f"{response.status_code}, not in JSON")
    for error in body.get("errors", ()):
        extensions = error.get("extensions", {})
        why = f"{error['message']} at {error.get('path')}"
        if extensions.get("outcome") == "UNKNOWN":
            return Answer(Said.UNKNOWN, why=why)
        return Answer(Said.NOT_DONE if extensions.get("retryable") else Said.WRONG, why=why)
    [payload] = body["data"].values()
    codes = [error["code"] for error in payload["errors"]]
    return Answer(Said.REFUSED if codes else Said.DONE, payload, " ".join(codes))


@dataclass
class Load:
    """Clients who go on until they are told to stop."""

    clients: Clients
    number: int
    history: History
    too_much: float = 0.02
    _keys: count[int] = field(default_factory=count)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def stake(self) -> None:
        """Fill the wallets, before anything breaks."""
        for payer, payee, amount in STAKES:
            operation = self.history.begin(self._transfer(payer, payee, amount, "PERSONAL_ACCOUNT"))
            said = await self.clients.carry_out(operation)
            assert said is Said.DONE, (said, self.history.wrong)

    async def run(self) -> None:
        """Let the clients go on until told to stop."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self.number):
                group.create_task(self._client())

    def stop(self) -> None:
        """Tell the clients to stop after what they are doing."""
        self._stopping.set()

    async def _client(self) -> None:
        paid: list[Operation] = []
        while not self._stopping.is_set():
            operation = self.history.begin(self._next(paid))
            said = await self.clients.carry_out(operation)
            while said in (Said.NOT_DONE, Said.UNKNOWN) and random.random() < 0.5:  # noqa: S311 - chance
                await asyncio.sleep(random.uniform(0, BUSY_PAUSE_S))  # noqa: S311
                said = await self.clients.carry_out(operation)
            if said is Said.NOT_DONE:
                await asyncio.sleep(BUSY_PAUSE_S)
            if operation.kind is Kind.PAYMENT and operation.is_done():
                paid.append(operation)

    def _next(self, paid: list[Operation]) -> Operation:
        choice = random.random()  # noqa: S311 - chance, not secrecy
        amount = random.randint(1, AMOUNT_MAX)  # noqa: S311
        if choice < self.too_much:
            return self._transfer("P0001", "P0002", TOO_MUCH, "WALLET")
        if paid and choice < 0.15:
            return self._refund(paid.pop())
        if choice < 0.3:
            return self._payment(random.choice(list(HOSPITALS)), amount)  # noqa: S311
        payer, payee = random.choice(list(RELATIONS))  # noqa: S311
        return self._transfer(payer, payee, amount, "WALLET")

    def _key(self) -> str:
        return f"torture-{next(self._keys)}"

    def _transfer(self, payer: str, payee: str, amount: int, source: str) -> Operation:
        relation = RELATIONS[payer, payee]
        account = f"wallet:{payer}" if source == "WALLET" else f"personal:{payer}"
        details = {"payee": payee, "relation": relation.value, "source": source}
        into = f"wallet:{payee}"
        lacks = amount >= TOO_MUCH
        return Operation(Kind.TRANSFER, payer, self._key(), amount, account, into, details, may_lack=lacks)

    def _payment(self, payer: str, amount: int) -> Operation:
        hospital = HOSPITALS[payer]
        into = f"institution:{hospital}"
        return Operation(Kind.PAYMENT, payer, self._key(), amount, f"wallet:{payer}", into, {"hospital": hospital})

    def _refund(self, payment: Operation) -> Operation:
        hospital = payment.details["hospital"]
        return Operation(
            Kind.REFUND, hospital, self._key(), payment.amount, payment.into, payment.out_of, {"payment": payment.node}
        )
