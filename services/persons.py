"""Persons: registering them, keeping their enrolments, and what the two sides of a tie see of each other (R6, R7)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from domain.actors import Actor, require_agency
from domain.dates import shanghai_date
from domain.errors import DuplicateRegistration, NotFound, Refused
from domain.identity import mask_name, parse_id_number, parse_name, parse_person_no, parse_phone
from domain.persons import (
    Enrolment,
    EnrolmentStatus,
    InsuranceScheme,
    Person,
    require_enrolments,
    require_not_future,
    require_one_active_per_scheme,
    with_enrolment,
)
from domain.wallets import Wallet, open_personal_account, personal_account_id, wallet_id
from repositories.contract import Lookups, Reader, UnitOfWork
from services.regions import require_areas


@dataclass(frozen=True, slots=True)
class Registration:
    """What the agency knows of a person to register; not yet checked."""

    person_no: str
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    phone: str | None = field(repr=False)
    enrolments: tuple[tuple[InsuranceScheme, str, date], ...]


@dataclass(frozen=True, slots=True)
class Party:
    """What the other side may see of a person: the masked name, where, and whether there is a wallet (R27, R28)."""

    person_no: str
    name: str
    area_code: str | None
    wallet_activated: bool


async def register(uow: UnitOfWork, actor: Actor, now: datetime, asked: Registration) -> Person:
    """Register a person; CONFLICT if the personal number or the ID number is registered already (R6)."""
    today = shanghai_date(now)
    person = Person(
        person_no=parse_person_no(asked.person_no, "person_no"),
        name=parse_name(asked.name, "name"),
        id_number=parse_id_number(asked.id_number, "id_number"),
        phone=parse_phone(asked.phone, "phone") if asked.phone is not None else None,
        enrolments=tuple(_enrolment(*fields) for fields in asked.enrolments),
        registered_at=now,
    )
    require_enrolments(person.enrolments, "enrolments")
    for enrolment in person.enrolments:
        require_not_future(enrolment.since, today, "enrolments")
    require_agency(actor)
    await require_areas(uow.regions, [e.area_code for e in person.enrolments], "enrolments")
    if await uow.persons.get(person.person_no) is not None:
        raise Refused(DuplicateRegistration(path=("person_no",)))
    if await uow.persons.find_one({"id_number": person.id_number}) is not None:
        raise Refused(DuplicateRegistration(path=("id_number",)))
    require_one_active_per_scheme(person.enrolments, "enrolments")
    uow.persons.add(person)
    await _open_account_of_employee(uow, person, now)
    return person


def _enrolment(scheme: InsuranceScheme, area_code: str, since: date) -> Enrolment:
    return Enrolment(scheme, area_code, EnrolmentStatus.ACTIVE, since)


async def set_enrolment(uow: UnitOfWork, actor: Actor, now: datetime, person_no: str, enrolment: Enrolment) -> Person:
    """Set a person's enrolment of one scheme in one area; ENROLMENT_EXISTS if another one is active (R6)."""
    require_not_future(enrolment.since, shanghai_date(now), "since")
    require_agency(actor)
    person = await uow.persons.get(person_no)
    if person is None:
        raise Refused(NotFound(path=("person_no",)))
    await require_areas(uow.regions, [enrolment.area_code], "area_code")
    changed = with_enrolment(person, enrolment, "scheme")
    uow.persons.save(changed)
    await _open_account_of_employee(uow, changed, now)
    return changed


async def _open_account_of_employee(uow: UnitOfWork, person: Person, now: datetime) -> None:
    """Open the personal account that an employee has (R7)."""
    if person.active_employment() is None:
        return
    if await uow.accounts.get(personal_account_id(person.person_no)) is None:
        uow.accounts.add(open_personal_account(person.person_no, now))


async def see_many(reader: Reader, actor: Actor, person_nos: Sequence[str]) -> list[Person | None]:
    """Give these persons as far as the caller may see them: oneself; the agency sees all (R27)."""
    persons = await reader.persons.get_many(person_nos)
    return [p if p is not None and actor.may_see_person(p.person_no) else None for p in persons]


async def parties(reader: Lookups, person_nos: Sequence[str]) -> list[Party]:
    """Give what others may see of these persons; asked for only by those who are tied to them or trade with them."""
    persons, wallets = await asyncio.gather(
        reader.persons.get_many(person_nos), reader.accounts.get_many([wallet_id(number) for number in person_nos])
    )
    return [
        _party(person, wallet if isinstance(wallet, Wallet) else None)
        for person, wallet in zip(persons, wallets, strict=True)
    ]


def _party(person: Person | None, wallet: Wallet | None) -> Party:
    if person is None:
        message = "persons are never removed, so whoever is referred to is there"
        raise LookupError(message)
    enrolled = [enrolment.area_code for enrolment in person.active_enrolments()]
    area_code = wallet.use_area_code if wallet is not None else next(iter(enrolled), None)
    return Party(person.person_no, mask_name(person.name), area_code, wallet_activated=wallet is not None)
