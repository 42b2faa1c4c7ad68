"""The demonstration: submits articles to a running stack, waits for each to come out, and says what was lost.

Shows nothing itself: `services.local.show` does.
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aiokafka import ConsumerRecord

from services.contract.codec import decode, header
from services.contract.enriched import EnrichedArticleV1, StepStatus
from services.contract.rejected import RejectedV1
from services.contract.topics import DEAD_LETTER, ENRICHED, MAX_REQUEST_BYTES
from services.local.progress import Progress
from services.local.records import Reader, reader
from services.local.scrape import Samples, scrape
from services.local.stack import Stack
from services.local.submissions import Submission, Unreadable, load
from services.local.submit import Accepted, submit

_WAIT_SECONDS = 90.0
_METRICS_SECONDS = 3.0

Position = tuple[int, int]  # partition and offset of the raw record


class NoArticlesError(RuntimeError):
    """Raised when there is nothing to demonstrate with."""


@dataclass(frozen=True, slots=True)
class Enriched:
    """An article that came out, and what it came from."""

    origin: str
    event: EnrichedArticleV1
    value: bytes
    seconds: float | None  # from the raw record to the result


@dataclass(slots=True)
class Outcome:
    """What became of the articles."""

    submitted: int = 0
    enriched: list[Enriched] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    metrics: Samples = field(default_factory=Samples)
    seconds: float = 0.0


async def demonstrate(stack: Stack, folder: Path, *, progress: Progress) -> Outcome:
    """Submit everything in the folder to the stack and wait for it. Raises `NoArticlesError` and `KafkaError`."""
    loaded = list(load(folder))
    submissions = [item for item in loaded if isinstance(item, Submission)]
    if not submissions:
        raise NoArticlesError(f"there are no articles in {folder}")
    outcome = Outcome(submitted=len(submissions))
    outcome.failures += [f"{item.origin}: unreadable: {item.detail}" for item in loaded if isinstance(item, Unreadable)]
    async with reader(stack.kafka, ENRICHED.name, DEAD_LETTER.name) as records:
        await records.seek_to_end()
        started = time.perf_counter()
        progress.step(f"Submitting {len(submissions)} articles over HTTP")
        summary = await submit(submissions, url=stack.ingest_url)
        for refused in [*summary.rejected, *summary.failed]:
            problem = refused.problem
            outcome.failures.append(f"{refused.origin}: not accepted: {problem.get('detail') or problem.get('title')}")
        accepted = {(end.partition, end.offset): end for end in summary.accepted}
        found = await _collect(records, accepted, outcome, progress)
        outcome.seconds = time.perf_counter() - started
    outcome.enriched = [found[position] for position in accepted if position in found]
    outcome.metrics = await _settled_metrics(stack, len(accepted))
    return outcome


async def _collect(
    records: Reader, accepted: dict[Position, Accepted], outcome: Outcome, progress: Progress
) -> dict[Position, Enriched]:
    """Wait for what comes of the accepted articles; note in `outcome` what is wrong with it."""
    found: dict[Position, Enriched] = {}
    dead: set[Position] = set()
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            if accepted:
                async for record in records.follow():
                    _note(record, accepted, found, dead, outcome.failures)
                    progress.update(f"Enriched {len(found)} of {len(accepted)} articles")
                    if len(found) + len(dead) == len(accepted):
                        break
    except TimeoutError:
        for position, end in accepted.items():
            if position not in found and position not in dead:
                outcome.failures.append(f"{end.origin}: did not come out within {_WAIT_SECONDS:.0f} s")
    return found


def _note(
    record: ConsumerRecord,
    accepted: dict[Position, Accepted],
    found: dict[Position, Enriched],
    dead: set[Position],
    failures: list[str],
) -> None:
    if record.topic == DEAD_LETTER.name:
        letter = decode(record.value, RejectedV1, max_bytes=MAX_REQUEST_BYTES)
        position = (letter.original.partition, letter.original.offset)
        if position in accepted:
            dead.add(position)
            failures.append(f"{accepted[position].origin}: dead letter: {letter.reason}: {letter.detail}")
        return
    event = decode(record.value, EnrichedArticleV1, max_bytes=MAX_REQUEST_BYTES)
    position = (event.provenance.raw_partition, event.provenance.raw_offset)
    if position not in accepted:
        return  # of somebody else who uses this Kafka
    origin = accepted[position].origin
    if position in found:
        failures.append(f"{origin}: came out twice")
    failures += [
        f"{origin}: step {report.step} failed: {report.reason}"
        for report in event.enrichment
        if report.status is StepStatus.ERROR
    ]
    found[position] = Enriched(origin, event, record.value, _seconds(event, record))


def _seconds(event: EnrichedArticleV1, record: ConsumerRecord) -> float | None:
    sent = header(record.headers, "ce_time")
    if sent is None:
        return None
    return (datetime.fromisoformat(sent.decode()) - event.accepted_at).total_seconds()


async def _settled_metrics(stack: Stack, accepted: int) -> Samples:
    """Return the metrics once the workers have counted what they committed, which they do just after it."""
    deadline = time.monotonic() + _METRICS_SECONDS
    while True:
        samples = await scrape(stack.metrics_urls)
        if samples.total("claimwire_events_consumed_total") >= accepted or time.monotonic() > deadline:
            return samples
        await asyncio.sleep(0.05)
