"""The demo family: ten made-up persons whose ID numbers are well formed, and where they can spend what they get.

Everything is planted through the services, as of the day before, so that nobody's limits of the day are touched.
Premiums are published for the year of planting, all of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, Final

from domain.actors import Actor
from domain.credentials import NewPassword, PasswordProof
from domain.dates import SHANGHAI, shanghai_date
from domain.errors import ErrorCode, Refused
from domain.institutions import WalletServiceStatus
from domain.kinship import Relation, pair_key
from domain.money import Fen
from domain.persons import InsuranceScheme
from domain.policies import ARTICLE
from domain.premiums import premium_id
from domain.transfers import FundSource, Transfer, TransferStatus
from domain.wallets import wallet_id
from repositories.contract import Storage, UnitOfWork
from seeds.regions import AS_OF
from services import credentials, institutions, kinship, outcomes, persons, premiums, transfers, wallets
from services.credentials import PasswordHasher
from services.kinship import Declaration
from services.persons import Registration
from services.premiums import Publication
from services.transfer_cases import Application, Identity

PASSWORD: Final = "246810"  # noqa: S105 - the demo family's, published in the README
AGENCY: Final = Actor(agency="demo")
OPEN_SINCE: Final = datetime.combine(AS_OF, time(0), SHANGHAI).astimezone(UTC)
ENROLLED_SINCE: Final = date(2020, 1, 1)
EMPLOYEE, RESIDENT = InsuranceScheme.EMPLOYEE, InsuranceScheme.RESIDENT
PLANTED_BY_ANOTHER: Final = {ErrorCode.CONFLICT, ErrorCode.KINSHIP_EXISTS, ErrorCode.WALLET_EXISTS}

Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Member:
    """One of the family: enrolments, the allotment to the personal account in fen, and the wallet's use place."""

    person_no: str
    name: str
    id_number: str
    enrolments: tuple[tuple[InsuranceScheme, str], ...]
    allotment: int = 0
    use_area: str | None = None

    @property
    def phone(self) -> str:
        """Give the made-up mobile."""
        return f"138000000{int(self.person_no[1:]):02d}"

    @property
    def actor(self) -> Actor:
        """Sign in as this person."""
        return Actor(person_no=self.person_no)


FAMILY: Final = (
    Member("P0001", "李建国", "370102196603151238", ((EMPLOYEE, "370100"),), 506_000, "370100"),
    Member("P0002", "王秀英", "370102196808221543", ((RESIDENT, "370100"),), use_area="370100"),
    Member("P0003", "李明", "370102199005103117", ((EMPLOYEE, "340100"), (RESIDENT, "130100")), 320_000, "340100"),
    Member("P0004", "李芳", "370102199309183320", ((RESIDENT, "540100"),), use_area="540100"),
    Member("P0005", "李德福", "130102194001074139", ((RESIDENT, "130100"),), use_area="130100"),
    Member("P0006", "陈静", "320508199102264343", ((EMPLOYEE, "320500"),), 200_000, "320500"),
    Member("P0007", "李小宝", "340102201806015111", ((RESIDENT, "340100"),), use_area="340100"),
    Member("P0008", "赵强", "42010219850711537X", ((EMPLOYEE, "420100"),), 100_000),
    Member("P0009", "王丽", "440104197209305628", ((EMPLOYEE, "440100"),), 80_000),
    Member("P0010", "李建军", "210102197004125919", ((RESIDENT, "210100"),)),
)
BY_NO: Final = {member.person_no: member for member in FAMILY}

TIES: Final = (
    ("P0001", "P0002", Relation.SPOUSE),
    ("P0001", "P0003", Relation.CHILD),
    ("P0001", "P0004", Relation.CHILD),
    ("P0001", "P0005", Relation.PARENT),
    ("P0001", "P0007", Relation.PATERNAL_GRANDCHILD),
    ("P0001", "P0010", Relation.SIBLING),
    ("P0003", "P0006", Relation.SPOUSE),
    ("P0003", "P0007", Relation.CHILD),
)
"""Who declares whom, and what the second is to the first; P0002 and P0009 are siblings but have not declared it."""

GIFTS: Final = (
    ("P0003", "P0001", Relation.PARENT, 20_000),
    ("P0001", "P0002", Relation.SPOUSE, 5_000),
    ("P0001", "P0004", Relation.CHILD, 1_000),
)
"""The transfers, in fen, that fill the wallets; the allotments are larger by what goes out here."""


NORMAL, NOT_OPEN = WalletServiceStatus.NORMAL, WalletServiceStatus.NOT_OPEN
INSTITUTIONS: Final = (
    institutions.Registration("H37010000001", "济南市示范医院", "370100", NORMAL),
    institutions.Registration("P37010000001", "济南安康大药房", "370100", NORMAL),
    institutions.Registration("P37010000002", "济南泉城便民药店", "370100", NOT_OPEN),
    institutions.Registration("H34010000001", "合肥市示范医院", "340100", NORMAL),
    institutions.Registration("P34010000001", "合肥安康大药房", "340100", NORMAL),
    institutions.Registration("H54010000001", "拉萨市示范医院", "540100", NORMAL),
    institutions.Registration("P54010000001", "拉萨安康大药房", "540100", NORMAL),
    institutions.Registration("H13010000001", "石家庄市示范医院", "130100", NORMAL),
    institutions.Registration("P13010000001", "石家庄安康大药房", "130100", NORMAL),
)

