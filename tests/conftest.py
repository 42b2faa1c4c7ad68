"""What tests of several folders share: one Kafka for the whole session."""

import os
from collections.abc import AsyncIterator

import pytest_asyncio

from services.local.broker import EmbeddedBroker
from services.runtime.kafka import Kafka
from services.runtime.topics import create_topics


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def kafka() -> AsyncIterator[str]:
    """Return the address of a Kafka with all topics: KAFKA_BOOTSTRAP_SERVERS, else an embedded one.

    Shared and never emptied: a test looks only for its own records, and one that hurts the broker starts its own.
    """
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        await create_topics(Kafka(given))
        yield given
        return
    async with EmbeddedBroker() as broker:
        await create_topics(broker.kafka)
        yield broker.bootstrap_servers
