"""What a sentence has that makes it more or less worth checking. Each feature is there or not: a reader can verify it."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from services.contract.enriched import Entity, Figure, FigureKind
from services.enrich.nlp.claims.lexicon import ClaimLexicon
from services.enrich.nlp.figures.tokens import Token, TokenKind

# Shorter sentences are remarks, longer ones pack facts.
_SHORT_WORDS = 8
_LONG_WORDS = 25
_FEWEST_LETTERS = 4  # of a word whose ending tells its tense
_QUOTATION_MARKS = frozenset('"“”„«»')
_KINDS = {kind: kind.value for kind in FigureKind}


def features(
    tokens: Sequence[Token],
    figures: Sequence[Figure],
    entities: Iterable[Entity],
    lexicon: ClaimLexicon,
    *,
    has_entities: bool,
) -> frozenset[str]:
    """Return the names of the sentence's features.

    `has_entities` says whether the article's entities are known; if they are not, capitals stand for names.
    """
    names = {_KINDS[figure.kind] for figure in figures}
    if len(figures) > 1:
        names.add("several_figures")
    if any(figure.change for figure in figures):
        names.add("change")
    if has_entities:
        names |= {"name" for _ in entities}
    elif not lexicon.capital_nouns and _has_capital(tokens):
        names.add("name")
    words = [token for token in tokens if token.kind is TokenKind.WORD]
    names |= _cues(tokens, words, lexicon)
    if len(words) < _SHORT_WORDS:
        names.add("short")
    elif len(words) > _LONG_WORDS:
        names.add("long")
    marks = {token.text for token in tokens if token.kind is TokenKind.SIGN}
    if "?" in marks:
        names.add("question")
    if "!" in marks:
        names.add("exclamation")
    return frozenset(names)


def _cues(tokens: Sequence[Token], words: Iterable[Token], lexicon: ClaimLexicon) -> set[str]:
    names: set[str] = set()
    index = 0
    while index < len(tokens):
        found = lexicon.cues.at(tokens, index) if tokens[index].kind is TokenKind.WORD else None
        if found:
            names.add(found[0])
        index = found[1] if found else index + 1
    for word in words:
        if len(word.text) >= _FEWEST_LETTERS:
            if word.lower.endswith(lexicon.past_endings):
                names.add("past")
            if word.lower.endswith(lexicon.future_endings):
                names.add("future")
    return names


def _has_capital(tokens: Sequence[Token]) -> bool:
    """Whether a word inside the sentence begins with a capital, other than after an opening mark."""
    return any(
        token.kind is TokenKind.WORD
        and len(token.text) > 1
        and token.text[0].isupper()
        and (before.kind is TokenKind.WORD or before.text in {",", "'", "’"})
        for before, token in pairwise(tokens)
    )
