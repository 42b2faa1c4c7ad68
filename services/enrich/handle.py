"""One raw record in, the records that follow from it out. No time of day, network or state.

Everything returned is a function of the raw record, its coordinates and the versions of the steps, so that retries,
replays and rebalances give the same bytes again. A record that is no article becomes a dead letter: a value, not an
exception.
"""

import hashlib
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from services.contract.article import Action, ArticleV1
from services.contract.codec import (
    CHANNEL,
    CHANNELS,
    PRODUCER,
    DecodeError,
    cloud_event_headers,
    decode,
    encode,
    header,
    trace_id_of,
    trace_of,
)
from services.contract.enriched import ClaimEventV1, EnrichedArticleV1, Provenance, Quote
from services.contract.rejected import Original, Problem, Reason, RejectedV1
from services.contract.schema import schema_uri
from services.contract.topics import CLAIMS, DEAD_LETTER, ENRICHED, LATEST
from services.enrich.enrichment import Accepted, NoTextError, UnidentifiedError, enrich, fitted
from services.enrich.resources import Resources
from services.enrich.steps import Timing

log = logging.getLogger(__name__)

_SOURCE = "/claimwire/enrich"
# In base64 it takes 4/3, and the rest of the letter some room.
_MOST_ORIGINAL_BYTES = DEAD_LETTER.max_record_bytes * 3 // 4 - 256 * 1024
_MOST_KEY_BYTES = 1024
_UUID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRecord:
    """A record of the raw topic, as Kafka gives it."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None = None
    value: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()

    @property
    def position(self) -> str:
        """The record's coordinates, unique in a cluster."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def where(self) -> dict[str, object]:
        """What a log line about this record says."""
        return {
            "topic": self.topic,
            "partition": self.partition,
            "offset": self.offset,
            "article_id": self.key.decode("ascii") if self.key and _UUID.fullmatch(self.key) else None,
            "trace_id": trace_id_of(self.headers),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OutRecord:
    """A record to send. The time of sending is added as `ce_time` by the sender."""

    topic: str
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


# How often something was found, by the labels of its metric.
Counts = Mapping[tuple[str, ...], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What an enriched article holds, in numbers: all that the worker itself needs to know of it."""

    action: Action
    language: str
    entities: Counts
    figures: Counts
    quotes: Counts
    claims: Counts
    missing: Counts
    scores: tuple[float, ...]
    is_truncated: bool
    published_age_seconds: float | None
    timings: tuple[Timing, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a record became a dead letter."""

    reason: Reason

    def __str__(self) -> str:
        return f"{self.reason.stage}/{self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What follows from one raw record: what to send, and what became of it, for whoever counts."""

    records: tuple[OutRecord, ...]
    outcome: Findings | Rejection
    channel: str
    article_id: str | None = None  # None: what came could not be read so far as to tell
    cpu_seconds: float = 0.0  # of the process that worked on it


def handle(record: RawRecord, resources: Resources, *, timer: Callable[[], float] = time.perf_counter) -> Handled:
    """Return what follows from `record`: an enriched article with its claims, or a dead letter. Never raises."""
    started = timer()
    channel = _channel(record)
    try:
        article = decode(record.value, ArticleV1)
    except DecodeError as error:
        return reject(record, error.reason, error.detail, problems=error.problems)
    try:
        accepted = Accepted(
            at=_time(record.timestamp_ms),
            key=record.key,
            provenance=Provenance(
                channel=channel,
                producer=_printable(header(record.headers, PRODUCER)),
                raw_topic=record.topic,
                raw_partition=record.partition,
                raw_offset=record.offset,
            ),
        )
        event, timings = enrich(article, accepted, resources)
        event, value = fitted(event)
        records = _records(event, value, record, channel)
    except NoTextError as error:
        return reject(record, Reason.NO_TEXT, str(error))
    except UnidentifiedError as error:
        return reject(record, Reason.UNIDENTIFIED, str(error))
    except Exception as error:  # a bug of ours; the record is kept and can be sent again
        log.exception("enriching failed", extra=record.where)
        return reject(record, Reason.UNEXPECTED, type(error).__name__)
    return Handled(
        records=records,
        outcome=_findings(event, timings, timer() - started),
        channel=channel,
        article_id=event.article_id,
    )


def reject(record: RawRecord, reason: Reason, detail: str, *, problems: tuple[Problem, ...] = ()) -> Handled:
    """Return the dead letter of `record`: its original bytes, and why it is one."""
    event = RejectedV1(
        stage=reason.stage,
        reason=reason,
        detail=detail,
        problems=problems,
        rejected_at=_time(record.timestamp_ms),
        original=_original(record),
    )
    headers = _headers(record, "news.article.rejected.v1", record.position, record.position, "rejected.v1")
    dead_letter = OutRecord(topic=DEAD_LETTER.name, key=_short(record.key), value=encode(event), headers=headers)
    return Handled(records=(dead_letter,), outcome=Rejection(reason), channel=_channel(record))


def _original(record: RawRecord) -> Original:
    """Return the record for its dead letter, without what would not fit: the broker measures records compressed."""
    content = {"key": record.key, "value": record.value, "headers": record.headers}
    size = len(record.key or b"") + len(record.value or b"")
    size += sum(len(name) + len(value or b"") for name, value in record.headers)
    omitted = None
    if size > _MOST_ORIGINAL_BYTES:
        content = {}
        digest = hashlib.sha256(record.value or b"").hexdigest()
        omitted = f"{size:,} bytes, value's sha256 {digest}: too large for a dead letter, still on the raw topic"
    return Original(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp_ms,
        omitted=omitted,
        **content,
    )


def _short(key: bytes | None) -> bytes | None:
    return key if key is None or len(key) <= _MOST_KEY_BYTES else None


def _time(milliseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):  # a topic whose times are its producers'
        return datetime.fromtimestamp(0, UTC)


def _findings(event: EnrichedArticleV1, timings: tuple[Timing, ...], seconds: float) -> Findings:
    expected = {"title": event.title, "url": event.url, "published_at": event.published_at, "source": event.source.key}
    return Findings(
        action=event.action,
        language=event.language.tag if event.language else "und",
        entities=Counter((entity.type.value,) for entity in event.entities),
        figures=Counter((figure.kind.value,) for figure in event.figures),
        quotes=Counter((quote.type.value, quote.attribution.value) for quote in event.quotes),
        claims=Counter((claim.types[0].value if claim.types else "other",) for claim in event.claims),
        scores=tuple(claim.check_worthiness for claim in event.claims),
        missing=Counter((name,) for name, value in expected.items() if not value),
        is_truncated=bool(event.body and event.body.truncated),
        published_age_seconds=(event.accepted_at - event.published_at).total_seconds() if event.published_at else None,
        timings=timings,
        seconds=seconds,
    )


def _records(event: EnrichedArticleV1, value: bytes, record: RawRecord, channel: str) -> tuple[OutRecord, ...]:
    kind = "news.article.retracted.v1" if event.action is Action.RETRACT else "news.article.enriched.v1"
    headers = _headers(record, kind, record.position, event.article_id, "enriched-article.v1")
    key = event.article_id.encode()
    return (
        OutRecord(topic=ENRICHED.name, key=key, value=value, headers=headers),
        # History that is filled in later must not pass for the newest version.
        *(() if channel == "archive" else (OutRecord(topic=LATEST.name, key=key, value=value, headers=headers),)),
        *(_claim_record(claim, record) for claim in claim_events(event)),
    )


def claim_events(event: EnrichedArticleV1) -> tuple[ClaimEventV1, ...]:
    """Return one event for each claim of an article, with what a reader needs to judge it without the article."""
    quotes: dict[str, Quote] = {quote.id: quote for quote in event.quotes}
    return tuple(
        ClaimEventV1(
            claim_hash=claim.claim_hash,
            claim=claim,
            speaker=quotes[claim.quote_id].speaker if claim.quote_id in quotes else None,
            sentence=claim.text,
            article_id=event.article_id,
            version=event.version,
            action=event.action,
            url=event.url,
            title=event.title,
            source=event.source,
            language=event.language.tag if event.language else "und",
            published_at=event.published_at,
            accepted_at=event.accepted_at,
        )
        for claim in event.claims
    )


def _claim_record(event: ClaimEventV1, record: RawRecord) -> OutRecord:
    id = f"{record.position}#{event.claim.id}"
    headers = _headers(record, "news.claim.v1", id, event.article_id, "claim.v1")
    return OutRecord(topic=CLAIMS.name, key=event.claim_hash.encode(), value=encode(event), headers=headers)


def _headers(record: RawRecord, type: str, id: str, subject: str, schema: str) -> tuple[tuple[str, bytes], ...]:
    return tuple(
        cloud_event_headers(
            id=id,
            type=type,
            source=_SOURCE,
            subject=subject,
            schema=schema_uri(schema),
            time=None,
            traceparent=trace_of(record.headers),
        )
    )


def _channel(record: RawRecord) -> str:
    value = _printable(header(record.headers, CHANNEL))
    return value if value in CHANNELS else CHANNELS[-1]  # a label of metrics: never what anybody chooses


def _printable(value: bytes | None) -> str | None:
    if not value:
        return None
    return "".join(c if c.isprintable() else "\ufffd" for c in value.decode(errors="replace"))[:256]
