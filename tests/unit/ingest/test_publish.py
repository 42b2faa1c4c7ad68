"""What the publisher makes of a producer's answers; the real Kafka is in integration."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError, OutOfOrderSequenceNumber, ProducerFenced
from aiokafka.structs import RecordMetadata, TopicPartition
from prometheus_client import CollectorRegistry
from support.articles import make_value

from services.contract.topics import RAW
from services.ingest.accept import Stamp, accept_article
from services.ingest.publish import AtCapacity, Delivered, NotPublished, OverTopicLimit, Publisher
from services.runtime.kafka import Kafka
from services.runtime.metrics import IngestMetrics

RECORD = accept_article(
    make_value(), Stamp(new_id=lambda: "one", time=datetime(2026, 3, 9, tzinfo=UTC), traceparent=b"t")
)
PARTITION = TopicPartition(RAW.name, 3)


@dataclass
class Answering:
    """A producer whose records are confirmed when the test says so."""

    futures: list[asyncio.Future] = field(default_factory=list)
    sent: list[tuple] = field(default_factory=list)

    async def send(self, topic, value, *, key, headers):
        self.sent.append((topic, key, value, headers))
        self.futures.append(asyncio.get_running_loop().create_future())
        return self.futures[-1]


@dataclass
class HandClock:
    """A clock that stands until it is moved."""

    seconds: float = 100.0

    def now(self):
        return datetime(2026, 3, 9, tzinfo=UTC)

    def monotonic(self):
        return self.seconds


def make_publisher(producer: Answering | None, *, clock: HandClock | None = None, ack_timeout_seconds: float = 5.0):
    publisher = Publisher(
        kafka=Kafka("nowhere:1"),
        ack_timeout_seconds=ack_timeout_seconds,
        linger_seconds=0,
        max_in_flight=2,
        metrics=IngestMetrics(CollectorRegistry()),
        clock=clock or HandClock(),
    )
    publisher._producer, publisher._obstacle = producer, None
    return publisher


def confirmed(offset: int) -> RecordMetadata:
    return RecordMetadata(RAW.name, 3, PARTITION, offset, 0, 1, 0)


async def test_a_confirmed_record_has_a_place():
    """Nothing is said before the future is done; then topic, partition and offset."""
    producer = Answering()
    publisher = make_publisher(producer)
    waiting = asyncio.create_task(publisher.publish(RECORD))
    while not producer.futures:
        await asyncio.sleep(0)
    assert not waiting.done()
    assert producer.sent == [(RAW.name, RECORD.key, RECORD.value, RECORD.headers)]
    producer.futures[0].set_result(confirmed(42))
    assert await waiting == Delivered(RAW.name, 3, 42)
    assert publisher.in_flight == 0


@pytest.mark.parametrize("error", [OutOfOrderSequenceNumber(), ProducerFenced(), KafkaTimeoutError()])
async def test_an_error_of_the_broker_replaces_the_producer(error):
    """After a gap in its sequence, an idempotent producer never heals."""
    producer = Answering()
    publisher = make_publisher(producer)
    handed = await publisher.hand_over(RECORD)
    producer.futures[0].set_exception(error)
    with pytest.raises(NotPublished):
        await publisher.confirm(handed)
    assert publisher._broken.is_set()
    assert publisher.unready()
    with pytest.raises(NotPublished):  # at once: there is no producer to wait for
        await publisher.hand_over(RECORD)


async def test_a_record_over_the_topics_limit_is_told_apart():
    """It will never be taken, however often it is sent."""
    producer = Answering()
    publisher = make_publisher(producer)
    handed = await publisher.hand_over(RECORD)
    producer.futures[0].set_exception(MessageSizeTooLargeError())
    with pytest.raises(OverTopicLimit):
        await publisher.confirm(handed)


async def test_silence_ends_in_time_and_replaces_a_producer_that_is_stuck():
    """If nothing came through since, what it holds would appear long after its clients gave it up."""
    publisher = make_publisher(Answering(), ack_timeout_seconds=0.01)
    with pytest.raises(NotPublished, match="not confirmed"):
        await publisher.publish(RECORD)
    assert publisher._broken.is_set()


async def test_one_silent_partition_does_not_replace_the_producer():
    """Others are being confirmed: only this record is answered 503."""
    clock = HandClock()
    producer = Answering()
    publisher = make_publisher(producer, clock=clock)
    silent = await publisher.hand_over(RECORD)
    clock.seconds += 3
    other = await publisher.hand_over(RECORD)
    producer.futures[1].set_result(confirmed(1))
    await publisher.confirm(other)
    clock.seconds += 3
    with pytest.raises(NotPublished, match="not confirmed"):
        await publisher.confirm(silent)
    assert not publisher._broken.is_set()


async def test_records_over_the_limit_are_refused_at_once_until_others_are_confirmed():
    """Early rather than late."""
    producer = Answering()
    publisher = make_publisher(producer)
    first, second = await publisher.hand_over(RECORD), await publisher.hand_over(RECORD)
    with pytest.raises(AtCapacity):
        await publisher.hand_over(RECORD)
    with pytest.raises(AtCapacity):
        publisher.require_room()
    for offset, future in enumerate(producer.futures):
        future.set_result(confirmed(offset))
    await publisher.confirm(first)
    await publisher.confirm(second)
    await asyncio.sleep(0)  # the room is given back by a callback
    assert (await publisher.hand_over(RECORD)).article_id == RECORD.article_id


async def test_not_ready_after_a_failure_until_a_success_or_some_time():
    """Readiness follows deliveries, and without traffic it comes back by itself."""
    clock = HandClock()
    publisher = make_publisher(Answering(), clock=clock)
    publisher._failure = (clock.seconds, "refused")
    assert publisher.unready() == "refused"
    clock.seconds += 60
    assert publisher.unready() is None
    publisher._failure = (clock.seconds, "refused")
    publisher._producer = producer = Answering()
    handed = await publisher.hand_over(RECORD)
    producer.futures[0].set_result(confirmed(1))
    await publisher.confirm(handed)
    assert publisher.unready() is None
