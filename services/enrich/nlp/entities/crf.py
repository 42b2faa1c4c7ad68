"""A linear-chain conditional random field: from attributes to the likeliest labels and their probabilities.

The weights are learnt by crfsuite (`training/entities`). Here they are only added up, all sentences of an article at a
time; what a word by itself adds is computed once and kept. Method: Lafferty, McCallum, Pereira 2001; Rabiner 1989.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.enrich.nlp.entities.features import Featurizer
from services.enrich.nlp.entities.surroundings import Word
from services.enrich.nlp.tokens import Token

LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
Floats = npt.NDArray[np.float32]

# What a word says of itself, the next, the previous, the next but one, the previous but one.
_OWN, _OF_NEXT, _OF_PREVIOUS, _OF_NEXT_BUT_ONE, _OF_PREVIOUS_BUT_ONE = range(5)
_PARTS = 5
_MOST_WORDS = 8_192  # kept in each of two generations, so that what is common stays
_LONGEST_WORD = 40  # letters that are looked at; longer ones are no words, and would be kept
_SENTENCES_AT_ONCE = 128  # bounds the memory, which grows with their number times the longest
_TINY = np.finfo(np.float32).tiny  # where all that is possible is less, nothing is
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
        self._known: dict[str, tuple[Floats, Word]] = {}
        self._known_before: dict[str, tuple[Floats, Word]] = {}

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
        labels: list[int] = []
        chances: list[Floats] = []
        for first in range(0, len(starts), _SENTENCES_AT_ONCE):
            begins = starts[first : first + _SENTENCES_AT_ONCE]
            ends = np.append(starts[first + 1 : first + _SENTENCES_AT_ONCE + 1], len(tokens))[: len(begins)]
            longest = (ends - begins).max()
            place = np.minimum(begins[:, None] + np.arange(longest), len(tokens) - 1)
            inside = np.arange(longest) < (ends - begins)[:, None]
            padded = scores[place]  # sentences × words × labels
            labels += _viterbi(padded, inside, self._weights.transitions)[inside].tolist()
            chances.append(_marginals(padded, inside, self._weights.transitions)[inside])
        return Labelled(labels, np.concatenate(chances))

    def _scores(self, tokens: Sequence[Token]) -> Floats:
        """Return the sum of the weights of each word's attributes, by label."""
        entries: list[tuple[Floats, Word]] = []
        for token in tokens:
            text = token.text if len(token.text) <= _LONGEST_WORD else token.text[:_LONGEST_WORD]
            entries.append(self._known.get(text) or self._entry(text))
        words = [word for _, word in entries]
        kept = np.concatenate([sums for sums, _ in entries]).reshape(len(tokens), _PARTS, len(LABELS))
        begins = np.array([token.gap == "\n" for token in tokens])
        scores = kept[:, _OWN].copy()
        follows = ~begins[1:]
        scores[1:] += kept[:-1, _OF_NEXT] * follows[:, None]
        scores[:-1] += kept[1:, _OF_PREVIOUS] * follows[:, None]
        both = follows[1:] & follows[:-1]
        scores[2:] += kept[:-2, _OF_NEXT_BUT_ONE] * both[:, None]
        scores[:-2] += kept[2:, _OF_PREVIOUS_BUT_ONE] * both[:, None]
        return scores + self._placed(tokens, words)

    def _entry(self, text: str) -> tuple[Floats, Word]:
        """Keep a word that is not among the latest, and return its entry: the sums of its attributes' weights."""
        entry = self._known_before.get(text) or self._learnt(text)
        if len(self._known) >= _MOST_WORDS:
            self._known_before, self._known = self._known, {}
        self._known[text] = entry
        return entry

    def _learnt(self, text: str) -> tuple[Floats, Word]:
        word = self._features.word(text)
        spelled = self._features.spelled(text, word)
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
        sums: Floats = np.add.reduceat(self._weights.state[rows], starts, axis=0)
        return sums, word

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
        if not found or token.gap == "\n" or at - found[-1] >= _LONGEST:
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
        forward[:, at] = step / np.maximum(step.sum(axis=1, keepdims=True), _TINY)
    backward = np.ones_like(emitted)
    for at in range(longest - 2, -1, -1):
        step = (emitted[:, at + 1] * backward[:, at + 1]) @ passed.T
        backward[:, at] = np.where(
            inside[:, at + 1, None], step / np.maximum(step.sum(axis=1, keepdims=True), _TINY), 1.0
        )
    chances: Floats = forward * backward
    chances /= np.maximum(chances.sum(axis=2, keepdims=True), _TINY)
    return chances
