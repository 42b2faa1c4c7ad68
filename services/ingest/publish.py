"""Records to Kafka: each is confirmed by all replicas in time, or the caller hears that it was not.

`Publisher` keeps a producer connected, replaces one that broke for good, and says whether Kafka takes records.
It knows nothing of HTTP, and keeps nothing that was not confirmed: the client sends it again.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError
from aiokafka.structs import RecordMetadata

from services.contract.codec import trace_id_of
from services.contract.topics import MAX_REQUEST_BYTES, RAW
from services.ingest.accept import Record
from services.runtime.clock import Clock
from services.runtime.kafka import Kafka
from services.runtime.metrics import IngestMetrics

log = logging.getLogger(__name__)

# Below Kafka's default for a topic (1 MiB), so that only a single large record can ever be over a topic's limit.
_BATCH_BYTES = 512 * 1024
_PROBE_SECONDS = 1.0
_RECONNECT_SECONDS = (0.2, 0.5, 1.0, 2.0)
_STOP_SECONDS = 3.0
# After a failed delivery the service is not ready for so long, unless one succeeds before.
_DOUBT_SECONDS = 5.0


class NotPublished(Exception):  # noqa: N818 - named by what happened to the record
    """Raised when a record was not confirmed; it may or may not be on the topic. Sending it again is right."""


class AtCapacity(NotPublished):
    """Raised when so many records wait for confirmation that another would only wait in vain."""


class OverTopicLimit(NotPublished):
    """Raised when Kafka will never take the record, because of its size."""


class _Replaced(KafkaError):  # type: ignore[misc]  # noqa: N818 - named by what happened to the producer
    """Raised when the producer that held a record was given up."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where a record is, for good."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A record that is on its way; `Publisher.confirm` waits for its end."""

    article_id: UUID
    trace_id: str | None
    started: float
    producer: AIOKafkaProducer
    future: "asyncio.Future[RecordMetadata]"


class Publisher:
    """Sends records to the raw topic. `run` must be running."""

    def __init__(
        self,
        *,
        kafka: Kafka,
        ack_timeout_seconds: float,
        linger_seconds: float,
        max_in_flight: int,
        metrics: IngestMetrics,
        clock: Clock,
    ) -> None:
        self._kafka = kafka
        self._ack_timeout = ack_timeout_seconds
        self._linger_ms = round(linger_seconds * 1000)
        self._max_in_flight = max_in_flight
        self._metrics = metrics
        self._clock = clock
        self._producer: AIOKafkaProducer | None = None
        self._broken = asyncio.Event()
        self._obstacle: str | None = "not connected to Kafka yet"
        self._failure: tuple[float, str] | None = None
        self._last_success = 0.0
        self._in_flight = 0
        self._discarding: set[asyncio.Task[None]] = set()

    @property
    def in_flight(self) -> int:
        """How many records wait for confirmation."""
        return self._in_flight

    def unready(self) -> str | None:
        """Return why records cannot be taken now, or None if they can."""
        if self._obstacle:
            return self._obstacle
        if self._failure:
            time, reason = self._failure
            if self._clock.monotonic() - time < _DOUBT_SECONDS:
                return reason
        return None

    def require_room(self) -> None:
        """Raise `AtCapacity` if another record would only wait in vain."""
        if self._in_flight >= self._max_in_flight:
            raise AtCapacity(f"{self._in_flight:,} records wait for Kafka's confirmation already")

    async def publish(self, record: Record) -> Delivered:
        """Send one record and wait until it is confirmed. Raises `NotPublished`."""
        return await self.confirm(await self.hand_over(record))

    async def hand_over(self, record: Record) -> Handed:
        """Queue a record behind those handed over before. Raises `NotPublished`.

        Calls that follow each other keep the order of the records of one article.
        """
        producer = self._producer
        if producer is None:
            self._metrics.produce.labels(RAW.name, "unavailable").inc()
            raise NotPublished(self._obstacle or "not connected to Kafka")
        self.require_room()
        started = self._clock.monotonic()
        self._in_flight += 1
        try:
            async with asyncio.timeout(self._ack_timeout):
                future = await producer.send(RAW.name, record.value, key=record.key, headers=record.headers)
        except BaseException as error:
            self._in_flight -= 1
            if isinstance(error, KafkaError | TimeoutError):
                raise self._failed(error, producer, started) from None
            raise
        future.add_done_callback(self._settled)
        return Handed(
            article_id=record.article_id,
            trace_id=trace_id_of(record.headers),
            started=started,
            producer=producer,
            future=future,
        )

    async def confirm(self, handed: Handed) -> Delivered:
        """Wait until all replicas have the record. Raises `NotPublished` if they do not in time."""
        left = handed.started + self._ack_timeout - self._clock.monotonic()
        if not handed.future.done():
            await asyncio.wait([handed.future], timeout=max(0.0, left))
        if not handed.future.done():
            raise self._failed(TimeoutError(), handed.producer, handed.started)
        try:
            metadata = handed.future.result()
        except KafkaError as error:
            raise self._failed(error, handed.producer, handed.started) from None
        now = self._clock.monotonic()
        self._last_success = now
        self._failure = None
        self._metrics.produce.labels(RAW.name, "delivered").inc()
        self._metrics.produce_duration_seconds.labels(RAW.name).observe(
            now - handed.started, {"trace_id": handed.trace_id} if handed.trace_id else None
        )
        return Delivered(metadata.topic, metadata.partition, metadata.offset)

    def _settled(self, future: "asyncio.Future[RecordMetadata]") -> None:
        self._in_flight -= 1
        # Retrieved here, so that one that nobody waits for any more is not reported as forgotten.
        if not future.cancelled():
            future.exception()

    def _failed(self, error: Exception, producer: AIOKafkaProducer, started: float) -> NotPublished:
        """Note that a record was not confirmed; decide whether its producer can go on."""
        if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
            self._metrics.produce.labels(RAW.name, "too_large").inc()
            self._replace(
                producer, "Kafka refused a record for its size"
            )  # the broker refused it after a sequence number was spent on it
            return OverTopicLimit(f"the topic {RAW.name} does not take records of this size")
        if isinstance(error, TimeoutError):
            outcome, reason = "timeout", f"Kafka has not confirmed a record within {self._ack_timeout:g} s"
            # An idempotent producer tries for ever. If nothing at all came through since this record was handed
            # over, what it still holds would appear long after its clients were told that it failed, out of order.
            gave_up = self._last_success < started
        else:
            replaced = isinstance(error, _Replaced)
            outcome = "error"
            reason = "Kafka does not confirm records" if replaced else f"Kafka refused a record: {type(error).__name__}"
            # A failed batch leaves a gap in the sequence numbers; all that follow would fail (aiokafka #1017).
            gave_up = True
        self._metrics.produce.labels(RAW.name, outcome).inc()
        self._failure = (self._clock.monotonic(), reason)
        if gave_up:
            self._replace(producer, reason)
        return NotPublished(reason)

    def _replace(self, producer: AIOKafkaProducer, reason: str) -> None:
        if producer is self._producer:
            self._producer = None
            log.warning("replacing the Kafka producer: %s", reason)
            self._blocked_by("the connection to Kafka is being renewed")
            self._broken.set()

    async def run(self) -> None:
        """Keep a producer connected until cancelled; then wait for what is on its way."""
        try:
            await self._stay_connected()
        finally:
            if self._discarding:
                await asyncio.wait(self._discarding, timeout=3 * _STOP_SECONDS)

    async def _stay_connected(self) -> None:
        attempt = 0
        while True:
            self._broken.clear()
            producer: AIOKafkaProducer | None = None
            try:
                producer = self._new_producer()  # reads the certificates anew
                async with asyncio.timeout(self._ack_timeout):
                    await producer.start()
                attempt = 0
                await self._watch(producer)
            except (KafkaError, OSError, TimeoutError) as error:
                self._blocked_by(
                    f"Kafka at {self._kafka} cannot be reached{self._kafka.doubts}: {type(error).__name__}"
                )
                await asyncio.sleep(_RECONNECT_SECONDS[min(attempt, len(_RECONNECT_SECONDS) - 1)])
                attempt += 1
            except asyncio.CancelledError:
                if producer is not None:
                    with suppress(TimeoutError, KafkaError):
                        async with asyncio.timeout(_STOP_SECONDS):
                            await producer.flush()
                raise
            finally:
                self._producer = None
                if producer is not None:
                    # Not waited for here: a broker that hangs must not keep a new producer waiting.
                    discarding = asyncio.create_task(_discard(producer))
                    self._discarding.add(discarding)
                    discarding.add_done_callback(self._discarding.discard)

    async def _watch(self, producer: AIOKafkaProducer) -> None:
        """Offer the producer and probe it, until it is broken."""
        while not self._broken.is_set() and not producer._sender.sender_task.done():  # noqa: SLF001 - no other sign of it
            self._blocked_by(await self._probe(producer))
            # Offered also while nothing answers: records wait for the broker's return as long as they may.
            is_usable = not self._broken.is_set() and producer.client.cluster.partitions_for_topic(RAW.name)
            self._producer = producer if is_usable else None
            with suppress(TimeoutError):
                async with asyncio.timeout(_PROBE_SECONDS):
                    await self._broken.wait()
        self._blocked_by("the connection to Kafka is being renewed")

    def _blocked_by(self, obstacle: str | None) -> None:
        """Take note of what keeps records from Kafka, and say so once."""
        if obstacle == self._obstacle:
            return
        self._obstacle = obstacle
        if obstacle is None:
            log.info("Kafka takes records")
        else:
            log.warning("not ready: %s", obstacle)

    async def _probe(self, producer: AIOKafkaProducer) -> str | None:
        try:
            async with asyncio.timeout(self._ack_timeout / 2):
                await producer.client.add_topic(RAW.name)
                if not await producer.client.force_metadata_update():
                    return f"Kafka at {self._kafka} does not answer"
        except (KafkaError, OSError, TimeoutError):
            return f"Kafka at {self._kafka} does not answer"
        cluster = producer.client.cluster
        if not (partitions := cluster.partitions_for_topic(RAW.name)):
            return f"the topic {RAW.name} does not exist"
        if len(cluster.available_partitions_for_topic(RAW.name) or ()) < len(partitions):
            return f"a partition of {RAW.name} has no leader"
        return None

    def _new_producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **self._kafka.client(),
            client_id="claimwire-ingest",
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=self._linger_ms,
            max_batch_size=_BATCH_BYTES,
            max_request_size=MAX_REQUEST_BYTES,
            # A broker that hangs must show within the time that a record has.
            request_timeout_ms=max(1000, round(self._ack_timeout * 1000 / 2)),
            retry_backoff_ms=100,
        )


async def _discard(producer: AIOKafkaProducer) -> None:
    """Close a producer, failing what it holds: its own `stop` waits for ever while Kafka is away."""
    sender = producer._sender.sender_task  # noqa: SLF001 - aiokafka has no abort
    if sender is not None:
        await _cancel(sender)
    with suppress(Exception):  # whatever it ended with, it has ended
        async with asyncio.timeout(_STOP_SECONDS):
            await producer.client.close()
    if sender is not None:
        await _cancel(sender)  # what kept it from ending, an answer of the broker, cannot come any more
    held = producer._message_accumulator  # noqa: SLF001 - the same
    queued = list(chain.from_iterable(held._batches.values()))  # noqa: SLF001 - the same
    held._pending_batches.update(queued)  # noqa: SLF001 - from where each takes itself when it fails
    held.fail_all(_Replaced())
    for batch in queued:
        batch._drain_waiter.exception()  # noqa: SLF001 - else asyncio reports that nobody looked
    with suppress(Exception):
        async with asyncio.timeout(_STOP_SECONDS):
            await producer.stop()


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task], timeout=_STOP_SECONDS / 3)
    if task.done() and not task.cancelled():
        task.exception()
