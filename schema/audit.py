"""The audit trail as the agency reads it: who did what, when, with which outcome (R27)."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import date, datetime
from typing import Annotated, TypeVar

import strawberry

from domain.audit import AuditRecord, subject_key
from domain.errors import ErrorCode
from domain.outcomes import OutcomeStatus
from repositories.tables import AUDIT_RECORDS
from schema.context import Context, Info
from schema.fields import resolved
from schema.lists import After, Before, Connection, First, Last, Listed, listed
from schema.nodes import Node, exposes, find_node, finds, ref_in
from services import audit
from services.audit import AuditSearch

T = TypeVar("T")


@strawberry.type(
    name="AuditRecord",
    description="审计记录：谁在何时做了什么、结果如何；只有标识，没有个人信息，限经办机构可见。"
    "Who did what, when, with which outcome: ids only, no personal data; seen by the agency.",
)
class AuditRecordType(Node):
    """Exposes an AuditRecord."""

    is_type_of = exposes(AuditRecord, "AuditRecord", lambda record: record.id)

    at: datetime = strawberry.field(description="时间。When.")
    actors: list[str] = strawberry.field(
        description="谁，例如person:P0001、institution:H37010000001、agency:名称。Who, in each role signed in as."
    )
    account: str | None = strawberry.field(
        description="登录账号（令牌的sub），例如经办人。Whom the identity provider knows the caller as: which clerk."
    )
    operation: str = strawberry.field(description="变更的名称，例如applyTransfer。Name of the mutation.")
    status: OutcomeStatus = strawberry.field(description="结果。What became of it.")
    code: ErrorCode | None = strawberry.field(description="被拒绝时的错误码。Why it was refused.")
    changed: bool = strawberry.field(
        description="是否有变更；同一请求再次发送则没有。Whether it changed anything; the same request again does not."
    )
    request_id: str = strawberry.field(
        description="请求标识，与日志和X-Request-Id一致。Id of the request, as in the log."
    )

    @resolved("涉及的对象，当前状态。The object it is about, as it is now.", graphql_type=Node | None)
    @staticmethod
    async def subject(root: strawberry.Parent[AuditRecord], info: Info) -> object | None:
        """Find the object."""
        return await find_node(info.context, root.subject.type_name, root.subject.key) if root.subject else None


@finds("AuditRecord")
def _find(context: Context, record_id: str) -> Awaitable[AuditRecord | None]:
    return context.loaders.audit_records.load(record_id)


@strawberry.input(description="审计记录的筛选条件，同时满足。What records to find; all of it must hold.")
class AuditFilter:
    """What is looked for."""

    actor: str | None = strawberry.field(
        default=strawberry.UNSET, description="谁，例如person:P0001。Who, as one of AuditRecord.actors."
    )
    account: str | None = strawberry.field(
        default=strawberry.UNSET, description="登录账号。Account, such as a clerk's."
    )
    operation: str | None = strawberry.field(default=strawberry.UNSET, description="变更的名称。Name of the mutation.")
    status: OutcomeStatus | None = strawberry.field(default=strawberry.UNSET, description="结果。What became of it.")
    subject_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="涉及对象的标识。Id of the object it is about."
    )
    request_id: str | None = strawberry.field(default=strawberry.UNSET, description="请求标识。Id of the request.")
    on: date | None = strawberry.field(default=strawberry.UNSET, description="日期（北京时间）。Day, Asia/Shanghai.")

    def search(self) -> AuditSearch:
        """Give the search to the service; what is left out or null does not matter, an id of nothing finds nothing."""
        subject = given(self.subject_id)
        return AuditSearch(
            actor=given(self.actor),
            account=given(self.account),
            operation=given(self.operation),
            status=given(self.status),
            subject_key=subject_key(ref_in(subject)) if subject is not None else None,
            request_id=given(self.request_id),
            on=given(self.on),
        )


def given(value: T | None) -> T | None:
    """Give an optional argument, None where it is left out."""
    return None if value is strawberry.UNSET else value


@strawberry.type
class AuditQueries:
    """What the agency can ask about what was done."""

    @resolved(
        "审计记录，最新的在前；经办机构以外为空。The audit trail, newest first; empty for all but the agency.",
        graphql_type=Connection[AuditRecordType],
    )
    async def audit_log(
        self,
        info: Info,
        *,
        filter_: Annotated[
            AuditFilter | None, strawberry.argument(name="filter", description="筛选条件。What to find.")
        ] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Listed[AuditRecord]:
        """Page through the trail."""
        search = filter_.search() if filter_ else AuditSearch()
        return await listed(info, audit.trail(info.context.actor, search), AUDIT_RECORDS, first, after, last, before)
