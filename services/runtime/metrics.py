"""Every metric there is, in one closed list. Seconds and bytes; never a URL, an id or free text as a label.

`IngestMetrics` and `EnrichMetrics` are all that a process exports, beside the client's own `process_*`; nothing else
creates a metric (a test holds that). Where the values of a label are known beforehand their series begin at zero, so
that the first dead letter is an increase and not a series that was not there.
"""

from collections.abc import Callable, Iterable
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import choose_encoder

from services.contract.article import Action
from services.contract.codec import CHANNELS
from services.contract.enriched import Attribution, ClaimType, EntityType, FigureKind, QuoteType
from services.contract.rejected import Reason, Stage
from services.contract.topics import RAW

# When a series began is in the scraper's own data; the extra series double the page.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's own gap

PREFIX = "claimwire_"

# From a cache hit to a client's timeout.
_REQUEST_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
# A step takes a tenth of a millisecond on a short text and seconds on a hostile one.
_STEP_SECONDS = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0)
# The promise is in minutes, the usual in tenths of a second.
_LATENCY_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
_AGE_SECONDS = (60.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 21600.0, 86400.0, 604800.0)
_BODY_BYTES = (256, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 262144, 1048576, 4194304)
_SCORES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)

_WAIT_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0)
_OUTCOMES = ("enriched", "retracted", "dead_letter")


def exposition(registry: CollectorRegistry, accept: str) -> tuple[str, bytes]:
    """Return content type and body of the page of metrics, in the form that the client accepts."""
    try:
        encode, content_type = choose_encoder(accept)
    except (TypeError, ValueError):  # the client library's own trouble with odd versions
        encode, content_type = choose_encoder("")
    return content_type, encode(registry)


class _Metrics:
    """What every process exports."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        ProcessCollector(registry=registry)
        self.build_info = self._gauge("build_info", "What is running; always 1.", "version", "revision")
        self.ready = self._gauge("ready", "Whether /readyz says yes: 1, or 0 while the process cannot work.")
        self.event_loop_lag_seconds = self._gauge(
            "event_loop_lag_seconds", "How late the event loop ran its last tick, in seconds."
        )

    def watch_readiness(self, readyz: Callable[[], tuple[int, bytes]]) -> None:
        """Export at each scrape what the readiness probe would be answered."""
        self.ready.set_function(lambda: float(readyz()[0] == 200))

    def _counter(self, name: str, help: str, *labels: str, values: Iterable[tuple[str, ...]] = ()) -> Counter:
        counter = Counter(PREFIX + name, help, labels, registry=self.registry)
        for each in values:
            counter.labels(*each)
        return counter

    def _gauge(self, name: str, help: str, *labels: str) -> Gauge:
        return Gauge(PREFIX + name, help, labels, registry=self.registry)

    def _histogram(
        self, name: str, help: str, buckets: tuple[float, ...], *labels: str, values: Iterable[tuple[str, ...]] = ()
    ) -> Histogram:
        histogram = Histogram(PREFIX + name, help, labels, registry=self.registry, buckets=buckets)
        for each in values:
            histogram.labels(*each)
        return histogram


class IngestMetrics(_Metrics):
    """What the ingest service exports."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(registry)
        self.http_requests = self._counter("http_requests_total", "HTTP requests answered.", "route", "method", "code")
        self.http_request_duration_seconds = self._histogram(
            "http_request_duration_seconds", "Time to answer a request.", _REQUEST_SECONDS, "route", "method"
        )
        self.http_requests_in_flight = self._gauge("http_requests_in_flight", "Requests being answered.", "route")
        self.articles_submitted = self._counter(
            "articles_submitted_total",
            "Articles submitted, by what became of them: accepted, rejected (theirs), failed (ours: sent again later).",
            "channel",
            "outcome",
            values=product(("http",), ("accepted", "rejected", "failed")),
        )
        self.articles_rejected = self._counter(
            "articles_rejected_total",
            "Articles refused at the door.",
            "channel",
            "reason",
            values=product(("http",), (reason.value for reason in Reason if reason.stage is Stage.DECODE)),
        )
        self.requests_refused = self._counter(
            "requests_refused_total",
            "Requests refused for their key: none that is valid, or its quota is used up. Their articles are not counted.",
            "reason",
            values=[("unauthorised",), ("over_quota",)],
        )
        self.requests_replayed = self._counter(
            "requests_replayed_total", "Requests answered again, by their Idempotency-Key; their articles count once."
        )
        self.article_body_bytes = self._histogram(
            "article_body_bytes", "Size of an article as JSON.", _BODY_BYTES, "channel", values=[("http",)]
        )
        self.produce = self._counter(
            "produce_total",
            "Records sent to Kafka.",
            "topic",
            "outcome",
            values=product((RAW.name,), ("delivered", "timeout", "error", "too_large", "unavailable")),
        )
        self.produce_duration_seconds = self._histogram(
            "produce_duration_seconds",
            "Time until Kafka confirmed a record.",
            _REQUEST_SECONDS,
            "topic",
            values=[(RAW.name,)],
        )
        self.produce_in_flight = self._gauge("produce_in_flight", "Records that wait for Kafka's confirmation.")


