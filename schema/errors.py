"""Refusals as data in a payload, and faults of a request as top-level errors with a code of the same vocabulary."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import Any, Final

import strawberry

from domain.errors import ErrorCode, InsufficientBalance, PolicyRefusal, Refusal, RegionRefusal, VerificationRefusal
from domain.money import Fen
from domain.regions import Region
from schema.context import Info
from schema.fields import by_class, resolved
from schema.regions import RegionType

_SPECIAL: Final = (InsufficientBalance, PolicyRefusal, RegionRefusal, VerificationRefusal)
_UNDERSCORE: Final = re.compile(r"_([a-z])")


def _shows(cls: type[Refusal]) -> Any:  # noqa: ANN401 - Strawberry wants no type
    @by_class
    def is_type_of(obj: object, _info: object) -> bool:
        return isinstance(obj, cls)

    return staticmethod(is_type_of)


def argument_path(refusal: Refusal) -> list[str] | None:
    """Name the argument at fault as the schema spells it, from "input" on; None for the request as a whole."""
    names = [_UNDERSCORE.sub(lambda match: match[1].upper(), name) for name in refusal.path]
    return ["input", *names] if names else None


@strawberry.interface(
    name="UserError",
    description="业务拒绝：说明原因和处理办法。A refusal: what is wrong and what to do.",
)
class UserErrorType:
    """Exposes a Refusal."""

    code: ErrorCode = strawberry.field(description="错误码。Error code; branch on this.")

    @resolved("提示信息，语言按Accept-Language。Message for people, in the language asked for.")
    @staticmethod
    def message(root: strawberry.Parent[Refusal], info: Info) -> str:
        """Say it in the caller's language."""
        return root.message(info.context.language)

    @resolved('出错的参数，从"input"开始。The argument at fault, beginning with "input".')
    @staticmethod
    def path(root: strawberry.Parent[Refusal]) -> list[str] | None:
        """Name the argument."""
        return argument_path(root)


@strawberry.type(name="RuleError", description="违反一条规则。A rule does not hold.")
class RuleErrorType(UserErrorType):
    """Exposes every Refusal that has nothing more to say."""

    @classmethod
    @by_class
    def is_type_of(cls, obj: object, _info: object) -> bool:
        """Leave those with more to say to their own types."""
        return isinstance(obj, Refusal) and not isinstance(obj, _SPECIAL)


@strawberry.type(name="InsufficientBalance", description="余额不足。The balance does not suffice.")
class InsufficientBalanceType(UserErrorType):
    """Exposes an InsufficientBalance."""

    is_type_of = _shows(InsufficientBalance)

    available: Fen = strawberry.field(description="可用余额。The balance that is available.")


@strawberry.type(
    name="RegionNotOpen",
    description="地区未开通或开通情况未公布。The wallet is not open in a region, or that is not published.",
)
class RegionNotOpenType(UserErrorType):
    """Exposes a RegionRefusal."""

    is_type_of = _shows(RegionRefusal)

    @resolved("所指地区。The region.", graphql_type=RegionType)
    @staticmethod
    def region(root: strawberry.Parent[RegionRefusal], info: Info) -> Awaitable[Region]:
        """Load the region."""
        return info.context.loaders.region(root.region_code)


@strawberry.type(name="VerificationFailed", description="验证未通过或已锁定。Verification failed or is locked.")
class VerificationFailedType(UserErrorType):
    """Exposes a VerificationRefusal."""

    is_type_of = _shows(VerificationRefusal)

    attempts_left: int = strawberry.field(description="剩余尝试次数。How many tries are left.")


@strawberry.type(name="PolicyLimit", description="超出现行转账规则。A limit of the policy in force.")
class PolicyLimitType(UserErrorType):
    """Exposes a PolicyRefusal."""

    is_type_of = _shows(PolicyRefusal)

    limit: str = strawberry.field(description="限制：金额、次数或时段。What is allowed: an amount, a number, or hours.")
    used: str | None = strawberry.field(description="已用或所求。What counts against it.")


ERROR_TYPES: Final = (
    RuleErrorType,
    InsufficientBalanceType,
    RegionNotOpenType,
    VerificationFailedType,
    PolicyLimitType,
)
