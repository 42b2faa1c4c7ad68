"""Numbers in words: "twenty-five thousand", "trentacinque", "quatre-vingt-dix-sept". Knows no language but by its list."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from services.enrich.nlp.figures.lexicon import FigureLexicon, NumberWords
from services.enrich.nlp.lexemes import Lexeme, LexemeKind

_LONGEST_COMPOUND = 48
_SHORTEST_COMPOUND = 5
_HUNDRED = 100
# Beyond this a row of scale words is no number: nothing in the news is counted so high.
LARGEST = 1e18
_THOUSAND = 1000


def read_words(tokens: Sequence[Lexeme], index: int, lexicon: FigureLexicon) -> tuple[float, float | None, int] | None:
    """Return (value, scale, index after it) of the number in words that begins at `index`, or None."""
    words = lexicon.words
    amount = _Sum(vigesimal=words.vigesimal)
    scale: float | None = None
    last = at = index
    while at < len(tokens):
        token = tokens[at]
        if last > index and _is_joint(tokens, at, amount, words):
            at += 1
        elif last > index and (found := lexicon.scales.at(tokens, at)):
            if not amount.add(found[0]):
                break
            scale = found[0] * (scale or 1.0) if found[0] > amount.smallest else max(scale or 0.0, found[0])
            at = last = found[1]
        elif token.kind is LexemeKind.WORD and (found_parts := parts(token.lower, words)):
            taken = amount.with_parts(found_parts)
            if not taken:
                break
            amount = taken
            at = last = at + 1
        else:
            break
    return (amount.value, scale, last) if last > index else None


def _is_joint(tokens: Sequence[Lexeme], at: int, amount: "_Sum", words: NumberWords) -> bool:
    """Whether this is the hyphen of "twenty-five" or the "and" of "two hundred and fifty"."""
    token = tokens[at]
    if token.text == "-":
        return token.glued and at + 1 < len(tokens) and tokens[at + 1].glued
    return token.lower in words.joints and amount.size in words.joint_after


def parts(word: str, words: NumberWords) -> list[int | None] | None:
    """Return the values of the number words in a word: one, or several in a compound; None there is a joint."""
    value = words.values.get(word)
    if value is not None:
        return [value]
    if not _SHORTEST_COMPOUND <= len(word) <= _LONGEST_COMPOUND or word[:2] not in words.heads:
        return None  # most words end here
    return _split(word, words.inside, words.longest_inside)


def _split(word: str, inside: Mapping[str, int | None], longest: int) -> list[int | None] | None:
    """Return the values of the parts that make up the whole word, trying longer parts first."""
    # From the end: the best split of word[start:] for each start, so that nothing is tried twice.
    splits: list[list[int | None] | None] = [None] * len(word) + [[]]
    for start in reversed(range(len(word))):
        for end in range(min(len(word), start + longest), start, -1):
            rest = splits[end]
            if rest is not None and word[start:end] in inside:
                splits[start] = [inside[word[start:end]], *rest]
                break
    return splits[0]


@dataclass(slots=True, kw_only=True)
class _Sum:
    """A number read from left to right: each part must fit into the room that the part before left."""

    vigesimal: bool
    total: float = 0.0  # whole thousands, millions … so far
    current: float = 0.0  # below a thousand, so far
    room: float = float(_THOUSAND)
    smallest: float = math.inf  # scale so far: later ones must be smaller, or multiply everything
    size: int = 0  # of the last part: 1, 10, 100, 1000
    reverse: bool = False  # after the joint of "fünf-und-zwanzig"

    @property
    def value(self) -> float:
        return self.total + self.current

    def with_parts(self, parts: Sequence[int | None]) -> "_Sum | None":
        """Return the sum with these parts, or None if they do not go together."""
        amount = replace(self)
        for part in parts:
            if part is None:
                amount.reverse = True
            elif not amount.add(part):
                return None
        return None if amount.reverse else amount

    def add(self, value: float) -> bool:
        """Take a part and return True, or return False and stay as it was."""
        if value >= _THOUSAND:
            return self._multiply(value)
        if value == _HUNDRED:
            return self._hundred()
        return self._smaller(value)

    def _multiply(self, scale: float) -> bool:
        if (self.value or 1.0) * scale > LARGEST:
            return False
        if scale < self.smallest:
            self.total += (self.current or 1.0) * scale
        elif scale > self.smallest:
            self.total = (self.total + self.current) * scale  # "mil millones"
        else:
            return False
        self.current, self.room, self.smallest, self.size = 0.0, float(_THOUSAND), scale, _THOUSAND
        return True

    def _hundred(self) -> bool:
        if self.current == 0 and self.room > _HUNDRED:
            self.current = _HUNDRED
        elif 0 < self.current < _HUNDRED:
            self.current *= _HUNDRED
        else:
            return False
        self.room = self.size = _HUNDRED
        return True

    def _smaller(self, value: float) -> bool:
        below = self.current % _HUNDRED
        if self.reverse:
            fits, self.reverse = 0 < below < 10 and 20 <= value < _HUNDRED, False
            self.current += value if fits else 0
            self.room, self.size = 0.0, 1
            return fits
        if self.vigesimal and value == 20 and below == 4:
            self.current += 76
            self.room, self.size = 20.0, 10
            return True
        if value >= self.room or (self.vigesimal and below in {10, 70, 90} and value < 7):
            return False
        if value == 0 and self.size:
            return False
        self.current += value
        if value >= _HUNDRED:
            self.room = self.size = _HUNDRED
        elif value >= 20 and value % 10 == 0:
            self.room, self.size = 20.0 if self.vigesimal and value == 60 else 10.0, 10
        elif self.vigesimal and value == 10:
            self.room, self.size = 10.0, 10
        else:
            self.room, self.size = 0.0, 1
        return True
