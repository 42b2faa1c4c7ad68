"""Reads records of a topic as any careful consumer would: committed ones only, in no group, leaving no trace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError

from services.contract.topics import MAX_REQUEST_BYTES
from services.runtime.kafka import Kafka

Ends = dict[TopicPartition, int]


class NoTopicError(RuntimeError):
    """Raised when a topic does not exist."""


class Reader:
    """Reads the partitions of some topics from where `seek` puts it."""

    def __init__(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
        self._consumer = consumer
        self._partitions = partitions

    async def seek(self, start: datetime | None) -> None:
        """Go to the first record of this time or later; None: to the beginning."""
        if start is None:
            await self._consumer.seek_to_beginning(*self._partitions)
            return
        milliseconds = round(start.timestamp() * 1000)
        found = await self._consumer.offsets_for_times(dict.fromkeys(self._partitions, milliseconds))
        ends = await self.ends()
        for partition in self._partitions:
            at = found.get(partition)
            self._consumer.seek(partition, ends[partition] if at is None else at.offset)

    async def seek_to_end(self) -> None:
        """Go behind the last record."""
        for partition, end in (await self.ends()).items():
            self._consumer.seek(partition, end)

    async def ends(self) -> Ends:
        """Return the offsets up to which everything is decided now."""
        ends: Ends = await self._consumer.end_offsets(self._partitions)
        return ends

    async def follow(self) -> AsyncIterator[ConsumerRecord]:
        """Return records, those to come too, for ever."""
        while True:
            record: ConsumerRecord = await self._consumer.getone()
            yield record

    async def until(self, ends: Ends) -> AsyncIterator[ConsumerRecord]:
        """Return the records before these offsets."""
        left = {partition for partition, end in ends.items() if await self._consumer.position(partition) < end}
        while left:
            for records in (await self._consumer.getmany(*left, timeout_ms=200)).values():
                for record in records:
                    if record.offset < ends[TopicPartition(record.topic, record.partition)]:
                        yield record
            # The position also passes the markers of transactions, which are no records.
            left = {partition for partition in left if await self._consumer.position(partition) < ends[partition]}


@asynccontextmanager
async def reader(kafka: Kafka, *topics: str) -> AsyncIterator[Reader]:
    """Read these topics. Raises `KafkaError` and `NoTopicError`."""
    consumer = AIOKafkaConsumer(
        *topics,
        **kafka.client(),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_bytes=MAX_REQUEST_BYTES,
        max_partition_fetch_bytes=MAX_REQUEST_BYTES,
        fetch_max_wait_ms=100,
    )
    try:
        await consumer.start()
        yield Reader(consumer, sorted(consumer.assignment()))
    except UnknownTopicOrPartitionError:
        raise NoTopicError(f"there is no topic {' or '.join(topics)}: `claimwire topics create` makes it") from None
    finally:
        await consumer.stop()
