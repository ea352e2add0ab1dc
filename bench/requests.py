"""Requests as bytes, made before the clock runs: tokens and face assertions are signed here as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.faces import TRANSFER, issue_assertion
from api.keys import FACE_KEY, development_key
from api.tokens import issue_token
from bench.operations import APPLY, VERIFY, Read, side_id
from bench.transfers import AMOUNT, Planned
from domain.actors import Actor
from domain.kinship import Relation
from domain.money import format_yuan
from schema.nodes import global_id

GRAPHQL: Final = "/graphql"


@dataclass(frozen=True, slots=True)
class Signing:
    """The keys of this machine by which the servers know people, and faces."""

    folder: Path

    def token(self, person_no: str) -> str:
        """Sign a person in."""
        return _token(self.folder, person_no)

    def face(self, planned: Planned) -> str:
        """Say that the payer's face was seen, for this transfer; good for five minutes."""
        purpose = f"{TRANSFER}{global_id('Transfer', planned.id)}"
        return issue_assertion(_face_key(self.folder), planned.pair.payer.person_no, purpose, datetime.now(UTC))


@cache
def _token(folder: Path, person_no: str) -> str:
    return issue_token(development_key(folder), Actor(person_no=person_no), datetime.now(UTC))


@cache
def _face_key(folder: Path) -> Ed25519PrivateKey:
    return development_key(folder, FACE_KEY)


def post(body: bytes, token: str | None = None, path: str = GRAPHQL) -> bytes:
    """Write a request over a connection that is kept."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        "Accept: application/json",
        f"Content-Length: {len(body)}",
        *([f"Authorization: Bearer {token}"] if token is not None else []),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_request(read: Read, signing: Signing, path: str = GRAPHQL) -> bytes:
    """Ask a query."""
    body = orjson.dumps({"query": read.text, "variables": read.variables})
    return post(body, signing.token(read.person_no) if read.person_no is not None else None, path)


def apply_body(planned: Planned) -> bytes:
    """Apply for a transfer, by the payer's own side of the tie."""
    asked = {
        "source": "PERSONAL_ACCOUNT",
        "payee": {"kinshipId": side_id(planned.tie, planned.pair.payer.person_no)},
        "relation": Relation.SIBLING.value,
        "amount": format_yuan(AMOUNT),
        "idempotencyKey": planned.key,
    }
    return orjson.dumps({"query": APPLY, "variables": {"input": asked}})


def verify_body(planned: Planned, verification: dict[str, str]) -> bytes:
    """Verify it, by a face assertion or a password."""
    asked = {"transferId": global_id("Transfer", planned.id), "verification": verification}
    return orjson.dumps({"query": VERIFY, "variables": {"input": asked}})


def transfer_requests(planned: Planned, signing: Signing, password: str | None = None) -> tuple[bytes, bytes]:
    """Give both requests of a transfer, one to be sent after the other is answered."""
    token = signing.token(planned.pair.payer.person_no)
    proof = {"faceAssertion": signing.face(planned)} if password is None else {"password": password}
    return post(apply_body(planned), token), post(verify_body(planned, proof), token)


def all_requests(plan: Sequence[Planned], signing: Signing, password: str | None = None) -> list[tuple[bytes, ...]]:
    """Give the requests of many transfers."""
    return [transfer_requests(planned, signing, password) for planned in plan]
