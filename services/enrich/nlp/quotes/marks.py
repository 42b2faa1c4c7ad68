"""What stands between quotation marks, in all the ways in which ten languages, editors and translation machines set them.

One pass over the text. A mark's look says which family it belongs to; whether it opens or closes is decided by what
stands beside it, because wrong directions and stray spaces are common.
"""

import re
from bisect import bisect_right
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
_MARK = re.compile(f"[{_DOUBLE}{_ANGLE}{_SINGLE}\n]")
_TEXT = re.compile(r"\S")
_WORD = re.compile(r"[^\W_]")


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
    family, begins, done = "", 0, 0

    def close(at: int, *, outer_end: int, is_closed: bool) -> None:
        if opened is not None:
            opened.spans.append((begins, at))
            opened.outer_end, opened.is_closed = outer_end, is_closed
            found.append(opened)

    for mark in _MARK.finditer(text):
        at = mark.start()
        if at < done:
            continue
        if mark[0] == "\n":
            if opened is not None:
                paragraph = _next_paragraph(text, at)
                if _FAMILY.get(text[paragraph : paragraph + 1]) == family and at - opened.outer_start < _MOST_CHARS:
                    opened.spans.append((begins, at))
                    begins = done = paragraph + 1
                    continue
                close(at, outer_end=at, is_closed=False)
                opened = None
            continue
        kind = _FAMILY[mark[0]]
        if kind == "single" and _is_apostrophe(text, at):
            continue
        if opened is None:
            if _can_open(text, at):
                opened, family, begins = Quoted([], at, at + 1), kind, at + 1
        elif kind == family:
            if _can_close(text, at):
                close(at, outer_end=at + 1, is_closed=True)
                opened = None
            elif _can_open(text, at) and kind != "angle":
                # The mark that should have closed the one before is missing.
                close(at, outer_end=at, is_closed=False)
                opened, begins = Quoted([], at, at + 1), at + 1
    close(len(text), outer_end=len(text), is_closed=False)
    return sorted(
        (stretch for stretch in (*found, *_dash_dialogue(text, found)) if _is_worth_it(text, stretch)),
        key=lambda stretch: stretch.outer_start,
    )


def _next_paragraph(text: str, at: int) -> int:
    following = _TEXT.search(text, at)
    return following.start() if following else len(text)


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
        return (
            text[i] in "“„‟"
            and bool(after)
            and after != "\n"
            and text[max(0, i - 4) : i].rstrip(" ")[-1:] in {":", "\n", ""}
        )
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
    closed_at = line_end = -1
    begins = [stretch.outer_start for stretch in taken]
    for opening in _SPEECH_DASH.finditer(text):
        start = opening.end()
        before = bisect_right(begins, opening.start(1)) - 1
        if opening.start(1) < closed_at or (before >= 0 and opening.start(1) < taken[before].outer_end):
            continue
        if text[start : start + 1] in _FAMILY:
            continue
        if line_end < start:
            line_end = text.find("\n", start)
            line_end = len(text) if line_end < 0 else line_end
        end = line_end
        closing = _SPACED_DASH.search(text, start, end)
        closed_at = closing.start(1) if closing else end
        found.append(Quoted([(start, closed_at)], opening.start(1), closed_at, is_closed=bool(closing), is_dash=True))
    return found


def _is_worth_it(text: str, q: Quoted) -> bool:
    q.spans = [(s, e) for s, e in q.spans if _WORD.search(text, s, e)]
    if not q.spans or q.spans[-1][1] - q.spans[0][0] > _MOST_CHARS * 2:
        return False
    words = sum(len(text[s:e].split()) for s, e in q.spans)
    return words >= _FEWEST_WORDS_IN_SINGLE if text[q.outer_start] in _SINGLE else True
