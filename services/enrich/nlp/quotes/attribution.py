"""Finds who of those named near a reported content speaks.

Every possible speaker is described by a few attributes; `training/quotes` learns a weight for each, and the likeliest wins.
Nobody, and whoever spoke before, are possible speakers too.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.enrich.nlp.lexemes import LexemeKind
from services.enrich.nlp.quotes.contents import Content
from services.enrich.nlp.quotes.cues import Cue, cue, window
from services.enrich.nlp.quotes.lexicon import QuoteLexicon, Sense
from services.enrich.nlp.quotes.reading import TELLS, Reading
from services.enrich.nlp.quotes.sources import Source, SourceKind, lead, phrases

_PREPOSITION, _DETERMINER, _AUXILIARY, _RELATIVE, _ACCORDING = (
    int(sense) for sense in (Sense.PREPOSITION, Sense.DETERMINER, Sense.AUXILIARY, Sense.RELATIVE, Sense.ACCORDING)
)
_SIGNS_BEHIND = frozenset(",:.\n('’")
_SIGNS_BETWEEN = frozenset(",;:–—")
_COMMON_NOUNS = frozenset({SourceKind.PHRASE, SourceKind.ROLE})
_MOST_RANKS, _MOST_CLAUSES, _MOST_APART = 3, 3, 5
_MOST_NEAR = 12  # of those before the cue, and of those behind it, that are weighed


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may speak: a source near by, or none: whoever spoke before (carried), or nobody."""

    source: Source | None
    is_carried: bool
    attributes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Attributed:
    """A content with its cue and its speaker's words. Neither source nor carried: nobody can be found."""

    content: Content
    cue: Cue | None
    source: Source | None
    is_carried: bool
    probability: float


def attribute(
    reading: Reading,
    labels: Sequence[int],
    contents: Sequence[Content],
    sources: Sequence[Source],
    lexicon: QuoteLexicon,
    weights: Mapping[str, float],
) -> list[Attributed]:
    """Return each content with the likeliest speaker."""
    result: list[Attributed] = []
    for found, content, candidates in described(reading, labels, contents, sources, lexicon):
        scores = [sum(weights.get(name, 0.0) for name in candidate.attributes) for candidate in candidates]
        best = max(range(len(scores)), key=scores.__getitem__)
        total = sum(math.exp(score - scores[best]) for score in scores)
        result.append(Attributed(content, found, candidates[best].source, candidates[best].is_carried, 1 / total))
    return result


def described(
    reading: Reading,
    labels: Sequence[int],
    contents: Sequence[Content],
    sources: Sequence[Source],
    lexicon: QuoteLexicon,
) -> list[tuple[Cue | None, Content, list[Candidate]]]:
    """Return each content with its cue and its possible speakers."""
    by_clause = _by_clause(reading, sources)
    result: list[tuple[Cue | None, Content, list[Candidate]]] = []
    last: Content | None = None
    for content in contents:
        around = window(reading, labels, content)
        found = cue(reading, labels, content, around)
        near = [(at, source) for at in around for source in by_clause.get(at, ())]
        if found and found.group != "colon":
            near += [
                (found.clause, source)
                for source in phrases(reading, lexicon, found.clause, found.first, [source for _, source in near])
            ]
        case = _Case(reading, labels, content, found, lexicon)
        candidates = [*_sources(case, near), *_without_source(case, [source for _, source in near], last)]
        result.append((found, content, candidates))
        last = content
    return result


def _by_clause(reading: Reading, sources: Sequence[Source]) -> dict[int, list[Source]]:
    found: dict[int, list[Source]] = {}
    clause = 0
    for source in sources:
        while clause + 1 < len(reading.clauses) and reading.clauses[clause + 1].first <= source.first:
            clause += 1
        found.setdefault(clause, []).append(source)
    return found


