"""What the broker knows of a topic's offsets, asked apart from the consumer that does the work."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Self

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code

from services.contract.topics import Topic
from services.runtime.kafka import Kafka

# The log is asked for one record only, and asked only when it is known to have one.
_FETCH_SECONDS = 10.0
_LEAST_BYTES = 1024


class Offsets:
    """Answers questions about offsets. Every method raises `KafkaError` if the broker cannot be asked."""

    def __init__(self, *, kafka: Kafka, group: str) -> None:
        self._kafka = kafka
        self._group = group
        self._reader: AIOKafkaConsumer | None = None

    async def start(self) -> Self:
        """Connect."""
        self._reader = AIOKafkaConsumer(**self._kafka.client(), client_id=f"{self._group}-offsets")
        await self._reader.start()
        return self

    async def stop(self) -> None:
        """Disconnect."""
        if self._reader is not None:
            await self._reader.stop()

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Return for each partition the offset that its next record will get."""
        return dict(await self._connected.end_offsets(list(partitions)))

    async def starts(self, of: Topic | Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Return for each partition the offset at which its group goes on: the committed one, else the log's first.

        Of a topic: for all partitions that it has now.
        """
        # A new client each time: one that is kept may ask a broker that has gone, and gives up at once.
        admin = AIOKafkaAdminClient(**self._kafka.client(), client_id=f"{self._group}-offsets-admin")
        await admin.start()
        try:
            partitions = await _partitions(admin, of) if isinstance(of, Topic) else list(of)
            committed = await admin.list_consumer_group_offsets(self._group, partitions=partitions)
        finally:
            await admin.close()
        firsts = await self._connected.beginning_offsets(partitions)
        return {
            partition: committed[partition].offset
            if partition in committed and committed[partition].offset >= 0
            else firsts[partition]
            for partition in partitions
        }

    async def first_from(self, partition: TopicPartition, offset: int) -> int:
        """Return the offset of the first record at or after `offset`. Raises `TimeoutError` if none comes in time."""
        async with self._reading({partition: offset}) as consumer:
            return int((await consumer.getone()).offset)

    async def oldest(
        self, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, ConsumerRecord | None]:
        """Return the first record of each partition from `starts` on; None if there is no record before `ends`.

        The end of a transaction takes an offset and is no record. Raises `TimeoutError` if the broker does not say.
        """
        found: dict[TopicPartition, ConsumerRecord | None] = {}
        if not starts:
            return found
        async with self._reading(starts) as consumer:
            while left := [partition for partition in starts if partition not in found]:
                for partition, records in (
                    await consumer.getmany(*left, timeout_ms=100, max_records=len(left))
                ).items():
                    found.setdefault(partition, records[0])
                for partition in left:
                    if partition not in found and await consumer.position(partition) >= ends[partition]:
                        found[partition] = None
                consumer.pause(*(partition for partition in left if partition in found))
        return found

    @asynccontextmanager
    async def _reading(self, starts: Mapping[TopicPartition, int]) -> AsyncIterator[AIOKafkaConsumer]:
        # The broker gives at least one batch, however little is asked for; more is not wanted.
        consumer = AIOKafkaConsumer(
            **self._kafka.client(), auto_offset_reset="earliest", max_partition_fetch_bytes=_LEAST_BYTES
        )
        await consumer.start()
        try:
            consumer.assign(list(starts))
            for partition, offset in starts.items():
                consumer.seek(partition, offset)
            async with asyncio.timeout(_FETCH_SECONDS):
                yield consumer
        finally:
            await consumer.stop()

    @property
    def _connected(self) -> AIOKafkaConsumer:
        if self._reader is None:
            raise RuntimeError("Offsets.start() comes first")
        return self._reader


async def _partitions(admin: AIOKafkaAdminClient, topic: Topic) -> list[TopicPartition]:
    (described,) = await admin.describe_topics([topic.name])
    if described["error_code"]:
        raise for_code(described["error_code"])(topic.name)
    return [TopicPartition(topic.name, each["partition"]) for each in described["partitions"]]
