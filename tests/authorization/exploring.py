"""All that a caller comes to: from every query, along every edge of the schema's graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from seeds.demo import FAMILY, TIES
from tests.authorization.asking import PLAIN, asked_with
from tests.authorization.stage import PAYEE, PAYER, Stage
from tests.authorization.table import TYPES, row_of_type
from tests.authorization.telling import Teller, named_by, objects
from tests.authorization.walking import by_id, node_types, operation

PUBLIC: Final = {
    row.name for row in TYPES if all(set(r.cells.values()) == {"seen"} for r in TYPES if r.name == row.name)
} | {"Institution"}
EACH: Final = 4
"""How many objects of a public type are followed: there are hundreds of regions, all of them seen by all."""


@dataclass
class Seen:
    """What a caller came to: objects by their global id, as asked for by it, and everything that has none."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    """What the queries about the payer, and about what is everybody's, were answered."""
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    others: list[dict[str, Any]] = field(default_factory=list)


async def explore(stage: Stage, teller: Teller) -> Seen:
    """Ask every query, then follow what has an id until nothing new is found."""
    seen, waiting, followed = Seen(), [], dict.fromkeys(node_types(), 0)
    for row in PLAIN:
        answer = await teller.ask(operation("Query", row.name), **asked_with(stage, row.name, row.of)[0])
        waiting += _gather(seen, answer.body)
        if "own" not in row.cells.values():
            seen.asked.append(answer.body)
    for member in FAMILY if teller.column == "agency" else ():
        waiting += _gather(seen, (await teller.ask(operation("Query", "person"), personNo=member.person_no)).body)
    while waiting:
        global_id = waiting.pop()
        name = named_by(global_id)[0]
        if global_id in seen.nodes or (name in PUBLIC and followed[name] >= EACH):
            continue
        followed[name] += 1
        answer = await teller.ask(by_id(name), id=global_id)
        node = answer.data["node"]
        assert node is not None, f"{teller.column} came to {named_by(global_id)}, and it is not there"
        seen.nodes[global_id] = node
        waiting += _gather(seen, node)
    return seen


def _gather(seen: Seen, body: object) -> list[str]:
    """Keep what has no id, and give the ids of what has one."""
    found = []
    for each in objects(body):
        if "id" in each:
            found.append(str(each["id"]))
        elif "__typename" in each:
            seen.others.append(each)
    return found


# ---- what the table says of any object ----------------------------------------------------------------------------


def cell_of(teller: Teller, global_id: str, node: dict[str, Any]) -> str:
    """Give the cell of the table that is about this object and this caller; `node` is what the agency sees of it."""
    name = named_by(global_id)[0]
    of = ("of a premium" if node["institution"] is None else "at the institution") if name == "Payment" else ""
    return row_of_type(name, of).cells[_relation(teller, global_id, node)]


def _relation(teller: Teller, global_id: str, node: dict[str, Any]) -> str:
    """Say what the caller is to the object, as a column of the table."""
    if teller.column in ("anonymous", "agency"):
        return teller.column
    if teller.institution_code is not None:
        paid = (node.get("institution") or {}).get("code")
        return "institution" if paid == teller.institution_code else "other institution"
    name = named_by(global_id)[0]
    payer, payee = ((node.get(side) or {}).get("personNo") for side in ("payer", "payee"))
    owner = payer or owner_of(global_id)
    if owner == teller.person_no:
        return "self"
    if name == "Transfer" and payee == teller.person_no:
        return "payee"
    if (name != "Transfer" or payee == PAYEE) and owner == PAYER:
        return teller.column
    return "relative" if {owner, teller.person_no} in [{one, other} for one, other, _ in TIES] else "stranger"


def owner_of(global_id: str) -> str | None:
    """Give the person whose object that is, by its id; None for what is nobody's or says so otherwise."""
    name, key = named_by(global_id)
    if name == "LedgerEntry":
        return key.partition(":")[2].partition("#")[0]
    if name == "Kinship":
        return key.partition(":")[2]
    return key if name in ("Person", "Wallet", "PersonalAccount") else None
