"""Trains what finds quotations and their speakers, and writes the weights with their card.

    python -m training.quotes [DATA] [--folder FOLDER]

Learns from the articles in training/quotes/articles, which were written for this project, and, if DATA has it, from
`de.wikinews.train.jsonl` (see training/README.md). English is never trained on PolNeAR, whose terms are unknown.
Downloads nothing; takes some minutes on two cores. Same data and versions: same weights.
"""

import argparse
import multiprocessing
import platform
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from services.enrich.nlp.quotes import COMMON, QuoteModel, find
from services.enrich.nlp.quotes.lexicon import NO_WORDS, QuoteLexicon
from services.enrich.resources import QUOTE_MODELS, Resources
from services.enrich.weights import read_weights
from training.entities.measure import calibrate
from training.quotes import speakers
from training.quotes.card import write_card
from training.quotes.clauses import ENOUGH, OWN_TIMES, PARAMETERS, train
from training.quotes.examples import Choice, Example, Lesson, choices, lesson, load
from training.quotes.scores import content, matches, outermost, speaker_is_right

ARTICLES = Path(__file__).parent / "articles"
# Corpora beside our own articles, and their terms. Without them everything may be used for anything.
CORPORA = {"de": {"de.wikinews": "CC BY-NC-SA 4.0"}}
OWN = "own articles"
LICENCE = "Apache-2.0"  # of our own articles
SPEAKERS = "speakers"
_VERSIONS = ("numpy", "python-crfsuite", "marisa-trie")
_FOLDS = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, calibrate, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", help="folder with <corpus>.train.jsonl")
    parser.add_argument("--folder", type=Path, default=QUOTE_MODELS, help="where to write; default: what is shipped")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    options = parser.parse_args(arguments)
    resources = Resources.load()
    examples = _examples(options.data, resources)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        started = time.monotonic()
        learnt = {language: [one for found in named.values() for one in found] for language, named in examples.items()}
        _train_all(learnt, resources.quotes, folder, options.processes)
        curves = _curves(learnt, resources, options.processes)
        card = {
            "trained": time.strftime("%Y-%m-%d"),
            "training_seconds": round(time.monotonic() - started),
            "parameters": {**PARAMETERS, "own articles count": OWN_TIMES},
            "python": platform.python_version(),
            "versions": {package: version(package) for package in _VERSIONS},
            "calibration": curves,
            "models": {language: _sources(examples, language) for language in sorted([*examples, COMMON, SPEAKERS])},
            "bytes": {file.name: file.stat().st_size for file in sorted(folder.iterdir())},
        }
        options.folder.mkdir(parents=True, exist_ok=True)
        for file in folder.iterdir():
            shutil.move(file, options.folder / file.name)
        (options.folder / "card.json").write_bytes(orjson.dumps(card, option=orjson.OPT_INDENT_2))
        write_card(card, options.folder / "README.md")
        print(f"Written to {options.folder}.")


def _sources(examples: Mapping[str, Mapping[str, Sequence[Example]]], language: str) -> dict[str, dict[str, Any]]:
    """Return what a model learns from: its own language's articles, and what all others have in common."""
    own = {
        source: _source(found, CORPORA.get(language, {}).get(source, LICENCE))
        for source, found in examples.get(language, {}).items()
    }
    if sum(source["quotations"] for source in own.values()) >= ENOUGH:
        return own
    others = [
        (CORPORA.get(other, {}).get(source, LICENCE), found)
        for other in examples
        if other != language
        for source, found in examples[other].items()
    ]
    licences = ", ".join(sorted({licence for licence, _ in others}))
    every = [one for _, found in others for one in found]
    return own | {"what all other languages have in common": _source(every, licences)}


def _source(found: Sequence[Example], licence: str) -> dict[str, Any]:
    quotations = sum(len(outermost(example.article)) for example in found)
    return {"articles": len(found), "quotations": quotations, "licence": licence}


