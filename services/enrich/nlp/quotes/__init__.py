"""Who said what: quotations, direct, indirect and mixed, each with its speaker where the article names one.

`marks` finds what stands between quotation marks, `lexicon` holds the words of speech, `reported` finds speech without
marks, `attribution` ties them together, `speakers` says who a speaker is. This module only puts them in order.
"""

from collections.abc import Mapping
from typing import Protocol

from services.contract.enriched import Quote
from services.enrich.nlp.document import Degraded, Document
from services.enrich.nlp.quotes.attribution import attribute
from services.enrich.nlp.quotes.draft import Draft
from services.enrich.nlp.quotes.lexicon import NO_WORDS, QuoteLexicon
from services.enrich.nlp.quotes.marks import quoted
from services.enrich.nlp.quotes.reported import reported
from services.enrich.nlp.quotes.speakers import Speakers

__all__ = ["QuoteLexicon", "find"]


class QuoteResources(Protocol):
    """What `find` needs."""

    @property
    def quotes(self) -> Mapping[str, QuoteLexicon]:
        """Lexicons by language."""

    @property
    def genders(self) -> Mapping[str, str]:
        """Given names in lower case → m or f, where they are one or the other."""


def find(document: Document, resources: QuoteResources) -> tuple[Quote, ...] | Degraded:
    """Find quotations and their speakers. Without words for the language: what stands between marks, unattributed."""
    lexicon = resources.quotes.get(document.language.tag)
    words = lexicon or NO_WORDS
    speakers = Speakers(document, words, resources.genders)
    direct = attribute(document.text, quoted(document.text), words, speakers)
    drafts = _merged(direct, reported(document.text, document.sentences, words, speakers, direct))
    quotes = tuple(
        quote
        for number, draft in enumerate(speakers.resolved(drafts), start=1)
        if (quote := draft.quote(document.text, id=f"q{number}"))
    )
    return quotes if lexicon else Degraded(quotes, f"no words of speech for {document.language.tag}")


def _merged(direct: list[Draft], indirect: list[Draft]) -> list[Draft]:
    """Return all drafts in order; a fragment in marks inside a reported clause makes that clause mixed."""
    swallowed = {id(part) for draft in indirect for part in draft.parts}
    return sorted([*(d for d in direct if id(d) not in swallowed), *indirect], key=lambda d: (d.start, d.end))
