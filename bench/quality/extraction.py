"""Measures the text found in pages against the text that people found there. Fetches nothing: the pages are files.

As the benchmark measures that the pages come from: runs of four words, precision and recall of each page, their means,
and F1 of these means.
"""

import gzip
import json
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from bench.quality.markdown import not_measured, table
from services.enrich.resources import Resources
from services.page.extract import PageError, extract

_CORPUS = Path("extraction") / "article-extraction-benchmark"
_WORD = re.compile(r"\w+")
_RUN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page, and how the text found in it compares with the right one."""

    precision: float
    recall: float
    exact: bool
    answered: bool
    seconds: float


def section(data: Path, resources: Resources) -> str:
    """Return the table: how much of the articles was found, and how much of what was found is theirs."""
    del resources  # a page is read before anybody knows its language
    folder = data / _CORPUS
    if not (folder / "ground-truth.json").exists():
        return not_measured(
            [_CORPUS.as_posix()],
            corpus="the article extraction benchmark",
            origin="github.com/scrapinghub/article-extraction-benchmark",
        )
    return _written(list(measure(folder)))


def measure(folder: Path) -> Iterator[Page]:
    """Yield the outcome of each page of the benchmark."""
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    for key, page in truth.items():
        html = gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes()).decode("utf-8", "replace")
        start = perf_counter()
        try:
            body = extract(html, url=page.get("url")).body or ""
        except PageError:
            body = ""
        yield compare(page["articleBody"], body, seconds=perf_counter() - start)


def compare(right: str, found: str, *, seconds: float = 0.0) -> Page:
    """Return how the text found compares with the right one; an empty one has a precision of 0."""
    wanted, got = runs(right), runs(found)
    shared = (wanted & got).total()
    return Page(
        precision=shared / got.total() if got else 0.0,
        recall=shared / wanted.total() if wanted else 0.0,
        exact=_WORD.findall(right) == _WORD.findall(found),
        answered=bool(got),
        seconds=seconds,
    )


def runs(text: str) -> Counter[tuple[str, ...]]:
    """Return the runs of four words; of a shorter text, the text."""
    words = _WORD.findall(text)
    return Counter(filter(None, (tuple(words[i : i + _RUN]) for i in range(max(1, len(words) - _RUN + 1)))))


def f1(pages: Sequence[Page]) -> tuple[float, float, float]:
    """Return mean precision (of pages that had an answer), mean recall, and F1 of the two."""
    precision = statistics.mean([page.precision for page in pages if page.answered] or [0.0])
    recall = statistics.mean(page.recall for page in pages)
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _written(pages: Sequence[Page]) -> str:
    precision, recall, both = f1(pages)
    seconds = sorted(page.seconds for page in pages)
    head = ("pages", "precision", "recall", "F1", "exactly right", "nothing found", "median", "slowest")
    row = (
        len(pages),
        f"{precision:.3f}",
        f"{recall:.3f}",
        f"{both:.3f}",
        f"{statistics.mean(page.exact for page in pages):.3f}",
        sum(not page.answered for page in pages),
        f"{1000 * statistics.median(seconds):.0f} ms",
        f"{1000 * seconds[-1]:.0f} ms",
    )
    return (
        "The article extraction benchmark: news pages, and the text that people marked in them. Runs of four words are "
        "compared, as that benchmark does; precision is the mean over pages where a text was found.\n\n"
        + table(head, [row])
    )
