"""The routes that take articles: HTTP in, records to the publisher, HTTP out. The rules are in `accept` and `batch`."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import orjson
from fastapi import APIRouter, Request, Response

from services.contract.codec import CONTENT_TYPE, trace_id_of, trace_of
from services.contract.topics import MAX_ARTICLE_BYTES, RAW
from services.ingest import body, describe
from services.ingest.accept import (
    CHANNEL,
    MAX_RETRACTION_BYTES,
    Record,
    Stamp,
    accept_article,
    accept_retraction,
)
from services.ingest.batch import Line, ndjson, not_published, numbered_lines, publish_lines
from services.ingest.body import Budget, Held
from services.ingest.problems import Rejected
from services.ingest.publish import Delivered, NotPublished, Publisher
from services.ingest.settings import IngestSettings
from services.runtime.clock import Clock
from services.runtime.metrics import IngestMetrics
from services.runtime.tracing import Attributes, Tracing

log = logging.getLogger(__name__)

NDJSON = "application/x-ndjson"
# The words of OpenTelemetry's conventions for messaging.
_SEND = f"send {RAW.name}"
_KAFKA: Attributes = {
    "messaging.system": "kafka",
    "messaging.operation.type": "send",
    "messaging.destination.name": RAW.name,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What the routes work with."""

    publisher: Publisher
    settings: IngestSettings
    metrics: IngestMetrics
    clock: Clock
    budget: Budget
    tracing: Tracing

    def stamp(self, request: Request) -> Stamp:
        """Return what the records of this request carry."""
        return Stamp(
            new_id=lambda: str(uuid4()),
            time=self.clock.now(),
            traceparent=request.state.traceparent,
        )

    async def read(self, request: Request, held: Held, *, limit_bytes: int) -> bytes:
        """Return the request's body. Raises `Rejected`."""
        timeout = self.settings.body_timeout_seconds
        return await body.read(request, limit_bytes=limit_bytes, timeout_seconds=timeout, held=held)

    def count(self, *, outcome: str, rejection: Rejected | None = None) -> None:
        """Count what became of one article."""
        self.metrics.articles_submitted.labels(CHANNEL, outcome).inc()
        if outcome == "rejected" and rejection is not None:
            self.metrics.articles_rejected.labels(CHANNEL, rejection.reason).inc()

    async def publish_one(self, accept: Callable[[], Awaitable[Record]]) -> Response:
        """Publish the record that `accept` gives and answer where it is. Raises `Rejected`."""
        try:
            record = await accept()
            self.metrics.article_body_bytes.labels(CHANNEL).observe(len(record.value))
            try:
                with self.tracing.span(_SEND, kind="producer", parent=trace_of(record.headers), attributes=_KAFKA):
                    delivered = await self.publisher.publish(record)
            except NotPublished as error:
                raise not_published(error) from None
        except Rejected as rejection:
            outcome = "failed" if rejection.kind.status >= 500 else "rejected"
            self.count(outcome=outcome, rejection=rejection)
            raise
        self.count(outcome="accepted")
        _log_accepted(record, delivered)
        receipt = {
            "article_id": record.article_id,
            "status": "accepted",
            "action": record.action,
            "topic": delivered.topic,
            "partition": delivered.partition,
            "offset": delivered.offset,
        }
        location = f"/v1/articles/{record.article_id}"
        return Response(orjson.dumps(receipt) + b"\n", 202, {"Location": location}, media_type=CONTENT_TYPE)


def router(intake: Intake) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["articles"])

    @routes.post("/v1/articles", **describe.SUBMIT)
    async def submit(request: Request) -> Response:
        async def accept() -> Record:
            body.require_media_type(request, CONTENT_TYPE)
            return accept_article(
                await intake.read(request, held, limit_bytes=MAX_ARTICLE_BYTES), intake.stamp(request)
            )

        with intake.budget.hold() as held:
            return await intake.publish_one(accept)

    @routes.post("/v1/articles:batch", **describe.SUBMIT_BATCH)
    async def submit_batch(request: Request) -> Response:
        settings = intake.settings
        body.require_media_type(request, NDJSON)
        with intake.budget.hold() as held:
            content = await intake.read(request, held, limit_bytes=settings.max_batch_bytes)
            lines = numbered_lines(content, max_lines=settings.max_batch_articles)
            stamp = intake.stamp(request)
            with intake.tracing.span(_SEND, kind="producer", parent=stamp.traceparent, attributes=_KAFKA):
                results = await publish_lines(
                    lines,
                    accept=partial(accept_article, stamp=stamp),
                    publisher=intake.publisher,
                    timeout_seconds=settings.batch_timeout_seconds,
                )
        _count_lines(intake, results)
        _refuse_if_none_went(results)
        return Response(b"".join(ndjson(results)), 200, media_type=NDJSON)

    @routes.post("/v1/articles/{article_id}:retract", **describe.RETRACT)
    async def retract(request: Request, article_id: str) -> Response:
        async def accept() -> Record:
            body.require_media_type(request, CONTENT_TYPE)
            content = await intake.read(request, held, limit_bytes=MAX_RETRACTION_BYTES)
            return accept_retraction(content, article_id, intake.stamp(request))

        with intake.budget.hold() as held:
            return await intake.publish_one(accept)

    return routes


def _count_lines(intake: Intake, lines: list[Line]) -> None:
    for line in lines:
        if line.record is not None:
            intake.metrics.article_body_bytes.labels(CHANNEL).observe(len(line.record.value))
        intake.count(outcome=line.status, rejection=line.end if isinstance(line.end, Rejected) else None)
        if line.record is not None and isinstance(line.end, Delivered):
            _log_accepted(line.record, line.end)


def _log_accepted(record: Record, delivered: Delivered) -> None:
    if log.isEnabledFor(logging.DEBUG):
        where = {"topic": delivered.topic, "partition": delivered.partition, "offset": delivered.offset}
        ids = {"article_id": str(record.article_id), "trace_id": trace_id_of(record.headers)}
        log.debug("accepted", extra=where | ids)


def _refuse_if_none_went(lines: list[Line]) -> None:
    """Answer 503 for the whole if Kafka took nothing of what it was offered."""
    offered = [line for line in lines if line.record is not None]
    if offered and all(line.status == "failed" for line in offered):
        first = offered[0].end
        if isinstance(first, Rejected):
            raise first
