"""The logins of the prod overlay work on a real Kafka with TLS, SCRAM and access lists, and allow no more than needed."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest
import yaml
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import TopicAuthorizationFailedError
from support.articles import make_value
from support.manifests import environment, named, rendered
from support.strict import StrictBroker, password_of
from support.workers import Workers

from deploy.k8s.generate import COMPONENTS, GROUP
from services.contract.topics import DEAD_LETTER, ENRICHED, RAW
from services.local.describe import differences
from services.local.process import GuardedProcess
from services.local.records import reader as reader_of
from services.local.replay import Selection, replay
from services.runtime.topics import create_topics

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]

USERS = list(yaml.safe_load_all((COMPONENTS / "strimzi" / "users.yaml").read_text("utf-8")))


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[StrictBroker]:
    """Return a broker with the topics, the users and their rights."""
    async with StrictBroker(tmp_path, USERS) as broker:
        await create_topics(broker.kafka)
        yield broker


def production(name: str, broker: StrictBroker, folder: Path) -> dict[str, str]:
    """Return the environment of the prod overlay, but for where Kafka, the files and this machine are."""
    manifests = rendered("prod")
    given = environment(manifests, named(manifests, "Deployment", name))
    password = folder / f"{name}.password"
    password.write_text(password_of(name))
    return given | {
        "KAFKA_BOOTSTRAP_SERVERS": broker.secured.bootstrap_servers,
        "CLAIMWIRE_KAFKA_PASSWORD_FILE": str(password),
        "CLAIMWIRE_KAFKA_CA_FILE": str(broker.ca_file),
        "CLAIMWIRE_INGEST_HOST": "127.0.0.1",
        "CLAIMWIRE_INGEST_PORT": "0",
        "CLAIMWIRE_ENRICH_HEALTH_HOST": "127.0.0.1",
        "CLAIMWIRE_ENRICH_HEALTH_PORT": "0",
    }


async def test_an_article_goes_all_the_way(broker, tmp_path) -> None:
    """Both services run with the manifests' environment and rights; what is submitted comes out enriched."""
    workers = Workers(broker.secured.bootstrap_servers, tmp_path, **production("claimwire-enrich", broker, tmp_path))
    ready_file = tmp_path / "ingest.ready.json"
    ingest = GuardedProcess(
        [sys.executable, "-m", "services.ingest"],
        log=tmp_path / "ingest.log",
        env=production("claimwire-ingest", broker, tmp_path) | {"CLAIMWIRE_INGEST_READY_FILE": str(ready_file)},
    )
    try:
        await workers.start("one")
        async with asyncio.timeout(30), httpx.AsyncClient(trust_env=False) as client:
            while not ready_file.exists():
                assert ingest.exit_code is None, ingest.log_tail()
                await asyncio.sleep(0.05)
            url = orjson.loads(ready_file.read_bytes())["url"]
            answer = await client.post(
                f"{url}/v1/articles", content=make_value(), headers={"Content-Type": "application/json"}
            )
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text + ingest.log_tail()
        reader = AIOKafkaConsumer(
            ENRICHED.name,
            bootstrap_servers=broker.bootstrap_servers,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
        )
        await reader.start()
        try:
            record = await asyncio.wait_for(reader.getone(), 30)
        finally:
            await reader.stop()
        assert orjson.loads(record.value)["article_id"] == answer.json()["article_id"]
    finally:
        await ingest.stop()
        await workers.stop()


async def test_keda_sees_the_lag(broker) -> None:
    """Its user may ask for the group's offsets and for the ends of the raw topic."""
    options = broker.kafka_as("claimwire-keda").client()
    partition = TopicPartition(RAW.name, 3)
    worker = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap_servers, group_id=GROUP, enable_auto_commit=False)
    await worker.start()
    try:
        worker.assign([partition])
        await worker.commit({partition: 7})
    finally:
        await worker.stop()
    admin = AIOKafkaAdminClient(**options)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(GROUP, partitions=[partition])
        assert offsets[partition].offset == 7
    finally:
        await admin.close()
    reader = AIOKafkaConsumer(**options)
    await reader.start()
    try:
        assert await reader.end_offsets([partition]) == {partition: 0}
    finally:
        await reader.stop()


async def test_people_can_look_and_send_again(broker) -> None:
    """The operators' user may do what `claimwire topics describe`, `tail` and `replay` do."""
    kafka = broker.kafka_as("claimwire-operator")
    assert all(not lines for lines in (await differences(kafka)).values())
    async with reader_of(kafka, DEAD_LETTER.name, ENRICHED.name) as records:
        await records.seek(None)
        assert await records.ends()
    assert (await replay(kafka, Selection(), dry_run=True)).failures == []
    producer = AIOKafkaProducer(**kafka.client(), acks="all", enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(RAW.name, make_value())
    finally:
        await producer.stop()


async def test_a_user_cannot_do_the_others_work(broker) -> None:
    """Ingest's and KEDA's users may not read articles; enrich's and KEDA's may not submit any."""
    for user in ("claimwire-ingest", "claimwire-keda"):
        options = broker.kafka_as(user).client()
        reader = AIOKafkaConsumer(RAW.name, auto_offset_reset="earliest", **options)
        await reader.start()
        try:
            with pytest.raises(TopicAuthorizationFailedError):
                await asyncio.wait_for(reader.getone(), 30)
        finally:
            await reader.stop()
    for user in ("claimwire-enrich", "claimwire-keda"):
        producer = AIOKafkaProducer(**broker.kafka_as(user).client())
        await producer.start()
        try:
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send_and_wait(RAW.name, b"{}")
        finally:
            await producer.stop()
