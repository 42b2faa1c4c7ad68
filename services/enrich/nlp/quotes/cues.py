"""Finds the words that introduce a reported content: "said", "according to", the colon of a headline."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.contract.enriched import QuoteType
from services.enrich.nlp.quotes.contents import Content
from services.enrich.nlp.quotes.reading import BEGINS, GOES_ON, TELLS, Reading

# Clauses before and behind a content that are looked at.
_MOST_CLAUSES = 6
# What counts against a cue, in clauses of distance; chosen on the annotated articles.
_TELLS_NOT, _IS_NOUN, _IS_COLON, _BEHIND_CLAUSE = 1.5, 1.0, 1.0, 0.5
# Behind a quotation its cue is more usual than before it.
_BEHIND_MARKS = -0.6
_WITHIN = 2


@dataclass(frozen=True, slots=True)
class Cue:
    """The words first:last that introduce a content, and their clause.

    `side` is where they stand: before the content, after it, inside of it (between its parts), or within (in the same
    clause as what is reported: "critics called for a vote").
    """

    first: int
    last: int
    clause: int
    group: str
    side: str


def window(reading: Reading, labels: Sequence[int], content: Content) -> list[int]:
    """Return the clauses around a content that can introduce it: its sentences', and what leads up to it."""
    first, last = content.clauses[0], content.clauses[-1]
    found = [*reversed(list(_before(reading, labels, first))), *range(first, last + 1), *_behind(reading, labels, last)]
    around = [at for at in found if labels[at] not in {BEGINS, GOES_ON}]
    within = next((at for at in content.clauses if _has_cue_within(reading, at)), None)
    return around if within is None else [*around, within]


def _before(reading: Reading, labels: Sequence[int], first: int) -> Iterator[int]:
    """Yield, backwards, the clauses of the sentence, and of the one before if it leads up to the content."""
    facts = reading.facts
    leads = False
    for at in range(first - 1, max(-1, first - 1 - _MOST_CLAUSES), -1):
        if facts[at].sentence != facts[first].sentence:
            if facts[at].sentence != facts[first].sentence - 1:
                return
            leads = leads or (at == first - 1 and (labels[at] == TELLS or facts[at].ends == ":"))
            if not leads:
                return
        yield at


def _behind(reading: Reading, labels: Sequence[int], last: int) -> Iterator[int]:
    """Yield the rest of the sentence, and of the next if it begins by telling who spoke: “…!” said Rossi."""
    facts = reading.facts
    tells = False
    for at in range(last + 1, min(len(facts), last + 1 + _MOST_CLAUSES)):
        if facts[at].sentence != facts[last].sentence:
            tells = tells or (at == last + 1 and labels[at] == TELLS and not facts[at].begins_paragraph)
            if not tells or facts[at].sentence > facts[last].sentence + 1:
                return
        yield at


def _has_cue_within(reading: Reading, at: int) -> bool:
    return reading.clauses[at].quoted is None and reading.facts[at].group != ""


def cue(reading: Reading, labels: Sequence[int], content: Content, around: Sequence[int]) -> Cue | None:
    """Return the nearest cue, of equals the one in a clause that tells who speaks."""
    costs = [(cost, cue) for at in around for cost, cue in _possible(reading, labels, content, at)]
    return min(costs, key=lambda pair: pair[0])[1] if costs else None


def _possible(reading: Reading, labels: Sequence[int], content: Content, at: int) -> Iterator[tuple[float, Cue]]:
    facts = reading.facts[at]
    side, distance = _place(content, at)
    cost = distance + _TELLS_NOT * (labels[at] != TELLS)
    is_marked = content.type is not QuoteType.INDIRECT
    if side == "after":
        cost += _BEHIND_MARKS * (is_marked and facts.cue_at != "last")
        cost += _BEHIND_CLAUSE * (not is_marked and facts.cue_at != "first")
    if facts.cue is not None:
        yield cost + _IS_NOUN * (facts.group == "noun"), Cue(facts.cue, facts.cue + 1, at, facts.group, side)
    elif side == "before" and distance == 1 and facts.ends == ":":
        colon = reading.clauses[at].last - 1
        colon += reading.words[colon].text != ":"
        if colon < len(reading.words) and reading.words[colon].text == ":":
            yield cost + _IS_COLON, Cue(colon, colon + 1, at, "colon", side)


def _place(content: Content, at: int) -> tuple[str, int]:
    first, last = content.clauses[0], content.clauses[-1]
    if at in content.clauses:
        return "within", _WITHIN
    if at < first:
        return "before", first - at
    return ("after", at - last) if at > last else ("inside", 1)
