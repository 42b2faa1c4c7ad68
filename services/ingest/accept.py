"""One article's bytes to the record that goes to Kafka, or to the problem that says why not. Pure: no network, no clock.

The same rules hold for a single article, for a line of a batch and for a retraction.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contract import codec, identity
from services.contract.article import Action, ArticleV1
from services.contract.codec import DecodeError
from services.contract.fields import Event, Line
from services.contract.rejected import Problem, Reason
from services.contract.schema import schema_uri
from services.contract.topics import MAX_ARTICLE_BYTES
from services.ingest.problems import INVALID, Rejected, from_decode_error, too_large

CHANNEL = "http"
EVENT_TYPE = "news.article.raw.v1"
EVENT_SOURCE = "/claimwire/ingest"
# A retraction's body has a reason and nothing else of size.
MAX_RETRACTION_BYTES = 64 * 1024

_SCHEMA = schema_uri("article.v1")


class RetractionV1(Event):
    """The body of a retraction."""

    reason: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What every record of one request carries beside its article."""

    new_id: Callable[[], str]
    time: datetime
    traceparent: bytes
    producer: str | None = None  # the name of its key


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An accepted article, as it goes to Kafka."""

    article_id: UUID
    action: Action
    value: bytes
    headers: list[tuple[str, bytes]]

    @property
    def key(self) -> bytes:
        """The Kafka key: all events of an article are on one partition, in order."""
        return str(self.article_id).encode("ascii")


def accept_article(body: bytes, stamp: Stamp) -> Record:
    """Return the record of an article's JSON. Raises `Rejected`."""
    try:
        article = codec.decode(body, ArticleV1)
    except DecodeError as error:
        raise from_decode_error(error, limit_bytes=MAX_ARTICLE_BYTES) from None
    return _record(article, stamp)


def accept_retraction(body: bytes, article_id: str, stamp: Stamp) -> Record:
    """Return the record that retracts the article `article_id`. Raises `Rejected`."""
    try:
        named = UUID(article_id)
    except ValueError:
        raise _invalid("/article_id", "the id in the path is not a UUID", reason=Reason.INVALID) from None
    try:
        retraction = codec.decode(body, RetractionV1, max_bytes=MAX_RETRACTION_BYTES)
    except DecodeError as error:
        raise from_decode_error(error, limit_bytes=MAX_RETRACTION_BYTES) from None
    if retraction.reason is None:
        raise _invalid("/reason", "is required: readers are told why an article was retracted", reason=Reason.INVALID)
    return _record(ArticleV1(action=Action.RETRACT, article_id=named, reason=retraction.reason), stamp)


def _record(article: ArticleV1, stamp: Stamp) -> Record:
    try:
        article_id = identity.article_id(article)
    except ValueError as error:
        raise _invalid("", str(error)[:300], reason=Reason.UNIDENTIFIED) from None
    value = codec.encode_raw(article)
    # What is written can be longer than what was read; the worker holds it to the same limit.
    if len(value) > MAX_ARTICLE_BYTES:
        raise too_large("the article as it is written to Kafka", limit_bytes=MAX_ARTICLE_BYTES)
    headers = codec.cloud_event_headers(
        id=stamp.new_id(),
        type=EVENT_TYPE,
        source=EVENT_SOURCE,
        subject=str(article_id),
        schema=_SCHEMA,
        time=stamp.time,
        traceparent=stamp.traceparent,
    )
    headers.append((codec.CHANNEL, CHANNEL.encode()))
    if stamp.producer is not None:
        headers.append((codec.PRODUCER, stamp.producer.encode()))
    return Record(article_id=article_id, action=article.action, value=value, headers=headers)


def _invalid(pointer: str, detail: str, *, reason: Reason) -> Rejected:
    return Rejected(INVALID, detail, errors=(Problem(pointer=pointer, detail=detail),), reason=reason)
