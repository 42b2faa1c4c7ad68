"""Reads an article clause by clause: which clauses are reported, which tell who reports, and how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.contract.enriched import EntityType
from services.enrich.nlp.chain import Weights, label, sums
from services.enrich.nlp.document import Document
from services.enrich.nlp.lexemes import Lexeme, lexemes
from services.enrich.nlp.quotes.clauses import Clause, clauses
from services.enrich.nlp.quotes.features import Facts, attributes, facts
from services.enrich.nlp.quotes.lexicon import QuoteLexicon
from services.enrich.nlp.quotes.marks import quoted

# Not reported; tells who reports; begins a reported content; goes on with one.
LABELS = ("O", "A", "B", "I")
OUTSIDE, TELLS, BEGINS, GOES_ON = range(4)


@dataclass(frozen=True, slots=True)
class Reading:
    """An article's words and clauses."""

    text: str
    words: Sequence[Lexeme]
    senses: Sequence[int]
    clauses: Sequence[Clause]
    facts: Sequence[Facts]
    resumes_behind_stop: bool
    people: frozenset[int]  # where in the text a person's name begins


def read(document: Document, lexicon: QuoteLexicon) -> Reading:
    """Cut the document into clauses, and see what each shows."""
    words = document.lexemes or lexemes(document.text)
    senses, names = lexicon.read(words)
    found = clauses(words, senses, document.sentences, quoted(document.text), lexicon)
    entities: Mapping[int, EntityType] = {
        mention.start: entity.type for entity in document.entities for mention in entity.mentions
    }
    return Reading(
        document.text,
        words,
        senses,
        found,
        facts(document.text, words, senses, names, found, entities),
        lexicon.resumes_behind_stop,
        frozenset(start for start, kind in entities.items() if kind is EntityType.PER),
    )


def paragraphs(reading: Reading) -> list[int]:
    """Return the clauses that begin a paragraph. Each paragraph is labelled by itself."""
    return [at for at, own in enumerate(reading.facts) if own.begins_paragraph]


def labelled(reading: Reading, weights: Weights, *, language: str) -> tuple[Sequence[int], Sequence[float]]:
    """Return the likeliest label of each clause, and its probability."""
    if not reading.clauses:
        return (), ()
    scores = sums(weights.state, weights.rows, attributes(reading.facts, language))
    found = label(scores, np.array(paragraphs(reading), np.intp), weights.transitions)
    return found.labels, [float(chances[at]) for chances, at in zip(found.chances, found.labels, strict=True)]
