"""Numbers that are no amounts: times of day, what is numbered, names that end in a number."""

from collections.abc import Sequence

from services.contract.enriched import FigureKind
from services.enrich.nlp.figures.draft import Draft
from services.enrich.nlp.figures.lexicon import FigureLexicon
from services.enrich.nlp.figures.numerals import Numeral
from services.enrich.nlp.lexemes import Lexeme, LexemeKind

DASHES = frozenset("-‑–—")
_HOURS = 24
# A word, a degree sign or a slash that touches the number: "5th", "5G", "3°", "7/A".
_JOINED_AFTER = frozenset("°ºª/:")
_JOINED_BEFORE = frozenset("/:")
# After these a capital begins a sentence, and is no sign of a name.
_OPENERS = DASHES | frozenset('.!?\n"«“')


def is_clock_time(tokens: Sequence[Lexeme], draft: Draft, numeral: Numeral, lexicon: FigureLexicon) -> bool:
    """Whether the number is an hour: "alle 14", "5 p.m."."""
    if numeral.value > _HOURS or numeral.scale:
        return False
    if lexicon.time_after.at(tokens, numeral.last):
        return True
    # "dalle quattro regioni" counts regions.
    is_bare = draft.unit == "h" or (draft.kind is FigureKind.COUNT and not (numeral.spelled and draft.object))
    return is_bare and lexicon.time_before.before(tokens, numeral.first) is not None


def is_numbering(tokens: Sequence[Lexeme], draft: Draft, lexicon: FigureLexicon) -> bool:
    """Whether the number numbers something: "article 5", "5th", "5G", "(1)", "1." at the start of a line, "2-1"."""
    before = tokens[draft.first - 1] if draft.first else None
    after = tokens[draft.last] if draft.last < len(tokens) else None
    return (
        lexicon.references.before(tokens, draft.first) is not None
        or _is_joined(tokens, draft, before, after)
        or _is_score(tokens, draft, before, after)
        or _is_enumerated(before, after)
    )


def _is_joined(tokens: Sequence[Lexeme], draft: Draft, before: Lexeme | None, after: Lexeme | None) -> bool:
    if after and after.glued and (after.kind is LexemeKind.WORD or after.text in _JOINED_AFTER):
        return True
    return before is not None and tokens[draft.first].glued and before.text in _JOINED_BEFORE


def _is_score(tokens: Sequence[Lexeme], draft: Draft, before: Lexeme | None, after: Lexeme | None) -> bool:
    """Whether a dash joins it to another number or word; "38-year" has got its unit by now."""
    if after and after.text in DASHES and after.glued and draft.last + 1 < len(tokens):
        return tokens[draft.last + 1].glued
    is_joined = before is not None and before.text in DASHES and before.glued and draft.first > 1
    return is_joined and tokens[draft.first - 2].kind is LexemeKind.NUMERAL


def _is_enumerated(before: Lexeme | None, after: Lexeme | None) -> bool:
    if before and after and before.text in "([" and after.text in ")]":
        return True
    return (before is None or before.text == "\n") and after is not None and after.text in ".)" and after.glued


def is_name(tokens: Sequence[Lexeme], draft: Draft) -> bool:
    """Whether the number ends a name: "Boeing 737", "Windows 11"."""
    if draft.first < 2:
        return False
    word, before = tokens[draft.first - 1], tokens[draft.first - 2]
    return word.kind is LexemeKind.WORD and word.text[0].isupper() and before.text not in _OPENERS
