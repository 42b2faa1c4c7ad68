"""Learns who of several speaks: a conditional logit over the attributes of the candidates (McFadden 1974)."""

from collections.abc import Sequence

import numpy as np

from training.quotes.examples import Choice

_RIDGE = 1.0
_STEPS, _RATE = 300, 0.1
_LEAST_WEIGHT = 0.02  # what is less changes nothing, and is left out


def fit(choices: Sequence[Choice]) -> dict[str, float]:
    """Return a weight for each attribute. Choices whose right speaker is not among the candidates teach nothing."""
    ids: dict[str, int] = {}
    names: list[int] = []  # attribute of each occurrence
    owners: list[int] = []  # candidate of each occurrence
    begins: list[int] = []  # first candidate of each choice
    right: list[bool] = []  # whether the candidate is right
    for choice in choices:
        if not choice.right:
            continue
        begins.append(len(right))
        for place, candidate in enumerate(choice.candidates):
            found = [ids.setdefault(name, len(ids)) for name in candidate.attributes]
            names += found
            owners += [len(right)] * len(found)
            right.append(place in choice.right)
    weights = _maximise(np.array(names), np.array(owners), np.array(begins), np.array(right), len(ids))
    return {name: round(float(weights[at]), 3) for name, at in sorted(ids.items()) if abs(weights[at]) > _LEAST_WEIGHT}


def _maximise(names: np.ndarray, owners: np.ndarray, begins: np.ndarray, right: np.ndarray, size: int) -> np.ndarray:
    """Return the weights of the greatest likelihood under a ridge, by Adam (Kingma, Ba 2015) on all choices at once."""
    choice_of = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(right))))
    weights, mean, square = np.zeros(size), np.zeros(size), np.zeros(size)
    for step in range(1, _STEPS + 1):
        scores = np.bincount(owners, weights[names], minlength=len(right))
        likely = np.exp(scores - np.maximum.reduceat(scores, begins)[choice_of])
        chances = likely / np.add.reduceat(likely, begins)[choice_of]
        wanted = likely * right / np.add.reduceat(likely * right, begins)[choice_of]
        gradient = np.bincount(names, (chances - wanted)[owners], minlength=size) + _RIDGE * weights
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        rate = _RATE if step < 0.7 * _STEPS else 0.3 * _RATE
        weights -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return weights
