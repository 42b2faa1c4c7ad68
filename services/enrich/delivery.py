"""From a raw record to its committed result, in order and exactly once. Knows Kafka; knows neither Faust nor language.

Each partition has one `PartitionDelivery` with a transactional producer of its own, under a fixed transactional id:
starting it fences whoever owned the partition before. Records are worked on in any order and finished in theirs; what
is finished goes out in one transaction with the offset behind it. So the outputs of a record and the fact that it is
done become visible together or not at all, whoever is killed when.

The rules, each learnt from a failure:
- nothing is ever acked to Faust and Faust never commits: its commit on a clean stop rewound the group's offset;
- any error in a transaction ends the worker: a fenced or broken producer must not try again;
- after a rebalance buffered records come back: what lies below the next expected offset has been seen and is skipped;
- a record that comes too early is believed only if the log really has nothing before it (`first_offset_from`).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaProducer, TopicPartition

from services.contract.codec import ce_time
from services.contract.topics import MAX_REQUEST_BYTES
from services.enrich.budget import DeadLetterBudget
from services.enrich.handle import Handled, RawRecord
from services.runtime.clock import Clock
from services.runtime.kafka import Kafka

log = logging.getLogger(__name__)

# Bytes of output in one transaction; one record more may exceed it.
_BATCH_BYTES = 16 * 1024 * 1024
# How long what is finished waits for what is still being worked on. A record that is alone waits for nothing; under
# load a transaction of one costs the broker as much as one of ten.
_LINGER_SECONDS = 0.05
# One produce batch: large enough for a transaction in few requests, well below every topic's limit.
_SEND_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Done:
    """A record and what followed from it, and when it was taken and worked on."""

    record: RawRecord
    handled: Handled
    taken_at: datetime
    handled_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A committed transaction: what is done, and by how many records the group's offset has moved on for it.

    The two are counted apart, from the outcomes and from the offsets, so that one is a check on the other.
    """

    partition: TopicPartition
    done: Sequence[Done]
    passed: int
    seconds: float


@dataclass(slots=True)
class _Taken:
    record: RawRecord
    task: asyncio.Task[Done]
    gap: int  # offsets before this record that the log has no record for


def transactional_producer(
    *, kafka: Kafka, group: str, partition: TopicPartition, timeout_seconds: float
) -> AIOKafkaProducer:
    """Return the producer that owns `partition` for `group`; starting it fences every other one."""
    id = f"{group}-{partition.topic}-{partition.partition}"
    return AIOKafkaProducer(
        **kafka.client(),
        client_id=id,
        transactional_id=id,
        transaction_timeout_ms=round(timeout_seconds * 1000),
        # Longer waits would outlive the transaction.
        request_timeout_ms=round(timeout_seconds * 1000),
        acks="all",
        compression_type="lz4",
        max_request_size=MAX_REQUEST_BYTES,
        max_batch_size=_SEND_BYTES,
        linger_ms=0,
    )


