"""Trains the models that label clauses: one a language, and one by marks and names alone for all others."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from services.enrich.nlp.quotes.reading import BEGINS, LABELS
from training.chain import learn, new_trainer
from training.quotes.examples import Lesson

# L1 keeps the model small, L2 keeps it from believing single examples; chosen on the annotated articles (ADR 8).
PARAMETERS: Mapping[str, Any] = {
    "c1": 0.1,
    "c2": 1.5,
    "max_iterations": 150,
    "feature.possible_transitions": True,
}
# A language with so many annotated quotations learns better alone.
ENOUGH = 1_500
# How often a language's own articles count where other languages teach as well: these say what is common to all.
OWN_TIMES = 3
# What holds words of one language has this sign.
_OF_LANGUAGE = "|"


def train(own: Sequence[Lesson], others: Sequence[Lesson], folder: Path, language: str) -> None:
    """Learn from a language's own articles and from what the others' have in common; write the weights."""
    if sum(label == BEGINS for lesson in own for label in lesson.labels) >= ENOUGH:
        others = []
    trainer = new_trainer(PARAMETERS)
    for lesson in own:
        for attributes, labels in lesson.sequences():
            for _ in range(OWN_TIMES if others else 1):
                trainer.append(attributes, labels)
    for lesson in others:
        for attributes, labels in lesson.sequences():
            trainer.append(list(map(_common, attributes)), labels)
    learn(trainer, folder, language, LABELS)


def _common(attributes: Iterable[str]) -> list[str]:
    return [name for name in attributes if _OF_LANGUAGE not in name]
