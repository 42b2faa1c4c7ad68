"""`Draft`: a quotation while it is being put together; `quote` makes the event's value of it."""

from dataclasses import dataclass, field

from services.contract.enriched import Attribution, Quote, QuoteType, Span, Speaker, TextSpan


@dataclass(slots=True)
class Source:
    """The words that name a speaker at a quotation, and what they turned out to mean."""

    start: int
    end: int
    kind: str  # name, role, pronoun, dropped
    name: str | None = None
    entity_id: str | None = None
    role: str | None = None
    confidence: float = 0.0
    resolved_from: str | None = None
    is_person: bool = False


@dataclass(slots=True)
class Draft:
    """A quotation in the making. `spans` are the content without the outer marks."""

    type: QuoteType
    spans: list[tuple[int, int]]
    cue: tuple[int, int] | None = None
    source: Source | None = None
    # What must hold for it to inherit the speaker of the quotation before it.
    may_carry: bool = False
    confidence: float = 0.5
    parts: list["Draft"] = field(default_factory=list)

    @property
    def start(self) -> int:
        """Where the content begins."""
        return self.spans[0][0]

    @property
    def end(self) -> int:
        """Where the content ends."""
        return self.spans[-1][1]

    def quote(self, text: str, *, id: str) -> Quote | None:
        """Return the finished quotation, or None if nothing is left of its content."""
        spans = [trimmed for span in self.spans if (trimmed := _trimmed(text, *span))]
        if not spans:
            return None
        source = self.source
        return Quote(
            id=id,
            type=self.type,
            text=" ".join(text[start:end] for start, end in spans),
            spans=tuple(Span(start=start, end=end) for start, end in spans),
            cue=TextSpan(start=self.cue[0], end=self.cue[1], text=text[slice(*self.cue)]) if self.cue else None,
            speaker=_speaker(text, source) if source and source.end > source.start else None,
            attribution=_attribution(self),
            confidence=round(self.confidence, 2),
        )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] == ","):
        end -= 1
    return (start, end) if any(c.isalnum() for c in text[start:end]) else None


def _speaker(text: str, source: Source) -> Speaker:
    return Speaker(
        name=source.name,
        entity_id=source.entity_id,
        role=source.role,
        text=text[source.start : source.end],
        start=source.start,
        end=source.end,
        resolved_from=source.resolved_from,
        confidence=round(source.confidence, 2),
    )


def _attribution(draft: Draft) -> Attribution:
    if draft.source is None:
        return Attribution.NONE
    if draft.source.resolved_from == "previous_quote":
        return Attribution.CARRIED
    return Attribution.PRONOUN if draft.source.kind in {"pronoun", "dropped"} else Attribution.EXPLICIT
