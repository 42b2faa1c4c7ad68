"""Annotated articles as the models see them: clauses with the labels that they should get, speakers to choose from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from services.contract.enriched import Language
from services.enrich.nlp import entities, sentences
from services.enrich.nlp.document import Degraded, Document
from services.enrich.nlp.lexemes import LexemeKind
from services.enrich.nlp.quotes.attribution import Candidate, described
from services.enrich.nlp.quotes.contents import contents
from services.enrich.nlp.quotes.features import attributes
from services.enrich.nlp.quotes.lexicon import QuoteLexicon
from services.enrich.nlp.quotes.reading import BEGINS, GOES_ON, LABELS, OUTSIDE, TELLS, Reading, paragraphs, read
from services.enrich.nlp.quotes.sources import Source, sources
from services.enrich.resources import Resources
from training.quotes.marked import read as read_lines
from training.quotes.scores import matches, outermost

# So far from a content its cue and its speaker still belong to it, in clauses.
_NEAR_CLAUSES = 3
# A speaker's words before that place are those of somebody who spoke before.
_BEFORE_CHARS = 60


@dataclass(frozen=True, slots=True)
class Example:
    """An annotated article, as far as the steps before the quotations see it."""

    article: Mapping[str, Any]
    document: Document

    @classmethod
    def of(cls, article: Mapping[str, Any], resources: Resources) -> Self:
        """Run the steps that quotations need."""
        document = Document(text=article["text"], language=Language(tag=article["language"], confidence=1.0))
        for name, step in (("sentences", sentences.split), ("entities", entities.find)):
            result = step(document, resources)
            document = document.with_field(name, result.value if isinstance(result, Degraded) else result)
        return cls(article, document)


@dataclass(frozen=True, slots=True)
class Lesson:
    """An article's clauses with what they show and the labels that they should get."""

    example: Example
    reading: Reading
    attributes: Sequence[Sequence[str]]
    labels: Sequence[int]

    def sequences(self) -> Iterable[tuple[Sequence[Sequence[str]], Sequence[str]]]:
        """Yield the paragraphs: attributes and labels of their clauses."""
        starts = [*paragraphs(self.reading), len(self.labels)]
        for first, last in pairwise(starts):
            yield self.attributes[first:last], [LABELS[label] for label in self.labels[first:last]]


def load(path: Path, resources: Resources) -> list[Example]:
    """Read a file of annotated articles."""
    return [Example.of(article, resources) for article in read_lines(path)]


def lesson(example: Example, lexicon: QuoteLexicon) -> Lesson:
    """Return what the clause model learns from an article."""
    reading = read(example.document, lexicon)
    return Lesson(example, reading, attributes(reading.facts, lexicon.language), _labels(reading, example.article))


def _labels(reading: Reading, article: Mapping[str, Any]) -> list[int]:
    labels = [OUTSIDE] * len(reading.clauses)
    for quote in outermost(article):
        hits = [at for at in range(len(labels)) if _mostly_inside(reading, at, quote["content"])]
        for at in hits:
            labels[at] = BEGINS if at == hits[0] else GOES_ON
        if not hits:
            continue
        for at in range(max(0, hits[0] - _NEAR_CLAUSES), min(len(labels), hits[-1] + _NEAR_CLAUSES + 1)):
            if labels[at] == OUTSIDE and _touches(reading, at, [*quote["cue"], *quote["speaker"]]):
                labels[at] = TELLS
    return labels


def _mostly_inside(reading: Reading, at: int, spans: Sequence[Sequence[int]]) -> bool:
    clause = reading.clauses[at]
    places = [word.start for word in reading.words[clause.first : clause.last] if word.kind is not LexemeKind.SIGN]
    inside = sum(any(start <= place < end for start, end in spans) for place in places)
    return bool(places) and 2 * inside >= len(places)


def _touches(reading: Reading, at: int, spans: Sequence[Sequence[int]]) -> bool:
    clause = reading.clauses[at]
    first, last = reading.words[clause.first].start, reading.words[clause.last - 1].end
    return any(start < last and first < end for start, end in spans)


@dataclass(frozen=True, slots=True)
class Choice:
    """Who may speak at one content, and which of them are right (none, if the right one is not among them)."""

    candidates: Sequence[Candidate]
    right: Sequence[int]


def choices(lesson: Lesson, lexicon: QuoteLexicon) -> list[Choice]:
    """Return what the speaker model learns from an article: of its annotated contents."""
    reading, labels = lesson.reading, lesson.labels
    found = contents(reading, labels, [1.0] * len(labels))
    annotated = outermost(lesson.example.article)
    by_content = {
        ours: theirs
        for theirs, ours in matches(
            reading.text, [quote["content"] for quote in annotated], [content.spans for content in found]
        )
    }
    possible = sources(reading, lexicon, lesson.example.document.entities)
    return [
        Choice(candidates, _right(reading, content.start, candidates, annotated[by_content[place]]))
        for place, (_, content, candidates) in enumerate(described(reading, labels, found, possible, lexicon))
        if place in by_content
    ]


def _right(reading: Reading, start: int, candidates: Sequence[Candidate], quote: Mapping[str, Any]) -> list[int]:
    words, via = quote["speaker"], quote.get("via")
    carried = next(at for at, candidate in enumerate(candidates) if candidate.is_carried)
    nobody = carried + 1
    if via in {"dropped", "previous"}:
        return [carried]
    right = [
        at
        for at, candidate in enumerate(candidates)
        if candidate.source is not None and _overlaps(reading, candidate.source, words)
    ]
    if not right and words and via is None and words[0][0] < start - _BEFORE_CHARS:
        return [carried]
    return right if right or words else [nobody]


def _overlaps(reading: Reading, source: Source, spans: Sequence[Sequence[int]]) -> bool:
    first, last = reading.words[source.first].start, reading.words[source.last - 1].end
    return any(start < last and first < end for start, end in spans)
