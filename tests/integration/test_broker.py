"""The embedded Kafka: real, restartable, alone or several at once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from support.wait import is_gone, wait_until

from services.contract.topics import ENRICHED, MAX_REQUEST_BYTES, MIB, RAW
from services.local.broker import BrokerError, EmbeddedBroker
from services.runtime.topics import create_topics

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(180)]


async def send(broker, topic, value):
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap_servers, acks="all", max_request_size=MAX_REQUEST_BYTES
    )
    await producer.start()
    try:
        await producer.send_and_wait(topic.name, value, partition=0)
    finally:
        await producer.stop()


async def first(broker, topic):
    consumer = AIOKafkaConsumer(
        topic.name,
        bootstrap_servers=broker.bootstrap_servers,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=MAX_REQUEST_BYTES,
    )
    await consumer.start()
    try:
        return (await consumer.getone()).value
    finally:
        await consumer.stop()


async def test_what_was_confirmed_survives_kill_9_and_the_address_stays(tmp_path):
    """Clients find the same broker with the same records."""
    async with EmbeddedBroker(tmp_path / "kafka") as broker:
        await create_topics(broker.kafka)
        await send(broker, RAW, b"kept")
        address, pid = broker.bootstrap_servers, broker.pid
        broker.kill()
        await broker.restart()
        assert broker.bootstrap_servers == address
        assert broker.pid != pid
        assert await first(broker, RAW) == b"kept"


async def test_the_data_are_kept_in_a_given_folder_even_on_other_ports(tmp_path):
    """`claimwire up` goes on where it stopped."""
    async with EmbeddedBroker(tmp_path / "kafka") as broker:
        await create_topics(broker.kafka)
        await send(broker, RAW, b"kept")
        before = broker.bootstrap_servers
    async with EmbeddedBroker(tmp_path / "kafka") as broker:
        assert broker.bootstrap_servers != before
        assert await first(broker, RAW) == b"kept"


async def test_the_largest_records_pass():
    """8 MiB of raw article, 16 MiB enriched."""
    async with EmbeddedBroker() as broker:
        await create_topics(broker.kafka)
        for topic, size in ((RAW, 8 * MIB - 1024), (ENRICHED, 16 * MIB - 1024)):
            value = os.urandom(size)
            await send(broker, topic, value)
            assert await first(broker, topic) == value


async def test_several_run_at_once_and_temporary_data_go():
    """Each on its own ports and folder."""
    async with EmbeddedBroker() as one, EmbeddedBroker() as other:
        assert one.bootstrap_servers != other.bootstrap_servers
        folders = [one.data_dir, other.data_dir]
        assert await create_topics(one.kafka)
        assert await create_topics(other.kafka)
    assert not any(folder.exists() for folder in folders)


async def test_a_broker_that_cannot_start_says_why(tmp_path):
    """The last words of Kafka's log, not just a timeout."""
    folder = tmp_path / "kafka"
    async with EmbeddedBroker(folder):
        pass
    (folder / "log" / "meta.properties").write_text("version=1\ncluster.id=x\nnode.id=99\n")
    with pytest.raises(BrokerError, match=r"(?s)last words:.*node id 99"):
        await EmbeddedBroker(folder).start()


def test_a_killed_parent_leaves_neither_kafka_nor_its_temporary_data():
    """Kill -9 of whoever started it."""
    code = """if True:
        import asyncio
        from services.local.broker import EmbeddedBroker
        async def main():
            broker = EmbeddedBroker()
            await broker.start()
            print(broker.pid, broker.data_dir, flush=True)
            await asyncio.Event().wait()
        asyncio.run(main())"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        pid, folder = parent.stdout.readline().split()
        parent.send_signal(signal.SIGKILL)
    wait_until(lambda: is_gone(int(pid)) and not Path(folder).exists(), 30.0)
