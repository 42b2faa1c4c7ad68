"""`Document`: an article on its way through the steps. Each step fills one field and changes nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from services.contract.enriched import Claim, Dedup, Entity, Figure, Language, Quote, Span
from services.enrich.nlp.lexemes import Lexeme

UNKNOWN = Language(tag="und", confidence=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The article's text and what has been found in it so far.

    `text` is `body.text` of the enriched article: all offsets count code points in it.
    """

    text: str
    title: str | None = None
    declared_language: str | None = None
    outlet: str | None = None
    published_at: str | None = None  # ISO 8601 date, the anchor of relative dates

    language: Language = UNKNOWN
    sentences: tuple[Span, ...] = ()
    lexemes: Sequence[Lexeme] = ()
    entities: tuple[Entity, ...] = ()
    figures: tuple[Figure, ...] = ()
    quotes: tuple[Quote, ...] = ()
    claims: tuple[Claim, ...] = ()
    dedup: Dedup | None = None
    flags: tuple[str, ...] = ()

    def with_field(self, name: str, value: Any) -> Self:
        """Return a copy in which the field `name` has this value."""
        return replace(self, **{name: value})


@dataclass(frozen=True, slots=True)
class Degraded:
    """What a step returns that worked on less than it wants: the value, and what was missing."""

    value: Any
    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """What a step returns that cannot work on this document, and why: its field keeps the default."""

    reason: str
