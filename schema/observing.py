"""What is counted, timed and traced of an operation: its root field and outcome, nothing of what was sent (R28)."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Final

from graphql import FieldNode, GraphQLError, OperationDefinitionNode
from opentelemetry import context, trace
from opentelemetry.trace import Status, StatusCode
from prometheus_client import Counter, Histogram
from strawberry.extensions import SchemaExtension

from repositories.errors import Contention, OutcomeUnknown, Unavailable
from services.rates import TooOften

tracer = trace.get_tracer("wallet.schema")

OK: Final = "OK"
UNKNOWN: Final = "UNKNOWN"
RETRYABLE: Final = "RETRYABLE"
INTERNAL: Final = "INTERNAL"
LEFT: Final = "LEFT"
"""Whoever asked has gone."""
SEVERAL: Final = "several"
NONE: Final = "none"

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


class Observed(SchemaExtension):
    """Counts, times and traces an operation; a subscription's time is how long it was listened to."""

    async def on_operation(self) -> AsyncIterator[None]:
        """Carry an operation out, observed."""
        begun, outcome = time.perf_counter(), LEFT
        span, around = tracer.start_span("operation"), context.get_current()
        context.attach(trace.set_span_in_context(span))
        try:
            yield
            outcome = outcome_of(self.execution_context.result)
        except Exception as error:
            outcome = code_of(error)
            raise
        finally:
            context.attach(around)  # not detached, for a stream may be ended by another task than the one that began it
            kind, field = self._asked()
            span.update_name(f"{kind} {field}")
            span.set_attributes({"graphql.operation.type": kind, "wallet.outcome": outcome})
            span.set_status(StatusCode.OK if outcome in (OK, LEFT) else Status(StatusCode.ERROR, outcome))
            span.end()
            OPERATIONS.labels(kind, field, outcome).inc()
            SECONDS.labels(kind, field).observe(time.perf_counter() - begun)

    def _asked(self) -> tuple[str, str]:
        """Name what was asked for by the schema's names, whatever stands in the document."""
        asking = self.execution_context
        document, named = asking.graphql_document, asking.operation_name
        operations = [d for d in (document.definitions if document else ()) if isinstance(d, OperationDefinitionNode)]
        asked = [o for o in operations if named is None or (o.name is not None and o.name.value == named)]
        if len(asked) != 1:
            return NONE, NONE
        root = asking.schema._schema.get_root_type(asked[0].operation)  # noqa: SLF001 - as ValidationCache
        known = root.fields if root is not None else {}
        fields = {node.name.value for node in asked[0].selection_set.selections if isinstance(node, FieldNode)}
        name = fields.pop() if len(fields) == 1 else SEVERAL
        return asked[0].operation.value, name if name in known or name == SEVERAL else NONE


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
