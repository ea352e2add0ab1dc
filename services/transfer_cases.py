"""What a payer asks for, and all that it is judged by, gathered in few round trips (R13 to R21)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from domain.actors import Actor, require_insured
from domain.dates import shanghai_date
from domain.errors import NotFound, Refused
from domain.identity import parse_id_number, parse_name
from domain.kinship import Kinship, Relation, pair_key
from domain.ledger import require_amount
from domain.money import Fen
from domain.persons import Person, require_registered
from domain.policies import TransferPolicy, Usage, day_key
from domain.transfer_cases import Side, TransferCase
from domain.transfers import FundSource, Transfer, awaiting_key
from domain.wallets import PersonalAccount, Wallet, personal_account_id, wallet_id
from repositories.contract import Lookups
from services.kinship import find_identified, visible_sides
from services.regions import place_of, with_provinces


@dataclass(frozen=True, slots=True)
class Identity:
    """A payee given by name and ID number."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Application:
    """What a payer asks for; the payee is given by one's own side of a tie, or by name and ID number."""

    source: FundSource
    payee: str | Identity
    relation: Relation
    amount: Fen

    def checked(self) -> Application:
        """Give the application in canonical form; INVALID_INPUT or INVALID_AMOUNT."""
        require_amount(self.amount, "amount")
        if isinstance(self.payee, str):
            return self
        name = parse_name(self.payee.name, "payee", "identity", "name")
        id_number = parse_id_number(self.payee.id_number, "payee", "identity", "id_number")
        return Application(self.source, Identity(name, id_number), self.relation, self.amount)

    def arguments(self) -> dict[str, str | int | None]:
        """Give what makes another application another request."""
        identity = self.payee if isinstance(self.payee, Identity) else None
        return {
            "source": self.source,
            "kinshipId": self.payee if isinstance(self.payee, str) else None,
            "name": identity.name if identity is not None else None,
            "idNumber": identity.id_number if identity is not None else None,
            "relation": self.relation,
            "amount": self.amount,
        }


async def case_of(
    tables: Lookups, actor: Actor, now: datetime, policy: TransferPolicy, application: Application
) -> TransferCase:
    """Gather what an application of the caller is judged by."""
    payer_no = require_insured(actor)
    payee_no, tie = await _payee_and_tie(tables, actor, payer_no, application.payee)
    payer, kin = await _sides(tables, payer_no, payee_no)
    usage = await _usage(tables, now, policy, payer_no, kin)
    asked = application.relation, application.source, application.amount
    return TransferCase(payer, kin, tie, *asked, policy, usage, now)


async def case_again(tables: Lookups, now: datetime, policy: TransferPolicy, transfer: Transfer) -> TransferCase:
    """Gather what a transfer is judged by, as things are now."""
    tie, (payer, kin) = await asyncio.gather(
        _active_tie(tables, transfer.payer_no, transfer.payee_no), _sides(tables, *transfer.parties)
    )
    usage = await _usage(tables, now, policy, transfer.payer_no, kin)
    return TransferCase(payer, kin, tie, transfer.relation, transfer.source, transfer.amount, policy, usage, now)


async def _usage(tables: Lookups, now: datetime, policy: TransferPolicy, payer_no: str, kin: Side | None) -> Usage:
    """Look up what counts against the limits, as far as the policy has any (R21)."""
    verified = awaiting = None
    if policy.max_per_day is not None:
        day = day_key(payer_no, shanghai_date(now))
        verified = await tables.transfers.find({"verified_day": day}, policy.max_per_day)
    if policy.acceptance_required and kin is not None:
        waiting = await tables.transfers.find({"awaiting": awaiting_key(payer_no, kin.person.person_no)}, 1)
        awaiting = any(not transfer.is_due(now) for transfer in waiting)
    return Usage(len(verified or ()), awaiting=bool(awaiting))


async def _payee_and_tie(
    tables: Lookups, actor: Actor, payer_no: str, given: str | Identity
) -> tuple[str | None, Kinship | None]:
    if isinstance(given, Identity):
        payee = await find_identified(tables.persons, given.name, given.id_number)
        if payee is None:
            return None, None
        return payee.person_no, await _active_tie(tables, payer_no, payee.person_no)
    side = (await visible_sides(tables.kinships, actor, [given]))[0]
    if side is None or side.person_no != payer_no:
        raise Refused(NotFound(path=("payee", "kinship_id")))
    return side.relative_no, side.tie


async def _active_tie(tables: Lookups, one: str, other: str) -> Kinship | None:
    return await tables.kinships.find_one({"active_pair": pair_key(one, other)})


async def _sides(tables: Lookups, payer_no: str, payee_no: str | None) -> tuple[Side, Side | None]:
    """Read both sides' persons and accounts in one go, and all their regions in another."""
    numbers = [payer_no] if payee_no is None else [payer_no, payee_no]
    found, (*wallets, account) = await asyncio.gather(
        tables.persons.get_many(numbers),
        tables.accounts.get_many([*map(wallet_id, numbers), personal_account_id(payer_no)]),
    )
    payer = require_registered(found[0])
    held = [wallet if isinstance(wallet, Wallet) else None for wallet in wallets]
    those = [(person, wallet) for person, wallet in zip(found, held, strict=True) if person is not None]
    codes = [_place_codes(person, wallet) for person, wallet in those]
    account_code = payer.account_area_code()
    regions = await with_provinces(tables.regions, [*codes[0], *codes[-1], *([account_code] if account_code else [])])
    sides = [
        Side(person, wallet, tuple(place_of(regions, code) for code in places))
        for (person, wallet), places in zip(those, codes, strict=True)
    ]
    paying = Side(
        payer,
        sides[0].wallet,
        sides[0].places,
        account=account if isinstance(account, PersonalAccount) else None,
        account_place=place_of(regions, account_code) if account_code is not None else None,
    )
    return paying, sides[1] if len(sides) > 1 else None


def _place_codes(person: Person, wallet: Wallet | None) -> list[str]:
    return [wallet.use_area_code] if wallet is not None else [e.area_code for e in person.active_enrolments()]
