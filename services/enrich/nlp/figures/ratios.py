"""Shares: "one in four", "tre persone su quattro", "2/3", "due terzi", "die Hälfte der"."""

from collections.abc import Sequence

from services.contract.enriched import FigureKind
from services.enrich.nlp.figures import context
from services.enrich.nlp.figures.draft import Draft
from services.enrich.nlp.figures.lexicon import FigureLexicon
from services.enrich.nlp.figures.numerals import Numeral
from services.enrich.nlp.figures.places import Places
from services.enrich.nlp.lexemes import Lexeme, LexemeKind

# "one in four", "3 su 10": the whole is a small number; "in 2024" is not one.
_LARGEST_WHOLE = 1000
_LARGEST_WRITTEN_WHOLE = 10
_MOST_WORDS_BETWEEN = 3


def find_ratio(
    tokens: Sequence[Lexeme], part: Numeral, following: Numeral | None, lexicon: FigureLexicon
) -> Draft | None:
    """Return "one in four", "tre persone su quattro", "3:4" or "2/3"."""
    if not following or part.scale or following.scale:
        return None
    if not (0 < part.value < following.value <= _LARGEST_WHOLE and part.value.is_integer()):
        return None
    if _is_written_fraction(tokens, part, following) or _is_part_of(tokens, part, following, lexicon):
        return Draft(first=part.first, last=following.last, kind=FigureKind.RATIO, value=part.value / following.value)
    return None


def _is_written_fraction(tokens: Sequence[Lexeme], part: Numeral, whole: Numeral) -> bool:
    """Whether this is "2/3"; "24/25" is a season and "9/11" a day, so only small wholes count."""
    slash = tokens[part.last]
    if slash.text != "/" or whole.first != part.last + 1 or not (slash.glued and tokens[whole.first].glued):
        return False
    goes_on = whole.last < len(tokens) and tokens[whole.last].text == "/"
    return whole.value <= _LARGEST_WRITTEN_WHOLE and not goes_on


def _is_part_of(tokens: Sequence[Lexeme], part: Numeral, whole: Numeral, lexicon: FigureLexicon) -> bool:
    """Whether a link joins the numbers, perhaps after what is counted: "one in four", "tre persone su quattro"."""
    for at in range(part.last, part.last + _MOST_WORDS_BETWEEN):
        if link := lexicon.ratio_links.at(tokens, at):
            return link[1] == whole.first and _is_whole(tokens, whole, lexicon)
        if at >= whole.first or tokens[at].kind is not LexemeKind.WORD or _has_unit(tokens, at, lexicon):
            return False
    return False


def _is_whole(tokens: Sequence[Lexeme], numeral: Numeral, lexicon: FigureLexicon) -> bool:
    """Whether nothing makes the second number of a ratio something else: "in 20 minutes"."""
    return not (_has_unit(tokens, numeral.last, lexicon) or lexicon.months.at(tokens, numeral.last))


def _has_unit(tokens: Sequence[Lexeme], index: int, lexicon: FigureLexicon) -> bool:
    known = (lexicon.units, lexicon.currencies, lexicon.signs, lexicon.percent, lexicon.symbols)
    return any(phrases.at(tokens, index) for phrases in known)


def find_fraction(tokens: Sequence[Lexeme], numeral: Numeral, lexicon: FigureLexicon) -> Draft | None:
    """Return "two thirds", "un quarto", "drei Viertel"."""
    at = numeral.last
    if not numeral.spelled or at >= len(tokens):
        return None
    if tokens[at].text == "-" and tokens[at].glued:
        at += 1
    found = lexicon.fractions.at(tokens, at)
    if not found or not 0 < numeral.value < found[0]:
        return None
    if tokens[at].text[0].isupper() and not lexicon.capital_nouns:  # "First Quarter"
        return None
    if numeral.value == 1 and _counts_one(tokens, found[1], lexicon):
        return None
    return Draft(first=numeral.first, last=found[1], kind=FigureKind.RATIO, value=numeral.value / found[0])


def _counts_one(tokens: Sequence[Lexeme], after: int, lexicon: FigureLexicon) -> bool:
    """Whether "un terzo sistema" is the third one: a noun follows that no word joins to it."""
    if after >= len(tokens) or tokens[after].kind is not LexemeKind.WORD or lexicon.capital_nouns:
        return False
    word = tokens[after].lower
    return word not in lexicon.function_words and word not in lexicon.of


def find_halves(tokens: Sequence[Lexeme], places: Places, lexicon: FigureLexicon) -> list[Draft]:
    """Return halves and the like in words: "half of the houses"."""
    drafts: list[Draft] = []
    for index in places.halves:
        if not (found := lexicon.halves.at(tokens, index)):
            continue
        # "half of", "die Hälfte der": what follows must say of what, else it is a half of a match.
        if found[1] < len(tokens) and tokens[found[1]].lower in lexicon.function_words | lexicon.of:
            draft = Draft(first=index, last=found[1], kind=FigureKind.RATIO, value=0.5)
            draft.qualifier = context.qualifier(tokens, index, found[1], lexicon)
            drafts.append(draft)
    return drafts
