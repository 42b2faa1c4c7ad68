"""A linear-chain conditional random field: from the scores of labels to the likeliest ones and their probabilities.

The weights are learnt by crfsuite (`training/`). Here they are only added up, many sequences at a time.
Method: Lafferty, McCallum, Pereira 2001; Rabiner 1989.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_AT_ONCE = 128  # sequences; bounds the memory, which grows with their number times the longest
_TINY = np.finfo(np.float32).tiny  # where all that is possible is less, nothing is


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What was learnt: attribute → row of `state`, one column a label; `transitions[from, to]`.

    The last row of `state` is zero.
    """

    rows: Mapping[str, int]
    state: Floats
    transitions: Floats


@dataclass(frozen=True, slots=True)
class Labelled:
    """The likeliest label of each item, and the probability of every label at every item (items × labels)."""

    labels: Sequence[int]
    chances: Floats


def sums(state: Floats, rows: Mapping[str, int], items: Iterable[Iterable[str]]) -> Floats:
    """Return for each item (a list of attributes) the sum of the weights of those that are known, by label."""
    nothing = len(state) - 1  # a row of zeros, so that every item has a row
    chosen: list[int] = []
    starts: list[int] = []
    row_of = rows.get
    for attributes in items:
        starts.append(len(chosen))
        chosen.append(nothing)
        chosen += [row for name in attributes if (row := row_of(name)) is not None]
    added: Floats = np.add.reduceat(state[chosen], starts, axis=0)
    return added


def label(scores: Floats, starts: npt.NDArray[np.intp], transitions: Floats) -> Labelled:
    """Return the labels of items (items × labels); each sequence, that begins at one of `starts`, by itself."""
    if not len(scores):
        return Labelled((), np.zeros(scores.shape, np.float32))
    labels: list[int] = []
    chances: list[Floats] = []
    for first in range(0, len(starts), _AT_ONCE):
        begins = starts[first : first + _AT_ONCE]
        ends = np.append(starts[first + 1 : first + _AT_ONCE + 1], len(scores))[: len(begins)]
        longest = (ends - begins).max()
        place = np.minimum(begins[:, None] + np.arange(longest), len(scores) - 1)
        inside = np.arange(longest) < (ends - begins)[:, None]
        padded = scores[place]  # sequences × items × labels
        labels += _viterbi(padded, inside, transitions)[inside].tolist()
        chances.append(_marginals(padded, inside, transitions)[inside])
    return Labelled(labels, np.concatenate(chances))


def _viterbi(scores: Floats, inside: npt.NDArray[np.bool_], transitions: Floats) -> npt.NDArray[np.intp]:
    """Return the likeliest labels (sequences × items); past a sequence's end its last label is repeated."""
    sequences, longest, labels = scores.shape
    best = scores[:, 0]
    came_from = np.empty((longest, sequences, labels), np.intp)
    stay = np.arange(labels)
    for at in range(1, longest):
        ways = best[:, :, None] + transitions
        goes_on = inside[:, at, None]
        came_from[at] = np.where(goes_on, ways.argmax(axis=1), stay)
        best = np.where(goes_on, ways.max(axis=1) + scores[:, at], best)
    found = np.empty((sequences, longest), np.intp)
    found[:, -1] = best.argmax(axis=1)
    every = np.arange(sequences)
    for at in range(longest - 1, 0, -1):
        found[:, at - 1] = came_from[at, every, found[:, at]]
    return found


def _marginals(scores: Floats, inside: npt.NDArray[np.bool_], transitions: Floats) -> Floats:
    """Return the probability of each label (sequences × items × labels): forward and backward, scaled at each item."""
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
