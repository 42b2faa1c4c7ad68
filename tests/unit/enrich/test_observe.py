"""Metrics add up: what was consumed is the sum of what became of it."""

from datetime import UTC, datetime

import pytest
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry
from support.articles import make_value
from support.make import make_record
from support.pills import POISON

from services.contract.topics import RAW
from services.enrich.delivery import Committed, Done
from services.enrich.handle import handle
from services.enrich.observe import Observer
from services.enrich.resources import Resources
from services.runtime.clock import SystemClock
from services.runtime.metrics import EnrichMetrics
from services.runtime.tracing import NoTracing

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PARTITION = TopicPartition(RAW.name, 0)


def total(registry: CollectorRegistry, name: str) -> float:
    """Return the sum over all series of a metric."""
    return sum(
        sample.value for family in registry.collect() for sample in family.samples if sample.name == f"claimwire_{name}"
    )


@pytest.fixture
def registry(resources: Resources) -> CollectorRegistry:
    """Return the metrics after two articles, a correction, a retraction and all poison pills were committed."""
    values = [
        make_value(),
        make_value(url=None, published_at=None),
        make_value(action="replace"),
        make_value(action="retract", reason="wrong"),
        *(value for value, _ in POISON.values()),
    ]
    records = [make_record(value, offset=offset) for offset, value in enumerate(values)]
    metrics = EnrichMetrics(CollectorRegistry())
    observer = Observer(metrics, SystemClock(), NoTracing())
    done = [Done(record, handle(record, resources), NOW, NOW) for record in records]
    observer.committed(Committed(partition=PARTITION, done=done, passed=len(done), seconds=0.01))
    return metrics.registry


def test_the_sum_of_terminal_outcomes_is_what_was_consumed(registry: CollectorRegistry) -> None:
    """Nothing is counted twice, nothing is forgotten."""
    assert total(registry, "events_consumed_total") == 4 + len(POISON)
    assert total(registry, "events_terminal_total") == 4 + len(POISON)


def test_dead_letters_are_the_dead_letter_outcomes(registry: CollectorRegistry) -> None:
    """By stage and reason."""
    assert total(registry, "dead_letters_total") == len(POISON)


def test_corrections_are_counted_by_what_they_do(registry: CollectorRegistry) -> None:
    """One replacement and one retraction."""
    assert registry.get_sample_value("claimwire_corrections_total", {"action": "replace"}) == 1
    assert registry.get_sample_value("claimwire_corrections_total", {"action": "retract"}) == 1


def test_missing_fields_are_counted(registry: CollectorRegistry) -> None:
    """The second article has no address and no time."""
    assert registry.get_sample_value("claimwire_field_missing_total", {"field": "url"}) == 1
    assert registry.get_sample_value("claimwire_field_missing_total", {"field": "published_at"}) == 1


def test_steps_are_counted_for_articles_only(registry: CollectorRegistry) -> None:
    """Not for a retraction, not for a dead letter."""
    assert registry.get_sample_value("claimwire_enrich_duration_seconds_count", {}) == 3


def test_series_stay_few_whatever_producers_write(resources: Resources) -> None:
    """Channels, keys, languages and sources of anybody's choosing make no label: each new value would cost a series."""
    metrics = EnrichMetrics(CollectorRegistry())
    observer = Observer(metrics, SystemClock(), NoTracing())

    def commit(numbers: range) -> int:
        records = [
            make_record(
                make_value(url=f"https://x.example/{n}", language=f"q{n}", section=f"s{n}", source={"id": f"o{n}"}),
                offset=n,
                key=b"%d" % n,
                headers=(("claimwire-channel", b"c%d" % n), ("claimwire-producer", b"p%d" % n)),
            )
            for n in numbers
        ]
        done = [Done(record, handle(record, resources), NOW, NOW) for record in records]
        observer.committed(Committed(partition=PARTITION, done=done, passed=len(done), seconds=0.01))
        return sum(len(family.samples) for family in metrics.registry.collect())

    assert commit(range(1)) == commit(range(1, 40))


def test_replayed_dead_letters_are_counted_by_what_becomes_of_them(resources: Resources) -> None:
    """One is an article now, one is still none."""
    metrics = EnrichMetrics(CollectorRegistry())
    records = [make_record(value, headers=(("claimwire-channel", b"replay"),)) for value in (make_value(), b"{")]
    done = [Done(record, handle(record, resources), NOW, NOW) for record in records]
    Observer(metrics, SystemClock(), NoTracing()).committed(
        Committed(partition=PARTITION, done=done, passed=2, seconds=0.01)
    )
    found = [
        metrics.registry.get_sample_value("claimwire_dead_letters_replayed_total", {"outcome": outcome})
        for outcome in ("enriched", "dead_letter", "retracted")
    ]
    assert found == [1, 1, 0]
