"""What tests of the ingest service share: an application without a network and a publisher without a Kafka."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from prometheus_client import CollectorRegistry

from services.contract.topics import RAW
from services.ingest.accept import Record
from services.ingest.api import Intake
from services.ingest.app import build
from services.ingest.body import Budget
from services.ingest.door import Door
from services.ingest.idempotency import Answers
from services.ingest.publish import AtCapacity, Delivered
from services.ingest.settings import IngestSettings
from services.runtime.clock import Clock, SystemClock
from services.runtime.metrics import IngestMetrics
from services.runtime.tracing import NoTracing


@dataclass
class WritingPublisher:
    """Keeps the records it is given, in order; `trouble` may answer a record with an exception instead."""

    trouble: Callable[[Record], Exception | None] = lambda _: None
    records: list[Record] = field(default_factory=list)
    obstacle: str | None = None
    is_full: bool = False

    in_flight = 0

    def require_room(self) -> None:
        if self.is_full:
            raise AtCapacity("full")

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


def make_intake(publisher: WritingPublisher | None = None, *, clock: Clock | None = None, **settings) -> Intake:
    """Return what the routes work with."""
    made = IngestSettings(**settings)
    clock = clock or SystemClock()
    return Intake(
        publisher=publisher or WritingPublisher(),
        settings=made,
        metrics=IngestMetrics(CollectorRegistry()),
        clock=clock,
        budget=Budget(made.max_held_bytes),
        door=Door(made.keys_file, clock=clock),
        answers=Answers(
            made.idempotency_file,
            max_bytes=made.idempotency_max_bytes,
            keep_seconds=made.idempotency_seconds,
            clock=clock,
        ),
        tracing=NoTracing(),
    )


@dataclass
class MovedClock:
    """A clock that a test moves on."""

    seconds: float = 1_000_000_000.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds


@asynccontextmanager
async def serving(
    publisher: WritingPublisher | None = None, *, clock: Clock | None = None, **settings
) -> AsyncIterator[tuple[httpx.AsyncClient, Intake]]:
    """Serve an application without a network; what it opened is closed."""
    intake = make_intake(publisher, clock=clock, **settings)
    try:
        async with make_client(intake) as client:
            yield client, intake
    finally:
        intake.answers.close()


def make_client(intake: Intake) -> httpx.AsyncClient:
    """Return a client of the application with these parts."""
    transport = httpx.ASGITransport(build(intake, version="0"))
    return httpx.AsyncClient(transport=transport, base_url="http://ingest.example")
