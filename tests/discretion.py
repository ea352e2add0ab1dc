"""What nobody may find in a log, an error, a metric or a trace: who somebody is, and what lets somebody in (R28)."""

import json
import logging
from collections.abc import Iterator, Sequence
from typing import Final

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from api.logs import TEXT, RequestIdFilter
from seeds.demo import FAMILY, PASSWORD

PERSONAL: Final = {
    secret: f"{kind} of {member.person_no}"
    for member in FAMILY
    for kind, secret in (("name", member.name), ("ID number", member.id_number), ("mobile", member.phone))
}
SECRETS: Final = PERSONAL | {PASSWORD: "password", "eyJ": "token", "$argon2": "hash"}
SIGNATURE_MIN_CHARS: Final = 20
"""What is shorter is no signature, and may be a word of the message."""
CLIENTS: Final = ("httpx", "httpcore", "gql", "websockets.client", "playwright")
"""Loggers of what tests ask with: they stand outside the server."""


def found_in(text: str) -> list[str]:
    """Name what a text gives away, not showing it."""
    return [kind for secret, kind in SECRETS.items() if secret in text]


def told_in(metrics: str) -> str:
    """Give what metrics tell but for the numbers, in which any digits may stand by chance."""
    return "\n".join(line if line.startswith("#") else line.rpartition(" ")[0] for line in metrics.splitlines())


def errors_of(answer: object) -> Iterator[object]:
    """Give every list of errors in an answer, at whatever depth."""
    if isinstance(answer, list):
        for part in answer:
            yield from errors_of(part)
    if isinstance(answer, dict):
        for name, part in answer.items():
            if name == "errors":
                yield part
            else:
                yield from errors_of(part)


def require_discreet(answer: object, authorization: str = "") -> None:
    """Demand that the errors of an answer give nothing away, nor the token it was asked with."""
    said = json.dumps(list(errors_of(answer)), ensure_ascii=False)
    assert not found_in(said), said
    signature = authorization.rpartition(".")[2]
    assert not signature or len(signature) < SIGNATURE_MIN_CHARS or signature not in said


class Watching(SpanExporter):
    """Looks at every span that is traced, and keeps what it should not tell."""

    def __init__(self) -> None:
        """See everything."""
        self.leaks: list[str] = []
        self.seen = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Look at spans as they would be sent, but for ids and times."""
        for span in spans:
            told = f"{span.name} {dict(span.attributes or {})} {span.status.description} {[*map(vars, span.events)]}"
            self.leaks += [f"{kind} in a span {span.name.partition(' ')[0]}" for kind in found_in(told)]
            self.seen += 1
        return SpanExportResult.SUCCESS


class Listening(logging.Handler):
    """Listens to all that is logged, and keeps what should not have been."""

    def __init__(self) -> None:
        """Hear everything."""
        super().__init__(logging.NOTSET)
        self.addFilter(RequestIdFilter())
        self.setFormatter(logging.Formatter(TEXT))
        self.leaks: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Look at a record as it would be written, with the error it tells of."""
        if not record.name.startswith(CLIENTS):
            self.leaks += [f"{kind} in a line of {record.name}" for kind in found_in(self.format(record))]
