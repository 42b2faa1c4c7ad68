"""Keys and idempotency of the ingest service as a process, on a real Kafka: what a key's holder sends has its name."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from support.articles import make_value

from services.contract import codec
from services.ingest.key_store import KeyStore

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="session")]


@asynccontextmanager
async def ingest(kafka: str, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Run the service with the keys and answers of a folder, open to other machines."""
    ready_file = folder / "ready.json"
    ready_file.unlink(missing_ok=True)
    environment = os.environ | {
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "CLAIMWIRE_INGEST_HOST": "0.0.0.0",  # noqa: S104 - what keys permit
        "CLAIMWIRE_INGEST_PORT": "0",
        "CLAIMWIRE_INGEST_READY_FILE": str(ready_file),
        "CLAIMWIRE_INGEST_KEYS_FILE": str(folder / "keys.sqlite"),
        "CLAIMWIRE_INGEST_IDEMPOTENCY_FILE": str(folder / "answers.sqlite"),
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.ingest", env=environment)
    try:
        await until(lambda: asyncio.to_thread(ready_file.exists))
        port = httpx.URL(orjson.loads(ready_file.read_bytes())["url"]).port
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
            await until(lambda: is_ready(client))
            yield client
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 30) == 0


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():
            await asyncio.sleep(0.05)


async def is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 200


async def headers_at(kafka: str, receipt: dict) -> dict[str, bytes]:
    """Return the headers of the record that a receipt names."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        partition = TopicPartition(receipt["topic"], receipt["partition"])
        consumer.assign([partition])
        consumer.seek(partition, receipt["offset"])
        return dict((await asyncio.wait_for(consumer.getone(partition), 30)).headers)
    finally:
        await consumer.stop()


async def test_a_keys_holder_is_named_and_answered_once(kafka, tmp_path):
    """The record has the producer's name; after a restart the same request has the same answer and place."""
    store = KeyStore(tmp_path / "keys.sqlite")
    key, text = store.create("wire-desk", quota="100/min")
    body = make_value(url=f"https://news.example/{key.id}")
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {text}",
        "Idempotency-Key": key.id,
    }
    async with ingest(kafka, tmp_path) as client:
        stranger = await client.post("/v1/articles", content=body, headers={"Content-Type": "application/json"})
        first = await client.post("/v1/articles", content=body, headers=headers)
    async with ingest(kafka, tmp_path) as client:
        again = await client.post("/v1/articles", content=body, headers=headers)
        store.revoke(key.id)

        async def is_out() -> bool:
            return (await client.post("/v1/articles", content=body, headers=headers)).status_code == 401

        await until(is_out)
    assert [stranger.status_code, first.status_code, again.status_code] == [401, 202, 202]
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (await headers_at(kafka, first.json()))[codec.PRODUCER] == b"wire-desk"
