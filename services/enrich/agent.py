"""The Faust agent: takes events from the raw topic and hands each, as a plain record, to its delivery. Nothing else."""

from typing import Any

import faust

from services.enrich.deliveries import Deliveries
from services.enrich.handle import RawRecord


def add_agent(app: faust.App, topic: faust.TopicT, deliveries: Deliveries) -> None:
    """Let `app` feed the records of `topic` to `deliveries`."""

    @app.agent(topic, name="enrich", concurrency=1)
    async def take(stream: Any) -> None:
        # noack: Faust must never commit; the offsets go into our transactions (see delivery.py).
        async for event in stream.noack().events():
            await deliveries.put(to_record(event.message))


def to_record(message: Any) -> RawRecord:
    """Return a Faust message as a plain record."""
    headers = message.headers or ()
    return RawRecord(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        # Faust turns Kafka's milliseconds into float seconds; rounding gives the same integer back.
        timestamp_ms=round(message.timestamp * 1000),
        key=message.key,
        value=message.value,
        headers=tuple(headers.items() if isinstance(headers, dict) else headers),
    )
