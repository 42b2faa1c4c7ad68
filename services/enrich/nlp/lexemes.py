"""`Lexeme`: a text cut into words, numerals and signs. What only looks like a number is one piece (`LABEL`)."""

import re
from dataclasses import dataclass
from enum import IntEnum


class LexemeKind(IntEnum):
    """What a token is made of."""

    NUMERAL = 0
    WORD = 1
    SIGN = 2
    LABEL = 3  # an address, a handle, a telephone number, a time of day: never part of a figure


# Every part is linear: what may repeat without end is followed by nothing that could make it give back.
_TOKEN = re.compile(
    # Words first, since most are; Ukrainian "п’ять" is one word.
    r"(?P<word>(?!https?://|www\.|pic\.twitter\.com/)[^\W\d_][^\W\d_\u02bc]*(?:[\u02bc'’](?=[яєюїЯЄЮЇ])[^\W\d_]+)*)"
    r"|(?P<label>(?:https?://|www\.|pic\.twitter\.com/)\S+|[@#][^\W]+"
    r"|\+\d[\d()./\u00a0 -]{6,18}\d"  # telephone numbers
    r"|(?<!\d)\d{3}[-.]\d{3}[-.]\d{4}(?!\d)|(?<!\d)\d{2}(?:[ .\u00a0]\d{2}){4}(?!\d)"
    r"|(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?!\d)|(?<!\d)\d{1,2}[hH]\d{2}(?!\w))"  # times of day
    r"|(?P<numeral>\d+(?:[.,'’]\d+)*)"
    r"|[^\s]|\n"
)
_KINDS = {"label": LexemeKind.LABEL, "numeral": LexemeKind.NUMERAL, "word": LexemeKind.WORD, None: LexemeKind.SIGN}


@dataclass(slots=True)
class Lexeme:
    """A numeral, word or sign. `lower` is what word lists are compared with."""

    start: int
    end: int
    text: str
    lower: str
    kind: LexemeKind
    gap: str  # the spaces between the token before and this one

    @property
    def glued(self) -> bool:
        """Whether the token before ends where this one begins."""
        return not self.gap


def lexemes(text: str) -> list[Lexeme]:
    """Return the tokens of the text; spaces are left out, line ends are not."""
    tokens: list[Lexeme] = []
    before = 0
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        found = match[0]
        gap = text[before:start] if start else " "
        tokens.append(Lexeme(start, end, found, found.lower().replace("’", "'"), _KINDS[match.lastgroup], gap))
        before = end
    return tokens
