"""What stands around a number: "about" it, "more than" it, up or down by it, and what is counted."""

from collections.abc import Sequence

from services.contract.enriched import FigureKind
from services.enrich.nlp.figures.draft import Draft
from services.enrich.nlp.figures.lexicon import FigureLexicon
from services.enrich.nlp.lexemes import Lexeme, LexemeKind

# A verb of change stands near its number: "fell, in the first quarter, by 3 %" is about as far as it gets.
_CHANGE_WORDS_BEFORE = 6
_CHANGE_WORDS_AFTER = 4
_ENDS_CLAUSE = frozenset(".;:!?\n()")
_MOST_ADJECTIVES = 2
_SHORTEST_NOUN = 2


def qualifier(tokens: Sequence[Lexeme], first: int, last: int, lexicon: FigureLexicon) -> str | None:
    """Return how exact the number at tokens[first:last] is said to be."""
    found = lexicon.qualifiers.before(tokens, first)
    if not found and first and tokens[first - 1].lower in lexicon.function_words:  # "oltre i 300", "more than the 300"
        found = lexicon.qualifiers.before(tokens, first - 1)
    found = found or lexicon.after_qualifiers.at(tokens, last)
    return found[0] if found else None


def change(tokens: Sequence[Lexeme], draft: Draft, lexicon: FigureLexicon) -> str | None:
    """Return "up" or "down" if the clause says that something changed by, or to, the number."""
    first = draft.first
    if draft.kind is FigureKind.DURATION:
        return None
    if first and tokens[first - 1].text == "+" and tokens[first].glued:
        return "up"
    if draft.kind is FigureKind.COUNT and not is_by(tokens, first, lexicon):
        return None  # "200 cows were lost" is no change of the number
    found = _first_change(tokens, range(first - 1, max(-1, first - 1 - _CHANGE_WORDS_BEFORE), -1), lexicon)
    if not found and draft.kind in {FigureKind.PERCENT, FigureKind.MONEY}:
        found = _first_change(tokens, range(draft.last, min(len(tokens), draft.last + _CHANGE_WORDS_AFTER)), lexicon)
    return found


def _first_change(tokens: Sequence[Lexeme], places: range, lexicon: FigureLexicon) -> str | None:
    """Return the change that the first of these places tells, before the clause ends or another number comes."""
    for index in places:
        # "86 % of the lost land" tells no change either.
        is_end = tokens[index].text in _ENDS_CLAUSE or (
            places.step > 0 and (tokens[index].text == "," or tokens[index].lower in lexicon.of | lexicon.by)
        )
        if is_end or tokens[index].kind is LexemeKind.NUMERAL:
            return None
        if found := _change_at(tokens, index, lexicon):
            return found
    return None


def is_by(tokens: Sequence[Lexeme], first: int, lexicon: FigureLexicon) -> bool:
    """Whether the number is an amount of change: "by 400", "um 400", "на 400"."""
    return first > 0 and tokens[first - 1].lower in lexicon.by


def _change_at(tokens: Sequence[Lexeme], index: int, lexicon: FigureLexicon) -> str | None:
    found = lexicon.changes.at(tokens, index)
    if not found:
        return None
    for start in range(max(0, index - 2), found[1]):  # the "more" of "more than" changes nothing
        qualified = lexicon.qualifiers.at(tokens, start)
        if qualified and qualified[1] > index:
            return None
    return found[0]


def counted(tokens: Sequence[Lexeme], index: int, lexicon: FigureLexicon) -> str | None:
    """Return the words that name what is counted by the number before `index`, or None."""
    if index < len(tokens) and tokens[index].lower in lexicon.of:
        index += 1
        if index < len(tokens) and tokens[index].text == "'":
            index += 1
    start = index
    while index < len(tokens) and tokens[index].kind is LexemeKind.WORD and "\n" not in tokens[index].gap:
        word = tokens[index]
        if word.lower in lexicon.function_words or len(word.text) < _SHORTEST_NOUN:
            return None
        index += 1
        if index - start > _MOST_ADJECTIVES or not _is_adjective(word, lexicon):
            return _joined(tokens[start:index])
    return None


def _is_adjective(token: Lexeme, lexicon: FigureLexicon) -> bool:
    if lexicon.capital_nouns:
        return token.text.islower()
    return token.lower.endswith(lexicon.adjectives) if lexicon.adjectives else False


def _joined(tokens: Sequence[Lexeme]) -> str:
    return tokens[0].text + "".join(token.gap + token.text for token in tokens[1:])
