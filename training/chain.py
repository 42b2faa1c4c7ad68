"""Learns the weights of a chain model (`nlp/chain.py`) with crfsuite, and writes them."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pycrfsuite

from services.enrich.weights import write_weights


def new_trainer(parameters: Mapping[str, Any]) -> pycrfsuite.Trainer:
    """Return what learns by L-BFGS with these parameters of crfsuite's."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params(dict(parameters))
    return trainer


def learn(trainer: pycrfsuite.Trainer, folder: Path, name: str, labels: Sequence[str]) -> None:
    """Learn from what was appended, and write the weights."""
    with tempfile.TemporaryDirectory() as made:
        path = f"{made}/model"
        trainer.train(path)
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
        learnt = tagger.info()
    write_weights(folder, name, labels, learnt.state_features, learnt.transitions)
