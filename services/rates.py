"""How often things may be done, and on whose account each use goes: a caller's by name, or an address's."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from domain.actors import Actor


class Rate(StrEnum):
    """What is counted, and for whom."""

    REQUESTS_OF_PERSON = "requests of a person"
    REQUESTS_OF_OFFICE = "requests of an institution or agency"
    REQUESTS_OF_NOBODY = "requests of an address by nobody who is signed in"
    REQUESTS_OF_ADDRESS = "requests of an address"
    FAILED_SIGN_INS_OF_ADDRESS = "failed sign-ins of an address"
    ID_LOOKUPS_OF_PERSON = "look-ups by ID number of a person"
    ID_LOOKUPS_OF_ADDRESS = "look-ups by ID number of an address"
    VERIFICATIONS_OF_PERSON = "verifications of a person"
    VERIFICATIONS_OF_ADDRESS = "verifications of an address"


Use: TypeAlias = tuple[Rate, str]
"""What is done, and by whom or from where."""


class TooOften(Exception):
    """It has been done as often as it may be; nothing was carried out, and in that many seconds it may be again."""

    def __init__(self, retry_after_s: int) -> None:
        """Say when, in whole seconds, at least one."""
        super().__init__()
        self.retry_after_s = retry_after_s


class Rates(Protocol):
    """Counts uses against what there may be of them."""

    async def spend(self, *uses: Use) -> None:
        """Count each of the uses once; TooOften if any of them is one too many, and then none is counted.

        Uses that come at once are counted one after another. Nothing of whom they are counted for is logged.
        """
        ...


class Unlimited:
    """Counts nothing: for a schema that no server stands before."""

    async def spend(self, *uses: Use) -> None:
        """Let everything be done."""


UNLIMITED: Final = Unlimited()


def request(actor: Actor, address: str) -> Sequence[Use]:
    """Tell on whose account a request goes.

    An institution's and an agency's go by name alone, for a whole hospital shares an address with its patients. Those
    of nobody take up a part of their address's only, so that there is room for whoever is signed in there.
    """
    of_address = (Rate.REQUESTS_OF_ADDRESS, address)
    if actor.institution_code is not None or actor.agency is not None:
        return [(Rate.REQUESTS_OF_OFFICE, actor.names()[-1])]
    if actor.person_no is not None:
        return [(Rate.REQUESTS_OF_PERSON, actor.person_no), of_address]
    return [(Rate.REQUESTS_OF_NOBODY, address), of_address]


def failed_sign_in(address: str) -> Sequence[Use]:
    """Tell on whose account a sign-in goes that is no good."""
    return [(Rate.FAILED_SIGN_INS_OF_ADDRESS, address)]


def id_lookup(actor: Actor, address: str) -> Sequence[Use]:
    """Tell on whose account a look-up by ID number goes; nothing is looked up for who is no insured person."""
    if actor.person_no is None:
        return []
    return [(Rate.ID_LOOKUPS_OF_PERSON, actor.person_no), (Rate.ID_LOOKUPS_OF_ADDRESS, address)]


def verification(actor: Actor, address: str) -> Sequence[Use]:
    """Tell on whose account a verification by password goes; nothing is compared for who is no insured person."""
    if actor.person_no is None:
        return []
    return [(Rate.VERIFICATIONS_OF_PERSON, actor.person_no), (Rate.VERIFICATIONS_OF_ADDRESS, address)]