PREMIUMS: Final = (("370100", 42_000), ("540100", 38_000), ("340100", 40_000))
"""Where a premium is published, and how much it is, in fen."""


@dataclass(frozen=True, slots=True)
class Planter:
    """Plants the family step by step; a step that was done before does nothing."""

    storage: Storage
    hasher: PasswordHasher
    clock: Callable[[], datetime]

    def before(self) -> datetime:
        """Tell when it all happened: a day ago, but not before the article's regions were open."""
        now = self.clock()
        return max(now - timedelta(days=1), min(now, OPEN_SINCE))

    def steps(self) -> Iterator[Step]:
        """Give the steps, in their order."""
        for member in FAMILY:
            yield partial(self._register, member)
            yield partial(self._set_password, member)
            if member.use_area is not None:
                yield partial(self._activate, member)
            if member.allotment:
                yield partial(self._credit, member)
        for tie in TIES:
            yield partial(self._declare, *tie)
        for gift in GIFTS:
            yield partial(self._give, *gift)
        for institution in INSTITUTIONS:
            yield partial(self._register_institution, institution)
        for area_code, amount in PREMIUMS:
            yield partial(self._publish, area_code, Fen(amount))

    async def _plant(self, work: Callable[[UnitOfWork], Awaitable[Any]]) -> None:
        try:
            await self.storage.transact(work)
        except Refused as refused:
            if refused.refusal.code not in PLANTED_BY_ANOTHER:
                raise

    async def _register(self, member: Member) -> None:
        if await self.storage.read().persons.get(member.person_no) is not None:
            return
        asked = Registration(
            member.person_no,
            member.name,
            member.id_number,
            member.phone,
            tuple((scheme, area, ENROLLED_SINCE) for scheme, area in member.enrolments),
        )
        await self._plant(lambda uow: persons.register(uow, AGENCY, self.before(), asked))

    async def _set_password(self, member: Member) -> None:
        if await self.storage.read().credentials.get(member.person_no) is not None:
            return
        new = NewPassword(PASSWORD, await self.hasher.hash(PASSWORD))

        async def set_first(uow: UnitOfWork) -> None:
            if await uow.credentials.get(member.person_no) is None:  # nor by another process meanwhile
                await credentials.set_password(uow, member.actor, self.before(), new, None)

        await self._plant(set_first)

    async def _activate(self, member: Member) -> None:
        if await self.storage.read().accounts.get(wallet_id(member.person_no)) is not None:
            return
        area = member.use_area or ""
        await self._plant(lambda uow: wallets.activate_wallet(uow, member.actor, self.before(), area, member.phone))

    async def _credit(self, member: Member) -> None:
        key = f"demo-allotment-{member.person_no}"
        if await outcomes.see(self.storage.read(), AGENCY, key) is not None:
            return
        await self._plant(
            lambda uow: wallets.credit_personal_account(
                uow,
                AGENCY,
                self.before(),
                person_no=member.person_no,
                amount=Fen(member.allotment),
                period="2025-05",
                key=key,
            )
        )

    async def _declare(self, declarer_no: str, relative_no: str, relation: Relation) -> None:
        if await self.storage.read().kinships.find_one({"pair": pair_key(declarer_no, relative_no)}) is not None:
            return
        relative = BY_NO[relative_no]
        asked = Declaration(relative.name, relative.id_number, relation, commitment_accepted=True)
        actor = BY_NO[declarer_no].actor
        await self._plant(lambda uow: kinship.declare_kinship(uow, actor, self.before(), asked))

    async def _give(self, payer_no: str, payee_no: str, relation: Relation, amount: int) -> None:
        actor, payee, now = BY_NO[payer_no].actor, BY_NO[payee_no], self.before()
        asked = Application(FundSource.PERSONAL_ACCOUNT, Identity(payee.name, payee.id_number), relation, Fen(amount))
        key = f"demo-gift-{payer_no}-{payee_no}"
        if await outcomes.see(self.storage.read(), actor, key) is not None:
            return

        async def give(uow: UnitOfWork) -> None:
            transfer = await transfers.apply_transfer(uow, actor, now, ARTICLE, asked=asked, key=key)
            if not isinstance(transfer, Transfer) or transfer.status is not TransferStatus.PENDING_VERIFICATION:
                return
            credential = await uow.credentials.get(payer_no)
            proof = PasswordProof(correct=True, version=credential.version if credential is not None else 0)
            await transfers.verify_transfer(uow, actor, now, ARTICLE, transfer_id=transfer.id, proof=proof)

        await self._plant(give)

    async def _register_institution(self, asked: institutions.Registration) -> None:
        if await self.storage.read().institutions.get(asked.code) is None:
            await self._plant(lambda uow: institutions.register(uow, AGENCY, self.before(), asked))

    async def _publish(self, area_code: str, amount: Fen) -> None:
        year = shanghai_date(self.clock()).year
        asked = Publication(area_code, year, amount, date(year, 1, 1), date(year, 12, 31))

        async def publish_first(uow: UnitOfWork) -> None:
            if await uow.premiums.get(premium_id(area_code, year)) is None:
                await premiums.publish(uow, AGENCY, self.clock(), asked)

        await self._plant(publish_first)
