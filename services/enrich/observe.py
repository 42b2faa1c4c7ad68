"""Turns what the worker did into metrics, log lines and spans. Counts only what is committed."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from aiokafka import TopicPartition

from services.contract.article import Action
from services.contract.codec import trace_id_of, trace_of
from services.contract.topics import RAW
from services.enrich.delivery import Committed, Done
from services.enrich.handle import Findings, Rejection
from services.runtime.clock import Clock
from services.runtime.metrics import EnrichMetrics
from services.runtime.tracing import Stretch, Tracing

log = logging.getLogger(__name__)


class Observer:
    """Writes the worker's metrics."""

    def __init__(self, metrics: EnrichMetrics, clock: Clock, tracing: Tracing) -> None:
        self._metrics = metrics
        self._clock = clock
        self._tracing = tracing
        self._owned: set[TopicPartition] = set()

    def assigned(self, partitions: Iterable[TopicPartition]) -> None:
        """Note the partitions owned from now on; series of those given up are removed."""
        owned = set(partitions)
        progress = self._metrics.consumer_last_progress_timestamp_seconds
        for partition in self._owned - owned:
            progress.remove(partition.topic, str(partition.partition))
        self._owned = owned
        self._metrics.partitions_assigned.labels(RAW.name).set(len(owned))
        if owned:
            self._metrics.rebalances.inc()
        for partition in owned:
            progress.labels(partition.topic, str(partition.partition)).set(self._clock.now().timestamp())

    def committed(self, transaction: Committed) -> None:
        """Note a committed transaction."""
        at = self._clock.now()
        now = at.timestamp()
        partition = transaction.partition
        self._metrics.transaction_duration_seconds.observe(transaction.seconds)
        self._metrics.events_consumed.labels(partition.topic).inc(transaction.passed)
        self._metrics.consumer_last_progress_timestamp_seconds.labels(partition.topic, str(partition.partition)).set(
            now
        )
        for done in transaction.done:
            self._done(done, now)
            if self._tracing.is_on:
                self._trace(done, at)

    def _done(self, done: Done, now: float) -> None:
        handled = done.handled
        trace_id = trace_id_of(done.record.headers)
        exemplar = {"trace_id": trace_id} if trace_id else None
        latency = max(0.0, now - done.record.timestamp_ms / 1000)
        self._metrics.e2e_latency_seconds.labels(handled.channel).observe(latency, exemplar)
        match handled.outcome:
            case Rejection(reason):
                outcome = "dead_letter"
                self._metrics.dead_letters.labels(reason.stage, reason).inc(exemplar=exemplar)
            case Findings() as findings:
                outcome = "retracted" if findings.action is Action.RETRACT else "enriched"
                self._found(findings, handled.channel, exemplar)
        self._metrics.events_terminal.labels(outcome).inc()
        self._metrics.pool_cpu_seconds.inc(handled.cpu_seconds)
        if handled.channel == "replay":
            self._metrics.dead_letters_replayed.labels(outcome).inc()
        level = logging.WARNING if outcome == "dead_letter" else logging.DEBUG
        if log.isEnabledFor(level):
            fields = done.record.where
            if handled.article_id:
                fields["article_id"] = handled.article_id
            if isinstance(handled.outcome, Rejection):
                fields |= {"stage": handled.outcome.reason.stage, "reason": handled.outcome.reason}
            log.log(level, "committed as %s", outcome, extra=fields)

    def _trace(self, done: Done, committed_at: datetime) -> None:
        """Record a span of the record's way through the worker, and in it one of each step."""
        record, handled = done.record, done.handled
        attributes: dict[str, str | int] = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.destination.name": record.topic,
            "messaging.destination.partition.id": str(record.partition),
            "messaging.kafka.offset": record.offset,
        }
        if handled.article_id:
            attributes["claimwire.article_id"] = handled.article_id
        steps: list[Stretch] = []
        match handled.outcome:
            case Rejection(reason):
                attributes["error.type"] = reason.value
            case Findings() as findings:
                start = done.handled_at - timedelta(seconds=findings.seconds)
                for timing in findings.timings:
                    end = start + timedelta(seconds=timing.seconds)
                    status = {"claimwire.step.status": timing.status}
                    steps.append(Stretch(name=timing.step, kind="internal", start=start, end=end, attributes=status))
                    start = end
        way = Stretch(
            name=f"process {record.topic}",
            kind="consumer",
            start=done.taken_at,
            end=committed_at,
            attributes=attributes,
            parts=tuple(steps),
        )
        self._tracing.record(way, parent=trace_of(record.headers))

    def _found(self, findings: Findings, channel: str, exemplar: dict[str, str] | None) -> None:
        metrics = self._metrics
        if findings.action is not Action.ADD:
            metrics.corrections.labels(findings.action).inc()
        if findings.action is Action.RETRACT:
            return
        metrics.enrich_duration_seconds.observe(findings.seconds, exemplar)
        for timing in findings.timings:
            metrics.enrich_step.labels(timing.step, timing.status).inc()
            metrics.enrich_step_duration_seconds.labels(timing.step).observe(timing.seconds)
        metrics.language_detected.labels(findings.language).inc()
        for counter, counts in (
            (metrics.entities, findings.entities),
            (metrics.figures, findings.figures),
            (metrics.quotes, findings.quotes),
            (metrics.claims, findings.claims),
            (metrics.field_missing, findings.missing),
        ):
            for labels, count in counts.items():
                counter.labels(*labels).inc(count)
        for score in findings.scores:
            metrics.claim_check_worthiness.observe(score)
        if findings.is_truncated:
            metrics.text_truncated.labels("body").inc()
        if findings.published_age_seconds is not None:
            metrics.publish_age_seconds.labels(channel).observe(max(0.0, findings.published_age_seconds))
