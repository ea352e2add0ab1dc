"""What one is told of as it happens: one's own transfers and movements, over WebSocket or SSE (R26, R27)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, TypeVar

import strawberry

from domain.actors import require_insured
from domain.errors import NotFound, Refused
from domain.ledger import Entry
from domain.transfers import Transfer
from schema.context import Context, Info
from schema.fields import subscribed
from schema.nodes import key_of
from schema.transfers import TransferType
from schema.wallets import LedgerEntryType

E = TypeVar("E")


@strawberry.type(description="订阅，限参保人本人的业务。What can be subscribed to: one's own business only.")
class Subscription:
    """All subscriptions."""

    @subscribed(
        "本人转账的变化，无论付款还是收款；可限一笔。Changes of one's own transfers; of one if given.",
        graphql_type=AsyncGenerator[TransferType, None],
    )
    async def transfer_updated(
        self,
        info: Info,
        transfer_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="仅此转账。Only this transfer.")
        ] = strawberry.UNSET,
    ) -> AsyncGenerator[Transfer, None]:
        """Listen to the caller's transfers."""
        context, person_no = info.context, require_insured(info.context.actor)
        wanted = key_of("Transfer", transfer_id) if isinstance(transfer_id, str) else None
        if wanted is not None and await context.loaders.transfers.load(wanted) is None:
            raise Refused(NotFound(path=("transfer_id",)))
        return _each_anew(context, context.wiring.feeds.transfers(person_no, wanted, context.now))

    @subscribed(
        "本人钱包和个人账户的每一笔收支。Every movement of one's own wallet and personal account.",
        graphql_type=AsyncGenerator[LedgerEntryType, None],
    )
    async def wallet_activity(self, info: Info) -> AsyncGenerator[Entry, None]:
        """Listen to the caller's statement."""
        person_no = require_insured(info.context.actor)
        return _each_anew(info.context, info.context.wiring.feeds.entries(person_no))


async def _each_anew(context: Context, events: AsyncGenerator[E, None]) -> AsyncGenerator[E, None]:
    """Forget what was looked up for the event before."""
    async with aclosing(events):
        async for event in events:
            context.renew()
            yield event
