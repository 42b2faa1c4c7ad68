"""What a sentence has that makes it more or less worth checking. Each feature is there or not: a reader can verify it."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from services.contract.enriched import Entity, Figure, FigureKind
from services.enrich.nlp.claims.lexicon import ClaimLexicon
from services.enrich.nlp.lexemes import Lexeme, LexemeKind

# Shorter sentences are remarks, longer ones pack facts.
_SHORT_WORDS = 8
_LONG_WORDS = 25
_FEWEST_LETTERS = 4  # of a word whose ending tells its tense
_BEGINS_CUE, _PAST, _FUTURE = 1, 2, 4
_MOST_KEPT = 20_000  # words
_QUOTATION_MARKS = frozenset('"“”„«»')
_KINDS = {kind: kind.value for kind in FigureKind}


def features(
    tokens: Sequence[Lexeme],
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
    names |= _cues(tokens, lexicon)
    words = sum(token.kind is LexemeKind.WORD for token in tokens)
    if words < _SHORT_WORDS:
        names.add("short")
    elif words > _LONG_WORDS:
        names.add("long")
    marks = {token.text for token in tokens if token.kind is LexemeKind.SIGN}
    if "?" in marks:
        names.add("question")
    if "!" in marks:
        names.add("exclamation")
    return frozenset(names)


def _cues(tokens: Sequence[Lexeme], lexicon: ClaimLexicon) -> set[str]:
    names: set[str] = set()
    known = lexicon.known
    done = 0
    for index, token in enumerate(tokens):
        if token.kind is not LexemeKind.WORD:
            continue
        what = known.get(token.lower)
        if what is None:
            what = _kept(token.lower, lexicon)
        if not what:
            continue
        if what & _PAST:
            names.add("past")
        if what & _FUTURE:
            names.add("future")
        if what & _BEGINS_CUE and index >= done and (found := lexicon.cues.at(tokens, index)):
            names.add(found[0])
            done = found[1]
    return names


def _kept(word: str, lexicon: ClaimLexicon) -> int:
    """Return, and remember, what a word shows by itself."""
    if len(lexicon.known) >= _MOST_KEPT:
        lexicon.known.clear()
    what = _BEGINS_CUE if lexicon.cues.begins(word) else 0
    if len(word) >= _FEWEST_LETTERS:
        what |= _PAST if word.endswith(lexicon.past_endings) else 0
        what |= _FUTURE if word.endswith(lexicon.future_endings) else 0
    lexicon.known[word] = what
    return what


def _has_capital(tokens: Sequence[Lexeme]) -> bool:
    """Whether a word inside the sentence begins with a capital, other than after an opening mark."""
    return any(
        token.kind is LexemeKind.WORD
        and len(token.text) > 1
        and token.text[0].isupper()
        and (before.kind is LexemeKind.WORD or before.text in {",", "'", "’"})
        for before, token in pairwise(tokens)
    )
