"""What the broker knows of a topic's offsets, asked apart from the consumer that does the work."""

import asyncio
from collections.abc import Iterable
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

# The log is asked for one record only, and asked only when it is known to have one.
_FETCH_SECONDS = 10.0


class Offsets:
    """Answers questions about offsets. Every method raises `KafkaError` if the broker cannot be asked."""

    def __init__(self, *, bootstrap_servers: str, group: str) -> None:
        self._bootstrap_servers = bootstrap_servers
        self._group = group
        self._reader: AIOKafkaConsumer | None = None

    async def start(self) -> Self:
        """Connect."""
        reader = AIOKafkaConsumer(bootstrap_servers=self._bootstrap_servers, client_id=f"{self._group}-offsets")
        await reader.start()
        self._reader = reader
        return self

    async def stop(self) -> None:
        """Disconnect."""
        if self._reader is not None:
            await self._reader.stop()

    async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Return for each partition the offset that its next record will get."""
        return dict(await self._connected.end_offsets(list(partitions)))

    async def starts(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Return for each partition the offset at which its group goes on: the committed one, else the log's first."""
        partitions = list(partitions)
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap_servers, client_id=f"{self._group}-start")
        await admin.start()
        try:
            committed = await admin.list_consumer_group_offsets(self._group, partitions=partitions)
        finally:
            await admin.close()
        beginnings = await self._connected.beginning_offsets(partitions)
        return {
            partition: committed[partition].offset
            if partition in committed and committed[partition].offset >= 0
            else beginnings[partition]
            for partition in partitions
        }

    async def first_from(self, partition: TopicPartition, offset: int) -> int:
        """Return the offset of the first record at or after `offset`. Raises `TimeoutError` if none comes in time."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self._bootstrap_servers, auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign([partition])
            consumer.seek(partition, offset)
            async with asyncio.timeout(_FETCH_SECONDS):
                record = await consumer.getone()
            return int(record.offset)
        finally:
            await consumer.stop()

    @property
    def _connected(self) -> AIOKafkaConsumer:
        if self._reader is None:
            raise RuntimeError("Offsets.start() comes first")
        return self._reader
