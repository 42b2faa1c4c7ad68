"""Figures: numbers with their meaning, found by rule in ten languages, and by signs alone in all others."""

from services.contract.enriched import Figure
from services.enrich.nlp.document import Degraded, Document, Skipped
from services.enrich.nlp.figures.dates import find_dates
from services.enrich.nlp.figures.draft import Draft
from services.enrich.nlp.figures.lexicon import COMMON, FigureLexicon, FigureResources
from services.enrich.nlp.figures.numerals import read_numerals
from services.enrich.nlp.figures.places import places
from services.enrich.nlp.figures.quantities import find_quantities
from services.enrich.nlp.lexemes import lexemes

__all__ = ["COMMON", "FigureLexicon", "find"]


def find(document: Document, resources: FigureResources) -> tuple[Figure, ...] | Degraded | Skipped:
    """Return the text's figures in order; none overlaps another."""
    language = document.language.tag.split("-")[0]
    lexicon = resources.figures.get(language)
    if lexicon:
        return _find(document, lexicon)
    if COMMON not in resources.figures:
        return Skipped(f"no number grammar for {language}")
    return Degraded(
        _find(document, resources.figures[COMMON]), f"no number grammar for {language}: signs and symbols only"
    )


def _find(document: Document, lexicon: FigureLexicon) -> tuple[Figure, ...]:
    tokens = document.lexemes or lexemes(document.text)
    found = places(tokens, lexicon)
    numerals = read_numerals(tokens, found, lexicon)
    drafts = find_dates(tokens, found, numerals, lexicon, anchor=document.published_at)
    drafts += find_quantities(tokens, found, numerals, lexicon)
    spans = ((tokens[draft.first].start, tokens[draft.last - 1].end, draft) for draft in drafts)
    return tuple(
        draft.figure(f"f{number}", document.text, start, end)
        for number, (start, end, draft) in enumerate(_longest(list(spans)), 1)
    )


def _longest(spans: list[tuple[int, int, Draft]]) -> list[tuple[int, int, Draft]]:
    """Return the spans without overlaps, in order: the longest wins, of equals the first found (dates come first)."""
    taken: dict[int, tuple[int, int, Draft]] = {}
    used: set[int] = set()
    for start, end, draft in sorted(spans, key=lambda span: span[0] - span[1]):
        if used.isdisjoint(places := range(draft.first, draft.last)):
            used.update(places)
            taken[start] = (start, end, draft)
    return [taken[start] for start in sorted(taken)]
