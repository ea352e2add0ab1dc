"""Who a payer is: proved by password, of which every wrong try counts, or by face, which is good once (R18).

Comparing a password is slow on purpose, and a face service's keys may have to be fetched, so both happen before the
transaction (`prove`, `prove_by_face`); what the result means is judged inside it (`verify`), where tries are counted
and assertions used up one after another.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final, Protocol, TypeAlias

from domain.actors import Actor, require_insured
from domain.credentials import (
    Credential,
    NewPassword,
    PasswordProof,
    is_locked,
    judge,
    parse_new_password,
    parse_password,
    require_not_ones_own,
    tries_left,
)
from domain.errors import CurrentPasswordMissing, FaceNotOffered, FaceRefused, Refusal, Refused
from domain.faces import TO_RESET_PASSWORD, FaceAssertion, FaceProof, is_good, parse_face_assertion, use
from domain.persons import Person, require_registered
from repositories.contract import Reader, UnitOfWork

UNSET: Final = 0
"""The version of a password that there is not."""
Proof: TypeAlias = PasswordProof | FaceProof


class PasswordHasher(Protocol):
    """Hashes passwords slowly, off the event loop."""

    async def hash(self, password: str) -> str:
        """Give a salted hash."""
        ...

    async def matches(self, password_hash: str, password: str) -> bool:
        """Tell whether the password is the one that was hashed."""
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether the hash was made at another cost than those made now."""
        ...


class FaceReader(Protocol):
    """Reads face assertions."""

    @property
    def is_offered(self) -> bool:
        """Tell whether a face service is known."""
        ...

    async def read(self, assertion: str) -> FaceAssertion | None:
        """Give what an assertion says, or None if it is not one that the face service made for us."""
        ...


async def prove(
    reader: Reader, hasher: PasswordHasher, actor: Actor, now: datetime, password: str, *path: str
) -> PasswordProof:
    """Compare a password with the caller's, outside any transaction; nothing is computed where nothing can come of it.

    Raises INVALID_INPUT, UNAUTHENTICATED or FORBIDDEN. Version UNSET where there is no password.
    """
    parse_password(password, *path)
    credential = await reader.credentials.get(require_insured(actor))
    if credential is None:
        return PasswordProof(correct=False, version=UNSET)
    if is_locked(credential, now):
        return PasswordProof(correct=False, version=credential.version)
    correct = await hasher.matches(credential.password_hash, password)
    outdated = correct and hasher.is_outdated(credential.password_hash)
    rehashed = await hasher.hash(password) if outdated else None
    return PasswordProof(correct, credential.version, rehashed)


async def prove_by_face(faces: FaceReader, actor: Actor, assertion: str, *path: str) -> FaceProof:
    """Find out, outside any transaction, what a face assertion says.

    Raises INVALID_INPUT (also where no face service is known), UNAUTHENTICATED or FORBIDDEN.
    """
    parse_face_assertion(assertion, *path)
    require_insured(actor)
    if not faces.is_offered:
        raise Refused(FaceNotOffered(path=path))
    return FaceProof(await faces.read(assertion))


async def verify(
    uow: UnitOfWork, person_no: str, proof: Proof, purpose: str, now: datetime, *path: str
) -> Refusal | None:
    """Judge a proof, and count the try or use the assertion up; a refusal is returned, so that the count is kept."""
    if isinstance(proof, FaceProof):
        return await _verify_by_face(uow, person_no, proof.assertion, purpose, now, *path)
    credential = await uow.credentials.get(person_no)
    counted, refusal = judge(credential, proof, now, *path)
    uow.credentials.save(counted)
    uow.credentials.touch(person_no)  # a right try changes nothing, and yet comes after wrong ones counted meanwhile
    return refusal


async def _verify_by_face(
    uow: UnitOfWork, person_no: str, assertion: FaceAssertion | None, purpose: str, now: datetime, *path: str
) -> Refusal | None:
    good = assertion if assertion is not None and is_good(assertion, person_no, purpose, now) else None
    credential, used = await asyncio.gather(
        uow.credentials.get(person_no), uow.face_assertions.get_many([good.id] if good is not None else [])
    )
    if good is None or used[0] is not None:
        return FaceRefused(path=path, attempts_left=tries_left(credential, now))
    uow.face_assertions.add(use(good, now))
    return None


async def hash_new(hasher: PasswordHasher, actor: Actor, password: str, proof: Proof | None) -> NewPassword:
    """Hash a caller's new password, outside any transaction; INVALID_INPUT, UNAUTHENTICATED or FORBIDDEN.

    It is not hashed where a password is set and the proof is no good: nothing will come of it.
    """
    parse_new_password(password, "new_password")
    require_insured(actor)
    is_in_vain = isinstance(proof, PasswordProof) and proof.version != UNSET and not proof.correct
    return NewPassword(password, "" if is_in_vain else await hasher.hash(password))


async def set_password(
    uow: UnitOfWork, actor: Actor, now: datetime, new: NewPassword, proof: Proof | None
) -> Person | Refusal:
    """Set the caller's password; where one is set already, the current one must be proved, or the face."""
    person_no = require_insured(actor)
    person = require_registered(await uow.persons.get(person_no))
    require_not_ones_own(new.text, person, "new_password")
    credential = await uow.credentials.get(person_no)
    if credential is not None and proof is None:
        raise Refused(CurrentPasswordMissing(path=("current_password",)))
    if proof is not None and (credential is not None or isinstance(proof, FaceProof)):
        path = "face_assertion" if isinstance(proof, FaceProof) else "current_password"
        refusal = await verify(uow, person_no, proof, TO_RESET_PASSWORD, now, path)
        if refusal is not None:
            return refusal
    if credential is None:
        uow.credentials.add(Credential(person_no, new.password_hash, version=1))
    else:
        uow.credentials.save(Credential(person_no, new.password_hash, version=credential.version + 1))
    return person
