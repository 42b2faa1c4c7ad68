"""The enrich worker as a process, on a real Kafka: what goes onto the raw topic, and what comes out."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from prometheus_client.parser import text_string_to_metric_families
from support.articles import make_value
from support.history import History, check
from support.pills import POISON
from support.traffic import caught_up, observe, produce, read_all, small_articles
from support.workers import Workers

from services.contract.codec import decode, header
from services.contract.enriched import ClaimEventV1, EnrichedArticleV1
from services.contract.rejected import RejectedV1
from services.contract.topics import CLAIMS, DEAD_LETTER, ENRICHED, LATEST, MAX_REQUEST_BYTES, RAW
from services.local.broker import EmbeddedBroker
from services.local.ports import free_port
from services.runtime.topics import create_topics

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(120)]

TRACEPARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """Return a broker of the test's own, with its topics."""
    async with EmbeddedBroker() as broker:
        await create_topics(broker.kafka)
        yield broker


@pytest.fixture
async def workers(broker: EmbeddedBroker, tmp_path: Path) -> AsyncIterator[Workers]:
    """Return the means to start workers; they end with the test."""
    workers = Workers(broker.bootstrap_servers, tmp_path)
    yield workers
    await workers.stop()


async def send(broker: EmbeddedBroker, *values: bytes | None, **fields) -> list[tuple[int, int]]:
    """Put values onto the raw topic as a plain producer does; return their positions."""
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers, max_request_size=MAX_REQUEST_BYTES)
    await producer.start()
    try:
        sent = [await producer.send(RAW.name, value, **({"key": b"k"} | fields)) for value in values]
        return [(metadata.partition, metadata.offset) for metadata in await asyncio.gather(*sent)]
    finally:
        await producer.stop()


async def receive(broker: EmbeddedBroker, topic: str, count: int) -> list[ConsumerRecord]:
    """Read this many records as a plain read_committed consumer does."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap_servers,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        group_id=str(uuid4()),
        max_partition_fetch_bytes=MAX_REQUEST_BYTES,
    )
    await consumer.start()
    try:
        async with asyncio.timeout(60):
            return [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()


async def test_poison_pills_become_dead_letters_and_their_neighbours_are_enriched(
    broker: EmbeddedBroker, workers: Workers
) -> None:
    """All on one partition, an article before and after each; the originals come back byte for byte."""
    await workers.start("a")
    values = [make_value(url="https://news.example/first")]
    for number, (pill, _) in enumerate(POISON.values()):
        values += [pill, make_value(url=f"https://news.example/{number}")]
    positions = await send(broker, *values, None, headers=[("h", b"\xff")])

    dead = [
        decode(record.value, RejectedV1, max_bytes=MAX_REQUEST_BYTES)
        for record in await receive(broker, DEAD_LETTER.name, len(POISON) + 1)
    ]
    originals = {letter.original.offset: letter for letter in dead}
    for (_, offset), value, reason in zip(
        positions[1::2], [*values[1::2], None], [*(reason for _, reason in POISON.values()), "empty"], strict=True
    ):
        letter = originals.pop(offset)
        assert (letter.original.value, letter.original.key) == (value, b"k")
        assert letter.original.headers == (("h", b"\xff"),)
        assert letter.reason == reason
    enriched = await receive(broker, ENRICHED.name, len(POISON) + 1)
    assert {decode(record.value, EnrichedArticleV1).url for record in enriched} == {
        "https://news.example/first",
        *(f"https://news.example/{number}" for number in range(len(POISON))),
    }


async def test_a_worker_that_starts_before_kafka_waits_for_it(tmp_path: Path) -> None:
    """It lives, says why it is not ready, and goes on by itself: a restart would bring no broker back."""
    port = free_port()
    workers = Workers(f"127.0.0.1:{port}", tmp_path)
    try:
        workers.launch("a")
        url = await workers.listening("a")
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(30):
            while "cannot be reached" not in (await client.get(f"{url}/readyz")).text:
                await asyncio.sleep(0.1)
            assert (await client.get(f"{url}/livez")).status_code == httpx.codes.OK
        async with EmbeddedBroker(port=port) as broker:
            await create_topics(broker.kafka)
            await workers.ready("a")
            await workers.stop()
    finally:
        await workers.stop()


async def test_an_article_its_claims_and_its_latest_version_come_out_together(
    broker: EmbeddedBroker, workers: Workers
) -> None:
    """With the trace of the raw record, as CloudEvents, under the right keys."""
    await workers.start("a")
    await send(broker, make_value(), headers=[("traceparent", TRACEPARENT)])
    (record,) = await receive(broker, ENRICHED.name, 1)
    event = decode(record.value, EnrichedArticleV1)
    assert record.key == event.article_id.encode()
    names = dict(record.headers)
    assert (names["traceparent"], names["ce_type"]) == (TRACEPARENT, b"news.article.enriched.v1")
    assert names["ce_time"].endswith(b"Z")

    (latest,) = await read_all(broker.bootstrap_servers, LATEST)
    assert latest.value == record.value
    claims = [decode(claim.value, ClaimEventV1) for claim in await read_all(broker.bootstrap_servers, CLAIMS)]
    assert {claim.claim.id for claim in claims} == {claim.id for claim in event.claims}


async def test_a_correction_and_a_retraction_follow_their_article(broker: EmbeddedBroker, workers: Workers) -> None:
    """In order, under one id, with growing versions; the retraction carries no body."""
    await workers.start("a")
    await send(
        broker,
        make_value(),
        make_value(action="replace", title="Bridge open"),
        make_value(action="retract", reason="never closed"),
    )
    events = [decode(record.value, EnrichedArticleV1) for record in await receive(broker, ENRICHED.name, 3)]
    assert [event.action for event in events] == ["add", "replace", "retract"]
    assert len({event.article_id for event in events}) == 1
    assert [event.version for event in events] == sorted(event.version for event in events)
    assert events[2].body is None


async def test_sigterm_drains_and_ends_with_0(broker: EmbeddedBroker, workers: Workers) -> None:
    """What was taken is finished and committed; what follows is the next worker's, and nothing comes twice."""
    await workers.start("a")
    history = History()
    await produce(broker.bootstrap_servers, small_articles(2_000), history, per_second=20_000)
    workers.send("a", signal.SIGTERM)
    async with asyncio.timeout(20):
        assert await workers.exit_code("a") == 0
    await workers.start("b")
    await caught_up(broker.bootstrap_servers, "claimwire-enrich", seconds=60)
    assert not check(await observe(broker.bootstrap_servers, history))


