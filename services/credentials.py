"""Passwords: set, changed, and used to verify; every wrong try counts, however many come at once (R18).

Comparing a password is slow on purpose, so it happens before the transaction (`prove`); what the result means is
judged inside it (`verify`), where tries are counted one after another.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from domain.actors import Actor, require_insured
from domain.credentials import (
    Credential,
    NewPassword,
    PasswordProof,
    is_locked,
    judge,
    parse_new_password,
    parse_password,
    require_not_birth_date,
)
from domain.errors import CurrentPasswordMissing, Refusal, Refused
from domain.persons import Person, require_registered
from repositories.contract import Reader, UnitOfWork


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


async def prove(
    reader: Reader, hasher: PasswordHasher, actor: Actor, now: datetime, password: str, *path: str
) -> PasswordProof:
    """Compare a password with the caller's, outside any transaction; nothing is computed where nothing can come of it.

    Raises INVALID_INPUT, UNAUTHENTICATED or FORBIDDEN. Version 0 where there is no password.
    """
    parse_password(password, *path)
    credential = await reader.credentials.get(require_insured(actor))
    if credential is None:
        return PasswordProof(correct=False, version=0)
    if is_locked(credential, now):
        return PasswordProof(correct=False, version=credential.version)
    correct = await hasher.matches(credential.password_hash, password)
    outdated = correct and hasher.is_outdated(credential.password_hash)
    rehashed = await hasher.hash(password) if outdated else None
    return PasswordProof(correct, credential.version, rehashed)


async def verify(uow: UnitOfWork, person_no: str, proof: PasswordProof, now: datetime, *path: str) -> Refusal | None:
    """Judge a proof and count the try; the refusal is returned, not raised, so that the count is kept."""
    credential, refusal = judge(await uow.credentials.get(person_no), proof, now, *path)
    uow.credentials.save(credential)
    return refusal


async def hash_new(hasher: PasswordHasher, actor: Actor, password: str) -> NewPassword:
    """Hash a caller's new password, outside any transaction; INVALID_INPUT, UNAUTHENTICATED or FORBIDDEN."""
    parse_new_password(password, "new_password")
    require_insured(actor)
    return NewPassword(password, await hasher.hash(password))


async def set_password(
    uow: UnitOfWork, actor: Actor, now: datetime, new: NewPassword, current: PasswordProof | None
) -> Person | Refusal:
    """Set the caller's password; where one is set already, the current one must be proved."""
    person_no = require_insured(actor)
    person = require_registered(await uow.persons.get(person_no))
    require_not_birth_date(new.text, person.birth_date, "new_password")
    credential = await uow.credentials.get(person_no)
    if credential is None:
        uow.credentials.add(Credential(person_no, new.password_hash, version=1))
        return person
    if current is None:
        raise Refused(CurrentPasswordMissing(path=("current_password",)))
    refusal = await verify(uow, person_no, current, now, "current_password")
    if refusal is None:
        uow.credentials.save(Credential(person_no, new.password_hash, version=credential.version + 1))
    return refusal or person
