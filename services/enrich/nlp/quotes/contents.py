"""Puts what was reported together from labelled clauses: its spans, without the words that introduce it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.contract.enriched import QuoteType
from services.enrich.nlp.lexemes import LexemeKind
from services.enrich.nlp.quotes.lexicon import Sense
from services.enrich.nlp.quotes.reading import BEGINS, GOES_ON, OUTSIDE, TELLS, Reading

_WORD = re.compile(r"\w")
_MOST_INTERRUPTING = 3  # clauses of an attribution between two parts of a quotation
_THAT, _ACCORDING = int(Sense.THAT), int(Sense.ACCORDING)
_OF_SOURCE = Sense.DETERMINER | Sense.PREPOSITION | Sense.ROLE


@dataclass(slots=True)
class Content:
    """Reported words: the clauses first:last of the reading, those of them that are content, and the spans in the text."""

    type: QuoteType
    clauses: list[int]
    spans: list[tuple[int, int]]
    confidence: float

    @property
    def start(self) -> int:
        """Where it begins in the text."""
        return self.spans[0][0]

    @property
    def end(self) -> int:
        """Where it ends in the text."""
        return self.spans[-1][1]


def contents(reading: Reading, labels: Sequence[int], chances: Sequence[float]) -> list[Content]:
    """Return the reported contents in order."""
    groups: list[list[int]] = []
    is_open = False
    for at, label in enumerate(labels):
        if is_open and label == BEGINS and _is_resumed(reading, labels, groups[-1], at):
            groups[-1].append(at)
        elif label == BEGINS or (label == GOES_ON and not is_open):
            groups.append([at])
            is_open = True
        elif label == GOES_ON:
            groups[-1].append(at)
        elif label == OUTSIDE:
            is_open = False
    found: list[Content] = []
    done = 0
    for group in groups:
        content = _content(reading, group, sum(chances[at] for at in group) / len(group), done)
        if content is not None:
            found.append(content)
            done = content.end
    return found


def _is_resumed(reading: Reading, labels: Sequence[int], group: Sequence[int], at: int) -> bool:
    """Whether marks go on with a quotation that the attribution interrupted: “The bridge”, said X, “will reopen”.

    English goes on so behind a full stop as well: “The bridge is old,” said X. “It will be closed.”
    """
    before = group[-1]
    facts = reading.facts
    if not (
        before + 1 < at <= before + 1 + _MOST_INTERRUPTING
        and TELLS in labels[before + 1 : at]
        and reading.clauses[before].quoted is not None
        and reading.clauses[at].quoted is not None
    ):
        return False
    if facts[at].sentence == facts[before].sentence:
        return not facts[at].has_capital
    return reading.resumes_behind_stop and facts[before].closes == "," and not facts[at].begins_paragraph


def _content(reading: Reading, group: list[int], confidence: float, done: int) -> Content | None:
    """Return the content of these clauses; `done` is where the one before ends: none overlaps another."""
    spans: list[tuple[int, int]] = []
    in_marks: set[bool] = set()
    before = -2
    for at in group:
        for begin, last in _spans(reading, at, is_first=at == group[0]):
            # An address may run into the marks, and so into the span before.
            start, end = _trimmed(reading.text, max(begin, spans[-1][1] if spans else done), last)
            if not _WORD.search(reading.text, start, max(start, end)):
                continue
            if spans and at == before + 1 and not reading.clauses[at].quoted and not reading.clauses[before].quoted:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
            in_marks.add(reading.clauses[at].quoted is not None)
        before = at
    if not spans:
        return None
    kind = QuoteType.MIXED if len(in_marks) > 1 else QuoteType.DIRECT if True in in_marks else QuoteType.INDIRECT
    return Content(kind, group, spans, confidence)


def _spans(reading: Reading, at: int, *, is_first: bool) -> list[tuple[int, int]]:
    """Return where the clause's content stands."""
    clause = reading.clauses[at]
    if clause.quoted:
        return [_trimmed(reading.text, start, end) for start, end in clause.quoted.spans]
    words, senses = reading.words, reading.senses
    first, last = clause.first, clause.last
    if is_first:
        if senses[first] & _THAT:
            first += 1
        elif senses[first] & _ACCORDING or (first + 1 < last and senses[first + 1] & _ACCORDING):
            first = _behind_source(reading, first, last)
    while last > first and words[last - 1].kind is LexemeKind.SIGN and words[last - 1].text not in "%°)!?":
        last -= 1
    return [(words[first].start, words[last - 1].end)] if first < last else []


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out spaces within the marks, and the comma that leads to the attribution."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] == ","):
        end -= 1
    return start, end


def _behind_source(reading: Reading, first: int, last: int) -> int:
    """Return where the content begins behind "according to the police", where no comma says so."""
    words, senses = reading.words, reading.senses
    at = first + 1
    while at < last and (senses[at] & (_ACCORDING | _OF_SOURCE) or words[at].text[0].isupper()):
        at += 1
    return at if last - at > 1 else first
