"""Turns what the worker did into metrics. Counts only what is committed."""

from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from services.contract.article import Action
from services.contract.topics import RAW
from services.enrich.delivery import Done, PartitionDelivery
from services.enrich.handle import Findings, Rejection
from services.runtime.clock import Clock
from services.runtime.metrics import EnrichMetrics


class Observer:
    """Writes the worker's metrics."""

    def __init__(self, metrics: EnrichMetrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._owned: set[TopicPartition] = set()

    def assigned(self, deliveries: Mapping[TopicPartition, PartitionDelivery]) -> None:
        """Note the partitions owned from now on; series of those given up are removed."""
        for partition in self._owned - set(deliveries):
            for gauge in (
                self._metrics.consumer_lag_records,
                self._metrics.consumer_lag_seconds,
                self._metrics.consumer_last_progress_timestamp_seconds,
            ):
                gauge.remove(partition.topic, str(partition.partition))
        self._metrics.window_in_flight.set(0)
        self._owned = set(deliveries)
        self._metrics.partitions_assigned.labels(RAW.name).set(len(deliveries))
        if deliveries:
            self._metrics.rebalances.inc()
        for partition in deliveries:
            labels = (partition.topic, str(partition.partition))
            self._metrics.consumer_lag_records.labels(*labels).set(0)
            self._metrics.consumer_lag_seconds.labels(*labels).set(0)
            self._metrics.consumer_last_progress_timestamp_seconds.labels(*labels).set(self._clock.now().timestamp())

    def lag(self, delivery: PartitionDelivery, *, end: int) -> None:
        """Note how far a partition is behind the broker's end offset."""
        labels = (delivery.partition.topic, str(delivery.partition.partition))
        records = max(0, end - delivery.committed_offset)
        oldest = delivery.oldest_timestamp_ms
        if records and oldest is not None:
            seconds = max(0.0, self._clock.now().timestamp() - oldest / 1000)
        else:  # nothing of it has reached us yet: it waits since we first saw it
            seconds = delivery.still_seconds()
        self._metrics.consumer_lag_records.labels(*labels).set(records)
        self._metrics.consumer_lag_seconds.labels(*labels).set(seconds)

    def in_flight(self, records: int) -> None:
        """Note how many records are taken and not committed."""
        self._metrics.window_in_flight.set(records)

    def committed(self, partition: TopicPartition, batch: Sequence[Done], seconds: float) -> None:
        """Note a committed transaction."""
        now = self._clock.now().timestamp()
        self._metrics.transaction_duration_seconds.observe(seconds)
        self._metrics.events_consumed.labels(partition.topic).inc(len(batch))
        self._metrics.consumer_last_progress_timestamp_seconds.labels(partition.topic, str(partition.partition)).set(
            now
        )
        for done in batch:
            handled = done.handled
            latency = max(0.0, now - done.record.timestamp_ms / 1000)
            self._metrics.e2e_latency_seconds.labels(handled.channel).observe(latency)
            match handled.outcome:
                case Rejection(reason):
                    self._metrics.events_terminal.labels("dead_letter").inc()
                    self._metrics.dead_letters.labels(reason.stage, reason).inc()
                case Findings() as findings:
                    self._found(findings, handled.channel)

    def _found(self, findings: Findings, channel: str) -> None:
        metrics = self._metrics
        is_retraction = findings.action is Action.RETRACT
        metrics.events_terminal.labels("retracted" if is_retraction else "enriched").inc()
        if findings.action is not Action.ADD:
            metrics.corrections.labels(findings.action).inc()
        if is_retraction:
            return
        metrics.enrich_duration_seconds.observe(findings.seconds)
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
