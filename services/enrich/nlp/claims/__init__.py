"""Claims: sentences that assert something that can be checked, each with a score that is a sum of named reasons."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import TypeVar

from services.contract.enriched import Claim, ClaimType, Figure, FigureKind, Quote, ScoreReason, Span
from services.contract.identity import content_hash
from services.enrich.nlp.claims.features import features
from services.enrich.nlp.claims.lexicon import COMMON, ClaimLexicon, ClaimResources
from services.enrich.nlp.document import Document, Skipped
from services.enrich.nlp.lexemes import lexemes

__all__ = ["COMMON", "ClaimLexicon", "find"]

# Sentences below this are no claims. On the development set 0.3 has the best F1: it keeps 84 % of the check-worthy
# sentences, and 74 % of what it keeps are (training/fit_claims.py prints the table). Who wants fewer can ask for more.
THRESHOLD = 0.3
# Headings and captions assert nothing by themselves; lists run together are no sentence.
_FEWEST_WORDS = 4
_MOST_CHARS = 1000

T = TypeVar("T")


def find(document: Document, resources: ClaimResources) -> tuple[Claim, ...] | Skipped:
    """Return the claims in the order of the text."""
    language = document.language.tag.split("-")[0]
    lexicon = resources.claims.get(language)
    if lexicon is None or language == COMMON:
        return Skipped(f"no list of cues for {language}")
    figures = _by_sentence(document.sentences, ((figure, figure) for figure in document.figures))
    entities = _by_sentence(
        document.sentences, ((mention, entity) for entity in document.entities for mention in entity.mentions)
    )
    quotes = _by_sentence(
        document.sentences, ((span, (span, quote)) for quote in document.quotes for span in quote.spans)
    )
    tokens = document.lexemes or lexemes(document.text)
    starts = [token.start for token in tokens]
    claims: list[Claim] = []
    for place, sentence in enumerate(document.sentences):
        words = tokens[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
        text = document.text[sentence.start : sentence.end]
        if len(text) > _MOST_CHARS or len(text.split()) < _FEWEST_WORDS:
            continue
        names = features(words, figures[place], entities[place], lexicon, has_entities=bool(document.entities))
        quote = _chief_quote(sentence, quotes[place])
        reasons = score(names | {"quoted"} if quote else names, lexicon)
        likely = logistic(reasons)
        if likely < THRESHOLD:
            continue
        claims.append(
            Claim(
                id=f"c{len(claims) + 1}",
                start=sentence.start,
                end=sentence.end,
                text=text,
                types=claim_types(names, figures[place]),
                check_worthiness=round(likely, 4),
                reasons=tuple(ScoreReason(name=name, weight=weight) for name, weight in reasons),
                claimant=_claimant(sentence, quote, document.outlet),
                quote_id=quote.id if quote else None,
                figure_ids=tuple(figure.id for figure in figures[place]),
                entity_ids=tuple(dict.fromkeys(entity.id for entity in entities[place])),
                claim_hash=content_hash(text),
            )
        )
    return tuple(claims)


def _by_sentence(sentences: Sequence[Span], items: Iterable[tuple[Span, T]]) -> list[list[T]]:
    """Return for each sentence what overlaps it, in the order given."""
    starts, ends = [span.start for span in sentences], [span.end for span in sentences]
    found: list[list[T]] = [[] for _ in sentences]
    for span, item in items:
        for place in range(bisect_right(ends, span.start), bisect_left(starts, span.end)):
            found[place].append(item)
    return found


# ---- the score


def score(names: Iterable[str], lexicon: ClaimLexicon) -> list[tuple[str, float]]:
    """Return the bias and the weight of each feature that the sentence has, the weightiest first."""
    weights = sorted(
        ((name, lexicon.weights[name]) for name in names if name in lexicon.weights),
        key=lambda reason: (-abs(reason[1]), reason[0]),
    )
    return [("bias", lexicon.bias), *weights]


def logistic(reasons: Iterable[tuple[str, float]]) -> float:
    """Return the score that the reasons add up to."""
    return 1.0 / (1.0 + math.exp(-sum(weight for _, weight in reasons)))


def claim_types(names: frozenset[str], figures: Iterable[Figure]) -> tuple[ClaimType, ...]:
    """Return what kinds of assertion the sentence makes; `other` if no cue tells."""
    kinds = {
        ClaimType.QUANTITY: any(figure.kind is not FigureKind.DATE for figure in figures),
        ClaimType.PREDICTION: "future" in names,
        ClaimType.CAUSAL: "causal" in names,
        ClaimType.COMPARISON: not names.isdisjoint({"comparison", "change"}),
        ClaimType.POLICY: "policy" in names,
        ClaimType.EVENT: "event" in names,
    }
    return tuple(kind for kind, applies in kinds.items() if applies) or (ClaimType.OTHER,)


# ---- who claims it


def _chief_quote(sentence: Span, quotes: Sequence[tuple[Span, Quote]]) -> Quote | None:
    """Return the quote that shares most of its text with the sentence, or None."""
    if not quotes:
        return None
    return max(quotes, key=lambda pair: _overlap(sentence, pair[0]))[1]


def _overlap(one: Span, other: Span) -> int:
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def _claimant(sentence: Span, quote: Quote | None, outlet: str | None) -> str | None:
    """Return who asserts the sentence; nobody rather than the outlet for words quoted from somebody unknown."""
    if quote is None:
        return outlet
    if quote.speaker and quote.speaker.name:
        return quote.speaker.name
    quoted = sum(_overlap(sentence, span) for span in quote.spans)
    return None if 2 * quoted > sentence.end - sentence.start else outlet
