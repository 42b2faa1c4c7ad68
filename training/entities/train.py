"""Trains one language's model, measures it on what was held out, and calibrates its confidence."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pycrfsuite

from services.enrich.nlp.entities.crf import LABELS
from services.enrich.nlp.entities.features import Featurizer
from services.enrich.nlp.entities.tagging import COMMON
from services.enrich.nlp.entities.truecase import truecased
from training.chain import learn, new_trainer
from training.entities.corpus import SOURCES, Article, labels, options, split_sources, to_calibrate, words
from training.entities.measure import calibrate, measure, tagged
from training.entities.noise import noisy
from training.entities.setting import Setting

# L1 keeps the model small, L2 keeps it from believing single examples; chosen on the held-out parts (see ADR 7).
PARAMETERS: Mapping[str, Any] = {"c1": 0.1, "c2": 0.1, "max_iterations": 80, "feature.minfreq": 1}
# What a model for languages that it has never seen cannot learn from: the words themselves.
_WORDS_THEMSELVES = ("l:", "-l:", "+l:", "<l:", ">l:", "B", "c-", "w:", "op:", "h", "p", "x", "-x:", "+x:")
_SURE_ENOUGH = 0.6  # of a name that another corpus's model adds
_SHARED_ARTICLES = 120  # of each source and language, for the model that all other languages share


@dataclass(slots=True)
class Trained:
    """A model's file, and what its card says."""

    language: str
    card: dict[str, Any]


def train_from(language: str, data: Path, folder: Path, allowed: frozenset[str]) -> Trained | None:
    """Train a language's model, or the common one, with the tables in `folder`."""
    setting = Setting.read(data, folder)
    if language == COMMON:
        return train_common(setting, folder, allowed=allowed)
    return train(language, setting, folder, allowed=allowed)


def train(language: str, setting: Setting, folder: Path, *, allowed: frozenset[str]) -> Trained | None:
    """Train on the allowed sources of a language; None if there is none. Writes its weights."""
    training, held_out = split_sources(setting.data, language)
    used = {
        source: training[source][: options(language, source).get("most_articles")]
        for source in SOURCES["languages"][language]
        if source in allowed & set(training)
    }
    if not used:
        return None
    started = time.monotonic()
    trainer = new_trainer(PARAMETERS)
    for source, articles in used.items():
        filled = _filled(articles, training, setting, folder, options(language, source))
        append(trainer, filled, setting, setting.featurizer(language), times=options(language, source).get("weight", 1))
    learn(trainer, folder, language, LABELS)
    tagger = setting.tagger(folder, language)
    seconds = time.process_time()
    measured, _ = measure(tagger, held_out, setting)
    seconds = time.process_time() - seconds
    size = sum(len(article.text.split()) for articles in held_out.values() for article in articles)
    slope, intercept = calibrate(measure(tagger, to_calibrate(held_out), setting)[1])
    return Trained(
        language,
        {
            "sources": {
                source: {"articles": len(articles), "licence": SOURCES["licences"][source]}
                for source, articles in used.items()
            },
            "trained": time.strftime("%Y-%m-%d"),
            "training_seconds": round(time.monotonic() - started),
            "words_per_second": round(size / (seconds or 1), -3),
            "calibration": {"slope": round(slope, 3), "intercept": round(intercept, 3)},
            "held_out": {source: counts.as_dict() for source, counts in measured.items()},
        },
    )


def train_common(setting: Setting, folder: Path, *, allowed: frozenset[str]) -> Trained:
    """Train the model that all other languages are read with: what names have in common, not their words."""
    started = time.monotonic()
    trainer = new_trainer(PARAMETERS)
    used: dict[str, Any] = {}
    outcomes: list[tuple[float, bool]] = []
    for language, listed in SOURCES["languages"].items():
        training, _ = split_sources(setting.data, language)
        for source, how in listed.items():
            if source not in allowed or source not in training or "fill" in how:
                continue
            articles = training[source][:_SHARED_ARTICLES]
            used[f"{language} {source}"] = {"articles": len(articles), "licence": SOURCES["licences"][source]}
            append(trainer, articles, setting, setting.common_featurizer(language), hide=_WORDS_THEMSELVES)
    learn(trainer, folder, COMMON, LABELS)
    tagger = setting.tagger(folder, COMMON)
    for language in SOURCES["languages"]:
        _, held_out = split_sources(setting.data, language)
        outcomes += measure(tagger, to_calibrate(held_out), setting)[1]
    slope, intercept = calibrate(outcomes)
    return Trained(
        COMMON,
        {
            "sources": used,
            "trained": time.strftime("%Y-%m-%d"),
            "training_seconds": round(time.monotonic() - started),
            "calibration": {"slope": round(slope, 3), "intercept": round(intercept, 3)},
            "held_out": {},
        },
    )


def _filled(
    articles: Sequence[Article],
    training: Mapping[str, Sequence[Article]],
    setting: Setting,
    folder: Path,
    how: Mapping[str, Any],
) -> Sequence[Article]:
    """Add the kinds of names that a corpus does not annotate, as a model of another corpus sees them."""
    if "fill" not in how or how["fill_from"] not in training:
        return articles
    language = articles[0].language
    trainer = new_trainer(PARAMETERS)
    append(trainer, training[how["fill_from"]], setting, setting.featurizer(language))
    learn(trainer, folder, language, LABELS)  # overwritten by the language's own
    tagger = setting.tagger(folder, language)
    filled: list[Article] = []
    for article in articles:
        taken = {at for start, end, _ in article.names for at in range(start, end)}
        found = {
            span
            for span, chance in tagged(article, tagger, setting)
            if span[2] in how["fill"] and chance > _SURE_ENOUGH and taken.isdisjoint(range(span[0], span[1]))
        }
        filled.append(replace(article, names=article.names | found))
    return filled


def append(
    trainer: pycrfsuite.Trainer,
    articles: Sequence[Article],
    setting: Setting,
    featurizer: Featurizer,
    *,
    times: int = 1,
    hide: tuple[str, ...] = (),
) -> None:
    """Give a trainer these articles and some careless copies, each sentence a sequence, without the hidden attributes."""
    careless = (noisy(article, number) for number, article in enumerate(articles))
    for article in (*articles, *filter(None, careless)):
        tokens = truecased(words(article, setting), featurizer.is_name)
        found = featurizer.attributes(tokens)
        if hide:
            found = [[name for name in attributes if not name.startswith(hide)] for attributes in found]
        tags = labels(tokens, article.names)
        starts = [at for at, token in enumerate(tokens) if token.gap == "\n"]
        for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
            for _ in range(times):
                trainer.append(found[start:end], tags[start:end])
