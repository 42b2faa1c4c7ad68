"""Metrics have names, units and helps that people can act on, and few series whatever is thrown at the services."""

import re

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from services.runtime.metrics import PREFIX, EnrichMetrics, IngestMetrics, exposition

# What a label may be: each has a closed list of values, or as many as there are partitions.
LABELS = {
    *("route", "method", "code", "channel", "outcome", "reason", "topic", "partition", "step", "stage", "state"),
    *("language", "type", "attribution", "kind", "field", "action", "name", "version", "revision"),
}
KINDS = pytest.mark.parametrize("kind", [IngestMetrics, EnrichMetrics])


def families(kind):
    """Return our metric families of a new process."""
    return [family for family in kind(CollectorRegistry()).registry.collect() if family.name.startswith(PREFIX)]


@KINDS
def test_names_units_and_helps_keep_the_rules(kind) -> None:
    """Snake case; seconds and bytes and no other unit; a help that is a sentence."""
    for family in families(kind):
        assert re.fullmatch(r"claimwire_[a-z0-9]+(_[a-z0-9]+)*", family.name)
        assert not re.search(r"_(ms|millis|milliseconds|minutes|kb|mb|percent|ratio)$", family.name)
        assert family.documentation.endswith(".")


@KINDS
def test_labels_are_of_the_closed_list(kind) -> None:
    """No address, no id, no text of anybody's."""
    metrics = kind(CollectorRegistry())
    used = {label for metric in vars(metrics).values() for label in getattr(metric, "_labelnames", ())}
    assert used <= LABELS


def test_known_labels_begin_at_zero() -> None:
    """So that the first dead letter is an increase."""
    registry = EnrichMetrics(CollectorRegistry()).registry
    assert registry.get_sample_value("claimwire_dead_letters_total", {"stage": "enrich", "reason": "timeout"}) == 0
    assert registry.get_sample_value("claimwire_quotes_total", {"type": "direct", "attribution": "none"}) == 0


@KINDS
def test_a_new_process_has_few_series(kind) -> None:
    """What begins at zero is not paid for dearly: fewer than 300, the buckets included."""
    assert sum(len(family.samples) for family in families(kind)) < 300


def test_exemplars_are_told_to_who_asks_for_them() -> None:
    """OpenMetrics carries the trace of an observation."""
    metrics = EnrichMetrics(CollectorRegistry())
    metrics.e2e_latency_seconds.labels("http").observe(0.2, {"trace_id": "0af7651916cd43dd8448eb211c80319c"})
    text = generate_latest(metrics.registry).decode()
    (found,) = [
        sample.exemplar.labels["trace_id"]
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.exemplar
    ]
    assert found == "0af7651916cd43dd8448eb211c80319c"


def test_readiness_is_what_the_probe_is_told() -> None:
    """Asked at each scrape."""
    metrics, answers = IngestMetrics(CollectorRegistry()), [(200, b""), (503, b"")]
    metrics.watch_readiness(lambda: answers.pop(0))
    read = [metrics.registry.get_sample_value("claimwire_ready") for _ in range(2)]
    assert read == [1, 0]


@pytest.mark.parametrize("accept", ["", "text/html", "application/openmetrics-text; version=abc", "\xff", "*/*;q=x"])
def test_any_accept_header_gets_a_page(accept: str) -> None:
    """An odd one gets the plain form."""
    content_type, body = exposition(IngestMetrics(CollectorRegistry()).registry, accept)
    assert content_type.startswith("text/plain")
    assert b"claimwire_ready" in body
