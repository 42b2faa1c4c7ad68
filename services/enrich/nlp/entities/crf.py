"""Labels the words of an article by a linear-chain conditional random field (`nlp/chain.py`).

What a word by itself adds is computed once and kept.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from services.enrich.nlp.chain import Floats, Labelled, Weights, label, sums
from services.enrich.nlp.entities.features import PLACED, Featurizer
from services.enrich.nlp.entities.surroundings import Word
from services.enrich.nlp.tokens import Token

LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")

# What a word says of itself, the next, the previous, the next but one, the previous but one.
_OWN, _OF_NEXT, _OF_PREVIOUS, _OF_NEXT_BUT_ONE, _OF_PREVIOUS_BUT_ONE = range(5)
_PARTS = 5
_MOST_WORDS = 8_192  # kept in each of two generations, so that what is common stays
_LONGEST_WORD = 40  # letters that are looked at; longer ones are no words, and would be kept
# A longer run of words without a full stop is cut: it is no sentence, and time grows with the longest.
_LONGEST = 160


class Crf:
    """Labels the words of articles in one language."""

    def __init__(self, features: Featurizer, weights: Weights) -> None:
        self._features = features
        self._weights = weights
        # What a word's place adds is looked up for every word: a dictionary is faster than the trie.
        self._placed_rows = {name: row for name, row in weights.rows.items() if name.startswith(PLACED)}
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
        return label(self._scores(tokens), _starts(tokens), self._weights.transitions)

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
        return sums(self._weights.state, self._placed_rows, self._features.placed(tokens, words))


def _starts(tokens: Sequence[Token]) -> npt.NDArray[np.intp]:
    """Return where sentences begin; one that is too long is cut."""
    found: list[int] = []
    for at, token in enumerate(tokens):
        if not found or token.gap == "\n" or at - found[-1] >= _LONGEST:
            found.append(at)
    return np.array(found, np.intp)
