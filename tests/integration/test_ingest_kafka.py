"""The ingest service as a process, on a real Kafka that is killed, hangs and comes back."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from support.articles import make_article, make_value

from services.contract import codec, identity
from services.contract.article import ArticleV1
from services.contract.topics import RAW
from services.local.broker import EmbeddedBroker
from services.local.submissions import Submission
from services.local.submit import submit
from services.runtime.topics import create_topics

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

JSON = {"Content-Type": "application/json"}
ACK_TIMEOUT_SECONDS = 3.0


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    """Return a broker of the test's own, with its topics: most tests hurt it."""
    async with EmbeddedBroker() as broker:
        await create_topics(broker.kafka)
        yield broker


@asynccontextmanager
async def ingest(
    bootstrap_servers: str, folder: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """Run the service on a port of its choice."""
    ready_file = folder / "ready.json"
    environment = os.environ | {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "CLAIMWIRE_INGEST_PORT": "0",
        "CLAIMWIRE_INGEST_READY_FILE": str(ready_file),
        "CLAIMWIRE_INGEST_ACK_TIMEOUT_SECONDS": str(ACK_TIMEOUT_SECONDS),
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.ingest", env=environment)
    try:
        await until(ready_file.exists)
        url = orjson.loads(ready_file.read_bytes())["url"]
        async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
            yield process, client
    finally:
        if process.returncode is None:
            process.terminate()
        assert await asyncio.wait_for(process.wait(), 30) == 0


async def until(condition, *, seconds: float = 60) -> None:
    """Wait until `condition`, which may be a coroutine function, holds."""
    async with asyncio.timeout(seconds):
        while True:
            holds = condition()
            if await holds if asyncio.iscoroutine(holds) else holds:
                return
            await asyncio.sleep(0.05)


def is_ready(client: httpx.AsyncClient):
    async def check() -> bool:
        return (await client.get("/readyz")).status_code == 200

    return check


async def raw_records(broker: EmbeddedBroker) -> list:
    """Return all that is on the raw topic."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker.bootstrap_servers,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=RAW.max_record_bytes,
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(RAW.name, number) for number in range(RAW.partitions)]
        consumer.assign(partitions)
        missing = sum((await consumer.end_offsets(partitions)).values())
        records = []
        async with asyncio.timeout(30):
            while len(records) < missing:
                for batch in (await consumer.getmany(timeout_ms=200)).values():
                    records += batch
        return records
    finally:
        await consumer.stop()


@asynccontextmanager
async def load(client: httpx.AsyncClient, *, clients: int = 8):
    """Post articles as fast as they are taken; give the ids that were accepted and every other answer's time."""
    accepted: list[str] = []
    refused: list[tuple[int, float]] = []

    async def post(number: int) -> None:
        sent = 0
        while True:
            sent += 1
            started = time.monotonic()
            body = make_value(url=f"https://news.example/{number}/{sent}")
            try:
                response = await client.post("/v1/articles", content=body, headers=JSON)
            except httpx.TransportError:  # the service has left
                return
            if response.status_code == 202:
                accepted.append(response.json()["article_id"])
            else:
                refused.append((response.status_code, time.monotonic() - started))
                await asyncio.sleep(0.1)

    tasks = [asyncio.create_task(post(number)) for number in range(clients)]
    try:
        yield accepted, refused
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_accepted_article_is_where_the_answer_says(broker, tmp_path):
    """Key, value and headers are the contract's; the largest article gets through, too."""
    largest = make_value(url="https://news.example/large", body="x" * (4 * 1024 * 1024 - 400))
    async with ingest(broker.bootstrap_servers, tmp_path) as (_, client):
        await until(is_ready(client))
        answers = [await client.post("/v1/articles", content=body, headers=JSON) for body in (make_value(), largest)]
    records = {(record.partition, record.offset): record for record in await raw_records(broker)}
    for answer in answers:
        receipt = answer.json()
        record = records[receipt["partition"], receipt["offset"]]
        article = codec.decode(record.value, ArticleV1)
        assert record.key == receipt["article_id"].encode() == str(identity.article_id(article)).encode()
        assert codec.header(record.headers, "ce_type") == b"news.article.raw.v1"
        assert codec.header(record.headers, codec.CHANNEL) == b"http"


async def test_a_batch_keeps_the_order_of_an_articles_records(broker, tmp_path):
    """A hundred versions of one article come in their order, each with its own offset."""
    versions = [Submission(str(number), make_article(title=str(number))) for number in range(2000)]
    async with ingest(broker.bootstrap_servers, tmp_path) as (_, client):
        await until(is_ready(client))
        summary = await submit(versions, url=str(client.base_url))
    assert summary.is_complete
    titles = [orjson.loads(record.value)["title"] for record in await raw_records(broker)]
    assert titles == [str(number) for number in range(2000)]


async def test_starts_without_kafka_and_recovers_by_itself(tmp_path):
    """Not ready, 503 at once with Retry-After; ready and accepting when the broker has come."""
    async with EmbeddedBroker() as broker:
        await create_topics(broker.kafka)
        broker.kill()
        async with ingest(broker.bootstrap_servers, tmp_path) as (_, client):
            assert (await client.get("/livez")).status_code == 200
            assert (await client.get("/readyz")).status_code == 503
            refused = await client.post("/v1/articles", content=make_value(), headers=JSON)
            assert (refused.status_code, "Retry-After" in refused.headers) == (503, True)
            await broker.restart()
            await until(is_ready(client))
            assert (await client.post("/v1/articles", content=make_value(), headers=JSON)).status_code == 202


async def test_loses_nothing_when_the_broker_is_killed_under_load(broker, tmp_path):
    """What was accepted is on the topic; what was not was refused in time; afterwards all goes on."""
    async with ingest(broker.bootstrap_servers, tmp_path) as (_, client):
        await until(is_ready(client))
        async with load(client) as (accepted, refused):
            await until(lambda: len(accepted) > 200)
            broker.kill()
            await until(lambda: len(refused) > 8)
            before = len(accepted)
            await broker.restart()
            await until(lambda: len(accepted) > before + 200)
    assert {status for status, _ in refused} == {503}
    assert max(seconds for _, seconds in refused) < ACK_TIMEOUT_SECONDS + 1
    assert set(accepted) <= {record.key.decode() for record in await raw_records(broker)}


async def test_answers_in_time_while_the_broker_hangs(broker, tmp_path):
    """A broker that is there and says nothing is the worst: 503 in time, and back when it speaks again."""
    async with ingest(broker.bootstrap_servers, tmp_path) as (_, client):
        await until(is_ready(client))
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            refused = await client.post("/v1/articles", content=make_value(), headers=JSON)
            assert refused.status_code == 503
            assert time.monotonic() - started < ACK_TIMEOUT_SECONDS + 1
            assert (await client.get("/readyz")).status_code == 503
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        await until(is_ready(client))
        assert (await client.post("/v1/articles", content=make_value(), headers=JSON)).status_code == 202


async def test_sigterm_under_load_loses_nothing_and_exits_0(broker, tmp_path):
    """What is being answered is answered; then the port is closed."""
    async with ingest(broker.bootstrap_servers, tmp_path) as (process, client):
        await until(is_ready(client))
        async with load(client) as (accepted, refused):
            await until(lambda: len(accepted) > 200)
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 20) == 0
    assert not refused
    assert set(accepted) <= {record.key.decode() for record in await raw_records(broker)}


async def test_refuses_to_be_reached_from_elsewhere(tmp_path):
    """The process says why in one line, and how to permit it."""
    environment = os.environ | {"CLAIMWIRE_INGEST_HOST": "0.0.0.0"}  # noqa: S104 - what is to be refused
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.ingest", env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert b"CLAIMWIRE_INGEST_ALLOW_REMOTE=true" in said
    assert b"Traceback" not in said