async def test_a_backlog_of_ten_thousand_is_worked_off(broker: EmbeddedBroker, workers: Workers) -> None:
    """Produced while no worker ran."""
    history = History()
    await produce(broker.bootstrap_servers, small_articles(10_000), history, per_second=100_000)
    await workers.start("a", "b")
    await caught_up(broker.bootstrap_servers, "claimwire-enrich", seconds=100)
    assert len(history.acknowledged) == 10_000
    assert not check(await observe(broker.bootstrap_servers, history))


async def test_metrics_add_up_and_lag_returns_to_zero(broker: EmbeddedBroker, workers: Workers) -> None:
    """The sum of terminal outcomes is what was consumed, and that is what was produced."""
    await workers.start("a")
    url = await workers.ready("a")
    await send(broker, *(make_value(url=f"https://news.example/{number}") for number in range(20)), b"{", b"[]")
    await caught_up(broker.bootstrap_servers, "claimwire-enrich", seconds=60)

    async with asyncio.timeout(20), httpx.AsyncClient(trust_env=False) as client:
        while (found := sums(await client.get(f"{url}/metrics")))["events_consumed_total"] < 22:
            await asyncio.sleep(0.1)
        while sums(await client.get(f"{url}/metrics"))["consumer_lag_records"] > 0:
            await asyncio.sleep(0.1)
    assert found["events_consumed_total"] == found["events_terminal_total"] == 22
    assert found["dead_letters_total"] == 2
    assert found["partitions_assigned"] == RAW.partitions


def sums(response: httpx.Response) -> dict[str, float]:
    """Return the sum over all series of each metric."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(response.text):
        for sample in family.samples:
            name = sample.name.removeprefix("claimwire_")
            found[name] = found.get(name, 0.0) + sample.value
    return found


async def test_a_worker_that_starts_before_its_topic_waits_for_it(tmp_path: Path) -> None:
    """Faust would ignore the missing topic and idle for ever; the worker says it is not ready, and why."""
    async with EmbeddedBroker() as broker:
        workers = Workers(broker.bootstrap_servers, tmp_path)
        try:
            workers.launch("a")
            url = await workers.listening("a")
            async with asyncio.timeout(30), httpx.AsyncClient(trust_env=False) as client:
                while b"does not exist" not in (await client.get(f"{url}/readyz")).content:
                    await asyncio.sleep(0.05)
            await create_topics(broker.kafka)
            await workers.ready("a")
            await send(broker, make_value())
            assert len(await receive(broker, ENRICHED.name, 1)) == 1
        finally:
            await workers.stop()


async def test_records_of_a_direct_producer_are_told_from_those_of_ingest(
    broker: EmbeddedBroker, workers: Workers
) -> None:
    """The channel is in the event's provenance."""
    await workers.start("a")
    await send(broker, make_value(), headers=[])
    await send(broker, make_value(url="https://news.example/2"), headers=[("claimwire-channel", b"http")])
    records = await receive(broker, ENRICHED.name, 2)
    events = [decode(record.value, EnrichedArticleV1) for record in records]
    assert {event.url: event.provenance.channel for event in events} == {
        "https://news.example/bridge": "kafka",
        "https://news.example/2": "http",
    }
    assert header(records[0].headers, "ce_source") == b"/claimwire/enrich"
