"""Near kin: eight relations, closed under inversion, and the ties that persons declare (R8, R9)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from domain.errors import (
    CommitmentRequired,
    KinshipExists,
    KinshipImplausible,
    NotNearRelative,
    OneselfDeclared,
    Refused,
    RelationMismatch,
    SecondSpouse,
)
from domain.persons import Person


class Relation(StrEnum):
    """What a near relative (近亲属) is to a person; exactly these eight count (R8)."""

    SPOUSE = "SPOUSE"
    PARENT = "PARENT"
    CHILD = "CHILD"
    SIBLING = "SIBLING"
    PATERNAL_GRANDPARENT = "PATERNAL_GRANDPARENT"
    MATERNAL_GRANDPARENT = "MATERNAL_GRANDPARENT"
    PATERNAL_GRANDCHILD = "PATERNAL_GRANDCHILD"
    MATERNAL_GRANDCHILD = "MATERNAL_GRANDCHILD"

    @property
    def inverse(self) -> Relation:
        """Give what the person is to that relative."""
        return _INVERSE[self]


_DESCENT: Final = {
    Relation.PARENT: Relation.CHILD,
    Relation.PATERNAL_GRANDPARENT: Relation.PATERNAL_GRANDCHILD,
    Relation.MATERNAL_GRANDPARENT: Relation.MATERNAL_GRANDCHILD,
}
_INVERSE: Final = MappingProxyType(
    {
        Relation.SPOUSE: Relation.SPOUSE,
        Relation.SIBLING: Relation.SIBLING,
        **_DESCENT,
        **{younger: elder for elder, younger in _DESCENT.items()},
    },
)


class KinshipStatus(StrEnum):
    """A tie holds until it is revoked; then it stays as history."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


COMMITMENT_VERSION: Final = "2025-05"
COMMITMENT_TEXT: Final = (
    "本人承诺：所填写的亲属为本人的近亲属（配偶、父母、子女、兄弟姐妹、祖父母、外祖父母、孙子女、外孙子女），"
    "所填信息真实、准确；如有虚假，本人愿意承担相应的法律责任。"
)


@dataclass(frozen=True, slots=True)
class Commitment:
    """The text (承诺书) a declarer accepts; the hash proves which text it was."""

    version: str
    text: str

    @property
    def text_hash(self) -> str:
        """Give the SHA-256 of the text, in hexadecimal."""
        return sha256(self.text.encode()).hexdigest()


COMMITMENT: Final = Commitment(COMMITMENT_VERSION, COMMITMENT_TEXT)


@dataclass(frozen=True, slots=True)
class AcceptedCommitment:
    """Which commitment was accepted, and when (R9)."""

    version: str
    text_hash: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Kinship:
    """A tie between two persons; `relation` is what the relative is to the declarer. Revoked ties stay as history."""

    id: str
    declarer_no: str
    relative_no: str
    relation: Relation
    status: KinshipStatus
    commitment: AcceptedCommitment
    declared_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str | None = None

    @property
    def members(self) -> tuple[str, str]:
        """Give both persons."""
        return self.declarer_no, self.relative_no

    @property
    def sides(self) -> tuple[str, ...]:
        """Give what each person's list is filtered by: the person and what the other one is to him or her."""
        return (
            side_key(self.declarer_no, self.relation),
            side_key(self.relative_no, self.relation.inverse),
        )

    @property
    def pair(self) -> str:
        """Name the two persons whatever their order."""
        return pair_key(*self.members)

    @property
    def active_pair(self) -> str | None:
        """Give the pair while the tie is active; unique: one active tie per pair (R9)."""
        return self.pair if self.is_active() else None

    @property
    def active_spouses(self) -> tuple[str, ...]:
        """Give both persons while they are spouses; unique: one active spouse per person (R9)."""
        return self.members if self.is_active() and self.relation is Relation.SPOUSE else ()

    def is_active(self) -> bool:
        """Tell whether the tie holds."""
        return self.status is KinshipStatus.ACTIVE

    def seen_by(self, person_no: str) -> KinshipSide:
        """Read the tie from the side of one of its two persons."""
        return KinshipSide(self, person_no)


