"""What stands around a number: "about" it, "more than" it, up or down by it, and what is counted."""

from collections.abc import Sequence

from services.enrich.nlp.figures.lexicon import FigureLexicon
from services.enrich.nlp.figures.tokens import Token, TokenKind

# A verb of change stands near its number: "fell, in the first quarter, by 3 %" is about as far as it gets.
_CHANGE_WORDS_BEFORE = 6
_CHANGE_WORDS_AFTER = 4
_ENDS_CLAUSE = frozenset(".;:!?\n()")
_MOST_ADJECTIVES = 2
_SHORTEST_NOUN = 2


def qualifier(tokens: Sequence[Token], first: int, last: int, lexicon: FigureLexicon) -> str | None:
    """Return how exact the number at tokens[first:last] is said to be."""
    found = lexicon.qualifiers.before(tokens, first)
    if not found and first and tokens[first - 1].lower in lexicon.function_words:  # "oltre i 300", "more than the 300"
        found = lexicon.qualifiers.before(tokens, first - 1)
    found = found or lexicon.after_qualifiers.at(tokens, last)
    return found[0] if found else None


def change(tokens: Sequence[Token], first: int, last: int, lexicon: FigureLexicon) -> str | None:
    """Return "up" or "down" if the clause says that something changed by the number."""
    if first and tokens[first - 1].gap == "" and tokens[first - 1].text == "+":
        return "up"
    for index in range(first - 1, max(-1, first - 1 - _CHANGE_WORDS_BEFORE), -1):
        if tokens[index].text in _ENDS_CLAUSE or tokens[index].kind is TokenKind.NUMERAL:
            break
        if found := lexicon.changes.at(tokens, index):
            return found[0]
    for index in range(last, min(len(tokens), last + _CHANGE_WORDS_AFTER)):
        if tokens[index].text in _ENDS_CLAUSE or tokens[index].text == "," or tokens[index].kind is TokenKind.NUMERAL:
            break
        if found := lexicon.changes.at(tokens, index):
            return found[0]
    return None


def counted(tokens: Sequence[Token], index: int, lexicon: FigureLexicon) -> str | None:
    """Return the words that name what is counted by the number before `index`, or None."""
    if index < len(tokens) and tokens[index].lower in lexicon.of:
        index += 1
        if index < len(tokens) and tokens[index].text == "'":
            index += 1
    start = index
    while index < len(tokens) and tokens[index].kind is TokenKind.WORD and "\n" not in tokens[index].gap:
        word = tokens[index]
        if word.lower in lexicon.function_words or len(word.text) < _SHORTEST_NOUN:
            return None
        index += 1
        if index - start > _MOST_ADJECTIVES or not _is_adjective(word, lexicon):
            return _joined(tokens[start:index])
    return None


def _is_adjective(token: Token, lexicon: FigureLexicon) -> bool:
    if lexicon.capital_nouns:
        return token.text.islower()
    return token.lower.endswith(lexicon.adjectives) if lexicon.adjectives else False


def _joined(tokens: Sequence[Token]) -> str:
    return tokens[0].text + "".join(token.gap + token.text for token in tokens[1:])
