"""Articles to measure speed on: the seeds, the golden articles, running text made of annotated sentences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import orjson

from services.local.submissions import Submission, load
from training.entities.corpus import SOURCES, running, sentences
from training.entities.evaluate import GOLDEN
from training.entities.marked import read_marked

LANGUAGES = tuple(SOURCES["languages"])

_ROOT = Path(__file__).parents[1]
_GOLDEN = _ROOT / "tests" / "golden"
_WORDS_AN_ARTICLE = 400
_SENTENCES_AN_ARTICLE = 20


@dataclass(frozen=True, slots=True)
class Text:
    """An article in a known language; `mul` is several."""

    language: str
    text: str


def words_of(text: str) -> int:
    """Return how many words a text has: what stands between spaces, the same for everything measured."""
    return len(text.split())


def seeds() -> list[Text]:
    """Return the bodies of the sample articles; the one that is a web page has none."""
    languages = {
        line["file"]: line["language"]
        for line in map(orjson.loads, (_GOLDEN / "seeds_expected.jsonl").read_bytes().splitlines())
    }
    return [
        Text(languages[seed.origin].split("-")[0], body)
        for seed in load(_ROOT / "seeds")
        if isinstance(seed, Submission) and seed.origin in languages and (body := seed.article.get("body"))
    ]


def golden() -> list[Text]:
    """Return the articles in which names are marked, without the marks, joined to the length that news articles have."""
    return [
        Text(language, text)
        for language, articles in groupby(read_marked(GOLDEN), key=lambda article: article.language)
        for text in _joined(article.text for article in articles)
    ]


def _joined(texts: Iterable[str]) -> Iterator[str]:
    joined = ""
    for text in texts:
        joined += f"\n\n{text}" if joined else text
        if words_of(joined) >= _WORDS_AN_ARTICLE:
            yield joined
            joined = ""
    if joined:
        yield joined


def annotated(folder: Path, *, words: int) -> list[Text]:
    """Return articles of so many words in each language, all different: from its `dev` file, else from `train`."""
    return [
        text
        for language in LANGUAGES
        for part in ("dev", "train")
        if (file := folder / f"{language}.{part}.tsv").exists()
        and (part == "dev" or not (folder / f"{language}.dev.tsv").exists())
        for text in _first(_articles(file, language), words)
    ]


def _articles(file: Path, language: str) -> Iterator[Text]:
    batch = []
    for _, tokens in sentences(file):
        batch.append(tokens)
        if len(batch) == _SENTENCES_AN_ARTICLE:
            yield Text(language, running(batch)[0])
            batch = []
    if batch:
        yield Text(language, running(batch)[0])


def _first(texts: Iterator[Text], words: int) -> Iterator[Text]:
    while words > 0 and (text := next(texts, None)):
        words -= words_of(text.text)
        yield text
