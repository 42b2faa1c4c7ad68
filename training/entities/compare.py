"""Trains other kinds of models on the same articles and prints their figures beside each other, for ADR 7.

    python -m training.entities.compare DATA --languages it en [--kinds crf perceptron plain one cnn] [--epochs 8]

`crf`: what is shipped. `perceptron`: the same attributes, averaged perceptron. `plain`: the CRF without name counts and
clusters. `one`: one CRF for all ten languages beside ones of their own, both from 150 articles of each source. `cnn`:
spaCy's convolutional tagger, `sm`-shaped, from scratch and without careless copies.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import pycrfsuite
import spacy
from spacy.tokens import Doc
from spacy.training import Example

from services.contract.enriched import EntityType
from services.enrich.nlp.document import Document
from services.enrich.nlp.entities.crf import LABELS, Crf
from services.enrich.nlp.entities.tagging import COMMON, CrfTagger, Model, Tagged
from services.enrich.taggers import MODELS
from services.enrich.weights import read_weights
from training.chain import learn, new_trainer
from training.entities.corpus import SOURCES, Article, labels, options, split_sources, words
from training.entities.measure import measure
from training.entities.setting import Setting
from training.entities.train import PARAMETERS, append

_WITHOUT = (
    *("n:", "nP", "nO", "nL", "n-", "-n:", "+n:", "NB", "NI"),
    *(f"{near}c{tree}" for near in ("", "-", "+", "<", ">") for tree in "eds"),
)
_ROUNDS = {"max_iterations": 20}
_MOST_ARTICLES = 150  # of a source, for the comparison of one model with ten


def main() -> None:
    """Train each kind on each language and print a line for every held-out part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--languages", nargs="+", default=["it", "en"])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--epochs", type=int, default=8)
    chosen = parser.parse_args()
    setting = Setting.read(chosen.data, MODELS)
    for kind in chosen.kinds:
        KINDS[kind](setting, chosen.languages, chosen.epochs)


def _report(kind: str, language: str, tagger: Callable[[Document], Sequence[Tagged]], setting: Setting) -> None:
    held_out = split_sources(setting.data, language)[1]
    started = time.perf_counter()
    counts, _ = measure(tagger, held_out, setting)
    seconds = time.perf_counter() - started
    speed = sum(len(article.text.split()) for articles in held_out.values() for article in articles) / seconds
    for source, found in counts.items():
        print(f"{kind:10} {language} {source:14} F1 {found.f1():.3f}   {speed:7,.0f} words/s", flush=True)


def _training(setting: Setting, language: str) -> Mapping[str, Sequence[Article]]:
    training = split_sources(setting.data, language)[0]
    return {source: training[source] for source in SOURCES["languages"][language]}


def _crf(setting: Setting, languages: Sequence[str], _: int) -> None:
    _each(setting, languages, "crf", partial(new_trainer, PARAMETERS), ())


def _plain(setting: Setting, languages: Sequence[str], _: int) -> None:
    _each(setting, languages, "plain", partial(new_trainer, PARAMETERS), _WITHOUT)


def _perceptron(setting: Setting, languages: Sequence[str], _: int) -> None:
    _each(
        setting, languages, "perceptron", partial(pycrfsuite.Trainer, "averaged-perceptron", _ROUNDS, verbose=False), ()
    )


def _each(
    setting: Setting,
    languages: Sequence[str],
    kind: str,
    trainer_of: Callable[[], pycrfsuite.Trainer],
    hide: tuple[str, ...],
) -> None:
    for language in languages:
        trainer = trainer_of()
        for source, articles in _training(setting, language).items():
            times = options(language, source).get("weight", 1)
            append(trainer, articles, setting, setting.featurizer(language), times=times, hide=hide)
        _report(kind, language, _trained(trainer, setting, [language]), setting)


def _one(setting: Setting, languages: Sequence[str], _: int) -> None:
    """One model for all, and models of their own, from as much of each source and the same weights."""
    together = new_trainer(PARAMETERS)
    for language in SOURCES["languages"]:
        alone = new_trainer(PARAMETERS)
        for source, articles in _training(setting, language).items():
            times = options(language, source).get("weight", 1)
            for trainer in (together, alone) if language in languages else (together,):
                append(trainer, articles[:_MOST_ARTICLES], setting, setting.featurizer(language), times=times)
        if language in languages:
            _report("own, less", language, _trained(alone, setting, [language]), setting)
    tagger = _trained(together, setting, languages)
    for language in languages:
        _report("one, less", language, tagger, setting)


def _trained(trainer: pycrfsuite.Trainer, setting: Setting, languages: Sequence[str]) -> CrfTagger:
    with tempfile.TemporaryDirectory() as folder:
        learn(trainer, Path(folder), COMMON, LABELS)
        weights = read_weights(Path(folder), COMMON)
    models = {language: Model(crf=Crf(setting.featurizer(language), weights)) for language in languages}
    return CrfTagger(models, other=models.__getitem__)


def _cnn(setting: Setting, languages: Sequence[str], epochs: int) -> None:
    for language in languages:
        pipeline = spacy.blank(language)
        spacy.util.fix_random_seed(1)
        pipeline.add_pipe("ner")
        examples = [
            _example(pipeline, article, setting)
            for source, articles in _training(setting, language).items()
            for article in list(articles) * options(language, source).get("weight", 1)
        ]
        optimizer = pipeline.initialize(lambda: examples)  # noqa: B023 - called at once
        order = random.Random(1)  # noqa: S311 - the order of lessons
        for _ in range(epochs):
            order.shuffle(examples)
            for batch in spacy.util.minibatch(examples, size=spacy.util.compounding(2, 16, 1.001)):
                pipeline.update(batch, sgd=optimizer, drop=0.2)
        _report("cnn", language, _spacy_tagger(pipeline, setting), setting)


def _example(pipeline: spacy.Language, article: Article, setting: Setting) -> Example:
    """Return the article in our words, so that only the models differ."""
    tokens = words(article, setting)
    texts = [token.text for token in tokens]
    starts = [token.gap == "\n" for token in tokens]
    learnt = Doc(pipeline.vocab, words=texts, ents=labels(tokens, article.names), sent_starts=starts)
    return Example(Doc(pipeline.vocab, words=texts), learnt)


def _spacy_tagger(pipeline: spacy.Language, setting: Setting) -> Callable[[Document], Sequence[Tagged]]:
    def find(document: Document) -> list[Tagged]:
        article = Article(document.language.tag, "", document.text, frozenset())
        tokens = words(article, setting)
        made = pipeline(Doc(pipeline.vocab, words=[token.text for token in tokens]))
        return [
            Tagged(tokens[span.start].start, tokens[span.end - 1].end, EntityType(span.label_), 1.0)
            for span in made.ents
        ]

    return find


KINDS: Mapping[str, Callable[[Setting, Sequence[str], int], None]] = {
    "crf": _crf,
    "plain": _plain,
    "perceptron": _perceptron,
    "one": _one,
    "cnn": _cnn,
}

if __name__ == "__main__":
    main()