class EnrichMetrics(_Metrics):
    """What the enrich worker exports."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(registry)
        self.events_consumed = self._counter(
            "events_consumed_total",
            "Raw records that the group's committed offset has passed.",
            "topic",
            values=[(RAW.name,)],
        )
        self.events_terminal = self._counter(
            "events_terminal_total",
            "Outcomes committed; their sum is what was consumed, or a record was lost.",
            "outcome",
            values=((outcome,) for outcome in _OUTCOMES),
        )
        self.enrich_step = self._counter("enrich_step_total", "Steps run.", "step", "outcome")
        self.enrich_step_duration_seconds = self._histogram(
            "enrich_step_duration_seconds", "Time of one step on one article.", _STEP_SECONDS, "step"
        )
        self.enrich_duration_seconds = self._histogram(
            "enrich_duration_seconds", "Time of all steps on one article.", _STEP_SECONDS
        )
        self.e2e_latency_seconds = self._histogram(
            "e2e_latency_seconds",
            "From the raw record to the committed result.",
            _LATENCY_SECONDS,
            "channel",
            values=((channel,) for channel in CHANNELS),
        )
        self.publish_age_seconds = self._histogram(
            "publish_age_seconds", "From publication to the raw record.", _AGE_SECONDS, "channel"
        )
        self.consumer_lag_records = self._gauge(
            "consumer_lag_records",
            "Records of a partition that the group has not committed; of every partition, whoever owns it.",
            "topic",
            "partition",
        )
        self.consumer_lag_seconds = self._gauge(
            "consumer_lag_seconds",
            "Age of the oldest record that the group has not committed; of every partition, whoever owns it.",
            "topic",
            "partition",
        )
        self.consumer_lag_measured_timestamp_seconds = self._gauge(
            "consumer_lag_measured_timestamp_seconds", "When the broker last told how far the group is."
        )
        self.consumer_last_progress_timestamp_seconds = self._gauge(
            "consumer_last_progress_timestamp_seconds",
            "When a partition of this worker last moved on.",
            "topic",
            "partition",
        )
        self.partitions_assigned = self._gauge("partitions_assigned", "Partitions this worker owns.", "topic")
        self.partitions_assigned.labels(RAW.name)
        self.rebalances = self._counter("rebalances_total", "Assignments of partitions to this worker.")
        self.window_in_flight = self._gauge("window_in_flight", "Records taken from Kafka and not yet committed.")
        self.transaction_duration_seconds = self._histogram(
            "transaction_duration_seconds", "Time of one transaction: send and commit.", _REQUEST_SECONDS
        )
        self.pool_processes = self._gauge("pool_processes", "Processes for language work.", "state")
        self.pool_cpu_seconds = self._counter(
            "pool_cpu_seconds_total", "Processor time of the language processes, on what was committed."
        )
        self.pool_memory_bytes = self._gauge(
            "pool_memory_bytes", "Memory of the language processes; what they share is counted once."
        )
        self.pool_wait_seconds = self._histogram(
            "pool_wait_seconds", "How long a record waited for a process to be free.", _WAIT_SECONDS
        )
        self.pool_replacements = self._counter(
            "pool_replacements_total",
            "Processes replaced over an article.",
            "reason",
            values=[(Reason.TIMEOUT.value,), (Reason.PROCESS_DIED.value,)],
        )
        self.dead_letters = self._counter(
            "dead_letters_total",
            "Dead letters committed.",
            "stage",
            "reason",
            values=((reason.stage.value, reason.value) for reason in Reason),
        )
        self.dead_letters_replayed = self._counter(
            "dead_letters_replayed_total",
            "Dead letters that were sent again, by what became of them this time.",
            "outcome",
            values=((outcome,) for outcome in _OUTCOMES),
        )
        self.language_detected = self._counter("language_detected_total", "Articles by language.", "language")
        self.entities = self._counter(
            "entities_total", "Entities found.", "type", values=((kind.value,) for kind in EntityType)
        )
        self.quotes = self._counter(
            "quotes_total",
            "Quotations found.",
            "type",
            "attribution",
            values=((kind.value, how.value) for kind, how in product(QuoteType, Attribution)),
        )
        self.claims = self._counter(
            "claims_total", "Claims found, by their first type.", "type", values=((kind.value,) for kind in ClaimType)
        )
        self.claim_check_worthiness = self._histogram("claim_check_worthiness", "Scores of claims.", _SCORES)
        self.figures = self._counter(
            "figures_total", "Figures found.", "kind", values=((kind.value,) for kind in FigureKind)
        )
        self.text_truncated = self._counter(
            "text_truncated_total", "Texts cut to the limit.", "field", values=[("body",)]
        )
        self.field_missing = self._counter(
            "field_missing_total",
            "Articles without this field.",
            "field",
            values=[("title",), ("url",), ("published_at",), ("source",)],
        )
        self.corrections = self._counter(
            "corrections_total",
            "Replacements and retractions.",
            "action",
            values=((action.value,) for action in Action if action is not Action.ADD),
        )
        self.model_info = self._gauge(
            "model_info", "What does a step, in which version; always 1.", "step", "name", "version"
        )
