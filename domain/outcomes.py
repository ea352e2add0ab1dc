"""What became of a keyed request, frozen for ever: the same key gives the same answer (R20)."""

from __future__ import annotations

import hmac
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from domain.errors import IdempotencyKeyMalformed, KeyReused, Refusal, Refused

_KEY: Final = re.compile(r"[!-~]{1,255}")
_NAMESPACE: Final = uuid.UUID("0b0a52a0-8a55-5d0e-9d2a-5a2f3c1e7b42")


CREDIT: Final = "creditPersonalAccount"
APPLY: Final = "applyTransfer"
PAY_MEDICAL: Final = "payMedicalExpense"
PAY_PREMIUM: Final = "payPremium"
REFUND: Final = "refundPayment"
"""The operations that are carried out once per key, by the names clients have for them."""


class OutcomeStatus(StrEnum):
    """What became of the request itself."""

    COMPLETED = "COMPLETED"
    REFUSED = "REFUSED"
    PENDING = "PENDING"


@dataclass(frozen=True, slots=True)
class NodeRef:
    """What the request made or changed: the type's name in the schema and the object's key."""

    type_name: str
    key: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a keyed request; the fingerprint tells whether another request is the same one."""

    id: str
    caller: str
    operation: str
    fingerprint: str
    status: OutcomeStatus
    at: datetime
    refusal: Refusal | None = None
    node: NodeRef | None = None


def parse_key(text: str, *path: str) -> str:
    """Read an idempotency key; INVALID_INPUT unless it is 1 to 255 visible ASCII characters."""
    if not _KEY.fullmatch(text):
        raise Refused(IdempotencyKeyMalformed(path=path))
    return text


def outcome_id(caller: str, key: str) -> str:
    """Give the UUIDv5 of a caller's key: also the id of the transfer or payment that the request makes."""
    return str(uuid.uuid5(_NAMESPACE, f"{caller}\n{key}"))


def fingerprint(key: str, operation: str, request: Mapping[str, str | int | None]) -> str:
    """Give a digest of an operation with its arguments, in hexadecimal.

    It is keyed by the idempotency key, which is not stored: without a key that can be guessed, nobody finds the
    arguments, an ID number among them, by trying them out (R28).
    """
    canonical = json.dumps([operation, dict(request)], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(key.encode(), canonical.encode(), sha256).hexdigest()


def require_same_request(outcome: Outcome, asked: str) -> Outcome:
    """Refuse with IDEMPOTENCY_KEY_REUSED a key that belongs to another request (R20)."""
    if outcome.fingerprint != asked:
        raise Refused(KeyReused(path=("idempotency_key",)))
    return outcome
