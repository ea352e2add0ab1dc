"""What is counted, timed and traced of an operation: its root field and outcome, nothing of what was sent (R28)."""

from __future__ import annotations

import time
from functools import cache
from types import TracebackType
from typing import Final

from graphql import GraphQLError
from opentelemetry import context, trace
from opentelemetry.trace import Status, StatusCode
from prometheus_client import Counter, Histogram
from strawberry.extensions.context import OperationContextManager

from repositories.errors import Contention, OutcomeUnknown, Unavailable
from schema.parsing import NONE, Execution
from services.rates import TooOften

tracer = trace.get_tracer("wallet.schema")

OK: Final = "OK"
UNKNOWN: Final = "UNKNOWN"
RETRYABLE: Final = "RETRYABLE"
INTERNAL: Final = "INTERNAL"
LEFT: Final = "LEFT"
"""Whoever asked has gone."""

OPERATIONS: Final = Counter(
    "wallet_graphql_operations",
    "Operations carried out, by kind, root field and outcome.",
    ["kind", "field", "outcome"],
)
SECONDS: Final = Histogram(
    "wallet_graphql_operation_seconds", "Time to carry out an operation, by root field.", ["kind", "field"]
)
MUTATIONS: Final = Counter(
    "wallet_mutations", "Mutations, by name and by the code of the refusal or OK.", ["mutation", "code"]
)


class Observed(OperationContextManager):
    """Counts, times and traces an operation; a subscription's time is how long it was listened to."""

    def __init__(self, execution: Execution) -> None:
        """Observe that operation."""
        self._execution = execution

    async def __aenter__(self) -> None:
        """Begin."""
        self._begun = time.perf_counter()
        self._span, self._around = tracer.start_span("operation"), context.get_current()
        if self._span.get_span_context().is_valid:  # else nobody traces
            context.attach(trace.set_span_in_context(self._span))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace_back: TracebackType | None
    ) -> None:
        """Tell what became of it."""
        del kind, trace_back
        outcome = outcome_of(self._execution.result) if error is None else LEFT
        if isinstance(error, Exception):
            outcome = code_of(error)
        asked = self._execution.asked
        named = (asked.type.value, asked.field) if asked is not None else (NONE, NONE)
        if self._span.get_span_context().is_valid:
            context.attach(self._around)  # not detached, for a stream may be ended by another task than began it
            self._tell_span(*named, outcome)
        _counter(*named, outcome).inc()
        _seconds(*named).observe(time.perf_counter() - self._begun)

    def _tell_span(self, kind: str, field: str, outcome: str) -> None:
        span = self._span
        span.update_name(f"{kind} {field}")
        span.set_attributes({"graphql.operation.type": kind, "wallet.outcome": outcome})
        span.set_status(StatusCode.OK if outcome in (OK, LEFT) else Status(StatusCode.ERROR, outcome))
        span.end()


@cache
def _counter(kind: str, field: str, outcome: str) -> Counter:
    """Find a counter once; there are as many as the client of Prometheus keeps itself."""
    return OPERATIONS.labels(kind, field, outcome)


@cache
def _seconds(kind: str, field: str) -> Histogram:
    return SECONDS.labels(kind, field)


def outcome_of(result: object) -> str:
    """Name what became of an operation: OK, or what was wrong about it first."""
    errors = getattr(result, "errors", None)
    return code_of(errors[0]) if errors else OK


def code_of(error: Exception) -> str:
    """Name an error by its code, or by what kind of system fault it is."""
    if isinstance(error, GraphQLError):
        extensions = error.extensions or {}
        if "code" in extensions:
            return str(extensions["code"])
        if extensions.get("retryable"):
            return RETRYABLE
        return str(extensions.get("outcome", INTERNAL))
    if isinstance(error, OutcomeUnknown):
        return UNKNOWN
    return RETRYABLE if isinstance(error, Contention | Unavailable | TooOften) else INTERNAL
