"""`EnrichedArticleV1` and its parts, and `ClaimEventV1`: what consumers get.

Offsets (`start`, `end`) count Unicode code points in `body.text`, and `body.text[start:end]` is the text named
beside them. Unknown is an answer: `und`, `null`, an empty list; every list says in `enrichment` why it is empty.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from services.contract.article import Action, Source
from services.contract.fields import Event, Time

Confidence = Annotated[float, Field(ge=0.0, le=1.0, description="0 to 1.")]


class Span(Event):
    """A stretch of `body.text`."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]


class TextSpan(Span):
    """A stretch of `body.text` with its text repeated, so that a reader needs not cut it out."""

    text: str


# ---- identity and body


class PublicationStatus(StrEnum):
    """The words of IPTC ninjs `pubstatus`."""

    USABLE = "usable"
    WITHHELD = "withheld"  # embargoed at the time it was accepted
    CANCELED = "canceled"  # retracted


class TimeQuality(StrEnum):
    """How far a publication time can be trusted."""

    GIVEN = "given"
    PARSED = "parsed"
    FEED = "feed"
    MISSING = "missing"
    FUTURE = "future"


class Body(Event):
    """The article's text, NFC; the one that all offsets refer to."""

    text: str
    sha256: str
    char_count: int
    word_count: int
    truncated: bool = Field(description="Whether only the beginning of a very long text was kept.")
    original_chars: int


class Language(Event):
    """The language that the text is in, not the one it claims."""

    tag: str = Field(description="BCP 47; `und` when unsure.")
    confidence: Confidence
    script: str | None = Field(None, description="ISO 15924, of most letters.")
    declared: str | None = None
    alternatives: tuple["LanguageGuess", ...] = ()


class LanguageGuess(Event):
    """Another language that the text may be in."""

    tag: str
    confidence: Confidence


class Dedup(Event):
    """Signatures by which a consumer can group copies of one text."""

    content_hash: str
    title_hash: str | None
    signature: str = Field(description="64-bit SimHash of word trigrams, hexadecimal; near texts differ in few bits.")


# ---- what is in the text


class EntityType(StrEnum):
    """Kinds of named entities."""

    PER = "PER"
    ORG = "ORG"
    LOC = "LOC"
    MISC = "MISC"


class Mention(TextSpan):
    """One place where an entity is named."""

    confidence: Confidence


class GeoPoint(Event):
    """WGS 84 degrees."""

    lat: float
    lon: float


class Entity(Event):
    """A person, organisation or place, with all its mentions gathered."""

    id: str = Field(description="Unique in the article: e1, e2, …")
    type: EntityType
    name: str = Field(description="The fullest form that the article gives.")
    salience: Confidence = Field(description="How much the article is about it: frequency and earliness.")
    country: str | None = Field(None, description="ISO 3166-1 alpha-2, for places.")
    geo: GeoPoint | None = None
    mentions: tuple[Mention, ...]


class FigureKind(StrEnum):
    """Kinds of figures."""

    MONEY = "money"
    PERCENT = "percent"
    QUANTITY = "quantity"  # with a unit of measure
    COUNT = "count"  # of things
    RATIO = "ratio"
    DATE = "date"
    DURATION = "duration"


class Figure(TextSpan):
    """A number with its meaning: "1.000 km" in Italian is 1000 kilometre."""

    id: str
    kind: FigureKind
    value: float | None = Field(description="In `unit`, scale words applied; seconds since 1970 are never used here.")
    value_max: float | None = Field(None, description="The upper end of a range.")
    unit: str | None = Field(None, description="ISO 4217 for money, `%`, UCUM-like symbols (km, kg, s, h, d, mo, a).")
    scale: float | None = Field(None, description="What a scale word multiplied by: 1e6 for 'million'.")
    qualifier: str | None = Field(None, description="about, at_least, at_most, more_than, less_than.")
    object: str | None = Field(None, description="What is counted, as the text says it.")
    change: str | None = Field(None, description="up, down.")
    date: str | None = Field(None, description="ISO 8601, as exact as the text is, for dates.")


class QuoteType(StrEnum):
    """How words are reported."""

    DIRECT = "direct"
    INDIRECT = "indirect"
    MIXED = "mixed"


class SpeechAct(StrEnum):
    """What is done by the words."""

    STATEMENT = "statement"
    THOUGHT = "thought"  # believed, feared, hoped
    DIRECTIVE = "directive"  # ordered, asked for
    QUESTION = "question"


