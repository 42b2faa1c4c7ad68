"""What counts as found: contents that share half of their words, one to one, and the right speaker."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.contract.enriched import Quote, Speaker

LEAST_OVERLAP = 0.5  # intersection over union
_WORD = re.compile(r"\w+")
_SHORTEST_NAME = 3

Spans = Iterable[Sequence[int]]


def outermost(article: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return an annotated article's quotations without those within others."""
    return [quote for quote in article["quotes"] if not quote.get("nested")]


def matches(text: str, annotated: Sequence[Spans], found: Sequence[Spans]) -> list[tuple[int, int]]:
    """Return pairs of indices, best overlaps first."""
    theirs = [_words(text, spans) for spans in annotated]
    ours = [_words(text, spans) for spans in found]
    overlaps = sorted(
        (
            (len(a & b) / len(a | b), i, j)
            for i, a in enumerate(theirs)
            for j, b in enumerate(ours)
            if len(a & b) >= LEAST_OVERLAP * max(len(a | b), 1)
        ),
        reverse=True,
    )
    pairs: list[tuple[int, int]] = []
    used_theirs: set[int] = set()
    used_ours: set[int] = set()
    for _, i, j in overlaps:
        if i not in used_theirs and j not in used_ours:
            pairs.append((i, j))
            used_theirs.add(i)
            used_ours.add(j)
    return pairs


def shared(text: str, some: Spans, others: Spans) -> float:
    """Return how much two contents have in common: intersection over union of their words."""
    a, b = _words(text, some), _words(text, others)
    return len(a & b) / len(a | b) if a | b else 0.0


def content(quote: Quote) -> list[tuple[int, int]]:
    """Return a quote's spans as pairs."""
    return [(span.start, span.end) for span in quote.spans]


def _words(text: str, spans: Spans) -> set[int]:
    """Return where the words inside the spans begin."""
    return {word.start() for start, end in spans for word in _WORD.finditer(text, start, end)}


def speaker_is_right(text: str, annotated: Mapping[str, Any], found: Speaker | None) -> bool:
    """Whether both mean the same: the same place in the text, or a name or title in common; or both know nobody."""
    places = annotated.get("speaker") or []
    names = _names(annotated.get("name") or "")
    if not places and not names:
        return found is None or (annotated.get("via") not in {None, "unknown"} and not found.name)
    if found is None:
        return False
    if any(start < found.end and found.start < end for start, end in places):
        return True
    ours = _names(f"{found.name or ''} {found.text} {found.role or ''}")
    return bool(ours & (names | set().union(*(_names(text[start:end]) for start, end in places))))


def name_is_right(annotated: Mapping[str, Any], found: Speaker | None) -> bool:
    """Whether the name is the one annotated, in any inflected form; or both give none."""
    theirs, ours = annotated.get("name") or "", (found.name if found else None) or ""
    return same_name(theirs, ours) if _names(theirs) and _names(ours) else not _names(theirs) and not _names(ours)


def same_name(one: str, other: str) -> bool:
    """Whether two names share a word but for its ending."""
    return any(
        a[: max(_SHORTEST_NAME, len(a) - 2)] == b[: max(_SHORTEST_NAME, len(a) - 2)]
        for a in _names(one)
        for b in _names(other)
    )


def _names(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text) if len(word) >= _SHORTEST_NAME}


def f1(right: int, found: int, annotated: int) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * right / (found + annotated) if found + annotated else 0.0
