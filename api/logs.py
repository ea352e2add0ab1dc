"""The log: to standard error, each line with the id of the request that led to it, as text or as JSON."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Final

import orjson
from opentelemetry import trace

from api.request_ids import request_id

TEXT: Final = "%(levelname)s %(name)s [%(request_id)s] %(message)s"
TOLD: Final = "told"
"""The attribute of a record whose parts stand in the line by their names."""


class RequestIdFilter(logging.Filter):
    """Puts the id of the request into each record that a handler is given."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record."""
        record.request_id = request_id.get()
        return True


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object on one line; `traceId` is there if the request is traced."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "requestId": request_id.get(),
            "message": record.getMessage(),
            **getattr(record, TOLD, {}),
        }
        traced = trace.get_current_span().get_span_context()
        if traced.is_valid:
            line["traceId"] = trace.format_trace_id(traced.trace_id)
        if record.exc_info:
            line["stack"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


def log_with_ids(*, as_json: bool = False, requests: bool = False) -> None:
    """Log to standard error with the ids, unless logging is set up already; with a line for each request, if wanted."""
    logging.getLogger("wallet.requests").setLevel(logging.INFO if requests else logging.WARNING)
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler()
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(JsonLines() if as_json else logging.Formatter(TEXT))
    root.addHandler(handler)
