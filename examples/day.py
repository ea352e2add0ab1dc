"""A day with the wallet: sends the operations of `day.graphql` to a running server and prints what is answered.

`python -m examples.day` talks to the server of the settings (`make run` in another terminal), under policy `article`.
Every operation that moves money has a fixed idempotency key, so a second run moves nothing twice.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx

from api.keys import development_key
from api.settings import read_settings
from api.tokens import issue_token
from domain.actors import ANONYMOUS, Actor

SCRIPT: Final = Path(__file__).with_suffix(".graphql")
_STEP: Final = re.compile(
    r"^# (?P<who>\S+): (?P<title>.+)\n(?P<operation>(?:query|mutation) [\s\S]+?\n\}\n)", re.MULTILINE
)
_ACTORS: Final = {"anybody": ANONYMOUS, "agency": Actor(agency="沈阳医保")}
DONE_BEFORE: Final = {"CONFLICT", "WALLET_EXISTS"}
_HIDDEN: Final = {"id", "coverage"}
Answers = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """Who does what."""

    who: str
    title: str
    operation: str

    @property
    def actor(self) -> Actor:
        """Sign in as whoever does it."""
        if self.who in _ACTORS:
            return _ACTORS[self.who]
        return Actor(institution_code=self.who) if len(self.who) > len("P0001") else Actor(person_no=self.who)


def read_steps() -> list[Step]:
    """Read the script."""
    return [Step(**step.groupdict()) for step in _STEP.finditer(SCRIPT.read_text(encoding="utf-8"))]


@dataclass(slots=True)
class Day:
    """A server, how to sign in to it, and what it has answered so far."""

    http: httpx.Client
    sign: Callable[[Actor], str]
    answers: Answers = field(default_factory=dict)

    def spend(self) -> Iterator[str]:
        """Take every step, and say what was answered."""
        self._require_article()
        for step in read_steps():
            data = self._send(step)
            self._stop_at_a_refusal(step, data)
            self.answers |= data
            yield f"{step.who}: {step.title}\n  {json.dumps(_interesting(data), ensure_ascii=False)}\n"

    def _require_article(self) -> None:
        policy = self.http.post("/graphql", json={"query": "{ policy { name } }"}).json()["data"]["policy"]["name"]
        if policy != "article":
            sys.exit(f"the day goes by policy `article`; this server has `{policy}`: unset WALLET_POLICY for it")

    def _send(self, step: Step) -> Answers:
        headers = {} if step.actor == ANONYMOUS else {"Authorization": f"Bearer {self.sign(step.actor)}"}
        body = {"query": step.operation, "variables": self._variables(step.operation)}
        answer = self.http.post("/graphql", json=body, headers=headers).json()
        if "errors" in answer:
            sys.exit(f"{step.title} {answer['errors'][0]['message']}")
        data: Answers = answer["data"]
        return data

    def _stop_at_a_refusal(self, step: Step, data: Answers) -> None:
        """Go on only where what was refused was done before."""
        refused = next((e for a in data.values() for e in (a or {}).get("errors", [])), None)
        if refused is not None and refused["code"] not in DONE_BEFORE:
            sys.exit(f"{step.title} {refused['code']}: {refused['message']}")

    def _variables(self, operation: str) -> dict[str, object]:
        """Give what the operation takes from the answers before it."""
        takes: dict[str, Callable[[Answers], object]] = {
            "year": lambda a: int(a["coverage"]["on"][:4]),
            "opensOn": lambda a: f"{a['coverage']['on'][:4]}-01-01",
            "closesOn": lambda a: f"{a['coverage']['on'][:4]}-12-31",
            "transfer": lambda a: a["applyTransfer"]["transfer"]["id"],
            "payment": lambda a: a["payMedicalExpense"]["payment"]["id"],
        }
        return {name: take(self.answers) for name, take in takes.items() if f"${name}:" in operation}


def _interesting(value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    """Leave out ids, the day, and errors where there are none."""
    if isinstance(value, list):
        return [_interesting(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _interesting(item) for name, item in value.items() if name not in _HIDDEN and item != []}


def main() -> int:
    """Spend the day at the server of the settings."""
    settings = read_settings()
    key = development_key(settings.data_dir)
    url = f"http://{settings.host}:{settings.port}"
    try:
        with httpx.Client(base_url=url, timeout=30) as http:
            for text in Day(http, lambda actor: issue_token(key, actor, datetime.now(UTC))).spend():
                sys.stdout.write(text)
    except httpx.ConnectError:
        sys.stderr.write(f"no server answers at {url}; start one with `make run` in another terminal\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
