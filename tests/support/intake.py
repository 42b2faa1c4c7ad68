"""What tests of the ingest service share: an application without a network and a publisher without a Kafka."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from prometheus_client import CollectorRegistry

from services.contract.topics import RAW
from services.ingest.accept import Record
from services.ingest.api import Intake
from services.ingest.app import build
from services.ingest.body import Budget
from services.ingest.publish import Delivered
from services.ingest.settings import IngestSettings
from services.runtime.clock import SystemClock
from services.runtime.metrics import IngestMetrics
from services.runtime.tracing import NoTracing


@dataclass
class WritingPublisher:
    """Keeps the records it is given, in order; `trouble` may answer a record with an exception instead."""

    trouble: Callable[[Record], Exception | None] = lambda _: None
    records: list[Record] = field(default_factory=list)
    obstacle: str | None = None

    in_flight = 0

    async def hand_over(self, record: Record) -> Record:
        if error := self.trouble(record):
            raise error
        self.records.append(record)
        return record

    async def confirm(self, handed: Record) -> Delivered:
        await asyncio.sleep(0)
        return Delivered(RAW.name, 0, self.records.index(handed))

    async def publish(self, record: Record) -> Delivered:
        return await self.confirm(await self.hand_over(record))

    def unready(self) -> str | None:
        return self.obstacle


def make_intake(publisher: WritingPublisher | None = None, **settings) -> Intake:
    """Return what the routes work with."""
    made = IngestSettings(**settings)
    return Intake(
        publisher=publisher or WritingPublisher(),
        settings=made,
        metrics=IngestMetrics(CollectorRegistry()),
        clock=SystemClock(),
        budget=Budget(made.max_held_bytes),
        tracing=NoTracing(),
    )


def make_client(intake: Intake) -> httpx.AsyncClient:
    """Return a client of the application with these parts."""
    transport = httpx.ASGITransport(build(intake, version="0"))
    return httpx.AsyncClient(transport=transport, base_url="http://ingest.example")
