"""Where a text names persons, organisations and places: a linear-chain CRF over words, one language a model.

What one sentence leaves open the article decides: a word that is a person in three places is one in the fourth.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from services.contract.enriched import EntityType
from services.enrich.nlp.calibration import AS_IS, Curve
from services.enrich.nlp.chain import Labelled
from services.enrich.nlp.document import Degraded, Document, Skipped
from services.enrich.nlp.entities.crf import LABELS, Crf
from services.enrich.nlp.entities.inflection import skeleton
from services.enrich.nlp.entities.truecase import truecased
from services.enrich.nlp.tokens import Token, tokenise

# The model that languages without one of their own are read with.
COMMON = "und"
OUTSIDE = LABELS.index("O")
# In the order of the labels: B-PER, I-PER, B-ORG, …
TYPES = tuple(EntityType(label[2:]) for label in LABELS[1::2])
PER, _, LOC = TYPES
_NOTHING = dict.fromkeys(TYPES, 0.0)

# Chosen on development data, as the others here: a word that is no name here, but surely one elsewhere.
_SURE_ELSEWHERE = 0.6
_POSSIBLE_HERE = 0.2
_HARDLY = 0.02  # enough for the surname of somebody whom the article names in full
_SAID_ELSEWHERE = 0.5  # the least probability of a name that only its other places made one
# What a CRF is so sure of that the rest of the article is not asked.
_CERTAIN = 0.999
_SHORTEST_WORD = 3
_MOST_IN_NAME = 16  # words; a longer run of capitals is a list or worse
# Languages without a model whose words are remembered.
_MOST_OTHERS = 4
# Words that are tagged together; ten times a long article.
_MOST_TOKENS = 20_000
_CLOSED_BY = {"«": "»", "“": "”", "„": "“”", '"': '"', "(": ")"}
_COMPANY_FORMS = frozenset({"Inc", "Corp", "Co", "Ltd", "Bros", "Cos"})


@dataclass(frozen=True, slots=True)
class Tagged:
    """A name in the text: code points `start` to `end`, what it names and how often such a finding is right."""

    start: int
    end: int
    type: EntityType
    confidence: float


class Tagger(Protocol):
    """Finds the names in a document whose language and sentences are known. The built-in one is `CrfTagger`."""

    def __call__(self, document: Document, /) -> Sequence[Tagged] | Degraded | Skipped:
        """Return the names in order, none overlapping another; or why there are none, or how well they were found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What one language is tagged with."""

    crf: Crf
    confidence: Curve = AS_IS  # how often findings of a probability were right on development data


@dataclass(slots=True)
class _Name:
    """The words `first` to `last` (not included)."""

    first: int
    last: int
    type: EntityType
    probability: float


class CrfTagger:
    """Tags with the model of the document's language, else with the common one."""

    def __init__(self, models: Mapping[str, Model], *, other: Callable[[str], Model]) -> None:
        """Take the languages' own models, and what makes the common one for any other language."""
        self._models = models
        self._make_other = other
        self._others: dict[str, Model] = {}

    def __call__(self, document: Document, /) -> Sequence[Tagged] | Degraded | Skipped:
        """Return the names; degraded in languages without a model of their own."""
        language = document.language.tag.split("-")[0]
        tokens: Sequence[Token] = tokenise(document.text, document.sentences, language=language)
        own = self._models.get(language)
        if own is None and not any(token.is_capital for token in tokens):
            return Skipped("a script without capitals, and no model for this language")
        model = own or self._other(language)
        tokens = truecased(tokens, model.crf.is_name)
        found = [
            Tagged(
                start=part[name.first].start,
                end=_end(document.text, part, name),
                type=name.type,
                confidence=model.confidence(name.probability),
            )
            for part in _parts(tokens)
            for name in names(part, model)
        ]
        return found if own else Degraded(found, "no model for this language: what transfers from others")

    def _other(self, language: str) -> Model:
        """Return the common model with the lists of a language."""
        if language not in self._others:
            if len(self._others) >= _MOST_OTHERS:
                self._others.clear()
            self._others[language] = self._make_other(language)
        return self._others[language]