class PartitionDelivery:
    """The way of one partition's records, from `put` to the committed transaction."""

    def __init__(
        self,
        partition: TopicPartition,
        *,
        group: str,
        producer: AIOKafkaProducer,
        next_offset: int,
        window: int,
        batch_records: int,
        work: Callable[[RawRecord], Awaitable[Handled]],
        first_offset_from: Callable[[TopicPartition, int], Awaitable[int]],
        budget: DeadLetterBudget,
        clock: Clock,
        on_done: Callable[[Committed], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self.partition = partition
        self.committed_offset = next_offset
        self.last_progress = clock.monotonic()
        self.behind_since: float | None = None
        self._next_offset = next_offset
        self._asked = -1
        self._first = next_offset
        self._group = group
        self._producer = producer
        self._batch_records = batch_records
        self._work = work
        self._first_offset_from = first_offset_from
        self._budget = budget
        self._clock = clock
        self._on_done = on_done
        self._on_failure = on_failure
        self._taken: deque[_Taken] = deque()
        self._arrived = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._room = asyncio.Semaphore(window)
        self._loop = asyncio.create_task(self._run(), name=f"delivery-{partition.partition}")

    @property
    def in_flight(self) -> int:
        """Records taken and not yet committed."""
        return len(self._taken)

    async def put(self, record: RawRecord) -> None:
        """Take a record; wait while the window is full. Records that were taken before are ignored."""
        if record.offset < self._next_offset or self._loop.done():
            return
        if record.offset > self._next_offset and not await self._is_gap(record):
            return
        await self._room.acquire()
        if record.offset < self._next_offset or self._loop.done():  # the world moved on while we waited
            self._room.release()
            return
        gap = record.offset - self._next_offset
        self._next_offset = record.offset + 1
        self._taken.append(_Taken(record, asyncio.create_task(self._done(record)), gap))
        self._empty.clear()
        self._arrived.set()

    def note_end(self, end: int) -> None:
        """Note the broker's end offset: whether there is something to do, and since when."""
        if end <= self.committed_offset:
            self.behind_since = None
        elif self.behind_since is None:
            self.behind_since = self._clock.monotonic()

    def still_seconds(self) -> float:
        """Return for how long this partition has had something to do and has not moved on."""
        if self.behind_since is None:
            return 0.0
        return self._clock.monotonic() - max(self.behind_since, self.last_progress)

    async def drain(self) -> None:
        """Wait until everything taken is committed."""
        await self._empty.wait()

    async def stop(self) -> None:
        """Let a running transaction end, drop the rest (it was never committed) and give up the producer."""
        self._loop.cancel()
        await asyncio.gather(self._loop, return_exceptions=True)
        for taken in self._taken:
            taken.task.cancel()
        self._taken.clear()
        self._empty.set()
        self._room.release()  # whoever waits in put() finds the loop done
        try:
            await self._producer.stop()
        except Exception:
            # Whatever it still held was not committed; the next owner's producer fences it.
            log.warning("a producer did not stop cleanly", exc_info=True, extra=self._where())

    async def _done(self, record: RawRecord) -> Done:
        taken_at = self._clock.now()
        handled = await self._work(record)
        return Done(record, handled, taken_at, self._clock.now())

    async def _is_gap(self, record: RawRecord) -> bool:
        """Whether the log has nothing between the expected offset and this record's."""
        if self._asked != self._next_offset:  # stale records come by the hundred: one question is enough
            self._first = await self._first_offset_from(self.partition, self._next_offset)
            self._asked = self._next_offset
        is_gap = self._first >= record.offset
        log.warning(
            "the log has no records %d to %d" if is_gap else "ignoring a record from before the rebalance (%d, %d)",
            self._next_offset,
            record.offset - 1,
            extra=self._where(),
        )
        return is_gap

    async def _run(self) -> None:
        try:
            while True:
                batch = await self._next_batch()
                # A commit that has begun is finished: stop() waits for it.
                await _uncancelled(self._commit(batch))
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, the worker must end
            self._on_failure(error)

    async def _next_batch(self) -> list[Done]:
        while not self._taken:
            self._arrived.clear()
            await self._arrived.wait()
        await self._taken[0].task
        deadline = asyncio.get_running_loop().time() + _LINGER_SECONDS
        batch: list[Done] = []
        size = 0
        while len(batch) < min(self._batch_records, len(self._taken)) and size < _BATCH_BYTES:
            taken = self._taken[len(batch)]
            if not await _done_by(deadline, taken.task):
                break
            done = taken.task.result()
            self._budget.count(done.handled)
            batch.append(done)
            size += sum(len(out.value) for out in done.handled.records)
        return batch

    async def _commit(self, batch: list[Done]) -> None:
        started = self._clock.monotonic()
        made = ce_time(self._clock.now())
        next_offset = batch[-1].record.offset + 1
        async with self._producer.transaction():
            sent = [
                await self._producer.send(out.topic, key=out.key, value=out.value, headers=[*out.headers, made])
                for done in batch
                for out in done.handled.records
            ]
            await asyncio.gather(*sent)
            await self._producer.send_offsets_to_transaction({self.partition: next_offset}, self._group)
        passed, self.committed_offset = next_offset - self.committed_offset, next_offset
        self.last_progress = self._clock.monotonic()
        for _ in batch:
            passed -= self._taken.popleft().gap
            self._room.release()
        if not self._taken:
            self._empty.set()
        self._on_done(
            Committed(partition=self.partition, done=batch, passed=passed, seconds=self.last_progress - started)
        )

    def _where(self) -> dict[str, object]:
        return {"topic": self.partition.topic, "partition": self.partition.partition}


async def _done_by(deadline: float, task: asyncio.Task[Done]) -> bool:
    if not task.done():
        await asyncio.wait({task}, timeout=max(0.0, deadline - asyncio.get_running_loop().time()))
    return task.done()


async def _uncancelled(work: Awaitable[None]) -> None:
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
