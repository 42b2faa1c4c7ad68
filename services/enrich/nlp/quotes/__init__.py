"""Who said what: quotations, direct, indirect and mixed, each with its speaker where the article names one.

`reading` cuts the article into clauses (`clauses`, at the marks that `marks` finds) and labels each by what it shows
(`features`) and what was learnt; `contents` puts the reported ones together, `attribution` finds the words that introduce
each and who of those named near it (`sources`) speaks, `resolution` says who that is. `lexicon` holds the words of speech.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.contract.enriched import Attribution, Quote, QuoteType, Span, Speaker, SpeechAct, TextSpan
from services.enrich.nlp.calibration import AS_IS, Curve
from services.enrich.nlp.chain import Weights
from services.enrich.nlp.document import Degraded, Document
from services.enrich.nlp.quotes.attribution import Attributed, attribute
from services.enrich.nlp.quotes.contents import contents
from services.enrich.nlp.quotes.lexicon import NO_WORDS, QuoteLexicon
from services.enrich.nlp.quotes.reading import Reading, labelled, read
from services.enrich.nlp.quotes.resolution import Resolved, Resolver
from services.enrich.nlp.quotes.sources import sources

__all__ = ["COMMON", "QuoteLexicon", "QuoteModel", "find"]

# Name of the model for languages without one of their own.
COMMON = "und"
_ACTS = {
    "thought": SpeechAct.THOUGHT,
    "directive": SpeechAct.DIRECTIVE,
    "question": SpeechAct.QUESTION,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteModel:
    """What was learnt of one language: which clauses are reported, and who speaks."""

    clauses: Weights
    speakers: Mapping[str, float]
    content_confidence: Curve = AS_IS
    speaker_confidence: Curve = AS_IS


class QuoteResources(Protocol):
    """What `find` needs."""

    @property
    def quotes(self) -> Mapping[str, QuoteLexicon]:
        """Lexicons by language."""

    @property
    def quote_models(self) -> Mapping[str, QuoteModel]:
        """Models by language, and the common one."""

    @property
    def genders(self) -> Mapping[str, str]:
        """Given names in lower case → m or f, where they are one or the other."""


def find(document: Document, resources: QuoteResources) -> tuple[Quote, ...] | Degraded:
    """Find quotations and their speakers. Without words for the language: what stands in marks, unattributed."""
    language = document.language.tag.split("-")[0]
    lexicon = resources.quotes.get(language)
    model = resources.quote_models.get(language if lexicon else COMMON, resources.quote_models[COMMON])
    reading = read(document, lexicon or NO_WORDS)
    labels, chances = labelled(reading, model.clauses, language=language)
    found = contents(reading, labels, chances)
    if lexicon is None:
        unattributed = [
            Attributed(content, None, None, is_carried=False, probability=0.0)
            for content in found
            if content.type is not QuoteType.INDIRECT
        ]
        quotes = tuple(_quote(reading, one, None, model, id=f"q{n}") for n, one in enumerate(unattributed, start=1))
        return Degraded(quotes, f"no words of speech for {language}")
    possible = sources(reading, lexicon, document.entities) if found else []
    resolver = Resolver(reading, possible, lexicon, resources.genders)
    attributed = list(_told(reading, attribute(reading, labels, found, possible, lexicon, model.speakers)))
    return tuple(
        _quote(reading, one, resolver.resolve(one), model, id=f"q{number}")
        for number, one in enumerate(attributed, start=1)
    )


def _told(reading: Reading, found: Sequence[Attributed]) -> Iterator[Attributed]:
    """Yield what something tells to be reported: marks, a cue, or a quotation that it goes on from."""
    last = -2
    for one in found:
        first = reading.facts[one.content.clauses[0]].sentence
        if one.cue is not None or one.content.type is not QuoteType.INDIRECT or first - last <= 1:
            last = reading.facts[one.content.clauses[-1]].sentence
            yield one


def _quote(reading: Reading, found: Attributed, speaker: Resolved | None, model: QuoteModel, *, id: str) -> Quote:
    text, content, cue = reading.text, found.content, found.cue
    spans = tuple(Span(start=start, end=end) for start, end in content.spans)
    return Quote(
        id=id,
        type=content.type,
        act=_ACTS.get(cue.group, SpeechAct.STATEMENT) if cue else SpeechAct.STATEMENT,
        text=" ".join(text[span.start : span.end] for span in spans),
        spans=spans,
        cue=_span(text, reading.words[cue.first].start, reading.words[cue.last - 1].end) if cue else None,
        speaker=_speaker(text, speaker, model) if speaker else None,
        attribution=_attribution(speaker),
        confidence=round(model.content_confidence(content.confidence), 3),
    )


def _span(text: str, start: int, end: int) -> TextSpan:
    return TextSpan(start=start, end=end, text=text[start:end])


def _speaker(text: str, found: Resolved, model: QuoteModel) -> Speaker:
    start, end = found.words
    return Speaker(
        name=found.name,
        entity_id=found.entity_id,
        role=found.role,
        text=text[start:end],
        start=start,
        end=end,
        resolved_from=found.resolved_from,
        confidence=round(model.speaker_confidence(found.confidence), 3),
    )


def _attribution(speaker: Resolved | None) -> Attribution:
    if speaker is None:
        return Attribution.NONE
    if speaker.resolved_from == "previous_quote":
        return Attribution.CARRIED
    if speaker.resolved_from in {"pronoun", "dropped_subject"}:
        return Attribution.PRONOUN
    return Attribution.EXPLICIT
