"""Every metric there is, in one closed list. Seconds and bytes; never a URL, an id or free text as a label.

`IngestMetrics` and `EnrichMetrics` are all that a process exports; nothing else creates a metric (a test holds that).
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

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


class _Metrics:
    """What every process exports."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.build_info = self._gauge("build_info", "What is running; always 1.", "version", "revision")
        self.event_loop_lag_seconds = self._gauge(
            "event_loop_lag_seconds", "How late the event loop ran its last tick, in seconds."
        )

    def _counter(self, name: str, help: str, *labels: str) -> Counter:
        return Counter(PREFIX + name, help, labels, registry=self.registry)

    def _gauge(self, name: str, help: str, *labels: str) -> Gauge:
        return Gauge(PREFIX + name, help, labels, registry=self.registry)

    def _histogram(self, name: str, help: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(PREFIX + name, help, labels, registry=self.registry, buckets=buckets)


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
            "articles_submitted_total", "Articles submitted, by what became of them.", "channel", "outcome"
        )
        self.articles_rejected = self._counter(
            "articles_rejected_total", "Articles refused at the door.", "channel", "reason"
        )
        self.article_body_bytes = self._histogram(
            "article_body_bytes", "Size of an article as JSON.", _BODY_BYTES, "channel"
        )
        self.produce = self._counter("produce_total", "Records sent to Kafka.", "topic", "outcome")
        self.produce_duration_seconds = self._histogram(
            "produce_duration_seconds", "Time until Kafka confirmed a record.", _REQUEST_SECONDS, "topic"
        )


class EnrichMetrics(_Metrics):
    """What the enrich worker exports."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__(registry)
        self.events_consumed = self._counter(
            "events_consumed_total", "Raw records whose outcome is committed.", "topic"
        )
        self.events_terminal = self._counter(
            "events_terminal_total", "Outcomes committed; their sum is what was consumed.", "outcome"
        )
        self.enrich_step = self._counter("enrich_step_total", "Steps run.", "step", "outcome")
        self.enrich_step_duration_seconds = self._histogram(
            "enrich_step_duration_seconds", "Time of one step on one article.", _STEP_SECONDS, "step"
        )
        self.enrich_duration_seconds = self._histogram(
            "enrich_duration_seconds", "Time of all steps on one article.", _STEP_SECONDS
        )
        self.e2e_latency_seconds = self._histogram(
            "e2e_latency_seconds", "From the raw record to the committed result.", _LATENCY_SECONDS, "channel"
        )
        self.publish_age_seconds = self._histogram(
            "publish_age_seconds", "From publication to the raw record.", _AGE_SECONDS, "channel"
        )
        self.consumer_lag_records = self._gauge(
            "consumer_lag_records", "Records not yet committed.", "topic", "partition"
        )
        self.consumer_lag_seconds = self._gauge(
            "consumer_lag_seconds", "Age of the oldest record not yet committed.", "topic", "partition"
        )
        self.consumer_last_progress_timestamp_seconds = self._gauge(
            "consumer_last_progress_timestamp_seconds", "When a partition last moved on.", "topic", "partition"
        )
        self.partitions_assigned = self._gauge("partitions_assigned", "Partitions this worker owns.", "topic")
        self.rebalances = self._counter("rebalances_total", "Assignments of partitions to this worker.")
        self.window_in_flight = self._gauge("window_in_flight", "Records taken from Kafka and not yet committed.")
        self.transaction_duration_seconds = self._histogram(
            "transaction_duration_seconds", "Time of one transaction: send and commit.", _REQUEST_SECONDS
        )
        self.dead_letters = self._counter("dead_letters_total", "Dead letters committed.", "stage", "reason")
        self.language_detected = self._counter("language_detected_total", "Articles by language.", "language")
        self.entities = self._counter("entities_total", "Entities found.", "type")
        self.quotes = self._counter("quotes_total", "Quotations found.", "type", "attribution")
        self.claims = self._counter("claims_total", "Claims found, by their first type.", "type")
        self.claim_check_worthiness = self._histogram("claim_check_worthiness", "Scores of claims.", _SCORES)
        self.figures = self._counter("figures_total", "Figures found.", "kind")
        self.text_truncated = self._counter("text_truncated_total", "Texts cut to the limit.", "field")
        self.field_missing = self._counter("field_missing_total", "Articles without this field.", "field")
        self.corrections = self._counter("corrections_total", "Replacements and retractions.", "action")
        self.model_info = self._gauge("model_info", "Versions of the steps; always 1.", "step", "name", "version")
