"""A linear-chain conditional random field: from attributes to the likeliest labels and their probabilities.

The weights are learnt by crfsuite (`training/entities`). Here they are only added up, all sentences of an article at a
time; what a word by itself adds is computed once and kept. Method: Lafferty, McCallum, Pereira 2001; Rabiner 1989.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.enrich.nlp.entities.features import Featurizer, Word
from services.enrich.nlp.tokens import Token

LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
Floats = npt.NDArray[np.float32]

# What a word says of itself, the next, the previous, the next but one, the previous but one.
_OWN, _OF_NEXT, _OF_PREVIOUS, _OF_NEXT_BUT_ONE, _OF_PREVIOUS_BUT_ONE = range(5)
_MOST_WORDS = 16_384  # kept at a time, 140 bytes of weights each
# A longer run of words without a full stop is cut: it is no sentence, and time grows with the longest.
_LONGEST = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What was learnt: attribute → row of `state`, one column a label; `transitions[from, to]`.

    `placed` has the rows of the attributes that a word's place adds, which are looked up for every word; the last row
    of `state` is zero.
    """

    rows: Mapping[str, int]
    placed: Mapping[str, int]
    state: Floats
    transitions: Floats


@dataclass(frozen=True, slots=True)
class Labelled:
    """The likeliest label of each word, and the probability of every label at every word (words × labels)."""

    labels: Sequence[int]
    chances: Floats


class Crf:
    """Labels the words of articles in one language."""

    def __init__(self, features: Featurizer, weights: Weights) -> None:
        self._features = features
        self._weights = weights
        self._known: dict[str, tuple[int, Word]] = {}
        self._kept = np.zeros((_MOST_WORDS, 5, len(LABELS)), np.float32)

    def is_name(self, text: str) -> bool:
        """Whether a word that is written so, with a capital, is mostly part of a name."""
        return self._features.is_name(text)

    def is_country(self, text: str) -> bool:
        """Whether a word names a country, and nobody is called so."""
        return self._features.is_country(text)

    def label(self, tokens: Sequence[Token]) -> Labelled:
        """Return the labels of an article's words; sentences are labelled each by itself."""
        if not tokens:
            return Labelled((), np.zeros((0, len(LABELS)), np.float32))
        scores = self._scores(tokens)
        starts = _starts(tokens)
        lengths = np.diff([*starts, len(tokens)])
        place = np.minimum(starts[:, None] + np.arange(lengths.max()), len(tokens) - 1)
        inside = np.arange(lengths.max()) < lengths[:, None]
        padded = scores[place]  # sentences × words × labels
        best = _viterbi(padded, inside, self._weights.transitions)
        chances = _marginals(padded, inside, self._weights.transitions)
        return Labelled(best[inside].tolist(), chances[inside])

    def _scores(self, tokens: Sequence[Token]) -> Floats:
        """Return the sum of the weights of each word's attributes, by label."""
        if len(self._known) + len(tokens) > _MOST_WORDS:
            self._known.clear()
        indexes = np.zeros(len(tokens), np.intp)
        words: list[Word] = []
        for at, token in enumerate(tokens):
            index, word = self._known.get(token.text) or self._learnt(token.text)
            indexes[at] = index
            words.append(word)
        kept = self._kept[indexes]
        begins = np.array([token.gap == "\n" for token in tokens])
        scores = kept[:, _OWN].copy()
        follows = ~begins[1:]
        scores[1:] += kept[:-1, _OF_NEXT] * follows[:, None]
        scores[:-1] += kept[1:, _OF_PREVIOUS] * follows[:, None]
        both = follows[1:] & follows[:-1]
        scores[2:] += kept[:-2, _OF_NEXT_BUT_ONE] * both[:, None]
        scores[:-2] += kept[2:, _OF_PREVIOUS_BUT_ONE] * both[:, None]
        return scores + self._placed(tokens, words)

    def _learnt(self, text: str) -> tuple[int, Word]:
        """Add up the weights of what a word says wherever it stands, and keep the sums."""
        word = self._features.word(text)
        spelled = self._features.spelled(text, word)
        index = len(self._known)
        nothing = len(self._weights.state) - 1
        rows: list[int] = []
        starts: list[int] = []  # with the row of zeros before each part, so that none is empty
        for attributes in (
            spelled.own,
            spelled.of_next,
            spelled.of_previous,
            spelled.of_next_but_one,
            spelled.of_previous_but_one,
        ):
            starts.append(len(rows))
            rows.append(nothing)
            rows += [row for name in attributes if (row := self._weights.rows.get(name)) is not None]
        self._kept[index] = np.add.reduceat(self._weights.state[rows], starts, axis=0)
        self._known[text] = index, word
        return index, word

    def _placed(self, tokens: Sequence[Token], words: Sequence[Word]) -> Floats:
        """Return the sum of the weights of what a word's place adds."""
        nothing = len(self._weights.state) - 1  # a row of zeros, so that every word has a row
        rows: list[int] = []
        starts: list[int] = []
        known = self._weights.placed
        for attributes in self._features.placed(tokens, words):
            starts.append(len(rows))
            rows.append(nothing)
            rows += [known[name] for name in attributes if name in known]
        scores: Floats = np.add.reduceat(self._weights.state[rows], starts, axis=0)
        return scores


def _starts(tokens: Sequence[Token]) -> npt.NDArray[np.intp]:
    """Return where sentences begin; one that is too long is cut."""
    found: list[int] = []
    for at, token in enumerate(tokens):
        if token.gap == "\n" or at - found[-1] >= _LONGEST:
            found.append(at)
    return np.array(found, np.intp)


def _viterbi(scores: Floats, inside: npt.NDArray[np.bool_], transitions: Floats) -> npt.NDArray[np.intp]:
    """Return the likeliest labels (sentences × words); past a sentence's end its last label is repeated."""
    sentences, longest, labels = scores.shape
    best = scores[:, 0]
    came_from = np.empty((longest, sentences, labels), np.intp)
    stay = np.arange(labels)
    for at in range(1, longest):
        ways = best[:, :, None] + transitions
        goes_on = inside[:, at, None]
        came_from[at] = np.where(goes_on, ways.argmax(axis=1), stay)
        best = np.where(goes_on, ways.max(axis=1) + scores[:, at], best)
    found = np.empty((sentences, longest), np.intp)
    found[:, -1] = best.argmax(axis=1)
    every = np.arange(sentences)
    for at in range(longest - 1, 0, -1):
        found[:, at - 1] = came_from[at, every, found[:, at]]
    return found


def _marginals(scores: Floats, inside: npt.NDArray[np.bool_], transitions: Floats) -> Floats:
    """Return the probability of each label (sentences × words × labels): forward and backward, scaled at each word."""
    emitted = np.exp(scores - scores.max(axis=2, keepdims=True))
    passed = np.exp(transitions - transitions.max())
    _, longest, _ = scores.shape
    forward = np.empty_like(emitted)
    forward[:, 0] = emitted[:, 0] / emitted[:, 0].sum(axis=1, keepdims=True)
    for at in range(1, longest):
        step = (forward[:, at - 1] @ passed) * emitted[:, at]
        forward[:, at] = step / step.sum(axis=1, keepdims=True)
    backward = np.ones_like(emitted)
    for at in range(longest - 2, -1, -1):
        step = (emitted[:, at + 1] * backward[:, at + 1]) @ passed.T
        backward[:, at] = np.where(inside[:, at + 1, None], step / step.sum(axis=1, keepdims=True), 1.0)
    chances: Floats = forward * backward
    chances /= chances.sum(axis=2, keepdims=True)
    return chances
