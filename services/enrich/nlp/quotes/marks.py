"""What stands between quotation marks, in all the ways in which ten languages, editors and translation machines set them.

One pass over the text. A mark's look says which family it belongs to; whether it opens or closes is decided by what
stands beside it, because wrong directions and stray spaces are common.
"""

import re
from dataclasses import dataclass

_DOUBLE = '“”„‟"″＂'
_ANGLE = "«»‹›"
_SINGLE = "‘’‚'"
_FAMILY = dict.fromkeys(_DOUBLE, "double") | dict.fromkeys(_ANGLE, "angle") | dict.fromkeys(_SINGLE, "single")
# "— Speech" at the beginning of a paragraph or behind a sentence; and the dash that ends it.
_SPEECH_DASH = re.compile(r"(?:^|(?<=\n)|(?<=[.!?…»”\"]\s))([—–―-])[ \u00a0](?=[^\W\da-zà-öø-ÿа-яєіїґё]|[«„“\"¿¡])")
_SPACED_DASH = re.compile(r"(?<=[ \u00a0])([—–―-])(?=[ \u00a0][^\W\dA-ZÀ-ÞА-ЯЄІЇҐЁ])")
# A quotation goes on over paragraphs only while each of them opens again; and no speech is longer than this.
_MOST_CHARS = 6_000
_FEWEST_WORDS_IN_SINGLE = 3


@dataclass(slots=True)
class Quoted:
    """A stretch in quotation marks: its contents, one a paragraph, and where the outer marks begin and end."""

    spans: list[tuple[int, int]]
    outer_start: int
    outer_end: int
    is_closed: bool = True
    is_dash: bool = False


def quoted(text: str) -> list[Quoted]:  # noqa: C901 - one pass, one state; apart it would be harder to follow
    """Return the outermost quoted stretches, in order, not overlapping."""
    found: list[Quoted] = []
    opened: Quoted | None = None
    family, begins = "", 0
    i, length = 0, len(text)
    while i < length:
        char = text[i]
        if char == "\n" and opened is not None:
            paragraph = _next_paragraph(text, i)
            opened.spans.append((begins, i))
            if paragraph < length and _FAMILY.get(text[paragraph]) == family and i - opened.outer_start < _MOST_CHARS:
                begins = i = paragraph + 1
                continue
            opened.outer_end, opened.is_closed = i, False
            found.append(opened)
            opened = None
        kind = _FAMILY.get(char)
        if kind is None or (kind == "single" and _is_apostrophe(text, i)):
            i += 1
            continue
        if opened is None:
            if _can_open(text, i):
                opened, family, begins = Quoted([], i, i + 1), kind, i + 1
        elif kind == family:
            if _can_close(text, i):
                opened.spans.append((begins, i))
                opened.outer_end = i + 1
                found.append(opened)
                opened = None
            elif _can_open(text, i) and kind != "angle":
                # The mark that should have closed the one before is missing.
                opened.spans.append((begins, i))
                opened.outer_end, opened.is_closed = i, False
                found.append(opened)
                opened, begins = Quoted([], i, i + 1), i + 1
        i += 1
    if opened is not None:
        opened.spans.append((begins, length))
        opened.outer_end, opened.is_closed = length, False
        found.append(opened)
    return [q for q in (*found, *_dash_dialogue(text, found)) if _is_worth_it(text, q)]


def _next_paragraph(text: str, i: int) -> int:
    while i < len(text) and text[i].isspace():
        i += 1
    return i


def _is_apostrophe(text: str, i: int) -> bool:
    before, after = text[i - 1 : i], text[i + 1 : i + 2]
    return before.isalnum() and after.isalnum()


def _can_open(text: str, i: int) -> bool:
    before, after = text[i - 1 : i], text[i + 1 : i + 2]
    is_free = not before or not before.isalnum()
    if text[i] in "«‹":
        # French sets a space inside; German »books« close with this mark, right behind a word.
        return is_free and text[i + 1 : i + 4].strip()[:1].isalnum() | (
            text[i + 1 : i + 4].strip()[:1] in {*_FAMILY, "…"}
        )
    if not after or after.isspace():
        # A stray space behind the opening mark: only where a quotation is announced.
        return text[i] in "“„‟" and bool(after) and after != "\n" and text[:i].rstrip(" ")[-1:] in {":", "\n", ""}
    return not before or before.isspace() or before in "([—–-:/" or before in _FAMILY or (text[i] in "„‘" and is_free)


def _can_close(text: str, i: int) -> bool:
    before, after = text[i - 1 : i], text[i + 1 : i + 2]
    if text[i] in "»›":
        return True
    if not after or not after.isalnum():
        # A space before it, as machine translation leaves one, and no punctuation behind: rather an opening mark.
        return not (before.isspace() and after and after not in ",.;:!?)…" and not after.isspace())
    # The next word is glued on: ”ha detto.
    return (not before.isspace() and text[i] == "”") or (text[i] == "“" and before in ".,!?…")


def _dash_dialogue(text: str, taken: list[Quoted]) -> list[Quoted]:
    """Return speech that a dash opens, at the beginning of a paragraph or behind a sentence, up to the next dash."""
    found: list[Quoted] = []
    closed_at = -1
    for opening in _SPEECH_DASH.finditer(text):
        start = opening.end()
        if opening.start(1) < closed_at or any(q.outer_start <= opening.start(1) < q.outer_end for q in taken):
            continue
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if text[start : start + 1] in _FAMILY:
            continue
        closing = _SPACED_DASH.search(text, start, end)
        closed_at = closing.start(1) if closing else end
        found.append(Quoted([(start, closed_at)], opening.start(1), closed_at, is_closed=bool(closing), is_dash=True))
    return found


def _is_worth_it(text: str, q: Quoted) -> bool:
    q.spans = [(s, e) for s, e in q.spans if any(c.isalnum() for c in text[s:e])]
    if not q.spans or q.spans[-1][1] - q.spans[0][0] > _MOST_CHARS * 2:
        return False
    words = sum(len(text[s:e].split()) for s, e in q.spans)
    return words >= _FEWEST_WORDS_IN_SINGLE if text[q.outer_start] in _SINGLE else True