@dataclass(frozen=True, slots=True)
class _Case:
    """What all candidates of one content have in common."""

    reading: Reading
    labels: Sequence[int]
    content: Content
    cue: Cue | None
    lexicon: QuoteLexicon

    @property
    def group(self) -> str:
        return self.cue.group if self.cue else "none"

    @property
    def where(self) -> str:
        return self.cue.side if self.cue else "none"

    def attributes(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the attributes, and each once more for the language alone: it may differ from what most do."""
        return (*names, *(f"{self.lexicon.language}|{name}" for name in names))


def _sources(case: _Case, near: Sequence[tuple[int, Source]]) -> Iterator[Candidate]:
    """Yield those named near the content, the nearest to the cue first."""
    ordered = sorted(near, key=lambda pair: pair[1].first)
    before = [pair for pair in ordered if case.cue is None or pair[1].first < case.cue.first]
    behind = ordered[len(before) :]
    for side, pairs in (("<", before[::-1]), (">", behind)):
        for rank, (clause, source) in enumerate(pairs[:_MOST_NEAR]):
            names = [*_itself(case, source, clause, side, rank), *_around(case, source, side)]
            names += _by_cue(case, source, clause, side) if case.cue else _without_cue(case, clause, side)
            yield Candidate(source, is_carried=False, attributes=case.attributes(names))


def _itself(case: _Case, source: Source, clause: int, side: str, rank: int) -> list[str]:
    """Return what the words are, and how many others stand between them and the cue."""
    kind = _kind(case.reading, source)
    facts = case.reading.facts[clause]
    return [
        kind,
        f"{kind}, {case.group}",
        f"{side}{min(rank, _MOST_RANKS)}",
        f"{side}{min(rank, _MOST_RANKS)} {case.where}",
        f"{side}{min(rank, 2)} {case.group}",
        f"{side} {kind}",
        f"tells {case.labels[clause] == TELLS}",
        f"opens {source.first == case.reading.clauses[clause].first} {facts.begins_sentence}",
    ]


def _kind(reading: Reading, source: Source) -> str:
    if source.kind in _COMMON_NOUNS:
        if reading.senses[source.first] & _DETERMINER:
            return f"{source.kind} the"
        return f"{source.kind} capital" if reading.words[source.first].text[0].isupper() else str(source.kind)
    return f"{source.kind} with role" if source.role else str(source.kind)


def _around(case: _Case, source: Source, side: str) -> list[str]:
    """Return what stands right before and right behind the words."""
    led_by, behind = _lead(case.reading, source), _behind(case.reading, source)
    return [
        f"lead {led_by}",
        f"lead {led_by} {side}",
        f"lead {led_by} {case.group}",
        f"then {behind}",
        f"then {behind} {side}",
    ]


def _lead(reading: Reading, source: Source) -> str:
    """Return what stands before the noun phrase: a preposition makes it no subject."""
    at = lead(reading, source)
    if at < 0 or reading.words[at].kind is LexemeKind.SIGN:
        return "sign"
    if reading.senses[at] & _ACCORDING:
        return "according"
    return "preposition" if reading.senses[at] & _PREPOSITION else "-"


def _behind(reading: Reading, source: Source) -> str:
    if source.last >= len(reading.words):
        return "end"
    sign = reading.words[source.last].text
    if sign in _SIGNS_BEHIND:
        return "end" if sign == "\n" else sign
    return "relative" if reading.senses[source.last] & _RELATIVE else "w"


def _by_cue(case: _Case, source: Source, clause: int, side: str) -> list[str]:
    """Return how the words stand to the cue and to the content."""
    cue, words = case.cue, case.reading.words
    if cue is None:
        return []
    kind, where = _kind(case.reading, source), case.where
    between = words[min(source.last, cue.last) : max(source.first, cue.first)]
    near = _distance(sum(1 for word in between if word.kind is not LexemeKind.SIGN))
    names = [
        f"{side} near {near}",
        f"{side} near {near} {kind}",
        f"{side} near {near} {case.group}",
        f"{side} near {near} {where}",
        f"{side} clauses {min(abs(clause - cue.clause), _MOST_CLAUSES)} {where}",
    ]
    if any(word.text in _SIGNS_BETWEEN for word in between):
        names.append(f"{side} comma between {where}")
    if cue.first and case.reading.senses[cue.first - 1] & _AUXILIARY:
        names.append(f"{side} compound {_lead(case.reading, source)}")
    place = words[source.first].start
    if side == ">" and where == "before":
        names.append("between cue and content" if place < case.content.start else "behind content")
    if side == "<" and where == "after":
        names.append("between content and cue" if place >= case.content.end else "before content")
    return names


def _without_cue(case: _Case, clause: int, side: str) -> list[str]:
    distance = min(abs(clause - case.content.clauses[0]), abs(clause - case.content.clauses[-1]))
    return [f"no cue, clauses {min(distance, _MOST_CLAUSES)} {side}"]


def _distance(words: int) -> str:
    for limit in (0, 1, 2, 4, 8):
        if words <= limit:
            return str(limit)
    return "more"


def _without_source(case: _Case, near: Sequence[Source], last: Content | None) -> list[Candidate]:
    """Return the two that stand for no words near by: whoever spoke before, and nobody."""
    facts, kind, group = case.reading.facts[case.content.clauses[0]], case.content.type, case.group
    subjects = "none"
    if possible := [source for source in near if source.kind is not SourceKind.PLACE]:
        is_subject = any(_lead(case.reading, source) != "preposition" for source in possible)
        subjects = "subject" if is_subject else "object"
    apart = "first"
    if last is not None:
        follows = case.reading.facts[last.clauses[-1]].sentence >= facts.sentence - 1
        apart = f"{min(case.content.clauses[0] - last.clauses[-1], _MOST_APART)} {follows}"
    opens = "none"
    if case.cue is not None:
        clause = case.reading.facts[case.cue.clause]
        opens = f"{clause.cue_at} {clause.begins_sentence}"
    marks = [
        f"{group} {kind}",
        f"{group} {subjects}",
        f"{group} {subjects} {opens}",
        f"{apart} {group}",
        f"{apart} {kind}",
        f"{apart} {subjects}",
        f"{case.lexicon.drops_subject} {group} {subjects}",
        f"paragraph {facts.begins_paragraph} {kind} {group}",
        f"hearsay {facts.has_hearsay} {group}",
    ]
    return [
        Candidate(None, is_carried=is_carried, attributes=case.attributes([f"{who} {mark}" for mark in marks]))
        for who, is_carried in (("carried", True), ("nobody", False))
    ]
