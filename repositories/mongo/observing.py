"""What is counted, timed and traced of the database: commands by name, transactions by outcome, connections in use.

Only names are told, of commands and collections, and codes: what is sent and what is answered may be personal (R28).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.trace import ProxyTracerProvider, Span, SpanKind, Status, StatusCode
from prometheus_client import Counter, Gauge, Histogram
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
    ConnectionCheckedInEvent,
    ConnectionCheckedOutEvent,
    ConnectionCheckOutFailedEvent,
    ConnectionCheckOutStartedEvent,
    ConnectionClosedEvent,
    ConnectionCreatedEvent,
    ConnectionPoolListener,
    ConnectionReadyEvent,
    PoolClearedEvent,
    PoolClosedEvent,
    PoolCreatedEvent,
    PoolReadyEvent,
)

from repositories.errors import Contention, OutcomeUnknown, StorageError, Unavailable

tracer = trace.get_tracer("wallet.mongodb")

MICROSECONDS: Final = 1_000_000

COMMANDS: Final = Histogram("wallet_mongodb_command_seconds", "Time to answer a command, by its name.", ["command"])
FAILURES: Final = Counter(
    "wallet_mongodb_command_failures", "Commands that failed, by name and error code.", ["command", "code"]
)
TRANSACTIONS: Final = Counter("wallet_transactions", "Transactions, by what became of them.", ["outcome"])
RETRIES: Final = Counter("wallet_transaction_retries", "Works run again after a conflict.")
COMMIT_RETRIES: Final = Counter("wallet_commit_retries", "Commits sent again because no answer came.")
WORKS: Final = Histogram(
    "wallet_transaction_works", "Works that shared a transaction.", buckets=(1, 2, 4, 8, 16, 32, 64)
)
TRANSACTION_SECONDS: Final = Histogram("wallet_transaction_seconds", "Time of a transaction, retries included.")
CONNECTIONS: Final = Gauge(
    "wallet_mongodb_connections", "Connections of the pool, by state.", ["state"], multiprocess_mode="livesum"
)

_OUTCOMES: Final[dict[type[StorageError], str]] = {
    Contention: "contention",
    Unavailable: "unavailable",
    OutcomeUnknown: "unknown",
}


@cache
def _seconds(command: str) -> Histogram:
    """Give what times the commands of that name; finding it costs more than counting."""
    return COMMANDS.labels(command)


_OPEN: Final = CONNECTIONS.labels("open")
_WAITED_FOR: Final = CONNECTIONS.labels("waited for")
_IN_USE: Final = CONNECTIONS.labels("in use")


class Commands(CommandListener):
    """Times each command and makes it a span of the operation that sent it, where traces go anywhere."""

    def __init__(self) -> None:
        """Begin with none under way."""
        self._spans: dict[int, Span] = {}

    def started(self, event: CommandStartedEvent) -> None:
        """Begin a span, under the operation's: the driver's threads have its context."""
        if isinstance(trace.get_tracer_provider(), ProxyTracerProvider):
            return
        collection = event.command.get(event.command_name)
        attributes: dict[str, Any] = {"db.system.name": "mongodb", "db.operation.name": event.command_name}
        if isinstance(collection, str):
            attributes["db.collection.name"] = collection
        name = f"{event.command_name} {collection}" if isinstance(collection, str) else event.command_name
        self._spans[event.request_id] = tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """End the span."""
        span = self._spans.pop(event.request_id, None)
        if span is not None:
            span.end()
        _seconds(event.command_name).observe(event.duration_micros / MICROSECONDS)

    def failed(self, event: CommandFailedEvent) -> None:
        """End the span; of the failure only its code is told, for its text may repeat what was sent."""
        code = str(event.failure.get("code", "none"))
        span = self._spans.pop(event.request_id, None)
        if span is not None:
            span.set_status(Status(StatusCode.ERROR, code))
            span.end()
        _seconds(event.command_name).observe(event.duration_micros / MICROSECONDS)
        FAILURES.labels(event.command_name, code).inc()


class Connections(ConnectionPoolListener):
    """Counts the connections that are open, in use, and waited for."""

    def connection_created(self, _event: ConnectionCreatedEvent) -> None:
        """Count one more."""
        _OPEN.inc()

    def connection_closed(self, _event: ConnectionClosedEvent) -> None:
        """Count one less."""
        _OPEN.dec()

    def connection_check_out_started(self, _event: ConnectionCheckOutStartedEvent) -> None:
        """Count who waits."""
        _WAITED_FOR.inc()

    def connection_check_out_failed(self, _event: ConnectionCheckOutFailedEvent) -> None:
        """Count who waited in vain."""
        _WAITED_FOR.dec()

    def connection_checked_out(self, _event: ConnectionCheckedOutEvent) -> None:
        """Count what is in use."""
        _WAITED_FOR.dec()
        _IN_USE.inc()

    def connection_checked_in(self, _event: ConnectionCheckedInEvent) -> None:
        """Count what came back."""
        _IN_USE.dec()

    def connection_ready(self, _event: ConnectionReadyEvent) -> None:
        """Count nothing."""

    def pool_created(self, _event: PoolCreatedEvent) -> None:
        """Count nothing."""

    def pool_ready(self, _event: PoolReadyEvent) -> None:
        """Count nothing."""

    def pool_cleared(self, _event: PoolClearedEvent) -> None:
        """Count nothing."""

    def pool_closed(self, _event: PoolClosedEvent) -> None:
        """Count nothing."""


@contextmanager
def observed_transaction() -> Iterator[None]:
    """Count, time and trace a transaction, with all its retries."""
    outcome = "rolled back"
    with (
        TRANSACTION_SECONDS.time(),
        tracer.start_as_current_span("transaction", record_exception=False, set_status_on_exception=False) as span,
    ):
        try:
            yield
            outcome = "committed"
        except StorageError as error:
            outcome = _OUTCOMES.get(type(error), outcome)
            raise
        finally:
            span.set_attribute("wallet.outcome", outcome)
            TRANSACTIONS.labels(outcome).inc()
