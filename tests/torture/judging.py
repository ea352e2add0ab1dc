"""What clients were told, held against what the server answers by key and what the database holds."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from tests.torture.history import Certain, History, Kind, Operation, Said
from tests.torture.ledger import Client, Ledger, read_ledger
from tests.torture.load import OUTCOME, Clients

T = TypeVar("T")

AT_ONCE: Final = 16
TRIES: Final = 20
LEGS: Final = 2
WORTH_SHOWING: Final = 20


@dataclass
class Judgement:
    """How often the server broke a promise, and which."""

    lost: int = 0
    doubled: int = 0
    negative: int = 0
    problems: list[str] = field(default_factory=list)

    def hold(self, problem: str) -> None:
        """Hold something against the server."""
        self.problems.append(problem)

    def is_clean(self) -> bool:
        """Tell whether every promise was kept."""
        return not (self.lost or self.doubled or self.negative or self.problems)

    def shown(self) -> str:
        """Tell what is wrong, not all of it if there is much."""
        more = len(self.problems) - WORTH_SHOWING
        head = f"lost {self.lost}, doubled {self.doubled}, negative {self.negative}"
        return "\n".join([head, *self.problems[:WORTH_SHOWING], *([f"… and {more} more"] if more > 0 else [])])


async def judge(history: History, clients: Clients, database: Client, before: Ledger) -> Judgement:
    """Judge everything as it is, then let every client that is in doubt ask again, and judge that."""
    judgement = Judgement(problems=list(history.wrong))
    history.wrong.clear()
    await _compare(judgement, history, clients, await asyncio.to_thread(read_ledger, database))
    doubtful = [operation for operation in history.operations if not operation.is_certain()]
    await _each(doubtful, lambda operation: _finish(judgement, clients, operation))
    ledger = await asyncio.to_thread(read_ledger, database)
    await _compare(judgement, history, clients, ledger)
    judgement.problems += [*history.wrong, *against_model(history, before, ledger), *ledger.problems()]
    judgement.negative = ledger.negative()
    known = {operation.id for operation in history.operations} | set(before.journals)
    strays = set(ledger.journals) - known
    judgement.doubled += len(strays)
    return judgement


async def _each(operations: list[Operation], do: Callable[[Operation], Awaitable[T]]) -> list[T]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(operation: Operation) -> T:
        async with room:
            return await do(operation)

    return await asyncio.gather(*(one(operation) for operation in operations))


async def _outcome(clients: Clients, operation: Operation) -> dict[str, Any] | None:
    """Ask by key, as its caller does."""
    answer = (await clients.ask(operation.caller, OUTCOME, {"key": operation.key})).json()
    outcome: dict[str, Any] | None = answer["data"]["outcome"]
    return outcome


async def _finish(judgement: Judgement, clients: Clients, operation: Operation) -> None:
    """Ask by key what became of an operation in doubt, then send it again until it is certain: both must agree."""
    told, said = await _outcome(clients, operation), Said.UNKNOWN
    for _ in range(TRIES):
        said = await clients.carry_out(operation)
        if said is Said.REFUSED or operation.is_certain():
            break
    if said is Said.REFUSED and operation.kind is Kind.TRANSFER and operation.moved is Certain.MAYBE:
        operation.moved = Certain.NO
    if not operation.is_certain():
        judgement.hold(f"{operation} stays in doubt: {said}")
    if told is not None and (told["status"] == "COMPLETED") == bool(operation.refusal):
        judgement.hold(f"{operation}: outcome said {told['status']}, the retry was {said}")
    if told is not None and told["node"] is not None and told["node"]["id"] != operation.node:
        judgement.hold(f"{operation}: the retry made another object")


async def _compare(judgement: Judgement, history: History, clients: Clients, ledger: Ledger) -> None:
    journals = ledger.journals
    outcomes = await _each(history.operations, lambda operation: _outcome(clients, operation))
    for operation, outcome in zip(history.operations, outcomes, strict=True):
        legs = journals.get(operation.id, [])
        if len(legs) > LEGS or len({leg["account_id"] for leg in legs}) != len(legs):
            judgement.doubled += 1
            judgement.hold(f"{operation} moved money more than once")
        for problem, is_lost in untrue(operation, outcome, legs, is_kept=operation.id in ledger.outcomes):
            judgement.lost += is_lost
            judgement.hold(f"{operation}: {problem}")


def untrue(
    operation: Operation, outcome: dict[str, Any] | None, legs: list[dict[str, Any]], *, is_kept: bool
) -> Iterator[tuple[str, bool]]:
    """Name what is not as the client was told, and whether something it was told is lost."""
    if (outcome is not None) != is_kept:
        yield "outcome(key) and the database differ", False
    if operation.kept is Certain.YES and not is_kept:
        yield "was answered, and its outcome is not kept", True
    if operation.kept is Certain.NO and is_kept:
        yield "nothing was changed, it was told, and its outcome is kept", False
    if operation.moved is Certain.YES and len(legs) != LEGS:
        yield f"was acknowledged, and its journal has {len(legs)} legs", True
    if operation.moved is Certain.NO and legs:
        yield "moved money, and its client was told that it had not", False
    if legs and {(leg["account_id"], leg["amount"]) for leg in legs} != {
        (operation.out_of, -operation.amount),
        (operation.into, operation.amount),
    }:
        yield "moved something else than was asked for", False
    if outcome is None or operation.kept is not Certain.YES:
        return
    code = (outcome["error"] or {}).get("code", "")
    if code != operation.refusal:
        yield f"outcome(key) says {code or 'COMPLETED'}, its client was told {operation.refusal or 'COMPLETED'}", False
    node = outcome["node"] or {}
    if node.get("__typename") == "Transfer" and (node["status"] == "COMPLETED") != bool(legs):
        yield f"outcome(key) shows {node['status']} with {len(legs)} legs", False


def against_model(history: History, before: Ledger, after: Ledger) -> Iterator[str]:
    """Add up what clients know of, and name every account of which the database says otherwise."""
    expected: dict[str, int] = defaultdict(int, before.balances())
    for operation in history.operations:
        if operation.is_done():
            expected[operation.out_of] -= operation.amount
            expected[operation.into] += operation.amount
    found = after.balances()
    for name in sorted({*expected, *found}):
        if expected[name] != found[name]:
            yield f"{name} has {found[name]} where its clients know of {expected[name]}"


def counts(history: History) -> Counter[str]:
    """Count operations by what their clients knew when the load was over."""
    counted: Counter[str] = Counter()
    for operation in history.operations:
        if operation.refusal:
            counted["refused"] += 1
        elif not operation.is_certain():
            counted["unknown"] += 1
        elif operation.is_done():
            counted["acknowledged"] += 1
        else:
            counted["not done"] += 1
    return counted
