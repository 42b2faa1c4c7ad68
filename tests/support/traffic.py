"""Puts records on the raw topic and reads what came out, for the history checker."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from support.history import History, Outcome

from services.contract.codec import decode
from services.contract.rejected import RejectedV1
from services.contract.topics import DEAD_LETTER, ENRICHED, MAX_REQUEST_BYTES, RAW, Topic

Message = tuple[bytes | None, bytes]  # key and value


def small_articles(count: int, *, articles: int | None = None) -> Iterable[Message]:
    """Return `count` records about `articles` different articles, small, so that Kafka is the work and not language."""
    for number in range(count):
        id = number % (articles or count)
        yield b"%d" % id, b'{"url":"https://news.example/%d","body":"Article %d, state %d."}' % (id, id, number)


async def produce(bootstrap_servers: str, messages: Iterable[Message], history: History, *, per_second: int) -> None:
    """Send the messages at about this rate; note in the history what the broker confirmed. Survives a broker's death."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_request_size=MAX_REQUEST_BYTES,
        request_timeout_ms=60_000,
    )
    await producer.start()
    try:
        sent = []
        for number, (key, value) in enumerate(messages):
            sent.append(await producer.send(RAW.name, value, key=key))
            if number % 50 == 49:
                await asyncio.sleep(50 / per_second)
        for metadata in await asyncio.gather(*sent):
            history.acknowledged[(metadata.partition, metadata.offset)] = None
    finally:
        await producer.stop()


async def read_all(bootstrap_servers: str, topic: Topic) -> list[ConsumerRecord]:
    """Return all committed records that are in the topic now."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=MAX_REQUEST_BYTES,
    )
    await consumer.start()
    try:
        numbers = consumer.partitions_for_topic(topic.name) or await _partitions(consumer, topic)
        partitions = [TopicPartition(topic.name, number) for number in numbers]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        return [record async for record in _until(consumer, ends)]
    finally:
        await consumer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topic: Topic) -> set[int]:
    await consumer._client._wait_on_metadata(topic.name)
    return consumer.partitions_for_topic(topic.name)


async def _until(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> AsyncIterator[ConsumerRecord]:
    left = {partition for partition, end in ends.items() if end > 0}
    while left:
        for records in (await consumer.getmany(timeout_ms=200)).values():
            for record in records:
                yield record
        for partition in set(left):
            # The position passes transaction markers, which are no records.
            if await consumer.position(partition) >= ends[partition]:
                left.discard(partition)


def outcomes(records: Iterable[ConsumerRecord]) -> list[Outcome]:
    """Return what the records of the enriched or of the dead-letter topic are outcomes of."""
    found = []
    for record in records:
        if record.topic == DEAD_LETTER.name:
            original = decode(record.value, RejectedV1, max_bytes=MAX_REQUEST_BYTES).original
            found.append(Outcome((original.partition, original.offset)))
        else:
            event = orjson.loads(record.value)
            provenance = event["provenance"]
            raw = (provenance["raw_partition"], provenance["raw_offset"])
            found.append(Outcome(raw, event["article_id"]))
    return found


async def observe(bootstrap_servers: str, history: History) -> History:
    """Add to the history what is in the raw topic and what came out."""
    history.raw = {(record.partition, record.offset) for record in await read_all(bootstrap_servers, RAW)}
    history.outcomes = [
        *outcomes(await read_all(bootstrap_servers, ENRICHED)),
        *outcomes(await read_all(bootstrap_servers, DEAD_LETTER)),
    ]
    return history


async def caught_up(bootstrap_servers: str, group: str, *, seconds: float) -> None:
    """Wait until the group has committed the end of every partition of the raw topic."""
    from services.enrich.offsets import Offsets
    from services.runtime.kafka import Kafka

    partitions = [TopicPartition(RAW.name, number) for number in range(RAW.partitions)]
    offsets = await Offsets(kafka=Kafka(bootstrap_servers), group=group).start()
    try:
        async with asyncio.timeout(seconds):
            while True:
                ends = await offsets.ends(partitions)
                if await offsets.starts(partitions) == ends:
                    return
                await asyncio.sleep(0.5)
    finally:
        await offsets.stop()
