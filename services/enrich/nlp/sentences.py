"""Sentences by rule, in any language: a stop, what may follow it, and the abbreviations that take one.

Nothing is parsed: where a stop can mean two things the sentence goes on, since a claim that is too long still reads.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from services.contract.enriched import Span
from services.enrich.nlp.document import Document

# Folder of the abbreviations that every language uses.
COMMON = "und"

_CLOSERS = "\"'”’»›)\\]“」』"
# A stop with its closing marks, one of them perhaps after a stray space; or one of a script that needs no space.
_STOP = re.compile(
    rf"(?P<stop>[.!?…؟۔।։።]+)(?P<close>[{_CLOSERS}]*(?:[ \u00a0][”»](?=[\s,.;]|$))?)(?=\s|$)"
    rf"|(?P<wide>[。！？]+(?![」』”’）]))"
    # "finita.Dopo": the space is missing. Not "example.Com", which goes on with a stop or a slash.
    rf"|(?<=[^\W\d_A-Z]{{3}})(?P<glued>[.!?])(?=[^\W\d_a-z][^\W\d_A-Z]{{2,}}(?:[\s,;:]|$))"
)
_WORD_BEFORE = re.compile(r"[^\s\"'“”„«»()\[\]/]+$")
_NEXT = re.compile(r"[\s\"'“”„«»‘’‹›()\[\]¿¡—–-]*(\S)")
_NEXT_WORD = re.compile(r"[\s\"'“”„«»‘’‹›()\[\]¿¡—–-]*(\d|[^\W\d_]+)")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]|[^\W\d_]")
_SHORT_NUMBER = re.compile(r"\d{1,2}|[IVX]+")
# Single letters that are words, and so can end a sentence.
_LETTER_WORDS = frozenset("яію")
_LOOK_BACK_CHARS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceLexicon:
    """A language's abbreviations, casefolded and without their last stop."""

    abbreviations: frozenset[str] = frozenset()  # a name or a number follows: they end no sentence
    numbered: frozenset[str] = frozenset()  # the same, but only before a number: "no. 7"
    final: frozenset[str] = frozenset()  # they end one if a capital follows
    starters: frozenset[str] = frozenset()  # words that after initials ("U.S.") begin a sentence
    ordinals: bool = False  # "12. März": a stop makes a number an ordinal

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Self:
        """Read `lexicons/<language>/sentences.toml`."""
        return cls(
            abbreviations=frozenset(map(str.casefold, table.get("abbreviations", ()))),
            numbered=frozenset(map(str.casefold, table.get("numbered", ()))),
            final=frozenset(map(str.casefold, table.get("final", ()))),
            starters=frozenset(map(str.casefold, table.get("starters", ()))),
            ordinals=table.get("ordinals", False),
        )


class SentenceResources(Protocol):
    """What `split` needs."""

    @property
    def sentences(self) -> Mapping[str, SentenceLexicon]:
        """Language → abbreviations; `COMMON` for those of all."""


def split(document: Document, resources: SentenceResources) -> tuple[Span, ...]:
    """Return the sentences, trimmed, in order; none runs over the end of a line."""
    lexicons = [
        lexicon
        for language in (COMMON, document.language.tag.split("-")[0])
        if (lexicon := resources.sentences.get(language))
    ]
    spans: list[Span] = []
    start = 0
    for line in document.text.split("\n"):
        spans += _split_line(document.text, start, start + len(line), lexicons)
        start += len(line) + 1
    return tuple(spans)


def _split_line(text: str, start: int, end: int, lexicons: Sequence[SentenceLexicon]) -> list[Span]:
    spans: list[Span] = []
    begin = start
    for stop in _STOP.finditer(text, start, end):
        if stop.end() < end and not _ends(text, begin, stop, end, lexicons):
            continue
        _append(spans, text, begin, stop.end())
        begin = stop.end()
    _append(spans, text, begin, end)
    return spans


def _append(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end:
        return
    if spans and not any(map(str.isalnum, text[start:end])):  # a closing mark or a dash is no sentence
        spans[-1] = Span(start=spans[-1].start, end=end)
    else:
        spans.append(Span(start=start, end=end))


def _ends(text: str, begin: int, stop: re.Match[str], end: int, lexicons: Sequence[SentenceLexicon]) -> bool:
    """Whether the sentence that began at `begin` ends at this stop, which more text of the line follows."""
    if stop["wide"] or stop["glued"]:
        return True
    following = _NEXT.match(text, stop.end(), end)
    if following is None:
        return True
    if following[1].islower() or following[1] in ",;:":
        return False
    if stop["stop"] != ".":
        return True
    before = _WORD_BEFORE.search(text, max(begin, stop.start() - _LOOK_BACK_CHARS), stop.start())
    if before is None:
        return True  # a closing mark stands there
    return _word_ends(before, begin, _NEXT_WORD.match(text, stop.end(), end), lexicons)


def _word_ends(
    before: re.Match[str], begin: int, following: re.Match[str] | None, lexicons: Sequence[SentenceLexicon]
) -> bool:
    """Whether a sentence can end with this word and its stop, given the word after it."""
    word = before[0].casefold()
    if any(word in lexicon.final for lexicon in lexicons):
        return True
    if any(word in lexicon.abbreviations for lexicon in lexicons):
        return False
    if any(word in lexicon.numbered for lexicon in lexicons) and following and following[1].isdigit():
        return False
    if _INITIALS.fullmatch(before[0]):
        starts = following is not None and any(following[1].casefold() in lexicon.starters for lexicon in lexicons)
        return word in _LETTER_WORDS or (starts and "." in word)
    if _SHORT_NUMBER.fullmatch(before[0]):
        return not (any(lexicon.ordinals for lexicon in lexicons) or before.start() == begin)
    return True
