"""Ties of near kin: declared with a commitment, revoked, and listed from either side (R8, R9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.actors import Actor, require_insured, require_insured_or_agency
from domain.errors import NotFound, Refused, RelativeMismatch
from domain.identity import parse_id_number, parse_name
from domain.kinship import (
    Kinship,
    KinshipSide,
    Relation,
    declare,
    pair_key,
    require_commitment,
    require_no_active_tie,
    require_no_spouse,
    require_plausible,
    require_two_persons,
    revoke,
    side_key,
)
from domain.persons import Person, require_registered
from repositories.contract import NOTHING, AnyOf, Lookup, Page, Reader, UnitOfWork, Where, Window

TIES_PER_PAIR_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a person states of a relative; not yet checked."""

    relative_name: str = field(repr=False)
    relative_id_number: str = field(repr=False)
    relation: Relation
    commitment_accepted: bool


async def declare_kinship(uow: UnitOfWork, actor: Actor, now: datetime, asked: Declaration) -> KinshipSide:
    """Tie the caller to a near relative, with an accepted commitment (R9)."""
    name = parse_name(asked.relative_name, "relative_name")
    id_number = parse_id_number(asked.relative_id_number, "relative_id_number")
    declarer_no = require_insured(actor)
    declarer = require_registered(await uow.persons.get(declarer_no))
    require_commitment(accepted=asked.commitment_accepted)
    relative = await find_identified(uow.persons, name, id_number)
    if relative is None:
        raise Refused(RelativeMismatch(path=("relative_id_number",)))
    require_two_persons(declarer, relative)
    pair = pair_key(declarer.person_no, relative.person_no)
    ties = await uow.kinships.find({"pair": pair}, TIES_PER_PAIR_MAX)
    require_no_active_tie(ties)
    spouses = await uow.kinships.find({"active_spouses": AnyOf((declarer.person_no, relative.person_no))}, 1)
    require_no_spouse(asked.relation, spouses)
    require_plausible(declarer, relative, asked.relation)
    tie = declare(declarer, relative, asked.relation, now, earlier_ties=len(ties))
    uow.kinships.add(tie)
    return tie.seen_by(declarer_no)


async def find_identified(persons: Lookup[Person], name: str, id_number: str) -> Person | None:
    """Give the person of that ID number if the name is right as well; which of the two is wrong is not told (R15)."""
    person = await persons.find_one({"id_number": id_number})
    return person if person is not None and person.name == name else None


async def revoke_kinship(uow: UnitOfWork, actor: Actor, now: datetime, side_id: str) -> KinshipSide:
    """End a tie, by either person or the agency; history stays (R9)."""
    caller = require_insured_or_agency(actor)
    side = (await visible_sides(uow.kinships, actor, [side_id]))[0]
    if side is None:
        raise Refused(NotFound(path=("kinship_id",)))
    revoked = revoke(side.tie, caller, now)
    uow.kinships.save(revoked)
    return revoked.seen_by(side.person_no)


async def visible_sides(kinships: Lookup[Kinship], actor: Actor, side_ids: Sequence[str]) -> list[KinshipSide | None]:
    """Give the sides of ties that the ids name, if the caller is that side's person or the agency (R27)."""
    named = [side_id.partition(":") for side_id in side_ids]
    ties = await kinships.get_many([tie_id for tie_id, _, _ in named])
    return [
        tie.seen_by(person_no)
        if tie is not None and person_no in tie.members and actor.may_see_person(person_no)
        else None
        for tie, (_, _, person_no) in zip(ties, named, strict=True)
    ]


def _ties(person_no: str, relation: Relation | None) -> Where:
    return {"members": person_no} if relation is None else {"sides": side_key(person_no, relation)}


async def page(
    reader: Reader, actor: Actor, person_no: str, relation: Relation | None, window: Window
) -> Page[KinshipSide]:
    """Give a page of a person's ties as he or she reads them, newest first, revoked ones included (R9, R27)."""
    if not actor.may_see_person(person_no):
        return NOTHING
    found = await reader.kinships.page(_ties(person_no, relation), window)
    sides = tuple(tie.seen_by(person_no) for tie in found.items)
    return Page(sides, found.positions, has_next=found.has_next, has_previous=found.has_previous)


async def count(reader: Reader, actor: Actor, person_no: str, relation: Relation | None) -> int:
    """Count a person's ties."""
    return await reader.kinships.count(_ties(person_no, relation)) if actor.may_see_person(person_no) else 0
