"""Creates on a cluster what `services.contract.topics` says. Never deletes, never changes what is there."""

import asyncio
from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from services.contract.topics import TOPICS, Topic
from services.runtime.kafka import Kafka


async def create_topics(
    kafka: Kafka, *, replication_factor: int = 0, topics: Iterable[Topic] = tuple(TOPICS.values())
) -> list[str]:
    """Create the topics that are missing and wait until all can be used; return the names created.

    `replication_factor` 0 stands for three, or one a broker where there are fewer.

    Raises `KafkaError` if the cluster cannot be reached or refuses, `TimeoutError` if a topic has no leader in 30 s.
    """
    topics = list(topics)
    client = AIOKafkaAdminClient(**kafka.client(), client_id="claimwire-topics")
    await client.start()
    try:
        existing = set(await client.list_topics())
        brokers = len((await client.describe_cluster())["brokers"])
        replicas = replication_factor or min(3, brokers)
        created = []
        for topic in topics:
            if topic.name in existing:
                continue
            # "All replicas have it" must not come to mean the one that is left.
            durable = {"min.insync.replicas": "2"} if replicas >= 3 else {}
            request = NewTopic(topic.name, topic.partitions, replicas, topic_configs=topic.config | durable)
            response = await client.create_topics([request])
            for _, code, message in response.topic_errors:
                error = for_code(code)
                if error is TopicAlreadyExistsError:  # somebody was quicker
                    continue
                if code:
                    raise error(f"{topic.name}: {message}")
                created.append(topic.name)
        async with asyncio.timeout(30):
            while not await _all_led(client, [topic.name for topic in topics]):
                await asyncio.sleep(0.05)
        return created
    finally:
        await client.close()


async def exists(kafka: Kafka, topic: Topic) -> bool:
    """Return whether the cluster has this topic. Raises `KafkaError` if it cannot be reached."""
    client = AIOKafkaAdminClient(**kafka.client(), client_id="claimwire-topics")
    await client.start()
    try:
        return topic.name in await client.list_topics()
    finally:
        await client.close()


async def _all_led(client: AIOKafkaAdminClient, names: list[str]) -> bool:
    try:
        described = await client.describe_topics(names)
    except KafkaError:
        return False
    return all(
        topic["error_code"] == 0 and topic["partitions"] and all(p["leader"] >= 0 for p in topic["partitions"])
        for topic in described
    )
