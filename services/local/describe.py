"""Compares the topics of a cluster with the table of the contract. Changes nothing."""

from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from services.contract.topics import TOPICS
from services.runtime.kafka import Kafka


async def differences(kafka: Kafka) -> dict[str, list[str]]:
    """Return for each topic what is not as the contract says. Raises `KafkaError`."""
    client = AIOKafkaAdminClient(**kafka.client(), client_id="claimwire-topics")
    await client.start()
    try:
        existing = set(await client.list_topics())
        names = [topic.name for topic in TOPICS.values() if topic.name in existing]
        partitions = {t["topic"]: t["partitions"] for t in await client.describe_topics(names)} if names else {}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        answers = await client.describe_configs(resources) if resources else []
    finally:
        await client.close()
    configs = {name: settings for answer in answers for name, settings in _settings(answer)}
    found: dict[str, list[str]] = {}
    for topic in TOPICS.values():
        if topic.name not in partitions:
            found[topic.name] = ["does not exist: `claimwire topics create` makes it"]
            continue
        lines = [f"partition {p['partition']} has no leader" for p in partitions[topic.name] if p["leader"] < 0]
        if (count := len(partitions[topic.name])) != topic.partitions:
            lines.append(f"{count} partitions, not {topic.partitions}")
        settings = configs.get(topic.name, {})
        lines += [
            f"{name}={settings.get(name)}, not {wanted}"
            for name, wanted in topic.config.items()
            if settings.get(name) != wanted
        ]
        found[topic.name] = lines
    return found


def _settings(answer: Any) -> list[tuple[str, dict[str, str]]]:
    return [(name, {entry[0]: entry[1] for entry in entries}) for _, _, _, name, entries in answer.resources]
