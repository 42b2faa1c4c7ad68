"""The partitions that this worker owns, each with its delivery: taken up, given up, drained, watched."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from aiokafka import TopicPartition

from services.enrich.budget import DeadLetterBudget
from services.enrich.delivery import PartitionDelivery, transactional_producer
from services.enrich.handle import RawRecord
from services.enrich.observe import Observer
from services.enrich.offsets import Offsets
from services.enrich.pool import Pool
from services.enrich.settings import EnrichSettings
from services.runtime.clock import Clock

log = logging.getLogger(__name__)


class Deliveries:
    """All deliveries of one worker."""

    def __init__(
        self,
        settings: EnrichSettings,
        *,
        pool: Pool,
        offsets: Offsets,
        observer: Observer,
        clock: Clock,
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self._settings = settings
        self._pool = pool
        self._offsets = offsets
        self._observer = observer
        self._clock = clock
        self._on_failure = on_failure
        self._by_partition: dict[TopicPartition, PartitionDelivery] = {}
        self.is_settled = False  # whether the group has told this worker what it owns

    async def assign(self, partitions: Iterable[TopicPartition]) -> None:
        """Take up these partitions: fence their former owners, then go on where they got to.

        Raises `KafkaError` if the broker does not let us. The order matters: a former owner can commit until it is
        fenced, so the offset is read after that.
        """
        await self.revoke()
        partitions = sorted(partitions)
        producers = {
            partition: transactional_producer(
                kafka=self._settings.kafka,
                group=self._settings.group,
                partition=partition,
                timeout_seconds=self._settings.transaction_timeout_seconds,
            )
            for partition in partitions
        }
        started = await asyncio.gather(*(producer.start() for producer in producers.values()), return_exceptions=True)
        try:
            _raise_first(started)
            starts = await self._offsets.starts(partitions) if partitions else {}
        except BaseException:
            await asyncio.gather(*(producer.stop() for producer in producers.values()), return_exceptions=True)
            raise
        for partition, producer in producers.items():
            self._by_partition[partition] = PartitionDelivery(
                partition,
                group=self._settings.group,
                producer=producer,
                next_offset=starts[partition],
                window=self._settings.window,
                batch_records=self._settings.batch_records,
                work=self._pool.run,
                first_offset_from=self._offsets.first_from,
                budget=DeadLetterBudget(
                    in_a_row=self._settings.dead_letters_in_a_row, share=self._settings.dead_letter_share
                ),
                clock=self._clock,
                on_done=self._observer.committed,
                on_failure=self._on_failure,
            )
        self.is_settled = True
        self._observer.assigned(self._by_partition)
        log.info("owns partitions %s", [partition.partition for partition in partitions] or "none")

    async def revoke(self) -> None:
        """Give up all partitions. What is not committed stays for the next owner."""
        self.is_settled = False
        deliveries, self._by_partition = self._by_partition, {}
        await asyncio.gather(*(delivery.stop() for delivery in deliveries.values()))
        self._observer.assigned({})

    async def put(self, record: RawRecord) -> None:
        """Hand a record to its partition; wait while that has no room. Ignored if the partition is not ours."""
        if delivery := self._by_partition.get(TopicPartition(record.topic, record.partition)):
            await delivery.put(record)

    async def drain(self) -> None:
        """Wait until all that was taken is committed."""
        await asyncio.gather(*(delivery.drain() for delivery in self._by_partition.values()))

    def note_ends(self, ends: Mapping[TopicPartition, int]) -> None:
        """Note where the broker's partitions end: whether there is something to do."""
        for partition, delivery in self._by_partition.items():
            if partition in ends:
                delivery.note_end(ends[partition])

    @property
    def in_flight(self) -> int:
        """Records taken and not yet committed."""
        return sum(delivery.in_flight for delivery in list(self._by_partition.values()))  # asked by another thread

    def stalled(self) -> str | None:
        """Say which partition has records to do and has not moved on for too long, or None."""
        for partition, delivery in list(self._by_partition.items()):  # asked by another thread
            if (still := delivery.still_seconds()) > self._settings.stall_seconds:
                return f"partition {partition.partition} has not moved on for {still:.0f} s"
        return None


def _raise_first(outcomes: Sequence[object]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
