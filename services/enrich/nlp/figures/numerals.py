"""Numbers in digits and in words, in the order of the text. Reads values only, not what is measured or counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.enrich.nlp.figures.digits import convention, number
from services.enrich.nlp.figures.lexicon import FigureLexicon
from services.enrich.nlp.figures.places import Places
from services.enrich.nlp.figures.words import LARGEST, read_words
from services.enrich.nlp.lexemes import Lexeme, LexemeKind

# More groups of three are no number but a table or an account.
_MOST_GROUPS = 6
_HARD_SPACES = frozenset("\u00a0\u202f\u2009")


@dataclass(slots=True, kw_only=True)
class Numeral:
    """A number at tokens[first:last]."""

    first: int
    last: int
    value: float
    scale: float | None = None  # what its scale words multiplied by
    spelled: bool = False
    weak: bool = False  # "a", "un": perhaps no number at all
    plain: bool = False  # digits and nothing else: could be a year or a day


def read_numerals(tokens: Sequence[Lexeme], places: Places, lexicon: FigureLexicon) -> list[Numeral]:
    """Return all numbers in order; none overlaps another."""
    decimal = convention((tokens[index].text for index in places.digits), lexicon.decimal)
    numerals: list[Numeral] = []
    done = 0
    for index in places.numbers:
        if index < done:
            continue
        if tokens[index].kind is LexemeKind.NUMERAL:
            numeral = _in_digits(tokens, index, lexicon, decimal)
        else:
            numeral = _in_words(tokens, index, lexicon)
        if numeral:
            numerals.append(numeral)
            done = numeral.last
    return numerals


def _in_words(tokens: Sequence[Lexeme], index: int, lexicon: FigureLexicon) -> Numeral | None:
    found = read_words(tokens, index, lexicon)
    if not found:
        return None
    value, scale, last = found
    weak = last == index + 1 and tokens[index].lower in lexicon.words.weak
    return Numeral(first=index, last=last, value=value, scale=scale, spelled=True, weak=weak)


def _in_digits(tokens: Sequence[Lexeme], index: int, lexicon: FigureLexicon, decimal: str | None) -> Numeral | None:
    if _is_label(tokens, index):
        return None
    text, last = tokens[index].text, index + 1
    if text.isdigit() and len(text) <= 3 and text[0] != "0":
        while last < min(len(tokens), index + _MOST_GROUPS) and _is_next_group(tokens, last, spaced=lexicon.spaced):
            # An apostrophe groups in every language, so the joined text is read as one number.
            text += "'" + tokens[last].text
            last += 1
    grouped = last > index + 1
    value = number(text, decimal)
    if value is None:
        return None
    negative = _is_negative(tokens, index)
    numeral = Numeral(
        first=index - negative,
        last=last,
        value=-value if negative else value,
        plain=tokens[index].text.isdigit() and not grouped,
    )
    _apply_scales(tokens, numeral, lexicon)
    return numeral


def _is_next_group(tokens: Sequence[Lexeme], index: int, *, spaced: bool) -> bool:
    """Whether the three digits here go on a number with spaces in it: "1 000 000,5"."""
    token, before = tokens[index], tokens[index - 1]
    if token.kind is not LexemeKind.NUMERAL or len(token.gap) != 1 or not before.text.isdigit():
        return False
    whole, *decimals = token.text.replace(".", ",").split(",")
    return len(whole) == 3 and whole.isdigit() and len(decimals) <= 1 and (spaced or token.gap in _HARD_SPACES)


def _is_label(tokens: Sequence[Lexeme], index: int) -> bool:
    """Whether the digits belong to a name: "A1", "F-16", "Covid-19"."""
    if index == 0 or not tokens[index].glued:
        return False
    before = tokens[index - 1]
    if before.kind in {LexemeKind.WORD, LexemeKind.LABEL} or before.text in {"_", "\\"}:
        return True
    is_joint = before.text in {"-", "‑", "–", "/", "."} and before.glued and index > 1
    return is_joint and tokens[index - 2].kind is not LexemeKind.NUMERAL and tokens[index - 2].text != "%"


def _is_negative(tokens: Sequence[Lexeme], index: int) -> bool:
    if index == 0 or not tokens[index].glued:
        return False
    return tokens[index - 1].text in {"-", "−"} and not tokens[index - 1].glued


def _apply_scales(tokens: Sequence[Lexeme], numeral: Numeral, lexicon: FigureLexicon) -> None:
    """Take the scale words after the number into it: "2,5 тыс.", "300 mila miliardi"."""
    while found := lexicon.scales.at(tokens, numeral.last):
        scale, last = found
        if abs(numeral.value) * scale > LARGEST:
            return
        numeral.value *= scale
        numeral.scale = (numeral.scale or 1.0) * scale
        numeral.last = last
        numeral.plain = False
        # "Mio. Euro": the stop belongs to the abbreviation if the sentence goes on in small letters or with a currency.
        if (
            last + 1 < len(tokens)
            and tokens[last].text == "."
            and tokens[last].glued
            and _goes_on(tokens, last + 1, lexicon)
        ):
            numeral.last = last + 1


def _goes_on(tokens: Sequence[Lexeme], index: int, lexicon: FigureLexicon) -> bool:
    if tokens[index].text[0].islower():
        return True
    known = (lexicon.currencies, lexicon.signs, lexicon.scales)
    return any(phrases.at(tokens, index) for phrases in known)
