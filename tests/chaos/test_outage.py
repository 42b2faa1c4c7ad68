"""Kafka goes away for twenty seconds and comes back, with articles coming in over HTTP all the time."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import orjson
import pytest
from support.articles import make_value
from support.history import History, check
from support.traffic import caught_up, observe
from support.workers import Workers

from services.local.broker import EmbeddedBroker
from services.local.process import GuardedProcess
from services.runtime.topics import create_topics

pytestmark = [pytest.mark.chaos, pytest.mark.kafka, pytest.mark.timeout(240)]

GONE_SECONDS = 20.0


@asynccontextmanager
async def ingest(bootstrap_servers: str, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Run the ingest service as a process."""
    ready_file = folder / "ingest.json"
    process = GuardedProcess(
        [sys.executable, "-m", "services.ingest"],
        log=folder / "ingest.log",
        env={
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
            "CLAIMWIRE_INGEST_PORT": "0",
            "CLAIMWIRE_INGEST_READY_FILE": str(ready_file),
            "CLAIMWIRE_INGEST_ACK_TIMEOUT_SECONDS": "2",
        },
    )
    try:
        async with asyncio.timeout(30):
            while not ready_file.exists():
                await asyncio.sleep(0.05)
        url = orjson.loads(ready_file.read_bytes())["url"]
        async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as client:
            while (await client.get("/readyz")).status_code != httpx.codes.OK:
                await asyncio.sleep(0.05)
            yield client
    finally:
        await process.stop()


async def submit_until(client: httpx.AsyncClient, stop: asyncio.Event, history: History) -> Counter[int]:
    """Submit article after article; note what was acknowledged, and how often each status was the answer."""
    answers: Counter[int] = Counter()
    number = 0
    while not stop.is_set():
        number += 1
        value = make_value(url=f"https://news.example/{number}", body=f"Article {number}.")
        response = await client.post("/v1/articles", content=value, headers={"Content-Type": "application/json"})
        answers[response.status_code] += 1
        if response.status_code == httpx.codes.ACCEPTED:
            accepted = response.json()
            history.acknowledged[(accepted["partition"], accepted["offset"])] = accepted["article_id"]
        else:
            assert response.headers["retry-after"]
            await asyncio.sleep(0.2)
    return answers


async def test_nothing_that_was_acknowledged_is_lost_and_the_rest_hears_503(tmp_path: Path) -> None:
    """Ingest says 503 while Kafka is away and recovers by itself; the worker goes on where it was."""
    history = History()
    async with EmbeddedBroker() as broker:
        await create_topics(broker.kafka)
        workers = Workers(broker.bootstrap_servers, tmp_path)
        try:
            await workers.start("a")
            workers.keep("a")
            async with ingest(broker.bootstrap_servers, tmp_path) as client:
                stop = asyncio.Event()
                submitting = asyncio.create_task(submit_until(client, stop, history))
                await asyncio.sleep(2)
                before = len(history.acknowledged)
                broker.kill()
                await asyncio.sleep(GONE_SECONDS)
                during = len(history.acknowledged)
                assert (await client.get("/readyz")).status_code == httpx.codes.SERVICE_UNAVAILABLE
                assert (await client.get("/livez")).status_code == httpx.codes.OK
                await broker.restart()
                async with asyncio.timeout(30):
                    while len(history.acknowledged) < during + 50:
                        await asyncio.sleep(0.1)
                stop.set()
                answers = await submitting
            await caught_up(broker.bootstrap_servers, "claimwire-enrich", seconds=90)
            await observe(broker.bootstrap_servers, history)
        finally:
            await workers.stop()
    assert before > 50
    # One request was on its way when Kafka was killed, and one may have been answered just before.
    assert during - before <= 2
    assert set(answers) == {202, 503}
    # What ingest gave up on may still have arrived: sending it again is harmless, and it is no phantom.
    assert not check(history)
