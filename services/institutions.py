"""Designated hospitals and pharmacies: registered, searched for, and whether they accept the wallet (R24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.actors import Actor, require_agency
from domain.errors import NotFound, Refused
from domain.institutions import (
    Institution,
    InstitutionKind,
    WalletServiceStatus,
    parse_institution_code,
    parse_institution_name,
    require_new,
    with_service,
)
from domain.regions import province_code_of, require_search, search_text
from repositories.contract import AllOf, Condition, Prefix, Reader, UnitOfWork, Where
from services.books import Book
from services.pinyin import syllables_of
from services.regions import require_areas


@dataclass(frozen=True, slots=True)
class InstitutionQuery:
    """Which institutions are asked for; None leaves a condition out.

    `within` are regions in which they lie; a province means all areas below it.
    """

    search: str | None = None
    kind: InstitutionKind | None = None
    within: tuple[str, ...] = ()
    accepts_wallet: bool | None = None

    def where(self) -> Where:
        """Give the conditions to the storage."""
        text = search_text(require_search(self.search or "", "filter", "search"))
        conditions: dict[str, Condition | None] = {
            "search_keys": Prefix(text) if text else None,
            "kind": self.kind,
            "within": AllOf(_narrowest(self.within)) if self.within else None,
            "accepts_wallet": self.accepts_wallet,
        }
        return {name: condition for name, condition in conditions.items() if condition is not None}


def _narrowest(codes: Sequence[str]) -> tuple[str, ...]:
    """Leave out a province of which an area is named as well: what lies in the one lies in the other."""
    provinces = {province_code_of(code) for code in codes if province_code_of(code) != code}
    return tuple(code for code in codes if code not in provinces)


def found(query: InstitutionQuery) -> Book[Institution]:
    """Give the institutions asked for, in the order of their codes, to anybody (R24)."""
    return Book(lambda reader: reader.institutions, query.where(), visible=True)


@dataclass(frozen=True, slots=True)
class Registration:
    """What the agency knows of an institution to register; not yet checked."""

    code: str
    name: str
    area_code: str
    wallet_service: WalletServiceStatus


async def register(uow: UnitOfWork, actor: Actor, now: datetime, asked: Registration) -> Institution:
    """Register a designated institution; CONFLICT if its code is registered already (R24)."""
    code = parse_institution_code(asked.code, "code")
    name = parse_institution_name(asked.name, "name")
    require_agency(actor)
    await require_areas(uow.regions, [asked.area_code], "area_code")
    require_new(await uow.institutions.get(code))
    institution = Institution(
        code=code,
        name=name,
        area_code=asked.area_code,
        wallet_service=asked.wallet_service,
        syllables=syllables_of(name),
        registered_at=now,
    )
    uow.institutions.add(institution)
    return institution


async def set_wallet_service(uow: UnitOfWork, actor: Actor, code: str, status: WalletServiceStatus) -> Institution:
    """Record whether an institution accepts the wallet (R24)."""
    parse_institution_code(code, "code")
    require_agency(actor)
    institution = await uow.institutions.get(code)
    if institution is None:
        raise Refused(NotFound(path=("code",)))
    changed = with_service(institution, status)
    uow.institutions.save(changed)
    return changed


async def see_many(reader: Reader, codes: Sequence[str]) -> list[Institution | None]:
    """Give these institutions, which anybody may see (R24, R27)."""
    return await reader.institutions.get_many(codes)
