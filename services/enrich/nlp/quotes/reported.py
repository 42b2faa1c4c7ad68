"""Speech without quotation marks: "said that …", "according to …", "…, officials said.", the German Konjunktiv."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from services.contract.enriched import QuoteType, Span
from services.enrich.nlp.quotes.draft import Draft, Source
from services.enrich.nlp.quotes.lexicon import QuoteLexicon
from services.enrich.nlp.quotes.speakers import Speakers

_FEWEST_WORDS = 4
# Between the verb and "that": its object and a time. "ha detto ieri ai giornalisti che"
_TO_THAT = 70
_MARKS = re.compile(r"[“”„«»\"]")


def reported(
    text: str, sentences: Iterable[Span], words: QuoteLexicon, speakers: Speakers, direct: list[Draft]
) -> list[Draft]:
    """Return the reported clauses, one a sentence at most; those with a quoted fragment inside are mixed."""
    drafts: list[Draft] = []
    starts = [draft.start for draft in direct]  # in order, and not overlapping
    previous: Draft | None = None
    # A verb that introduces a direct quotation introduces no other.
    taken = {draft.cue[0] for draft in direct if draft.cue}
    for sentence in sentences:
        first, last = bisect_right(starts, sentence.start), bisect_left(starts, sentence.end)
        inside = [d for d in direct[max(0, first - 1) : last] if sentence.start < d.end]
        draft = None
        if not any(_covers(d, sentence) for d in inside):
            draft = _clause(text, sentence.start, sentence.end, words, speakers, inside, taken)
            if draft is None and previous and not inside:
                draft = _subjunctive(text, sentence, words, previous)
        if draft:
            drafts.append(draft)
        previous = draft or (inside[-1] if inside else None)
    return drafts


def _covers(draft: Draft, sentence: Span) -> bool:
    """Whether the direct quotation is the better part of the sentence, or reaches beyond it."""
    overlap = min(draft.end, sentence.end) - max(draft.start, sentence.start)
    return draft.start < sentence.start or draft.end > sentence.end or overlap > 0.5 * (sentence.end - sentence.start)


def _clause(
    text: str,
    start: int,
    end: int,
    words: QuoteLexicon,
    speakers: Speakers,
    inside: list[Draft],
    taken: set[int],
) -> Draft | None:
    for cue in words.cue.finditer(text, start, end):
        if cue.start() in taken or any(d.start <= cue.start() < d.end for d in inside):
            continue
        content = _content_after(text, cue, end, words)
        if content and not _is_quoted(content, inside):
            source = speakers.beside(cue.span(), (start, content[0]), is_inverted=False)
            return _draft(content, cue.span(), source, inside, confidence=0.75)
        content = _content_before(text, start, cue.start(), end, words, cue.end())
        if content and not _is_quoted(content, inside):
            source = speakers.beside(cue.span(), (content[1], end), is_inverted=True)
            if source:
                return _draft(content, cue.span(), source, inside, confidence=0.7)
    return _according(text, start, end, words, speakers, inside)


def _is_about(between: str, words: QuoteLexicon) -> bool:
    """Whether "that" begins no reported clause: asked "about" that study; ha detto Rossi, "che" parlerà domani."""
    before = between.split()
    if between.rstrip().endswith(",") and not words.that_after_comma:
        return True
    return bool(before) and before[-1].lower() in words.prepositions


def _is_quoted(content: tuple[int, int], inside: list[Draft]) -> bool:
    """Whether the better part of a clause is a direct quotation already."""
    overlap = sum(max(0, min(d.end, content[1]) - max(d.start, content[0])) for d in inside)
    return overlap > 0.7 * (content[1] - content[0])


def _content_after(text: str, cue: re.Match[str], end: int, words: QuoteLexicon) -> tuple[int, int] | None:
    start = cue.end()
    that = words.that.search(text, start, min(end, start + _TO_THAT))
    if that and not re.search(r"[.;:“«\"]", between := text[start : that.start()]) and not _is_about(between, words):
        return _long_enough(text, that.end(), end)
    if words.comma_clause and (comma := re.match(r"[^,.;:“„\"]{0,60},\s", text[start:end])):
        return _long_enough(text, start + comma.end(), end)
    if (lead := words.bare_clause.match(text, cue.start(), end)) and not _MARKS.search(
        text, start, min(end, start + 40)
    ):
        return _long_enough(text, lead.end(), end)
    return None


def _content_before(
    text: str, start: int, cue: int, end: int, words: QuoteLexicon, cue_end: int
) -> tuple[int, int] | None:
    """Return what stands before ", X said." at the end of a sentence."""
    comma = text.rfind(",", start, cue)
    if comma < 0 or cue - comma > 80 or end - cue_end > 80 or _MARKS.search(text, comma, end):
        return None
    if words.that.search(text, cue_end, end):
        return None
    return _long_enough(text, start, comma)


def _according(
    text: str, start: int, end: int, words: QuoteLexicon, speakers: Speakers, inside: list[Draft]
) -> Draft | None:
    for cue in words.according.finditer(text, start, end):
        source = speakers.after(cue.end(), end)
        if source is None or any(d.start <= cue.start() < d.end for d in inside):
            continue
        comma = text.find(",", source.end, end)
        if cue.start() - start < 4 and comma >= 0 and comma - source.end < 60:
            if relative := words.that.match(text, comma + 2, end):  # "Secondo Rossi, che guida la squadra, …"
                comma = text.find(",", relative.end(), end)
            content = _long_enough(text, comma + 1, end) if comma >= 0 else None
        elif cue.start() - start < 4:
            content = _long_enough(text, source.end, end)
        else:
            content = _long_enough(text, start, cue.start())
        if content:
            return _draft(content, cue.span(), source, inside, confidence=0.7)
    return None


def _subjunctive(text: str, sentence: Span, words: QuoteLexicon, previous: Draft) -> Draft | None:
    """Return the sentence if its mood alone says that it goes on reporting."""
    if not words.subjunctive.search(text, sentence.start, sentence.end):
        return None
    content = _long_enough(text, sentence.start, sentence.end)
    return Draft(QuoteType.INDIRECT, [content], may_carry=True, confidence=0.5) if content and previous else None


def _draft(
    content: tuple[int, int], cue: tuple[int, int], source: Source | None, inside: list[Draft], *, confidence: float
) -> Draft:
    parts = [d for d in inside if content[0] <= d.start and d.end <= content[1] + 1]
    return Draft(
        QuoteType.MIXED if parts else QuoteType.INDIRECT,
        [content],
        cue=cue,
        source=source,
        may_carry=source is None,
        confidence=confidence if source else confidence - 0.2,
        parts=parts,
    )


def _long_enough(text: str, start: int, end: int) -> tuple[int, int] | None:
    while end > start and text[end - 1] in " .\n\u00a0":
        end -= 1
    return (start, end) if len(text[start:end].split()) >= _FEWEST_WORDS else None
