"""Measures figures on the golden sentences: span, kind and value must all be exactly right."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from bench.quality.markdown import scores, table
from bench.quality.outcome import value
from services.contract.enriched import Language
from services.enrich.nlp import figures
from services.enrich.nlp.document import Document
from services.enrich.resources import Resources

GOLDEN = Path(__file__).parents[2] / "tests" / "golden" / "figures.jsonl"


def section(data: Path, resources: Resources) -> str:
    """Return the table by language. The sentences are part of this repository, so DATA is not looked at."""
    del data
    counts = measure(map(orjson.loads, GOLDEN.read_bytes().splitlines()), resources)
    rows = [
        (name, count["sentences"], count["gold"], *scores(count["right"], count["found"], count["gold"]))
        for name, count in (counts | {"all": sum(counts.values(), Counter())}).items()
    ]
    head = ("language", "sentences", "figures", "precision", "recall", "F1")
    return (
        "The sentences of `tests/golden/figures.jsonl`. **The rules were written with these very lines in view**, and a "
        "test holds them to it: this says that nothing broke, not how many figures of unseen text are found. No "
        f"annotated news text was at hand for that.\n\n{table(head, rows)}"
    )


def measure(lines: Iterable[Mapping[str, Any]], resources: Resources) -> dict[str, Counter[str]]:
    """Return by language how many figures are annotated, found, and right."""
    counts: dict[str, Counter[str]] = {}
    for line in lines:
        document = Document(text=line["text"], language=Language(tag=line["language"], confidence=1.0))
        found = Counter(
            (figure.start, figure.end, str(figure.kind), figure.value)
            for figure in value(figures.find(document, resources))
        )
        gold = Counter(_placed(line["text"], line["figures"]))
        counts.setdefault(line["language"], Counter()).update(
            sentences=1, gold=gold.total(), found=found.total(), right=(gold & found).total()
        )
    return counts


def _placed(text: str, annotated: Iterable[Mapping[str, Any]]) -> Iterable[tuple[int, int, str, float | None]]:
    """Yield each with its place in the text: the lines give them in order, by their words."""
    end = 0
    for figure in annotated:
        start = text.index(figure["text"], end)
        end = start + len(figure["text"])
        yield start, end, figure["kind"], figure.get("value")
