"""Callers whose every answer is kept whole, and is looked through for what nobody may be shown (R28)."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import httpx

from seeds.demo import FAMILY
from tests.clients import Caller

PATIENCE_S: Final = 15.0
VARYING: Final = {"date", "x-request-id"}
"""Headers that are never twice the same."""


@dataclass(frozen=True)
class Answer:
    """All of an answer by which two could be told apart."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """Give the data of a request that has no fault."""
        assert "errors" not in self.body, self.body
        data: dict[str, Any] = self.body["data"]
        return data

    @property
    def fault(self) -> str | None:
        """Give the code of the first fault."""
        faults = self.body.get("errors")
        return str(faults[0]["extensions"]["code"]) if faults else None


@dataclass(frozen=True)
class Teller:
    """A column of the table: a caller, and the person or institution he or she is."""

    column: str
    caller: Caller
    person_no: str | None = None
    institution_code: str | None = None

    async def ask(self, query: str, **variables: object) -> Answer:
        """Send an operation and keep all of the answer."""
        answer = await self.caller.post(query, **variables)
        self.require_discreet(answer.text)
        headers = {name: value for name, value in answer.headers.items() if name not in VARYING}
        return Answer(answer.status_code, headers, answer.json())

    async def subscribe(self, query: str, **variables: object) -> Answer:
        """Subscribe over server-sent events, and give the first event of a subscription that is refused."""
        headers = {"Accept": "text/event-stream", **self.caller.headers}
        body = {"query": query, "variables": variables}
        async with asyncio.timeout(PATIENCE_S):  # what is not refused goes on for ever
            answer: httpx.Response = await self.caller.http.post("/graphql", json=body, headers=headers)
        self.require_discreet(answer.text)
        kept = {name: value for name, value in answer.headers.items() if name not in VARYING}
        return Answer(answer.status_code, kept, {"events": answer.text})

    def require_discreet(self, text: str) -> None:
        """Find no whole ID number or mobile, and no other person's name unless the agency asks (R28)."""
        for member in FAMILY:
            secrets = [member.id_number, member.phone]
            if self.column != "agency" and member.person_no != self.person_no:
                secrets.append(member.name)
            found = [secret for secret in secrets if secret in text]
            assert not found, f"{self.column} is told who {member.person_no} is: {text}"


def objects(body: object) -> Iterator[dict[str, Any]]:
    """Give every object of an answer, however deep."""
    if isinstance(body, dict):
        yield body
        for value in body.values():
            yield from objects(value)
    if isinstance(body, list):
        for item in body:
            yield from objects(item)


def type_names(body: object) -> set[str]:
    """Give the types of all objects of an answer."""
    return {each["__typename"] for each in objects(body) if "__typename" in each}


NOTHING: Final = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}


def require_nothing(found: Any, *, connection: str) -> None:  # noqa: ANN401 - of whatever type the query is
    """Find nothing: null, or a list with nothing in it."""
    if not connection.endswith("Connection"):
        assert found is None
        return
    page = {name: value for name, value in found["pageInfo"].items() if name != "__typename"}
    assert (found["edges"], found["nodes"], found["totalCount"], page) == ([], [], 0, NOTHING)


# ---- ids and numbers that nobody has ------------------------------------------------------------------------------


def nobodys(text: str) -> str:
    """Give a number, code or key like that one, which nobody has."""
    return re.sub("[0-9]", "9", text)


def named_by(global_id: str) -> tuple[str, str]:
    """Give type and key in a global id; clients never look into one, this test does."""
    type_name, _, key = base64.urlsafe_b64decode(global_id + "=" * (-len(global_id) % 4)).decode().partition(":")
    return type_name, key


def nobodys_id(global_id: str) -> str:
    """Give a global id like that one, which nobody has."""
    type_name, key = named_by(global_id)
    return base64.urlsafe_b64encode(f"{type_name}:{nobodys(key)}".encode()).decode().rstrip("=")