def _examples(data: Path | None, resources: Resources) -> dict[str, dict[str, list[Example]]]:
    """Return language → source → annotated articles."""
    found: dict[str, dict[str, list[Example]]] = {}
    for file in sorted(ARTICLES.glob("*.jsonl")):
        found[file.stem] = {OWN: load(file, resources)}
    for language, corpora in CORPORA.items():
        for corpus in corpora:
            file = data / f"{corpus}.train.jsonl" if data else None
            if file and file.exists():
                found.setdefault(language, {})[corpus] = load(file, resources)
            else:
                print(f"without {corpus}: no {corpus}.train.jsonl in DATA")
    return found


def _train_all(
    examples: Mapping[str, Sequence[Example]], lexicons: Mapping[str, QuoteLexicon], folder: Path, processes: int
) -> None:
    """Write a model of clauses for each language and the common one, and the speakers' weights."""
    lessons = {language: [lesson(one, lexicons[language]) for one in found] for language, found in examples.items()}
    plain = [lesson(one, NO_WORDS) for found in examples.values() for one in found]
    learnt: list[Choice] = [
        choice for language, found in lessons.items() for one in found for choice in choices(one, lexicons[language])
    ]
    folder.mkdir(exist_ok=True)
    jobs: list[tuple[Sequence[Lesson], Sequence[Lesson], Path, str]] = [
        (found, [one for other, theirs in lessons.items() if other != language for one in theirs], folder, language)
        for language, found in lessons.items()
    ]
    jobs.append((plain, [], folder, COMMON))
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("fork")) as pool:
        running = [pool.submit(train, *job) for job in jobs]
        weights = speakers.fit(learnt)
        for job in running:
            job.result()
    (folder / "speakers.json").write_bytes(orjson.dumps(weights, option=orjson.OPT_INDENT_2))


def _curves(
    examples: Mapping[str, Sequence[Example]], resources: Resources, processes: int
) -> dict[str, dict[str, float]]:
    """Return what the models' probabilities mean: learnt on articles that a model of the others has not seen."""
    outcomes: dict[str, list[tuple[float, bool]]] = {"content": [], "speaker": []}
    for fold in range(_FOLDS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            seen = {
                language: [one for at, one in enumerate(found) if at % _FOLDS != fold]
                for language, found in examples.items()
            }
            _train_all(seen, resources.quotes, folder, processes)
            weights = orjson.loads((folder / "speakers.json").read_bytes())
            for language, found in examples.items():
                model = QuoteModel(clauses=read_weights(folder, language), speakers=weights)
                unseen = [one for at, one in enumerate(found) if at % _FOLDS == fold]
                _try(unseen, resources, language, model, outcomes)
    return {
        name: dict(zip(("slope", "intercept"), (round(value, 3) for value in calibrate(seen)), strict=True))
        for name, seen in outcomes.items()
    }


def _try(
    unseen: Sequence[Example],
    resources: Resources,
    language: str,
    model: QuoteModel,
    outcomes: dict[str, list[tuple[float, bool]]],
) -> None:
    trial = _Trial(resources.quotes, {COMMON: model, language: model}, resources.genders)
    for one in unseen:
        result: Any = find(one.document, trial)
        annotated = outermost(one.article)
        pairs = {
            ours: theirs
            for theirs, ours in matches(
                one.document.text, [quote["content"] for quote in annotated], [content(quote) for quote in result]
            )
        }
        for place, quote in enumerate(result):
            outcomes["content"].append((quote.confidence, place in pairs))
            if place in pairs and quote.speaker:
                right = speaker_is_right(one.document.text, annotated[pairs[place]], quote.speaker)
                outcomes["speaker"].append((quote.speaker.confidence, right))


class _Trial:
    """What `find` needs, with models that are being tried."""

    def __init__(
        self, quotes: Mapping[str, QuoteLexicon], models: Mapping[str, QuoteModel], genders: Mapping[str, str]
    ) -> None:
        self.quotes, self.quote_models, self.genders = quotes, models, genders


if __name__ == "__main__":
    main()
