"""Lag as a real broker tells it: of partitions that nobody owns, and behind the end of a transaction."""

import asyncio
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import GroupCoordinatorNotAvailableError
from prometheus_client import CollectorRegistry
from support.articles import make_value

from services.contract.topics import RAW
from services.enrich.lag import LagMonitor
from services.enrich.offsets import Offsets
from services.runtime.clock import SystemClock
from services.runtime.kafka import Kafka
from services.runtime.metrics import EnrichMetrics

pytestmark = pytest.mark.kafka


async def measured(monitor: LagMonitor, offsets: Offsets) -> bool:
    """Return whether the broker answered: a new one takes a moment to find who coordinates a group."""
    try:
        await monitor.measure(offsets)
    except GroupCoordinatorNotAvailableError:
        return False
    return True


async def test_lag_of_a_group_without_members(kafka: str) -> None:
    """All that is on the topic is behind; the age is the oldest record's; the end of a transaction is no record."""
    group, metrics = f"test-{uuid4()}", EnrichMetrics(CollectorRegistry())
    clock = SystemClock()
    before = clock.now().timestamp()
    monitor = LagMonitor(kafka=Kafka(kafka), group=group, metrics=metrics, clock=clock)
    offsets = await Offsets(kafka=Kafka(kafka), group=group).start()
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=group)
    await producer.start()
    try:
        async with producer.transaction():
            sent = await producer.send_and_wait(RAW.name, make_value(), partition=3)
        async with asyncio.timeout(30):
            while not await measured(monitor, offsets):
                await asyncio.sleep(0.1)
        labels = {"topic": RAW.name, "partition": "3"}
        partition = TopicPartition(RAW.name, 3)
        ends, starts = await offsets.ends([partition]), await offsets.starts([partition])
        records = metrics.registry.get_sample_value("claimwire_consumer_lag_records", labels)
        assert records == ends[partition] - starts[partition] >= 2
        assert len(await offsets.starts(RAW)) == RAW.partitions

        async with producer.transaction():  # the group has done everything
            await producer.send_offsets_to_transaction({partition: sent.offset + 1}, group)
        await monitor.measure(offsets)
        assert metrics.registry.get_sample_value("claimwire_consumer_lag_records", labels) == 0
        assert metrics.registry.get_sample_value("claimwire_consumer_lag_seconds", labels) == 0
        assert monitor.ends[partition] == sent.offset + 1 < ends[partition]

        async with producer.transaction():
            await producer.send_and_wait(RAW.name, make_value(), partition=3)
        await monitor.measure(offsets)
        assert metrics.registry.get_sample_value("claimwire_consumer_lag_records", labels) > 0
        age = metrics.registry.get_sample_value("claimwire_consumer_lag_seconds", labels)
        assert 0 <= age <= clock.now().timestamp() - before
    finally:
        await producer.stop()
        await offsets.stop()
