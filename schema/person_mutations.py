"""Persons registered and enrolled by the agency, and their own passwords (R6, R18)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import strawberry

from domain.credentials import parse_new_password
from domain.errors import ChoiceMalformed, Refusal, Refused
from domain.outcomes import NodeRef
from domain.persons import Enrolment, EnrolmentStatus, InsuranceScheme, Person
from schema.answers import Answer, Mutating, Payload, answer, transacted
from schema.context import Context, Info
from schema.fields import resolved
from schema.persons import PersonType
from schema.verification import FACE_ASSERTION, prove_by_face, prove_by_password
from services import credentials, persons
from services.credentials import Proof
from services.persons import Registration


@strawberry.input(description="参保记录。An enrolment.")
class EnrolmentInput:
    """An enrolment to register."""

    scheme: InsuranceScheme = strawberry.field(description="险种。Scheme.")
    area_code: str = strawberry.field(description="参保地代码。Code of the pooling area.")
    since: date = strawberry.field(description="参保日期。Since when.")


@strawberry.input(description="登记参保人。A person to register.")
class RegisterPersonInput:
    """What the agency knows of the person."""

    person_no: str = strawberry.field(description="个人编号。Personal number.")
    name: str = strawberry.field(description="姓名。Name.")
    id_number: str = strawberry.field(description="公民身份号码，18位。Citizen ID number, 18 characters.")
    phone: str | None = strawberry.field(default=strawberry.UNSET, description="手机号。Mobile.")
    enrolments: list[EnrolmentInput] = strawberry.field(description="参保记录，1至20条。Enrolments, 1 to 20.")

    def registration(self) -> Registration:
        """Give the registration to the service."""
        return Registration(
            person_no=self.person_no,
            name=self.name,
            id_number=self.id_number,
            phone=self.phone or None,
            enrolments=tuple((e.scheme, e.area_code, e.since) for e in self.enrolments),
        )


@strawberry.input(description="设置参保记录。An enrolment to set.")
class SetEnrolmentInput:
    """Whose enrolment, and what it is from then on."""

    person_no: str = strawberry.field(description="个人编号。Personal number.")
    scheme: InsuranceScheme = strawberry.field(description="险种。Scheme.")
    area_code: str = strawberry.field(description="参保地代码。Code of the pooling area.")
    status: EnrolmentStatus = strawberry.field(description="状态。Status.")
    since: date = strawberry.field(description="自哪一天起。Since when.")

    def enrolment(self) -> Enrolment:
        """Give the enrolment to the service."""
        return Enrolment(self.scheme, self.area_code, self.status, self.since)


@strawberry.input(description="设置医保码密码。The password to set.")
class SetPasswordInput:
    """The new password, and the current one where there is one."""

    new_password: str = strawberry.field(
        description="新密码，6位数字，不能是相同或连续的数字或出生日期。New password: six digits, not easy to guess."
    )
    current_password: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "当前密码；已设置过的，须提供当前密码或人脸核验结果。"
            "Current password; where one is set already, this or a face assertion is needed."
        ),
    )
    face_assertion: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=FACE_ASSERTION + "用于重设忘记的密码，并解除锁定。It resets a forgotten password, and unlocks.",
    )

    async def prove(self, context: Context) -> Proof | None:
        """Compare the current password, or read the face assertion; None where neither is given."""
        if self.current_password and self.face_assertion:
            raise Refused(ChoiceMalformed(path=("face_assertion",)))
        if self.face_assertion:
            return await prove_by_face(context, self.face_assertion, "face_assertion")
        if self.current_password:
            return await prove_by_password(context, self.current_password, "current_password")
        return None


@strawberry.type
class _PersonPayload(Payload):
    @resolved("参保人；被拒绝时为空。The person; null if refused.", graphql_type=PersonType | None)
    @staticmethod
    def person(root: strawberry.Parent[Answer[Any]]) -> Person | None:
        """Give the person."""
        person: Person | None = root.value
        return person


@strawberry.type(description="登记参保人的结果。Answer to registerPerson.")
class RegisterPersonPayload(_PersonPayload):
    """Exposes an Answer."""


@strawberry.type(description="设置参保记录的结果。Answer to setEnrolment.")
class SetEnrolmentPayload(_PersonPayload):
    """Exposes an Answer."""


@strawberry.type(description="设置密码的结果。Answer to setPassword.")
class SetPasswordPayload(_PersonPayload):
    """Exposes an Answer."""


@strawberry.type
class PersonMutations:
    """What can be done with persons."""

    @resolved(
        "设置或修改医保码密码。Set or change one's medical-insurance-code password.",
        graphql_type=SetPasswordPayload | None,
    )
    async def set_password(
        self,
        info: Info,
        input_: Annotated[SetPasswordInput, strawberry.argument(name="input", description="密码。The password.")],
    ) -> Answer[Person]:
        """Hash and compare first, slowly; then set."""
        context = info.context

        async def work(mutating: Mutating) -> Person | Refusal:
            await context.count_verification()  # without a password to compare too: hashing one is as dear
            parse_new_password(input_.new_password, "new_password")
            proof = await input_.prove(context)
            hashed = await credentials.hash_new(context.wiring.hasher, context.actor, input_.new_password, proof)
            now = context.now()  # after hashing, which takes a while
            return await mutating.transact(lambda uow: credentials.set_password(uow, context.actor, now, hashed, proof))

        own = NodeRef("Person", context.actor.person_no) if context.actor.person_no is not None else None
        return await answer(info, work, own)

    @resolved("登记参保人（经办机构）。Register a person (agency).", graphql_type=RegisterPersonPayload | None)
    async def register_person(
        self,
        info: Info,
        input_: Annotated[RegisterPersonInput, strawberry.argument(name="input", description="参保人。The person.")],
    ) -> Answer[Person]:
        """Register."""
        context, now = info.context, info.context.now()
        asked = input_.registration()
        about = NodeRef("Person", input_.person_no)
        return await transacted(info, lambda uow: persons.register(uow, context.actor, now, asked), about)

    @resolved("设置参保记录（经办机构）。Set an enrolment (agency).", graphql_type=SetEnrolmentPayload | None)
    async def set_enrolment(
        self,
        info: Info,
        input_: Annotated[SetEnrolmentInput, strawberry.argument(name="input", description="参保。The enrolment.")],
    ) -> Answer[Person]:
        """Set."""
        context, now = info.context, info.context.now()
        enrolment = input_.enrolment()
        return await transacted(
            info,
            lambda uow: persons.set_enrolment(uow, context.actor, now, input_.person_no, enrolment),
            NodeRef("Person", input_.person_no),
        )
