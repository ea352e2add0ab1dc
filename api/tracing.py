"""Traces go to an OpenTelemetry collector, by setting; without it they cost next to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

SENT_WITHIN_S: Final = 2
ENDED_WITHIN_S: Final = 3
"""How long stopping waits for a collector that does not answer; what it has not got then is lost."""
SERVICE: Final = "medical-insurance-wallet"


@asynccontextmanager
async def traced_to(url: str | None, share: float) -> AsyncIterator[None]:
    """Send that share of the traces to the collector at that address (OTLP over HTTP) until leaving.

    The share holds whatever a caller says of the trace it belongs to, for anybody may say so; which traces it is, is
    decided by their ids, so that services that sample alike have the same ones.
    """
    if url is None:
        yield
        return
    drawn = TraceIdRatioBased(share)
    sampler = ParentBased(drawn, remote_parent_sampled=drawn, remote_parent_not_sampled=drawn)
    provider = TracerProvider(sampler=sampler, resource=Resource.create({SERVICE_NAME: SERVICE}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url, timeout=SENT_WITHIN_S)))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        ending = Thread(target=provider.shutdown, daemon=True)
        ending.start()
        await asyncio.to_thread(ending.join, ENDED_WITHIN_S)
