"""What became of keyed requests, and finding any object by its id (R20, R27)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import strawberry

from domain.errors import Refusal, Refused, TooManyIds
from domain.outcomes import Outcome, OutcomeStatus
from schema.context import Info
from schema.errors import UserErrorType
from schema.fields import resolved
from schema.nodes import Node, find_by_id, find_node
from services import outcomes

NODES_MAX = 100


@strawberry.type(
    name="Outcome",
    description="带幂等键的请求的结果。What became of a keyed request; node shows the present state of its object.",
)
class OutcomeType:
    """Exposes an Outcome."""

    status: OutcomeStatus = strawberry.field(description="请求本身的结果。What became of the request itself.")
    at: datetime = strawberry.field(description="时间。When it was decided.")

    @resolved("拒绝的原因。Why it was refused.", graphql_type=UserErrorType | None)
    @staticmethod
    def error(root: strawberry.Parent[Outcome]) -> Refusal | None:
        """Give the refusal."""
        return root.refusal

    @resolved("所产生的对象，当前状态。The object it made, as it is now.", graphql_type=Node | None)
    @staticmethod
    async def node(root: strawberry.Parent[Outcome], info: Info) -> object | None:
        """Find the object."""
        return await find_node(info.context, root.node.type_name, root.node.key) if root.node is not None else None


@strawberry.type
class NodeQueries:
    """Objects by id, and outcomes by key."""

    @resolved("按全局标识查对象。An object by its global id.", graphql_type=Node | None)
    async def node(
        self,
        info: Info,
        id_: Annotated[strawberry.ID, strawberry.argument(name="id", description="全局标识。Global id.")],
    ) -> object | None:
        """Find the object."""
        return await find_by_id(info.context, id_)

    @resolved(
        "按全局标识查多个对象，最多100个，顺序不变。Objects by their global ids, at most 100, in their order.",
        graphql_type=list[Node | None],
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="全局标识。Global ids.")],
    ) -> list[object | None]:
        """Find the objects, in as few look-ups as one page costs."""
        if len(ids) > NODES_MAX:
            raise Refused(TooManyIds(path=("ids",)))
        return list(await asyncio.gather(*(find_by_id(info.context, node_id) for node_id in ids)))

    @resolved(
        "查询本人某个幂等键的结果；未知为空。What became of my request; null if the key is unknown.",
        graphql_type=OutcomeType | None,
    )
    async def outcome(
        self,
        info: Info,
        idempotency_key: Annotated[str, strawberry.argument(description="幂等键。Idempotency key.")],
    ) -> Outcome | None:
        """Find the outcome."""
        return await outcomes.see(info.context.reader, info.context.actor, idempotency_key)