def _parts(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the words in parts of bounded size, cut before a sentence where there is one; an article is one part."""
    start = 0
    while start < len(tokens):
        end = min(start + _MOST_TOKENS, len(tokens))
        if end < len(tokens):
            end = next((at for at in range(end, start, -1) if tokens[at].gap == "\n"), end)
        yield [replace(tokens[start], gap="\n"), *tokens[start + 1 : end]]
        start = end


def names(tokens: Sequence[Token], model: Model) -> list[_Name]:
    """Return the names in the words of an article, with the model's own probabilities."""
    labelled = model.crf.label(tokens)
    possible = np.flatnonzero(labelled.chances[:, OUTSIDE] < _CERTAIN) if tokens else ()
    by_kind = labelled.chances[:, 1:].reshape(-1, len(TYPES), 2).sum(axis=2)
    chances = {
        at: dict(zip(TYPES, by_kind[at].tolist(), strict=True)) for at in map(int, possible) if tokens[at].is_capital
    }
    found = _agreed(tokens, _joined(tokens, labelled), chances)
    for name in found:
        if (
            name.type is PER
            and name.first in chances
            and name.last - name.first == 1
            and model.crf.is_country(tokens[name.first].text)
        ):
            # Small corpora have not seen every country.
            name.type, name.probability = LOC, max(chances[name.first][LOC], _SAID_ELSEWHERE)
    return found


def _joined(tokens: Sequence[Token], labelled: Labelled) -> list[_Name]:
    """Return the runs of labels; a run is as probable as its least probable word."""
    found: list[_Name] = []
    for at, label in enumerate(labelled.labels):
        if label == OUTSIDE:
            continue
        kind, chance = TYPES[(label - 1) // 2], float(labelled.chances[at, label])
        goes_on = LABELS[label][0] == "I" and tokens[at].gap != "\n"
        if goes_on and found and found[-1].last == at and found[-1].type is kind:
            found[-1].last = at + 1
            found[-1].probability = min(found[-1].probability, chance)
        else:
            found.append(_Name(at, at + 1, kind, chance))
    return [name for name in found if name.last - name.first <= _MOST_IN_NAME]


def _agreed(
    tokens: Sequence[Token], found: Sequence[_Name], chances: Mapping[int, Mapping[EntityType, float]]
) -> list[_Name]:
    """Return the names after a look at the other places where the same word stands with a capital."""
    others = _Others(tokens, chances)
    agreed = list(found)
    for name in agreed:
        if name.last - name.first > 1:
            continue
        kind, share = others.of(name.first)
        if kind is not name.type and share > chances.get(name.first, {}).get(name.type, 0.0):
            name.type, name.probability = kind, share
    inside = {at for name in found for at in range(name.first, name.last)}
    surnames = {
        skeleton(tokens[name.last - 1].text) for name in found if name.type is PER and name.last - name.first > 1
    }
    for at, here in chances.items():
        if at in inside:
            continue
        kind, share = others.of(at)
        if share > _SURE_ELSEWHERE and sum(here.values()) > _POSSIBLE_HERE:
            agreed.append(_Name(at, at + 1, kind, max(here[kind], _SAID_ELSEWHERE)))
        elif len(tokens[at].text) > _SHORTEST_WORD and here[PER] > _HARDLY and skeleton(tokens[at].text) in surnames:
            agreed.append(_Name(at, at + 1, PER, max(here[PER], _SAID_ELSEWHERE)))
    return sorted(agreed, key=lambda name: name.first)


class _Others:
    """What a word is, on average, in the other places of the article where it stands with a capital."""

    def __init__(self, tokens: Sequence[Token], chances: Mapping[int, Mapping[EntityType, float]]) -> None:
        self._tokens = tokens
        self._chances = chances
        self._counts = Counter(token.text for token in tokens if token.is_capital and len(token.text) >= _SHORTEST_WORD)
        self._sums: dict[str, dict[EntityType, float]] = {}
        for at, here in chances.items():
            if self._counts[tokens[at].text] > 1:
                total = self._sums.setdefault(tokens[at].text, dict.fromkeys(TYPES, 0.0))
                for kind in TYPES:
                    total[kind] += here[kind]

    def of(self, at: int) -> tuple[EntityType, float]:
        """Return the likeliest kind and its mean probability; 0 where there is no other place."""
        text = self._tokens[at].text
        if text not in self._sums:
            return TYPES[0], 0.0
        here = self._chances.get(at, _NOTHING)
        kind = max(TYPES, key=lambda kind: self._sums[text][kind] - here[kind])
        return kind, (self._sums[text][kind] - here[kind]) / (self._counts[text] - 1)


def _end(text: str, tokens: Sequence[Token], name: _Name) -> int:
    """Return where a name ends: with the mark that closes one inside it, or the stop of its last abbreviation."""
    last = tokens[name.last - 1]
    following = text[last.end : last.end + 1]
    for token in tokens[name.first + 1 : name.last]:
        for opening, closing in _CLOSED_BY.items():
            if (
                following
                and following in closing
                and opening in token.gap
                and not any(mark in text[token.start : last.end] for mark in closing)
            ):
                return last.end + 1
    is_initial = name.type is EntityType.PER and name.last - name.first > 1 and len(last.text) == 1
    if following == "." and (is_initial or (name.type is EntityType.ORG and last.text in _COMPANY_FORMS)):
        return last.end + 1
    return last.end