@dataclass(frozen=True, slots=True)
class KinshipSide:
    """A tie as one of its persons reads it."""

    tie: Kinship
    person_no: str

    @property
    def id(self) -> str:
        """Name tie and side."""
        return f"{self.tie.id}:{self.person_no}"

    @property
    def relative_no(self) -> str:
        """Give the other person."""
        return next(member for member in self.tie.members if member != self.person_no)

    @property
    def relation(self) -> Relation:
        """Give what the other person is to this one."""
        return self.tie.relation if self.person_no == self.tie.declarer_no else self.tie.relation.inverse

    @property
    def status(self) -> KinshipStatus:
        """Give the tie's status."""
        return self.tie.status

    @property
    def declared_at(self) -> datetime:
        """Give when the tie was declared."""
        return self.tie.declared_at

    @property
    def revoked_at(self) -> datetime | None:
        """Give when the tie was revoked."""
        return self.tie.revoked_at


def pair_key(one: str, other: str) -> str:
    """Name a pair of persons whatever their order."""
    return "|".join(sorted((one, other)))


def side_key(person_no: str, relation: Relation) -> str:
    """Name a person's ties of one relation."""
    return f"{person_no}:{relation.value}"


# ---- declaring and revoking ---------------------------------------------------------------------------------------

_TIE_NAMESPACE: Final = uuid.UUID("6f2c3c4e-2f0e-5d39-9a53-6e1c3f0c6a01")


def declare(declarer: Person, relative: Person, relation: Relation, now: datetime, earlier_ties: int) -> Kinship:
    """Tie two persons; `earlier_ties` of the same pair, all revoked, number this one, so a retry names it alike."""
    number = f"{pair_key(declarer.person_no, relative.person_no)}#{earlier_ties}"
    return Kinship(
        id=str(uuid.uuid5(_TIE_NAMESPACE, number)),
        declarer_no=declarer.person_no,
        relative_no=relative.person_no,
        relation=relation,
        status=KinshipStatus.ACTIVE,
        commitment=AcceptedCommitment(COMMITMENT.version, COMMITMENT.text_hash, now),
        declared_at=now,
    )


def revoke(tie: Kinship, by: str, now: datetime) -> Kinship:
    """End a tie; history stays. A tie that is revoked already is left as it is."""
    if not tie.is_active():
        return tie
    return replace(tie, status=KinshipStatus.REVOKED, revoked_at=now, revoked_by=by)


def require_commitment(*, accepted: bool) -> None:
    """Refuse with COMMITMENT_REQUIRED a tie declared without accepting the commitment (R9)."""
    if not accepted:
        raise Refused(CommitmentRequired(path=("commitment_accepted",)))


def require_two_persons(declarer: Person, relative: Person) -> None:
    """Refuse with NOT_NEAR_RELATIVE a tie with oneself (R8)."""
    if declarer.person_no == relative.person_no:
        raise Refused(OneselfDeclared(path=("relative_id_number",)))


def require_no_active_tie(ties: list[Kinship]) -> None:
    """Refuse with KINSHIP_EXISTS a second active tie of one pair (R9)."""
    if any(tie.is_active() for tie in ties):
        raise Refused(KinshipExists())


def require_no_spouse(relation: Relation, spouse_ties: list[Kinship]) -> None:
    """Refuse with CONFLICT a second active spouse of either person (R9)."""
    if relation is Relation.SPOUSE and spouse_ties:
        raise Refused(SecondSpouse(path=("relation",)))


def require_plausible(declarer: Person, relative: Person, relation: Relation) -> None:
    """Refuse with KINSHIP_IMPLAUSIBLE an elder who was not born before the younger one (R9)."""
    if not _is_plausible(declarer.birth_date, relative.birth_date, relation):
        raise Refused(KinshipImplausible(path=("relation",)))


def _is_plausible(own: date, relatives: date, relation: Relation) -> bool:
    if relation in _DESCENT:
        return relatives < own
    return relation.inverse not in _DESCENT or own < relatives


def require_tie(tie: Kinship | None, *path: str) -> Kinship:
    """Refuse with NOT_NEAR_RELATIVE two persons without an active tie (R14)."""
    if tie is None or not tie.is_active():
        raise Refused(NotNearRelative(path=path))
    return tie


def require_relation(tie: Kinship, payer_no: str, stated: Relation) -> None:
    """Refuse with RELATION_MISMATCH a stated relation (what the payee is to the payer) that is not the tie's (R14)."""
    if tie.seen_by(payer_no).relation is not stated:
        raise Refused(RelationMismatch(path=("relation",)))
