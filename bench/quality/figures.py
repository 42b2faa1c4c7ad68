"""Measures figures on the golden sentences: span, kind and value must all be exactly right."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from bench.quality.markdown import scores, share, table
from bench.quality.outcome import value
from services.contract.enriched import Language
from services.enrich.nlp import figures
from services.enrich.nlp.document import Document
from services.enrich.resources import Resources

_FOLDER = Path(__file__).parents[2] / "tests" / "golden"
GOLDEN = _FOLDER / "figures.jsonl"
ARTICLES = _FOLDER / "figures_articles.jsonl"


def section(data: Path, resources: Resources) -> str:
    """Return the tables by language. The texts are part of this repository, so DATA is not looked at."""
    del data
    sentences = measure(map(orjson.loads, GOLDEN.read_bytes().splitlines()), resources)
    articles = measure(map(orjson.loads, ARTICLES.read_bytes().splitlines()), resources)
    return (
        "Articles of `tests/golden/figures_articles.jsonl`, annotated after the rules were written: span, kind and value "
        "(of dates the ISO form) must all be exactly right; *span right* asks for the span alone.\n\n"
        f"{_table(articles, 'articles')}\n"
        "The sentences of `tests/golden/figures.jsonl`. **The rules were written with these very lines in view**, and a "
        "test holds them to it: this says that nothing broke, not how many figures of unseen text are found.\n\n"
        f"{_table(sentences, 'sentences')}"
    )


def _table(counts: Mapping[str, Counter[str]], what: str) -> str:
    rows = [
        (
            name,
            count["sentences"],
            count["gold"],
            *scores(count["right"], count["found"], count["gold"]),
            share(2 * count["span"], count["found"] + count["gold"]),
        )
        for name, count in (dict(counts) | {"all": sum(counts.values(), Counter())}).items()
    ]
    return table(("language", what, "figures", "precision", "recall", "F1", "span right F1"), rows)


def measure(lines: Iterable[Mapping[str, Any]], resources: Resources) -> dict[str, Counter[str]]:
    """Return by language how many figures are annotated, found, and right."""
    counts: dict[str, Counter[str]] = {}
    for line in lines:
        document = Document(
            text=line["text"],
            language=Language(tag=line["language"], confidence=1.0),
            published_at=line.get("date"),
        )
        found = Counter(
            (figure.start, figure.end, str(figure.kind), figure.date or figure.value)
            for figure in value(figures.find(document, resources))
        )
        gold = Counter(_placed(line["text"], line["figures"]))
        spans = [{(start, end) for start, end, _, _ in side} for side in (gold, found)]
        counts.setdefault(line["language"], Counter()).update(
            sentences=1,
            gold=gold.total(),
            found=found.total(),
            right=(gold & found).total(),
            span=len(spans[0] & spans[1]),
        )
    return counts


def _placed(text: str, annotated: Iterable[Mapping[str, Any]]) -> Iterable[tuple[int, int, str, str | float | None]]:
    """Yield each with its place in the text: some lines give it, others their words, in order."""
    end = 0
    for figure in annotated:
        start = figure["start"] if "start" in figure else text.index(figure["text"], end)
        end = figure["end"] if "end" in figure else start + len(figure["text"])
        yield start, end, figure["kind"], figure.get("date") or figure.get("value")