class Attribution(StrEnum):
    """How the speaker was found."""

    EXPLICIT = "explicit"  # named beside the quote
    PRONOUN = "pronoun"  # a pronoun or a dropped subject, resolved to somebody named before
    CARRIED = "carried"  # no cue of its own: continues an attributed quote
    NONE = "none"


class Speaker(Event):
    """Who said it."""

    name: str | None = Field(description="The full name where the article gives it; null if it does not.")
    entity_id: str | None = None
    role: str | None = Field(None, description="As the article says it: 'foreign minister'.")
    text: str = Field(description="The words that name the speaker at this quote.")
    start: int
    end: int
    resolved_from: str | None = Field(None, description="surname, title, pronoun, dropped_subject, previous_quote.")
    confidence: Confidence


class Quote(Event):
    """Reported words. `text` is the content without the outer marks; several spans if the attribution interrupts."""

    id: str
    type: QuoteType
    act: SpeechAct = Field(
        SpeechAct.STATEMENT, description="statement, thought, directive (asked for, ordered), question."
    )
    text: str
    spans: tuple[Span, ...]
    cue: TextSpan | None = None
    speaker: Speaker | None = None
    attribution: Attribution
    confidence: Confidence


class ClaimType(StrEnum):
    """What a claim asserts."""

    QUANTITY = "quantity"
    PREDICTION = "prediction"
    CAUSAL = "causal"
    COMPARISON = "comparison"
    POLICY = "policy"
    EVENT = "event"
    OTHER = "other"


class ScoreReason(Event):
    """One summand of a score."""

    name: str
    weight: float


class Claim(TextSpan):
    """A sentence that asserts something that can be checked."""

    id: str
    types: tuple[ClaimType, ...]
    check_worthiness: Confidence
    reasons: tuple[ScoreReason, ...] = Field(description="The score is the logistic function of their sum.")
    claimant: str | None = Field(None, description="The speaker's name if quoted, else the outlet.")
    quote_id: str | None = None
    figure_ids: tuple[str, ...] = ()
    entity_ids: tuple[str, ...] = ()
    claim_hash: str = Field(description="The same under changes of case, spacing and punctuation.")


# ---- how it went


class StepStatus(StrEnum):
    """How a step ended."""

    OK = "ok"
    EMPTY = "empty"  # worked, and found nothing
    DEGRADED = "degraded"  # worked on less than it wants
    SKIPPED = "skipped"  # does not know this language, or has nothing to work on
    ERROR = "error"  # failed; its field stays empty


class StepReport(Event):
    """How one step of the enrichment went."""

    step: str
    version: str
    status: StepStatus
    reason: str | None = None


class Quality(Event):
    """Doubts about the text."""

    flags: tuple[str, ...] = Field(
        description="repeated_body, too_short, boilerplate, future_date, language_mismatch, truncated."
    )


class Provenance(Event):
    """Where the article came from."""

    channel: str = Field(description="http, kafka, feed, page, archive, replay or annotate.")
    producer: str | None = None
    raw_topic: str
    raw_partition: int
    raw_offset: int


class EnrichedArticleV1(Event):
    """An article with what was found in it. A retraction carries no body and nothing found."""

    schema_version: Literal[1] = 1
    article_id: str
    version: int
    action: Action
    status: PublicationStatus
    supersedes: str | None = None
    reason: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    source: Source
    title: str | None = None
    subtitle: str | None = None
    authors: tuple[str, ...] = ()
    section: str | None = None
    tags: tuple[str, ...] = ()
    rights: str | None = None
    published_at: Time | None = None
    published_at_quality: TimeQuality
    updated_at: Time | None = None
    embargoed_until: Time | None = None
    accepted_at: Time = Field(description="When the raw topic took the record.")
    body: Body | None = None
    language: Language | None = None
    dedup: Dedup | None = None
    entities: tuple[Entity, ...] = ()
    figures: tuple[Figure, ...] = ()
    quotes: tuple[Quote, ...] = ()
    claims: tuple[Claim, ...] = ()
    enrichment: tuple[StepReport, ...] = ()
    quality: Quality = Quality(flags=())
    provenance: Provenance


class ClaimEventV1(Event):
    """One claim, with what a reader needs to judge it without the article."""

    schema_version: Literal[1] = 1
    claim_hash: str
    claim: Claim
    speaker: Speaker | None = None
    sentence: str
    article_id: str
    version: int
    action: Action
    url: str | None = None
    title: str | None = None
    source: Source
    language: str
    published_at: Time | None = None
    accepted_at: Time
