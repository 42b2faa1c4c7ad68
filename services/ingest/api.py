"""The routes that take articles: HTTP in, records to the publisher, HTTP out. The rules are in `accept` and `batch`."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import orjson
from fastapi import APIRouter, Request, Response

from services.contract.codec import CONTENT_TYPE, trace_id_of, trace_of
from services.contract.topics import MAX_ARTICLE_BYTES, RAW
from services.ingest import body, describe, idempotency, problems
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
from services.ingest.door import Caller, Door
from services.ingest.idempotency import Answer, Answers
from services.ingest.problems import Rejected
from services.ingest.publish import Delivered, NotPublished, Publisher
from services.ingest.settings import IngestSettings
from services.runtime.clock import Clock
from services.runtime.metrics import IngestMetrics
from services.runtime.tracing import Attributes, Tracing

log = logging.getLogger(__name__)

NDJSON = "application/x-ndjson"
_REFUSED_AT_THE_DOOR = (problems.UNAUTHORISED, problems.OVER_QUOTA)
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
    door: Door
    answers: Answers
    tracing: Tracing

    def stamp(self, request: Request, caller: Caller) -> Stamp:
        """Return what the records of this request carry."""
        return Stamp(
            new_id=lambda: str(uuid4()),
            time=self.clock.now(),
            traceparent=request.state.traceparent,
            producer=caller.name,
        )

    async def read(self, request: Request, held: Held, *, media_type: str, limit_bytes: int) -> bytes:
        """Return the request's body. Raises `Rejected`; at capacity before anything of it is read."""
        with body.unread(request):
            body.require_media_type(request, media_type)
            try:
                self.publisher.require_room()
            except NotPublished as error:
                raise not_published(error) from None
        timeout = self.settings.body_timeout_seconds
        return await body.read(request, limit_bytes=limit_bytes, timeout_seconds=timeout, held=held)

    @contextmanager
    def counting_one(self) -> Iterator[None]:
        """Count a refusal in here as the end of one article, which it is unless another request is on it."""
        try:
            yield
        except Rejected as rejection:
            if rejection.kind is problems.IDEMPOTENCY_CONFLICT:
                raise
            self.count(outcome="failed" if rejection.kind.status >= 500 else "rejected", rejection=rejection)
            raise

    def count(self, *, outcome: str, rejection: Rejected | None = None) -> None:
        """Count what became of one article."""
        self.metrics.articles_submitted.labels(CHANNEL, outcome).inc()
        if outcome == "rejected" and rejection is not None:
            self.metrics.articles_rejected.labels(CHANNEL, rejection.reason).inc()

    async def admit(self, request: Request, answer: Callable[[Caller, Held], Awaitable[Response]]) -> Response:
        """Answer a request if its caller may come in. Raises `Rejected`."""
        try:
            with body.unread(request):
                caller = self.door.admit(request.headers)
            return await self._answer(request, caller, answer)
        except Rejected as rejection:
            if rejection.kind in _REFUSED_AT_THE_DOOR:
                self.metrics.requests_refused.labels(rejection.reason).inc()
            raise

    async def _answer(
        self, request: Request, caller: Caller, answer: Callable[[Caller, Held], Awaitable[Response]]
    ) -> Response:
        """Answer within the caller's quota, and say what is left of it."""
        try:
            with body.unread(request):
                caller.enter()
            with self.budget.hold() as held:
                response = await answer(caller, held)
        except Rejected as rejection:
            if rejection.kind.status >= 500:  # all of it will be sent again
                caller.give_back_all()
            rejection.headers |= caller.headers()
            raise
        response.headers.update(caller.headers())
        return response

    async def once(
        self, request: Request, caller: Caller, content: bytes, work: Callable[[], Awaitable[Answer]]
    ) -> Response:
        """Return the answer of `work`, or the one that the same request got before. Raises `Rejected`."""
        asked = idempotency.request(
            request.headers.get(idempotency.HEADER), caller=caller.name, target=request.url.path, body=content
        )
        answer, was_known = await self.answers.once(asked, work)
        headers = dict(answer.headers)
        if was_known:
            self.metrics.requests_replayed.inc()
            headers[idempotency.REPLAYED] = "true"
        return Response(answer.body, answer.status, headers)

    async def publish_one(self, record: Record) -> Answer:
        """Publish a record and answer where it is. Raises `Rejected`."""
        self.metrics.article_body_bytes.labels(CHANNEL).observe(len(record.value))
        try:
            with self.tracing.span(_SEND, kind="producer", parent=trace_of(record.headers), attributes=_KAFKA):
                delivered = await self.publisher.publish(record)
        except NotPublished as error:
            raise not_published(error) from None
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
        headers = {"Location": f"/v1/articles/{record.article_id}", "Content-Type": CONTENT_TYPE}
        return Answer(status=202, headers=headers, body=orjson.dumps(receipt) + b"\n")

    async def publish_many(self, content: bytes, caller: Caller, stamp: Stamp) -> Answer:
        """Publish the articles of a batch and answer what became of each. Raises `Rejected`."""
        lines = numbered_lines(content, max_lines=self.settings.max_batch_articles)
        caller.charge(len(lines) - 1)
        with self.tracing.span(_SEND, kind="producer", parent=stamp.traceparent, attributes=_KAFKA):
            results = await publish_lines(
                lines,
                accept=partial(accept_article, stamp=stamp),
                publisher=self.publisher,
                timeout_seconds=self.settings.batch_timeout_seconds,
            )
        _count_lines(self, results)
        _refuse_if_none_went(results)
        failed = sum(line.status == "failed" for line in results)
        caller.give_back(failed)
        return Answer(status=200, headers={"Content-Type": NDJSON}, body=b"".join(ndjson(results)), is_final=not failed)


def router(intake: Intake) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["articles"])

    @routes.post("/v1/articles", **describe.SUBMIT)
    async def submit(request: Request) -> Response:
        return await _take_one(intake, request, accept_article, limit_bytes=MAX_ARTICLE_BYTES)

    @routes.post("/v1/articles:batch", **describe.SUBMIT_BATCH)
    async def submit_batch(request: Request) -> Response:
        async def answer(caller: Caller, held: Held) -> Response:
            limit = intake.settings.max_batch_bytes
            content = await intake.read(request, held, media_type=NDJSON, limit_bytes=limit)
            stamp = intake.stamp(request, caller)
            return await intake.once(request, caller, content, lambda: intake.publish_many(content, caller, stamp))

        return await intake.admit(request, answer)

    @routes.post("/v1/articles/{article_id}:retract", **describe.RETRACT)
    async def retract(request: Request, article_id: str) -> Response:
        def accept(content: bytes, stamp: Stamp) -> Record:
            return accept_retraction(content, article_id, stamp)

        return await _take_one(intake, request, accept, limit_bytes=MAX_RETRACTION_BYTES)

    return routes


async def _take_one(
    intake: Intake, request: Request, accept: Callable[[bytes, Stamp], Record], *, limit_bytes: int
) -> Response:
    """Answer a request that is about one article."""

    async def answer(caller: Caller, held: Held) -> Response:
        async def publish() -> Answer:
            return await intake.publish_one(accept(content, intake.stamp(request, caller)))

        with intake.counting_one():
            content = await intake.read(request, held, media_type=CONTENT_TYPE, limit_bytes=limit_bytes)
            return await intake.once(request, caller, content, publish)

    return await intake.admit(request, answer)


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
