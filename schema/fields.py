"""Fields with a resolver, described and typed: Strawberry's own decorator forgets the function's type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import strawberry

F = TypeVar("F")
IDEMPOTENCY_KEY: Final = (
    "幂等键，1至255个可见ASCII字符；重试用同一键，新的操作用新的键，被拒绝后也用新的键。"
    "1 to 255 visible ASCII characters; the same for a retry, a new one for a new operation, also after a refusal."
)
"""What every keyed input says of its key."""


def resolved(
    description: str, *, graphql_type: object = None, name: str | None = None, deprecation_reason: str | None = None
) -> Callable[[F], F]:
    """Make a function a field; `graphql_type` is what the schema shows where the function gives a domain object.

    Strawberry reads the function's annotations while the module runs, so it is given the schema's type there; type
    checkers read the source, and hold the function to the domain object it says.
    """

    def decorate(function: F) -> F:
        if graphql_type is not None:
            plain: Any = function.__func__ if isinstance(function, staticmethod) else function
            plain.__annotations__["return"] = graphql_type
        field: Any = strawberry.field(description=description, name=name, deprecation_reason=deprecation_reason)
        made: F = field(function)
        return made

    return decorate


def by_class(judge: F) -> F:
    """Say of an `is_type_of` that it goes by an object's class alone, so that it need not be asked of every object."""
    plain: Any = judge
    plain.by_class = True
    return judge


def subscribed(description: str, *, graphql_type: object) -> Callable[[F], F]:
    """Make a function that gives events a subscription; `graphql_type` is what the schema shows, as in `resolved`."""

    def decorate(function: F) -> F:
        plain: Any = function
        plain.__annotations__["return"] = graphql_type
        field: Any = strawberry.subscription(description=description)
        made: F = field(plain)
        return made

    return decorate
