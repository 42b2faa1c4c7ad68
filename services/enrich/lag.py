"""How far the group is behind, on every partition of the raw topic, whoever owns it.

Measured from the broker's own offsets, in a thread with a loop of its own: what it says stays true while the worker's
loop hangs, while partitions have no owner, and while the broker is away (the age of what waits goes on growing).
"""

import asyncio
import logging
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.contract.topics import RAW
from services.enrich.offsets import Offsets
from services.runtime.clock import Clock
from services.runtime.kafka import Kafka
from services.runtime.metrics import EnrichMetrics

log = logging.getLogger(__name__)

# Several times in a scrape interval; what each time costs is in docs/adr/0010.
_EVERY_SECONDS = 5.0
_RETRY_SECONDS = 1.0
_FAILURES_TO_SPEAK_OF = 3
_BLIND_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Oldest:
    """The first record that a group has not committed, and where the group stands."""

    start: int
    offset: int
    timestamp_ms: int


class LagMonitor:
    """Measures from `start` to `stop`; the metrics and `ends` may be read from any thread."""

    def __init__(self, *, kafka: Kafka, group: str, metrics: EnrichMetrics, clock: Clock) -> None:
        self._kafka = kafka
        self._group = group
        self._metrics = metrics
        self._clock = clock
        self._ends: dict[TopicPartition, int] = {}
        self._oldest: dict[TopicPartition, _Oldest] = {}
        self._failures = 0
        self._answered = clock.monotonic()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lag", daemon=True)

    def start(self) -> None:
        """Measure from now on."""
        self._answered = self._clock.monotonic()
        self._metrics.consumer_lag_measured_timestamp_seconds.set(self._clock.now().timestamp())
        self._thread.start()

    def stop(self) -> None:
        """Measure no more; does not wait for the thread, which a broker may keep waiting."""
        self._stopping.set()

    def blind(self) -> str | None:
        """Say for how long Kafka has not answered, if that is too long."""
        silent = self._clock.monotonic() - self._answered
        return f"Kafka has not answered for {silent:.0f} s" if silent > _BLIND_SECONDS else None

    @property
    def ends(self) -> Mapping[TopicPartition, int]:
        """Where the records of each partition end, as last measured."""
        return self._ends

    def seconds(self, partition: TopicPartition) -> float:
        """Return the age of the oldest record of a partition that is not committed, now; 0 if there is none."""
        oldest = self._oldest.get(partition)
        return 0.0 if oldest is None else max(0.0, self._clock.now().timestamp() - oldest.timestamp_ms / 1000)

    def _run(self) -> None:
        asyncio.run(self._measure_for_ever())

    async def _measure_for_ever(self) -> None:
        while not self._stopping.is_set():
            offsets = Offsets(kafka=self._kafka, group=self._group)
            try:
                await offsets.start()
                while not self._stopping.is_set():
                    await self.measure(offsets)
                    await asyncio.sleep(_EVERY_SECONDS)
            except Exception as error:  # whatever it is: the stall probe lives on what is measured here
                self._failures += 1
                # A new cluster needs a moment to find who coordinates a group.
                if self._failures == _FAILURES_TO_SPEAK_OF:
                    is_bug = not isinstance(error, KafkaError | OSError)
                    said = type(error).__name__ if is_bug else error or type(error).__name__
                    log.warning("cannot tell how far behind the group is: %s", said, exc_info=is_bug)
                await asyncio.sleep(_RETRY_SECONDS)
            finally:
                with suppress(Exception):
                    await offsets.stop()

    async def measure(self, offsets: Offsets) -> None:
        """Measure once. Raises `KafkaError` and `TimeoutError` if the broker does not say."""
        # In this order: what is committed meanwhile makes the lag too large by it, never less than none.
        starts = await offsets.starts(RAW)
        ends = await offsets.ends(starts)
        behind = {partition: start for partition, start in starts.items() if start < ends[partition]}
        # A record stays where it is; it is asked for once.
        known = {p: at for p, at in self._oldest.items() if behind.get(p) == at.start}
        found = await offsets.oldest({p: start for p, start in behind.items() if p not in known}, ends)
        self._oldest = known | {
            p: _Oldest(start=starts[p], offset=record.offset, timestamp_ms=record.timestamp)
            for p, record in found.items()
            if record is not None
        }
        for gone in set(self._ends) - set(starts):
            del self._ends[gone]
            self._metrics.consumer_lag_records.remove(gone.topic, str(gone.partition))
            self._metrics.consumer_lag_seconds.remove(gone.topic, str(gone.partition))
        for partition in starts:
            oldest, end = self._oldest.get(partition), ends[partition]
            # Without a record there are only ends of transactions, and nothing to wait for.
            self._ends[partition] = starts[partition] if oldest is None else end
            labels = (partition.topic, str(partition.partition))
            self._metrics.consumer_lag_records.labels(*labels).set(0 if oldest is None else max(0, end - oldest.offset))
            self._metrics.consumer_lag_seconds.labels(*labels).set_function(partial(self.seconds, partition))
        self._metrics.consumer_lag_measured_timestamp_seconds.set(self._clock.now().timestamp())
        self._answered = self._clock.monotonic()
        self._failures = 0
