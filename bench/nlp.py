"""Compares our speed with spaCy's on one core: `python -m bench.nlp [--words 60000]`, or `make bench-nlp`.

Ours is language + sentences + entities, one article at a time as in service. spaCy's is tokens + names alone, with the
layers of its small (`sm`) models, in batches as it likes best: it is told the language and finds no sentences, which
favours it. Its weights are untrained: the sums are the same, the names are not. Both are given the same articles.
"""

import bench.one_core  # noqa: F401  # isort: skip - before whatever loads numpy
import argparse
import gc
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.quality.markdown import table
from bench.texts import LANGUAGES, golden, seeds, words_of
from services.enrich.nlp.document import Document
from services.enrich.resources import Resources
from services.enrich.steps import STEPS, run_steps

ROUNDS = 3
_CORE = tuple(step for step in STEPS if step.name in {"language", "sentences", "entities"})
_SMALL_MODEL = {
    "@architectures": "spacy.TransitionBasedParser.v2",
    "state_type": "ner",
    "extra_state_tokens": False,
    "hidden_width": 64,
    "maxout_pieces": 2,
    "use_upper": True,
    "tok2vec": {
        "@architectures": "spacy.HashEmbedCNN.v2",
        "pretrained_vectors": None,
        "width": 96,
        "depth": 4,
        "embed_size": 2000,
        "window_size": 1,
        "maxout_pieces": 3,
        "subword_features": True,
    },
}
_LABELS = ("PER", "ORG", "LOC")

Run = Callable[[Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class Compared:
    """What both sides took for the same words: seconds of processor time, by round."""

    words: int
    ours: Sequence[float]
    spacy: Sequence[float]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=60_000, help="in all ten languages together, a round")
    texts = articles(parser.parse_args(arguments).words)
    ours = our_steps(Resources.load())
    gc.collect()
    gc.freeze()  # as in service (services/enrich/warm.py): else every collection walks through all word lists
    compared: dict[str, Compared] = {}
    for language, own in texts.items():
        print(f"{language} …", file=sys.stderr, flush=True)
        compared[language] = compare(own, ours, spacy_names(language))
    print(_written(compared, texts))


def articles(words: int) -> dict[str, list[str]]:
    """Return articles by language, those there are over and over in shuffled order, until there are so many words."""
    chance = random.Random(0)  # noqa: S311 - an order, no secret
    known = golden() + seeds()
    chosen: dict[str, list[str]] = {}
    for language in LANGUAGES:
        own = [text.text for text in known if text.language == language]
        chosen[language] = []
        missing = words / len(LANGUAGES)
        while missing > 0:
            for text in chance.sample(own, len(own)):
                chosen[language].append(text)
                missing -= words_of(text)
                if missing <= 0:
                    break
    return chosen


def our_steps(resources: Resources) -> Run:
    """Return what runs our steps over texts."""

    def run(texts: Sequence[str]) -> None:
        for text in texts:
            run_steps(Document(text=text), resources, steps=_CORE)

    return run


def spacy_names(language: str) -> Run:
    """Return what runs a spaCy pipeline over texts that has the layers of the small models, and no training."""
    # Loaded here: it takes seconds, and is a tool of development only.
    import spacy  # noqa: PLC0415

    pipeline: Any = spacy.blank(language)
    names = pipeline.add_pipe("ner", config={"model": _SMALL_MODEL})
    for label in _LABELS:
        names.add_label(label)
    pipeline.initialize()

    def run(texts: Sequence[str]) -> None:
        for _ in pipeline.pipe(texts):
            pass

    return run


def compare(texts: Sequence[str], ours: Run, spacy: Run) -> Compared:
    """Run both over the same texts, in turns, so that a machine that slows down slows both.

    Caches warm up on the first tenth, which is not counted.
    """
    warm = max(1, len(texts) // 10)
    counted = texts[warm:] or texts
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for run, seconds in zip((ours, spacy), spent, strict=True):
            run(texts[:warm])
            # Of the processor, not of the clock: what else runs on the machine does not count.
            started = time.process_time()
            run(counted)
            seconds.append(time.process_time() - started)
    return Compared(sum(map(words_of, counted)), *spent)


def together(compared: Iterable[Compared]) -> Compared:
    """Return the sums over several languages, round by round."""
    every = list(compared)
    return Compared(
        sum(one.words for one in every),
        [sum(seconds) for seconds in zip(*(one.ours for one in every), strict=True)],
        [sum(seconds) for seconds in zip(*(one.spacy for one in every), strict=True)],
    )


def _written(compared: Mapping[str, Compared], texts: Mapping[str, Sequence[str]]) -> str:
    different = len({text for own in texts.values() for text in own})
    whole = together(compared.values())
    rows = []
    for language, one in {**compared, "all": whole}.items():
        ours, spacy = (one.words / statistics.median(seconds) for seconds in (one.ours, one.spacy))
        rows.append((language, f"{ours:,.0f}", f"{spacy:,.0f}", f"{ours / spacy:.2f}"))
    head = ("language", "ours, words/s", "spaCy, words/s", "ours / spaCy")
    return (
        f"{whole.words:,} words a round, medians of {ROUNDS} rounds, processor time of one thread ({platform.machine()}, "
        f"Python {platform.python_version()}). {sum(map(len, texts.values()))} articles, {different} different ones: what "
        f"caches words is warm.\n\n{table(head, rows)}"
    )


if __name__ == "__main__":
    main()
