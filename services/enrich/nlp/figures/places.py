"""Where the words of a text that the grammar begins with stand: one pass, since most words are none of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.enrich.nlp.figures.lexicon import FigureLexicon
from services.enrich.nlp.figures.words import parts
from services.enrich.nlp.lexemes import Lexeme, LexemeKind

_NUMBER, _MONTH, _RELATIVE, _HALF = 1, 2, 4, 8
_MOST_KEPT = 20_000


@dataclass(slots=True)
class Places:
    """Indices of numerals and words of numbers, of names of months, of words like "yesterday", of words for a half."""

    digits: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    months: list[int] = field(default_factory=list)
    relative: list[int] = field(default_factory=list)
    halves: list[int] = field(default_factory=list)


def places(tokens: Sequence[Lexeme], lexicon: FigureLexicon) -> Places:
    """Return where a figure may begin."""
    found = Places()
    known = lexicon.known
    for index, token in enumerate(tokens):
        if token.kind is LexemeKind.WORD:
            what = known.get(token.lower)
            if what is None:
                what = _kept(token.lower, lexicon)
            if what:
                if what & _NUMBER:
                    found.numbers.append(index)
                if what & _MONTH:
                    found.months.append(index)
                if what & _RELATIVE:
                    found.relative.append(index)
                if what & _HALF:
                    found.halves.append(index)
        elif token.kind is LexemeKind.NUMERAL:
            found.digits.append(index)
            found.numbers.append(index)
    return found


def _kept(word: str, lexicon: FigureLexicon) -> int:
    """Return, and remember, what a figure can begin with the word."""
    if len(lexicon.known) >= _MOST_KEPT:
        lexicon.known.clear()
    what = _NUMBER if parts(word, lexicon.words) else 0
    what |= _MONTH if lexicon.months.begins(word) else 0
    what |= _RELATIVE if lexicon.relative.begins(word) or lexicon.weekdays.begins(word) else 0
    what |= _HALF if lexicon.halves.begins(word) else 0
    lexicon.known[word] = what
    return what
