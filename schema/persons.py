"""Persons: oneself, with enrolments, accounts and relatives (R6, R27)."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import date
from functools import partial
from typing import Annotated

import strawberry

from domain.actors import Actor, Role
from domain.institutions import Institution
from domain.kinship import KinshipSide, Relation
from domain.ledger import Account
from domain.persons import Enrolment, EnrolmentStatus, InsuranceScheme, Person
from domain.regions import Region
from domain.wallets import personal_account_id, wallet_id
from repositories.tables import KINSHIPS
from schema.context import Context, Info
from schema.fields import resolved
from schema.institutions import InstitutionType
from schema.kinship import KinshipType
from schema.lists import After, Before, Connection, First, Last, Listed, window_of
from schema.nodes import Node, exposes, finds
from schema.regions import RegionType
from schema.wallets import PersonalAccountType, WalletType
from services import kinship


@strawberry.type(name="Enrolment", description="参保记录。An enrolment.")
class EnrolmentType:
    """Exposes an Enrolment."""

    scheme: InsuranceScheme = strawberry.field(description="险种。Scheme.")
    status: EnrolmentStatus = strawberry.field(description="状态。Status.")
    since: date = strawberry.field(description="自哪一天起为此状态。Since when it has this status.")

    @resolved("参保地。The pooling area.", graphql_type=RegionType)
    @staticmethod
    def area(root: strawberry.Parent[Enrolment], info: Info) -> Awaitable[Region]:
        """Load the area."""
        return info.context.loaders.region(root.area_code)


@strawberry.type(
    name="Person", description="参保人，仅本人和经办机构可见。An insured person; seen by oneself and the agency."
)
class PersonType(Node):
    """Exposes a Person."""

    is_type_of = exposes(Person, "Person", lambda person: person.person_no)

    person_no: str = strawberry.field(description="个人编号。Personal number.")
    name: str = strawberry.field(description="姓名。Name.")
    masked_id_number: str = strawberry.field(description="脱敏身份号码。Masked citizen ID number.")
    masked_phone: str | None = strawberry.field(description="脱敏手机号。Masked mobile.")
    birth_date: date = strawberry.field(description="出生日期。Birth date.")

    @resolved("参保记录。Enrolments.", graphql_type=list[EnrolmentType])
    @staticmethod
    def enrolments(root: strawberry.Parent[Person]) -> tuple[Enrolment, ...]:
        """Give the enrolments."""
        return root.enrolments

    @resolved("个人账户，仅职工有。Personal account; employees only.", graphql_type=PersonalAccountType | None)
    @staticmethod
    def personal_account(root: strawberry.Parent[Person], info: Info) -> Awaitable[Account | None]:
        """Load the account."""
        return info.context.loaders.accounts.load(personal_account_id(root.person_no))

    @resolved("医保钱包；未开通为空。Wallet; null before activation.", graphql_type=WalletType | None)
    @staticmethod
    def wallet(root: strawberry.Parent[Person], info: Info) -> Awaitable[Account | None]:
        """Load the wallet."""
        return info.context.loaders.accounts.load(wallet_id(root.person_no))

    @resolved(
        "亲属关系，最新的在前，含已解除的。Ties, newest first, revoked ones included.",
        graphql_type=Connection[KinshipType],
    )
    @staticmethod
    async def kinships(
        root: strawberry.Parent[Person],
        info: Info,
        *,
        relation: Annotated[
            Relation | None, strawberry.argument(description="仅此种关系。Only ties of this relation.")
        ] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Listed[KinshipSide]:
        """Page through the ties."""
        reader, actor, wanted = info.context.reader, info.context.actor, relation or None
        window = window_of(KINSHIPS, first, after, last, before)
        page = await kinship.page(reader, actor, root.person_no, wanted, window)
        return Listed(page, partial(kinship.count, reader, actor, root.person_no, wanted))


@finds("Person")
def _find(context: Context, person_no: str) -> Awaitable[Person | None]:
    return context.loaders.persons.load(person_no)


@strawberry.type(name="Viewer", description="当前登录者。Who is signed in.")
class ViewerType:
    """Exposes an Actor."""

    roles: list[Role] = strawberry.field(description="身份。Roles.")

    @resolved("参保人本人。The insured person.", graphql_type=PersonType | None)
    @staticmethod
    def person(root: strawberry.Parent[Actor], info: Info) -> Awaitable[Person | None] | None:
        """Load oneself."""
        return _find(info.context, root.person_no) if root.person_no is not None else None

    @resolved("定点医药机构。The institution.", graphql_type=InstitutionType | None)
    @staticmethod
    async def institution(root: strawberry.Parent[Actor], info: Info) -> Institution | None:
        """Load the institution."""
        code = root.institution_code
        return await info.context.loaders.institutions.load(code) if code is not None else None


@strawberry.type
class PersonQueries:
    """What can be asked about persons."""

    @resolved("当前登录者；未登录为空。Who is signed in; null when anonymous.", graphql_type=ViewerType | None)
    def viewer(self, info: Info) -> Actor | None:
        """Give the caller."""
        return info.context.actor if info.context.actor.roles else None

    @resolved(
        "按个人编号查参保人，限本人和经办机构。A person by personal number; oneself, or the agency.",
        graphql_type=PersonType | None,
    )
    def person(
        self,
        info: Info,
        person_no: Annotated[str, strawberry.argument(description="个人编号。Personal number.")],
    ) -> Awaitable[Person | None]:
        """Find the person."""
        return _find(info.context, person_no)
