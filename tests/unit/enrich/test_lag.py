"""Lag is what the broker says, in records and in the age of the oldest, of every partition."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry

from services.contract.topics import RAW
from services.enrich.lag import LagMonitor
from services.runtime.kafka import Kafka
from services.runtime.metrics import EnrichMetrics

ONE, TWO = TopicPartition(RAW.name, 0), TopicPartition(RAW.name, 1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass
class HandClock:
    """A clock that stands still."""

    time: datetime = NOON

    def now(self):
        return self.time

    def monotonic(self):
        return self.time.timestamp()


@dataclass
class Broker:
    """Answers as `Offsets` does; a record's timestamp is by its offset."""

    committed: dict
    end: dict
    times: dict
    asked: list = field(default_factory=list)

    async def starts(self, topic):
        return dict(self.committed)

    async def ends(self, partitions):
        return {p: self.end[p] for p in partitions}

    async def oldest(self, starts, ends):
        self.asked.append(dict(starts))
        return {
            p: SimpleNamespace(offset=at, timestamp=self.times[p, at]) if (p, at) in self.times else None
            for p, at in starts.items()
        }


@pytest.fixture
def monitor():
    """Return a monitor that was not started: the tests measure."""
    metrics = EnrichMetrics(CollectorRegistry())
    return LagMonitor(kafka=Kafka("nowhere:1"), group="g", metrics=metrics, clock=HandClock())


def value(monitor: LagMonitor, name: str, partition: TopicPartition = ONE):
    """Return what the metric says of a partition."""
    labels = {"topic": partition.topic, "partition": str(partition.partition)}
    return monitor._metrics.registry.get_sample_value(f"claimwire_consumer_lag_{name}", labels)


def ago(seconds: float) -> int:
    """Return the time so long before noon, in ms as Kafka has it."""
    return round((NOON.timestamp() - seconds) * 1000)


async def test_every_partition_has_its_lag(monitor):
    """Whoever owns it; one that is through has none."""
    await monitor.measure(Broker({ONE: 5, TWO: 9}, {ONE: 8, TWO: 9}, {(ONE, 5): ago(42)}))
    assert (value(monitor, "records"), value(monitor, "seconds")) == (3, 42)
    assert (value(monitor, "records", TWO), value(monitor, "seconds", TWO)) == (0, 0)


async def test_what_waits_gets_older_while_nothing_is_measured(monitor):
    """The broker has gone, or a worker hangs: at each scrape the oldest record is older."""
    await monitor.measure(Broker({ONE: 5, TWO: 9}, {ONE: 8, TWO: 9}, {(ONE, 5): ago(42)}))
    monitor._clock.time = datetime(2026, 1, 1, 12, 10, tzinfo=UTC)
    assert value(monitor, "seconds") == 642


async def test_a_record_is_asked_for_once(monitor):
    """As long as the group stands before it."""
    broker = Broker({ONE: 5, TWO: 9}, {ONE: 8, TWO: 9}, {(ONE, 5): ago(42), (ONE, 6): ago(10)})
    await monitor.measure(broker)
    await monitor.measure(broker)
    broker.committed[ONE] = 6
    await monitor.measure(broker)
    assert [asked for asked in broker.asked if asked] == [{ONE: 5}, {ONE: 6}]
    assert value(monitor, "seconds") == 10


async def test_the_end_of_a_transaction_is_nothing_to_wait_for(monitor):
    """It takes an offset, and no consumer ever commits behind it: else the worker would be restarted for ever."""
    broker = Broker({ONE: 5, TWO: 9}, {ONE: 6, TWO: 9}, {})
    await monitor.measure(broker)
    assert (value(monitor, "records"), value(monitor, "seconds")) == (0, 0)
    assert monitor.ends[ONE] == 5
    broker.end[ONE], broker.times[ONE, 5] = 7, ago(3)
    await monitor.measure(broker)
    assert (value(monitor, "records"), value(monitor, "seconds")) == (2, 3)


async def test_partitions_that_are_gone_are_no_longer_reported(monitor):
    """The topic was made anew with fewer."""
    broker = Broker({ONE: 5, TWO: 5}, {ONE: 8, TWO: 8}, {(ONE, 5): ago(42), (TWO, 5): ago(1)})
    await monitor.measure(broker)
    del broker.committed[TWO]
    await monitor.measure(broker)
    assert (value(monitor, "records"), value(monitor, "records", TWO), value(monitor, "seconds", TWO)) == (
        3,
        None,
        None,
    )
    assert TWO not in monitor.ends


def test_it_says_when_kafka_does_not_answer(monitor):
    """For readiness; a moment is nothing."""
    assert monitor.blind() is None
    monitor._clock.time = datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)
    assert monitor.blind() == "Kafka has not answered for 30 s"
