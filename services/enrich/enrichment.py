"""An article in, the enriched article out: its text, its identity, and what the steps found in it. Pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.contract.article import Action, ArticleV1
from services.contract.codec import encode
from services.contract.enriched import (
    Body,
    EnrichedArticleV1,
    Provenance,
    PublicationStatus,
    Quality,
    StepReport,
    StepStatus,
    TimeQuality,
)
from services.contract.identity import article_id, canonical_url
from services.contract.topics import CLAIMS, ENRICHED
from services.enrich.nlp.document import Document
from services.enrich.nlp.text import normalise
from services.enrich.resources import Resources
from services.enrich.steps import STEPS, Timing, run_steps
from services.page.extract import PageArticle, PageError, extract

# A long read has 60,000 characters; what is longer is a dump. The rest is cut off and the event says so.
MAX_TEXT_CHARS = 200_000
# What an article may say itself; its page is held to the same.
MAX_TITLE_CHARS = 4096
MAX_URL_CHARS = 8192
# A claim travels alone, with its sentence: both must fit into a record of the claims topic whatever the script.
MAX_CLAIM_CHARS = CLAIMS.max_record_bytes // 64
# Room for the record's key and headers.
MAX_EVENT_BYTES = ENRICHED.max_record_bytes - 64 * 1024
# What an event that is still too big loses, in this order.
_SHED = ("claims", "figures", "quotes", "entities")
_ASSIGNED_BY = {step.name: step.assigns for step in STEPS}
# A producer's clock may be ahead by a little; a day is no clock's fault.
_FUTURE = timedelta(days=1)


class NoTextError(ValueError):
    """Raised when there is no text to work on: the producer's fault."""


class UnidentifiedError(ValueError):
    """Raised when a retraction does not say which article it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """How the article came in: what an event says besides the article itself."""

    at: datetime
    key: bytes | None = None
    provenance: Provenance


def enrich(
    article: ArticleV1, accepted: Accepted, resources: Resources
) -> tuple[EnrichedArticleV1, tuple[Timing, ...]]:
    """Return the enriched article and how long each step took. Raises `NoTextError` and `UnidentifiedError`."""
    try:
        id = article_id(article, key=accepted.key)
    except ValueError as error:
        raise UnidentifiedError(str(error)) from None
    page = _page(article) if article.html and not article.body else None
    common = _metadata(article, page, accepted) | {"article_id": str(id)}
    if article.action is Action.RETRACT:
        return EnrichedArticleV1(**common), ()

    body = _body(article.body if page is None else page.body)
    title = common["title"]
    document, reports, timings = run_steps(
        Document(
            text=body.text,
            title=title,
            declared_language=article.language or (page.language if page else None),
            outlet=article.source.name or article.source.domain or article.source.id,
            published_at=common["published_at"].date().isoformat() if common["published_at"] else None,
        ),
        resources,
    )
    claims = tuple(claim for claim in document.claims if len(claim.text) <= MAX_CLAIM_CHARS)
    flags = _flags(document.flags, body, common["published_at_quality"], is_shed=len(claims) < len(document.claims))
    event = EnrichedArticleV1(
        **common,
        body=body,
        language=document.language,
        dedup=document.dedup,
        entities=document.entities,
        figures=document.figures,
        quotes=document.quotes,
        claims=claims,
        enrichment=reports,
        quality=Quality(flags=flags),
    )
    return event, timings


def _page(article: ArticleV1) -> PageArticle:
    try:
        return extract(article.html or "", url=article.url)
    except PageError as error:
        raise NoTextError(str(error)) from None


def _metadata(article: ArticleV1, page: PageArticle | None, accepted: Accepted) -> dict[str, Any]:
    """Return the event's fields that need no language work. What the producer says wins over what its page says."""
    published_at, quality = article.published_at, TimeQuality.GIVEN
    if published_at is None and page is not None:
        published_at, quality = page.published_at, TimeQuality.PARSED
    if published_at is None:
        quality = TimeQuality.MISSING
    elif published_at > accepted.at + _FUTURE:
        quality = TimeQuality.FUTURE

    canonical = article.url or (page.canonical_url if page else None)
    if canonical and len(canonical) > MAX_URL_CHARS:
        canonical = None
    if article.action is Action.RETRACT:
        status = PublicationStatus.CANCELED
    elif article.embargoed_until and article.embargoed_until > accepted.at:
        status = PublicationStatus.WITHHELD
    else:
        status = PublicationStatus.USABLE
    return {
        "version": article.version if article.version is not None else _milliseconds(accepted.at),
        "action": article.action,
        "status": status,
        "supersedes": article.supersedes,
        "reason": article.reason,
        "url": article.url,
        "canonical_url": canonical_url(canonical) if canonical else None,
        "source": article.source,
        "title": article.title or (page.title[:MAX_TITLE_CHARS] if page and page.title else None),
        "subtitle": article.subtitle,
        "authors": article.authors or (page.authors if page else ()),
        "section": article.section,
        "tags": article.tags,
        "rights": article.rights,
        "published_at": published_at,
        "published_at_quality": quality,
        "updated_at": article.updated_at,
        "embargoed_until": article.embargoed_until,
        "accepted_at": accepted.at,
        "provenance": accepted.provenance,
    }


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _body(raw: str | None) -> Body:
    text = normalise(raw or "")
    if not text:
        raise NoTextError("no text is left after extraction and clean-up")
    kept = text[:MAX_TEXT_CHARS].rstrip()
    return Body(
        text=kept,
        sha256=hashlib.sha256(kept.encode()).hexdigest(),
        char_count=len(kept),
        word_count=len(kept.split()),
        truncated=len(kept) < len(text),
        original_chars=len(text),
    )


def _flags(found: tuple[str, ...], body: Body, quality: TimeQuality, *, is_shed: bool) -> tuple[str, ...]:
    added = {"truncated": body.truncated or is_shed, "future_date": quality is TimeQuality.FUTURE}
    return (*found, *(flag for flag, applies in added.items() if applies))


def fitted(event: EnrichedArticleV1) -> tuple[EnrichedArticleV1, bytes]:
    """Return the event and its bytes, less detail if it would not fit into its topic: never less text, never no event."""
    value = encode(event)
    for field in _SHED:
        if len(value) <= MAX_EVENT_BYTES:
            break
        flags = tuple(dict.fromkeys((*event.quality.flags, "truncated")))
        reports = tuple(_shed(report) if _ASSIGNED_BY[report.step] == field else report for report in event.enrichment)
        event = event.model_copy(update={field: (), "enrichment": reports, "quality": Quality(flags=flags)})
        value = encode(event)
    return event, value


def _shed(report: StepReport) -> StepReport:
    return report.model_copy(update={"status": StepStatus.DEGRADED, "reason": "left out: the event would be too large"})
