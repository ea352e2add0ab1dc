"""Ties of near kin, read from one's own side (R8, R9)."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, Any

import strawberry

from domain.kinship import COMMITMENT, Commitment, KinshipSide, KinshipStatus, Relation
from domain.outcomes import NodeRef
from domain.transfers import TransferScope, scope_of
from schema.answers import Answer, Payload, transacted
from schema.context import Context, Info
from schema.fields import resolved
from schema.nodes import Node, exposes, finds, key_of
from schema.parties import PartyType
from services import kinship
from services.kinship import Declaration
from services.persons import Party


@strawberry.type(
    name="Kinship",
    description="亲属关系，从本人一方看；标识含关系和哪一方。"
    "A tie read from the side of the person whose list it is; the id names tie and side.",
)
class KinshipType(Node):
    """Exposes a KinshipSide."""

    is_type_of = exposes(KinshipSide, "Kinship", lambda side: side.id)

    relation: Relation = strawberry.field(description="对方是本人的什么人。What the relative is to the person.")
    status: KinshipStatus = strawberry.field(description="状态。Status.")
    declared_at: datetime = strawberry.field(description="登记时间。When it was declared.")
    revoked_at: datetime | None = strawberry.field(description="解除时间。When it was revoked.")

    @resolved("对方。The relative.", graphql_type=PartyType)
    @staticmethod
    def relative(root: strawberry.Parent[KinshipSide], info: Info) -> Awaitable[Party]:
        """Load what may be seen of the relative."""
        return info.context.loaders.parties.load(root.relative_no)

    @resolved("双方所在地区是否跨省。Whether the two sides lie in different provinces.")
    @staticmethod
    async def cross_province(root: strawberry.Parent[KinshipSide], info: Info) -> bool:
        """Compare the two sides' areas."""
        load = info.context.loaders.parties.load
        sides = load(root.person_no), load(root.relative_no)
        own, other = [(await side).area_code for side in sides]
        return own is not None and other is not None and scope_of(own, other) is TransferScope.CROSS_PROVINCE


@finds("Kinship")
def _find(context: Context, side_id: str) -> Awaitable[KinshipSide | None]:
    return context.loaders.kinships.load(side_id)


@strawberry.type(name="Commitment", description="登记亲属关系须接受的承诺书。The commitment a declarer accepts.")
class CommitmentType:
    """Exposes a Commitment."""

    version: str = strawberry.field(description="版本。Version.")
    text: str = strawberry.field(description="全文，须向登记人展示。The text to show to the declarer.")


@strawberry.input(description="登记近亲属。A near relative to declare.")
class DeclareKinshipInput:
    """Who, and what he or she is."""

    relative_name: str = strawberry.field(description="亲属姓名。The relative's name.")
    relative_id_number: str = strawberry.field(description="亲属公民身份号码。The relative's citizen ID number.")
    relation: Relation = strawberry.field(description="对方是本人的什么人。What the relative is to the caller.")
    commitment_accepted: bool = strawberry.field(
        description="是否接受承诺书（见kinshipCommitment）。Whether the commitment is accepted; see kinshipCommitment."
    )


@strawberry.input(description="解除亲属关系。A tie to revoke.")
class RevokeKinshipInput:
    """Which tie."""

    kinship_id: strawberry.ID = strawberry.field(description="亲属关系标识。Id of the tie.")


@strawberry.type
class _KinshipPayload(Payload):
    @resolved("亲属关系；被拒绝时为空。The tie; null if refused.", graphql_type=KinshipType | None)
    @staticmethod
    def kinship(root: strawberry.Parent[Answer[Any]]) -> KinshipSide | None:
        """Give the tie."""
        side: KinshipSide | None = root.value
        return side


@strawberry.type(description="登记近亲属的结果。Answer to declareKinship.")
class DeclareKinshipPayload(_KinshipPayload):
    """Exposes an Answer."""


@strawberry.type(description="解除亲属关系的结果。Answer to revokeKinship.")
class RevokeKinshipPayload(_KinshipPayload):
    """Exposes an Answer."""


@strawberry.type
class KinshipQueries:
    """What can be asked about ties."""

    @resolved("现行承诺书。The commitment in force.", graphql_type=CommitmentType)
    def kinship_commitment(self) -> Commitment:
        """Give the commitment."""
        return COMMITMENT


@strawberry.type
class KinshipMutations:
    """What can be done with ties."""

    @resolved(
        "登记近亲属：填写姓名、身份号码和关系，接受承诺书。Declare a near relative, with an accepted commitment.",
        graphql_type=DeclareKinshipPayload | None,
    )
    async def declare_kinship(
        self,
        info: Info,
        input_: Annotated[DeclareKinshipInput, strawberry.argument(name="input", description="近亲属。The relative.")],
    ) -> Answer[KinshipSide]:
        """Declare."""
        context, now = info.context, info.context.now()
        asked = Declaration(
            relative_name=input_.relative_name,
            relative_id_number=input_.relative_id_number,
            relation=input_.relation,
            commitment_accepted=input_.commitment_accepted,
        )
        await context.count_id_lookup()
        return await transacted(info, lambda uow: kinship.declare_kinship(uow, context.actor, now, asked))

    @resolved(
        "解除亲属关系，任何一方或经办机构均可。Revoke a tie; either person or the agency may.",
        graphql_type=RevokeKinshipPayload | None,
    )
    async def revoke_kinship(
        self,
        info: Info,
        input_: Annotated[RevokeKinshipInput, strawberry.argument(name="input", description="关系。The tie.")],
    ) -> Answer[KinshipSide]:
        """Revoke."""
        context, now = info.context, info.context.now()
        side_id = key_of("Kinship", input_.kinship_id)
        about = NodeRef("Kinship", side_id)
        return await transacted(info, lambda uow: kinship.revoke_kinship(uow, context.actor, now, side_id), about)
